// MD5, SHA-1 and SHA-256 of a file's bytes: what finds the very same file.
// OpenSSL computes them.

#ifndef HASHVET_HASH_DIGEST_OF_H_
#define HASHVET_HASH_DIGEST_OF_H_

#include <cstddef>
#include <span>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/hash/picture_hashes.h"

namespace hashvet {

// Errors: InvalidArgument when the kind is no digest; Unavailable where OpenSSL
// does not offer it (MD5 where only FIPS-approved algorithms are allowed).
// Thread-safe.
HASHVET_EXPORT absl::StatusOr<HashValue> DigestOf(
    HashKind kind, std::span<const std::byte> bytes);

// The same beside a picture's other hashes: with the reason where there is
// none. REQUIRES: IsDigest(kind)
HASHVET_EXPORT KindHashes DigestHashes(HashKind kind,
                                       std::span<const std::byte> bytes);

inline bool IsDigest(HashKind kind) {
  return InfoOf(kind).family == HashFamily::kDigest;
}

}  // namespace hashvet

#endif  // HASHVET_HASH_DIGEST_OF_H_
