// Every kind of value a list may carry. A kind names the whole convention
// (algorithm, width, resize, bit order, text form): two values compare only if
// their kinds are equal.

#ifndef HASHVET_HASH_HASH_KIND_H_
#define HASHVET_HASH_HASH_KIND_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"

namespace hashvet {

// The numbers are stored in snapshots: never reused, never changed.
enum class HashKind : uint16_t {
  kPdq = 1,
  kPhash64ImageHash = 2,
  kDhash64ImageHash = 3,
  kAhash64ImageHash = 4,
  kPhash256ImageHash = 5,
  kDhash256ImageHash = 6,
  kAhash256ImageHash = 7,
  kDhashVertical64ImageHash = 8,
  kDhashVertical256ImageHash = 9,
  kWhash64ImageHash = 10,
  kPhash64OpenCv = 11,
  kBlockMean256OpenCv = 12,
  kBlockMean968OpenCv = 13,
  kMarrHildreth576OpenCv = 14,
  kPhash64Zauner = 15,
  kMd5 = 32,
  kSha1 = 33,
  kSha256 = 34,
  kPhotoDna = 64,
};

// How two values of a kind are compared.
enum class HashFamily : uint8_t {
  kBits,        // Hash64, Hash256 or WideHash, by the bits that differ
  kDigest,      // Digest, for equality
  kByteVector,  // ByteVector144, under a metric that the list states
};

struct HashKindInfo {
  HashKind kind;
  HashFamily family;
  std::string_view name;  // as in lists and on the command line: "pdq"
  size_t size_bytes;      // of the value; its hex form has twice as many digits
  bool computed;          // this build computes it from a picture or its bytes
  std::string_view convention;  // one line

  // Of a value of the kBits family as an index holds it: a multiple of 16, the
  // bits past the value being 0.
  constexpr uint32_t row_bits() const {
    return static_cast<uint32_t>((size_bytes + 1) / 2 * 16);
  }
};

// All kinds, in the order of their numbers.
HASHVET_EXPORT std::span<const HashKindInfo> AllHashKinds();

// REQUIRES: `kind` is one of the enumerators.
HASHVET_EXPORT const HashKindInfo& InfoOf(HashKind kind);

inline std::string_view NameOf(HashKind kind) { return InfoOf(kind).name; }

// By name, or by one of the names other systems use for the same convention
// ("pdq_hash", "sha-1", "hash_md5", "photo_dna" …), in any case.
//
// Errors: InvalidArgument, listing the names there are.
HASHVET_EXPORT absl::StatusOr<HashKind> ParseHashKind(std::string_view name);

// By number, as stored in a snapshot. Errors: InvalidArgument.
HASHVET_EXPORT absl::StatusOr<HashKind> HashKindFromNumber(uint32_t number);

}  // namespace hashvet

#endif  // HASHVET_HASH_HASH_KIND_H_
