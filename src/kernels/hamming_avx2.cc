#include "src/kernels/hamming.h"

namespace hashvet::kernels {
constinit const HammingTable kHammingAvx2 = {nullptr};
}  // namespace hashvet::kernels
