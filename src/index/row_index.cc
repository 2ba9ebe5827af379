#include "hashvet/index/row_index.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/status.h"
#include "src/index/huge_block.h"
#include "src/index/nearest.h"
#include "src/index/row_scan.h"
#include "src/index/tile_scan.h"
#include "src/kernels/targets.h"

namespace hashvet {

RowIndex::RowIndex(BitRows rows, std::shared_ptr<const void> owned)
    : rows_(rows), owned_(std::move(owned)) {}

absl::StatusOr<RowIndex> RowIndex::FromRows(BitRows rows) {
  HASHVET_RETURN_IF_ERROR(CheckTarget());
  HASHVET_RETURN_IF_ERROR(CheckRows("row index", rows.size()));
  if (rows.width_bits() == 0 || rows.width_bits() > kMaxWidthBits) {
    return absl::InvalidArgumentError(
        absl::StrCat("row index: rows of ", rows.width_bits(),
                     " bits, want 1 to ", kMaxWidthBits));
  }
  HASHVET_RETURN_IF_ERROR(CheckNoBitsPastWidth("row index: row", rows));
  return RowIndex(rows, nullptr);
}

absl::StatusOr<RowIndex> RowIndex::Create(BitRows rows) {
  HASHVET_ASSIGN_OR_RETURN(RowIndex index, FromRows(rows));
  auto block = HugeBlock::Create(rows.words().size_bytes());
  if (block == nullptr) return OutOfMemory(absl::StrCat(rows.size(), " rows"));
  const auto words = block->Array<uint64_t>(0, rows.words().size());
  std::ranges::copy(rows.words(), words.begin());
  HASHVET_ASSIGN_OR_RETURN(index.rows_,
                           BitRows::Create(words, rows.width_bits()));
  index.owned_ = std::move(block);
  return index;
}

void RowIndex::CopyRow(size_t row, std::span<uint64_t> words) const {
  HASHVET_DCHECK(row < rows());
  std::ranges::copy(rows_[row], words.begin());
}

absl::StatusOr<Neighbors> RowIndex::Search(BitRows queries,
                                           uint32_t max_distance,
                                           const SearchOptions& options) const {
  HASHVET_RETURN_IF_ERROR(CheckQuestion(queries, max_distance, width_bits()));
  return ScanRows(rows_, queries, max_distance, options);
}

absl::StatusOr<Neighbors> ScanRows(BitRows rows, BitRows queries,
                                   uint32_t max_distance,
                                   const SearchOptions& options) {
  // The default shape is of four words a row.
  const size_t dearer = std::max<size_t>(rows.words_per_row() / 4, 1);
  ScanShape shape;
  shape.min_chunk_pairs /= dearer;
  shape.pairs_per_check /= dearer;
  const kernels::RowScanFn scan = kernels::ActiveTarget()->rows->scan;
  return ScanTiles(rows.size(), queries.size(), options,
                   [&](const Tile& tile, kernels::Hit* out) {
                     size_t found = 0;
                     for (size_t q = 0; q < tile.count; ++q) {
                       found += scan(
                           rows.words().data(), rows.words_per_row(),
                           tile.begin, tile.end, queries[tile.first + q].data(),
                           static_cast<uint32_t>(q), max_distance, out + found);
                     }
                     return found;
                   });
}

absl::StatusOr<Neighbors> RowIndex::Nearest(
    BitRows queries, uint32_t count, uint32_t max_distance,
    const SearchOptions& options) const {
  return NearestByRadius(*this, queries, count, max_distance, options);
}

}  // namespace hashvet
