#include "src/kernels/hamming.h"

namespace hashvet::kernels {
constinit const HammingTable kHammingAvx512 = {nullptr};
}  // namespace hashvet::kernels
