// Searching the tables of a ring index.

#ifndef HASHVET_SRC_INDEX_RING_SEARCH_H_
#define HASHVET_SRC_INDEX_RING_SEARCH_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "hashvet/index/ring_index.h"

namespace hashvet {

// RingIndex::SearchCounted. REQUIRES: queries and max_distance are checked, the
// tables are those of a RingIndex.
absl::StatusOr<Neighbors> SearchRing(const RingTables& tables, BitRows queries,
                                     uint32_t max_distance,
                                     const SearchOptions& options,
                                     RingCounts& counts);

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_RING_SEARCH_H_
