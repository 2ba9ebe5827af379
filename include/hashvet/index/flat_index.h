// Exact search by looking at every row: the simplest index, the fastest to
// build, and the one to use for small lists, large radii and large batches.
//
// Rows are kept in planes (a 128-bit prefix apart from the rest): a lone query
// at radius 31 reads 12 of a row's 32 bytes, and a batch compares each loaded
// row with several queries. Works from memory it owns or from a mapped file.

#ifndef HASHVET_INDEX_FLAT_INDEX_H_
#define HASHVET_INDEX_FLAT_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/index/range_index.h"

namespace hashvet {

// The planes of `rows` 256-bit rows, each aligned to 64 bytes. Bit k of row r:
//   k < 128   bit k % 32 of prefix[k / 32][r]
//   k >= 128  bit k % 64 of rest[2 * r + (k - 128) / 64]
struct FlatPlanes {
  std::array<std::span<const uint32_t>, 4> prefix;  // rows words each
  std::span<const uint64_t> rest;                   // 2 * rows words
};

class HASHVET_EXPORT FlatIndex final : public RangeIndex {
 public:
  // Copies the rows. Zero rows are fine: nothing is near anything.
  //
  // Errors: ResourceExhausted over kMaxIndexRows; InvalidArgument when
  // HASHVET_SIMD_TARGET names no target of this machine.
  static absl::StatusOr<FlatIndex> Create(std::span<const Hash256> rows);

  // Uses the planes where they are; they must outlive the index.
  //
  // Errors: as Create, and InvalidArgument when the planes' sizes disagree or
  // one is not aligned to 64 bytes.
  static absl::StatusOr<FlatIndex> FromPlanes(const FlatPlanes& planes);

  std::string_view name() const override { return "flat"; }
  size_t rows() const override { return planes_.prefix[0].size(); }
  uint32_t width_bits() const override { return Hash256::kBits; }
  void CopyRow(size_t row, std::span<uint64_t> words) const override;
  absl::StatusOr<Neighbors> Search(
      BitRows queries, uint32_t max_distance,
      const SearchOptions& options = {}) const override;
  absl::StatusOr<Neighbors> Nearest(
      BitRows queries, uint32_t count, uint32_t max_distance,
      const SearchOptions& options = {}) const override;

  // The stored row. REQUIRES: row < rows()
  Hash256 row(size_t row) const;

  // The planes in use, for writing them to a file.
  const FlatPlanes& planes() const { return planes_; }

 private:
  FlatIndex(const FlatPlanes& planes, std::shared_ptr<const void> owned);

  FlatPlanes planes_;
  std::shared_ptr<const void> owned_;  // the planes' memory, when it is ours
};

// The CPU target the search kernels run on ("avx512" …), and all that could.
// Errors: InvalidArgument when HASHVET_SIMD_TARGET names none of them.
HASHVET_EXPORT absl::StatusOr<std::string_view> ActiveSimdTarget();
HASHVET_EXPORT std::vector<std::string_view> RunnableSimdTargets();

}  // namespace hashvet

#endif  // HASHVET_INDEX_FLAT_INDEX_H_
