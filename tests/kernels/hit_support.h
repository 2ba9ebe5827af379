// Hits compared and printed, and targets named, in the tests of the kernels.

#ifndef HASHVET_TESTS_KERNELS_HIT_SUPPORT_H_
#define HASHVET_TESTS_KERNELS_HIT_SUPPORT_H_

#include <ostream>
#include <tuple>

#include "src/kernels/hit.h"
#include "src/kernels/targets.h"

namespace hashvet::kernels {

inline bool operator==(const Hit& a, const Hit& b) {
  return std::tie(a.query, a.row, a.distance) ==
         std::tie(b.query, b.row, b.distance);
}

// Failures and test lists show the target's name, not an address.
inline void PrintTo(const Target* target, std::ostream* os) {
  *os << target->name;
}
inline void PrintTo(const Hit& hit, std::ostream* os) {
  *os << "query " << hit.query << " row " << hit.row << " at " << hit.distance;
}

}  // namespace hashvet::kernels

#endif  // HASHVET_TESTS_KERNELS_HIT_SUPPORT_H_
