// A value together with its kind: what a line of a list says, and what a caller
// asks about when it already has the hash.

#ifndef HASHVET_HASH_HASH_VALUE_H_
#define HASHVET_HASH_HASH_VALUE_H_

#include <compare>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/bit_hash.h"
#include "hashvet/hash/byte_vector144.h"
#include "hashvet/hash/digest.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/wide_hash.h"

namespace hashvet {

class HASHVET_EXPORT HashValue {
 public:
  using Variant =
      std::variant<Hash64, Hash256, WideHash, Digest, ByteVector144>;

  static HashValue Pdq(const Hash256& hash) {
    return HashValue(HashKind::kPdq, hash);
  }

  // From the bytes its hex form spells: for bit hashes the byte of the highest
  // bits comes first.
  //
  // Errors: InvalidArgument when the size is not the kind's.
  static absl::StatusOr<HashValue> FromBytes(HashKind kind,
                                             std::span<const uint8_t> bytes);
  std::vector<uint8_t> ToBytes() const;

  HashKind kind() const { return kind_; }
  const Variant& value() const { return value_; }

  // The value as T, or null when the kind has another type.
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&value_);
  }

  // As a row of bits: what an index is asked with. Points into the value.
  // REQUIRES: the kind is of the kBits family.
  std::span<const uint64_t> row_words() const;

  friend auto operator<=>(const HashValue&, const HashValue&) = default;

 private:
  HashValue(HashKind kind, Variant value) : kind_(kind), value_(value) {}

  HashKind kind_;
  Variant value_;
};

// How many bits differ.
//
// Errors: InvalidArgument when the kinds differ, or are not of the kBits
// family.
HASHVET_EXPORT absl::StatusOr<uint32_t> Distance(const HashValue& a,
                                                 const HashValue& b);

}  // namespace hashvet

#endif  // HASHVET_HASH_HASH_VALUE_H_
