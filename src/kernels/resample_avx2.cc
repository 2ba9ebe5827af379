// Weighted sums of bytes for AVX2.

#include "src/kernels/resample_x86.h"

namespace hashvet::kernels {

constinit const ResampleTable kResampleAvx2 = {Across, Down};

}  // namespace hashvet::kernels
