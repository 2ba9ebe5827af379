// Weighted sums of bytes in plain C++: the definition of what the others do.

#include "src/kernels/resample_plain.h"

namespace hashvet::kernels {

constinit const ResampleTable kResamplePortable = {Across, Down};

}  // namespace hashvet::kernels
