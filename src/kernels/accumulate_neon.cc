#include "src/kernels/accumulate.h"

namespace hashvet::kernels {
constinit const AccumulateTable kAccumulateNeon = {nullptr, nullptr, nullptr};
}  // namespace hashvet::kernels
