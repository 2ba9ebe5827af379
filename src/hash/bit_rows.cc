#include "hashvet/hash/bit_rows.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hashvet {

absl::StatusOr<BitRows> BitRows::Create(std::span<const uint64_t> words,
                                        uint32_t width_bits) {
  if (width_bits == 0) {
    return absl::InvalidArgumentError("rows of bits: width 0, want at least 1");
  }
  if (words.size() % WordsFor(width_bits) != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "rows of bits: ", words.size(), " words, want a multiple of ",
        WordsFor(width_bits), " at ", width_bits, " bits a row"));
  }
  BitRows rows;
  rows.words_ = words.data();
  rows.width_bits_ = width_bits;
  rows.rows_ = words.size() / WordsFor(width_bits);
  return rows;
}

}  // namespace hashvet
