// RowIndex::Search, for whoever has rows and no index of them.

#ifndef HASHVET_SRC_INDEX_ROW_SCAN_H_
#define HASHVET_SRC_INDEX_ROW_SCAN_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "hashvet/index/range_index.h"

namespace hashvet {

// REQUIRES: queries and max_distance are checked, rows have no bits past their
// width.
absl::StatusOr<Neighbors> ScanRows(BitRows rows, BitRows queries,
                                   uint32_t max_distance,
                                   const SearchOptions& options);

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_ROW_SCAN_H_
