// A view of equally wide rows of bits, one behind the other: what an index is
// built from and asked with, whatever the width.
//
// A vector or span of BitHash converts to it by itself; other widths come from
// words. The rows must outlive the view.

#ifndef HASHVET_HASH_BIT_ROWS_H_
#define HASHVET_HASH_BIT_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <type_traits>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/bit_hash.h"

namespace hashvet {

class HASHVET_EXPORT BitRows {
 public:
  // No rows, of no particular width.
  constexpr BitRows() = default;

  // A vector, span or array of BitHash<bits>.
  template <typename Hashes>
  requires std::ranges::contiguous_range<const Hashes> &&
      std::same_as<std::ranges::range_value_t<Hashes>,
                   BitHash<std::ranges::range_value_t<Hashes>::kBits>>
      BitRows(const Hashes& hashes)  // NOLINT(google-explicit-constructor)
      : width_bits_(std::ranges::range_value_t<Hashes>::kBits),
        rows_(std::ranges::size(hashes)) {
    using Hash = std::ranges::range_value_t<Hashes>;
    static_assert(sizeof(Hash) == Hash::kWords * sizeof(uint64_t));
    if (rows_ != 0) words_ = std::ranges::data(hashes)->words().data();
  }

  // `words` holds WordsFor(width_bits) words a row, row-major; bit k of a row
  // is bit k % 64 of its word k / 64, and bits from width_bits on are 0 (not
  // checked here; an index checks its own rows).
  //
  // Errors: InvalidArgument when width_bits is 0 or the words are no whole
  // number of rows.
  static absl::StatusOr<BitRows> Create(std::span<const uint64_t> words,
                                        uint32_t width_bits);

  static constexpr size_t WordsFor(uint32_t width_bits) {
    return (size_t{width_bits} + 63) / 64;
  }

  uint32_t width_bits() const { return width_bits_; }
  size_t words_per_row() const { return WordsFor(width_bits_); }
  size_t size() const { return rows_; }
  bool empty() const { return rows_ == 0; }

  // REQUIRES: row < size()
  std::span<const uint64_t> operator[](size_t row) const {
    return {words_ + row * words_per_row(), words_per_row()};
  }
  // size() * words_per_row() words.
  std::span<const uint64_t> words() const {
    return {words_, rows_ * words_per_row()};
  }

  // REQUIRES: begin <= end <= size()
  BitRows slice(size_t begin, size_t end) const {
    BitRows part = *this;
    part.words_ += begin * words_per_row();
    part.rows_ = end - begin;
    return part;
  }

 private:
  const uint64_t* words_ = nullptr;
  uint32_t width_bits_ = 0;
  size_t rows_ = 0;
};

}  // namespace hashvet

#endif  // HASHVET_HASH_BIT_ROWS_H_
