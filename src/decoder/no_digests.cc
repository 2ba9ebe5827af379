// A decoder computes no digest: its client does, of the bytes it has. Standing
// in for src/hash/digest_of.cc here keeps OpenSSL out of the program, whose
// every mapping is copied for every picture.

#include "absl/status/status.h"
#include "hashvet/hash/digest_of.h"

namespace hashvet {

absl::StatusOr<HashValue> DigestOf(HashKind, std::span<const std::byte>) {
  return absl::UnimplementedError("digest: a decoder computes none");
}

KindHashes DigestHashes(HashKind kind, std::span<const std::byte> bytes) {
  KindHashes hashes;
  hashes.kind = kind;
  hashes.status = DigestOf(kind, bytes).status();
  return hashes;
}

}  // namespace hashvet
