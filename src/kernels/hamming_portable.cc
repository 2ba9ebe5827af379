#include "src/kernels/hamming.h"

namespace hashvet::kernels {
constinit const HammingTable kHammingPortable = {nullptr};
}  // namespace hashvet::kernels
