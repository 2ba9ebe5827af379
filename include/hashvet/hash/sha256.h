// SHA-256 of bytes that come in pieces: names files by their content and chains
// the lines of the audit log. OpenSSL computes it.

#ifndef HASHVET_HASH_SHA256_H_
#define HASHVET_HASH_SHA256_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"

namespace hashvet {

using Sha256Digest = std::array<uint8_t, 32>;

class HASHVET_EXPORT Sha256 {
 public:
  // Errors: FailedPrecondition where OpenSSL offers no SHA-256.
  static absl::StatusOr<Sha256> Create();

  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void Update(std::span<const std::byte> bytes);
  // REQUIRES: not called before.
  Sha256Digest Finish();

 private:
  struct Context;
  explicit Sha256(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

// Of bytes that are all there. Errors: as Sha256::Create.
HASHVET_EXPORT absl::StatusOr<Sha256Digest> Sha256Of(
    std::span<const std::byte> bytes);

// 64 lower-case hex digits, and back; a parse error never holds the text.
HASHVET_EXPORT std::string Sha256Text(const Sha256Digest& digest);
HASHVET_EXPORT absl::StatusOr<Sha256Digest> ParseSha256Text(
    std::string_view text);

}  // namespace hashvet

#endif  // HASHVET_HASH_SHA256_H_
