// Nearest rows by searching wider and wider, for every index alike.

#ifndef HASHVET_SRC_INDEX_NEAREST_H_
#define HASHVET_SRC_INDEX_NEAREST_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "hashvet/index/range_index.h"

namespace hashvet {

// RangeIndex::Nearest of `index`, by its Search. The radius starts at one bit
// less than a 16-bit chunk's share and grows by that, where a ring index gives
// every chunk one more bit; a query that has its `count` rows is asked no more.
absl::StatusOr<Neighbors> NearestByRadius(const RangeIndex& index,
                                          BitRows queries, uint32_t count,
                                          uint32_t max_distance,
                                          const SearchOptions& options);

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_NEAREST_H_
