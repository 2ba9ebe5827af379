#include "src/kernels/hamming.h"

namespace hashvet::kernels {
constinit const HammingTable kHammingNeon = {nullptr};
}  // namespace hashvet::kernels
