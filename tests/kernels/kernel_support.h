// What the kernel tests share: hits compare, and failures and test lists show
// names, not addresses.

#ifndef HASHVET_TESTS_KERNELS_KERNEL_SUPPORT_H_
#define HASHVET_TESTS_KERNELS_KERNEL_SUPPORT_H_

#include <ostream>
#include <tuple>

#include "src/kernels/hit.h"
#include "src/kernels/targets.h"

namespace hashvet::kernels {

inline bool operator==(const Hit& a, const Hit& b) {
  return std::tie(a.query, a.row, a.distance) ==
         std::tie(b.query, b.row, b.distance);
}

inline void PrintTo(const Target* target, std::ostream* os) {
  *os << target->name;
}
inline void PrintTo(const Hit& hit, std::ostream* os) {
  *os << "query " << hit.query << " row " << hit.row << " at " << hit.distance;
}

}  // namespace hashvet::kernels

#endif  // HASHVET_TESTS_KERNELS_KERNEL_SUPPORT_H_
