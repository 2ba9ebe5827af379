// A list's limit on byte vectors as the search compares it: in integers, L2 by
// its square. For the layers above the list's.

#ifndef HASHVET_SRC_LIST_BYTE_VECTOR_LIMIT_H_
#define HASHVET_SRC_LIST_BYTE_VECTOR_LIMIT_H_

#include <cmath>
#include <cstdint>
#include <optional>

#include "hashvet/list/list_policy.h"

namespace hashvet {

// Within t under L2 is within t * t, squared. Nothing under other metrics.
inline std::optional<uint32_t> SquaredLimit(ByteVectorMetric metric,
                                            uint32_t max_distance) {
  switch (metric) {
    case ByteVectorMetric::kL2:
      return max_distance * max_distance;
    case ByteVectorMetric::kSquaredL2:
      return max_distance;
    case ByteVectorMetric::kL1:
    case ByteVectorMetric::kNone:
      break;
  }
  return std::nullopt;
}

// The smallest integer whose square is at least `square`.
inline uint32_t RootRoundedUp(uint32_t square) {
  auto root = static_cast<uint64_t>(std::sqrt(static_cast<double>(square)));
  while (root * root < square) ++root;
  while (root > 0 && (root - 1) * (root - 1) >= square) --root;
  return static_cast<uint32_t>(root);
}

}  // namespace hashvet

#endif  // HASHVET_SRC_LIST_BYTE_VECTOR_LIMIT_H_
