#include "src/kernels/accumulate.h"

namespace hashvet::kernels {
constinit const AccumulateTable kAccumulateAvx512 = {nullptr, nullptr, nullptr};
}  // namespace hashvet::kernels
