// Exact search by looking at every row, of any width, the rows kept whole: the
// index with no tables at all.
//
// Use it for widths other than 256 bits when the list is small or the radius
// large, or where the rows already lie in memory one behind the other: it then
// costs nothing to make. At 256 bits the flat index is three times as fast in
// batches. The ring index falls back on it.

#ifndef HASHVET_INDEX_ROW_INDEX_H_
#define HASHVET_INDEX_ROW_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/index/range_index.h"

namespace hashvet {

class HASHVET_EXPORT RowIndex final : public RangeIndex {
 public:
  // Copies the rows. Zero rows are fine: nothing is near anything.
  //
  // Errors: InvalidArgument when the width is 0 or over kMaxWidthBits, when a
  // row has bits past its width, or when HASHVET_SIMD_TARGET names no target of
  // this machine; ResourceExhausted over kMaxIndexRows or without memory.
  static absl::StatusOr<RowIndex> Create(BitRows rows);

  // Uses the rows where they are; they must outlive the index. Errors: as
  // Create.
  static absl::StatusOr<RowIndex> FromRows(BitRows rows);

  static constexpr uint32_t kMaxWidthBits = 1024;

  std::string_view name() const override { return "rows"; }
  uint32_t width_bits() const override { return rows_.width_bits(); }
  size_t rows() const override { return rows_.size(); }
  void CopyRow(size_t row, std::span<uint64_t> words) const override;
  absl::StatusOr<Neighbors> Search(
      BitRows queries, uint32_t max_distance,
      const SearchOptions& options = {}) const override;
  absl::StatusOr<Neighbors> Nearest(
      BitRows queries, uint32_t count, uint32_t max_distance,
      const SearchOptions& options = {}) const override;

  // The rows in use, for writing them to a file.
  BitRows bit_rows() const { return rows_; }

 private:
  RowIndex(BitRows rows, std::shared_ptr<const void> owned);

  BitRows rows_;
  std::shared_ptr<const void> owned_;  // the rows' memory, when it is ours
};

}  // namespace hashvet

#endif  // HASHVET_INDEX_ROW_INDEX_H_
