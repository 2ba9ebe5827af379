#include "hashvet/hash/sha256.h"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/hash/text.h"

namespace hashvet {

struct Sha256::Context {
  ~Context() { EVP_MD_CTX_free(of); }
  EVP_MD_CTX* of = EVP_MD_CTX_new();
};

Sha256::Sha256(std::unique_ptr<Context> context)
    : context_(std::move(context)) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

absl::StatusOr<Sha256> Sha256::Create() {
  auto context = std::make_unique<Context>();
  if (context->of == nullptr ||
      EVP_DigestInit_ex(context->of, EVP_sha256(), nullptr) != 1) {
    return absl::FailedPreconditionError("SHA-256: OpenSSL does not offer it");
  }
  return Sha256(std::move(context));
}

// Once begun, OpenSSL's SHA-256 only adds to its state and cannot fail.
void Sha256::Update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(context_->of, bytes.data(), bytes.size());
}

Sha256Digest Sha256::Finish() {
  Sha256Digest digest = {};
  EVP_DigestFinal_ex(context_->of, digest.data(), nullptr);
  return digest;
}

absl::StatusOr<Sha256Digest> Sha256Of(std::span<const std::byte> bytes) {
  HASHVET_ASSIGN_OR_RETURN(Sha256 sha, Sha256::Create());
  sha.Update(bytes);
  return sha.Finish();
}

std::string Sha256Text(const Sha256Digest& digest) {
  // The kind's own size: cannot fail.
  return ToHex(*HashValue::FromBytes(HashKind::kSha256, digest));
}

absl::StatusOr<Sha256Digest> ParseSha256Text(std::string_view text) {
  HASHVET_ASSIGN_OR_RETURN(const HashValue value,
                           ParseHex(HashKind::kSha256, text));
  Sha256Digest digest;
  std::ranges::copy(value.As<Digest>()->bytes(), digest.begin());
  return digest;
}

}  // namespace hashvet
