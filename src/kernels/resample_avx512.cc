// Weighted sums of bytes for AVX-512: AVX2's loops, since most bands are short.

#include "src/kernels/resample_x86.h"

namespace hashvet::kernels {

constinit const ResampleTable kResampleAvx512 = {Across, Down};

}  // namespace hashvet::kernels
