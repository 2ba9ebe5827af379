#include "src/kernels/accumulate.h"

namespace hashvet::kernels {
constinit const AccumulateTable kAccumulatePortable = {nullptr, nullptr, nullptr};
}  // namespace hashvet::kernels
