// What the scans of every kernel family find.

#ifndef HASHVET_SRC_KERNELS_HIT_H_
#define HASHVET_SRC_KERNELS_HIT_H_

#include <stdint.h>

namespace hashvet::kernels {

struct Hit {
  uint32_t query;
  uint32_t row;
  uint32_t distance;
};

}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_HIT_H_
