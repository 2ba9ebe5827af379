// Weighted sums of bytes for NEON, which the compiler makes use of by itself.

#include "src/kernels/resample_plain.h"

namespace hashvet::kernels {

constinit const ResampleTable kResampleNeon = {Across, Down};

}  // namespace hashvet::kernels
