#include "hashvet/hash/digest_of.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

const char* OpenSslNameOf(HashKind kind) {
  switch (kind) {
    case HashKind::kMd5:
      return "MD5";
    case HashKind::kSha1:
      return "SHA1";
    case HashKind::kSha256:
      return "SHA256";
    default:
      return nullptr;
  }
}

struct FreeAlgorithm {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};

}  // namespace

absl::StatusOr<HashValue> DigestOf(HashKind kind,
                                   std::span<const std::byte> bytes) {
  const char* const name = OpenSslNameOf(kind);
  if (name == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "digest: got ", ToAbsl(NameOf(kind)), ", want md5, sha1 or sha256"));
  }
  // Fetched rather than named by EVP_md5(), so that a configuration that allows
  // approved algorithms only is asked.
  const std::unique_ptr<EVP_MD, FreeAlgorithm> algorithm(
      EVP_MD_fetch(nullptr, name, nullptr));
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (algorithm == nullptr ||
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size,
                 algorithm.get(), nullptr) != 1) {
    ERR_clear_error();
    return absl::UnavailableError(
        absl::StrCat(ToAbsl(NameOf(kind)),
                     ": OpenSSL does not offer it (in FIPS mode it offers "
                     "approved algorithms only)"));
  }
  return HashValue::FromBytes(kind, std::span(digest).first(size));
}

KindHashes DigestHashes(HashKind kind, std::span<const std::byte> bytes) {
  absl::StatusOr<HashValue> digest = DigestOf(kind, bytes);
  KindHashes hashes;
  hashes.kind = kind;
  hashes.status = digest.status();
  if (digest.ok()) hashes.orientations = {*std::move(digest)};
  return hashes;
}

}  // namespace hashvet
