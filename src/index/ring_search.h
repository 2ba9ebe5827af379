// Searching the tables of a ring index.

#ifndef HASHVET_SRC_INDEX_RING_SEARCH_H_
#define HASHVET_SRC_INDEX_RING_SEARCH_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "hashvet/index/ring_index.h"

namespace hashvet {

// RingIndex::SearchCounted. REQUIRES: queries and max_distance are checked, the
// tables are those of a RingIndex.
//
// scan_cost multiplies what looking at every row is taken to cost: tests pass
// infinity to have every query probe, 0 to have none, and what lies between to
// have queries give up on the way.
absl::StatusOr<Neighbors> SearchRing(const RingTables& tables, BitRows queries,
                                     uint32_t max_distance,
                                     const SearchOptions& options,
                                     RingCounts& counts, double scan_cost = 1);

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_RING_SEARCH_H_
