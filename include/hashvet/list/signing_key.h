// Ed25519 keys: who publishes a list signs its manifest, and who reads it knows
// whose it is. Made and kept as PEM:
//
//   openssl genpkey -algorithm ed25519 -out sign.pem
//   openssl pkey -in sign.pem -pubout -out sign.pub.pem

#ifndef HASHVET_LIST_SIGNING_KEY_H_
#define HASHVET_LIST_SIGNING_KEY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"

namespace hashvet {

using Signature = std::array<uint8_t, 64>;

// Thread-safe, copied freely.
class HASHVET_EXPORT PublicKey {
 public:
  using Raw = std::array<uint8_t, 32>;

  // Errors: FailedPrecondition where OpenSSL offers no SHA-256.
  static absl::StatusOr<PublicKey> FromRaw(const Raw& raw);

  // Names the key: the first 16 hex digits of the SHA-256 of its 32 bytes.
  const std::string& id() const { return id_; }

  bool Verifies(std::string_view message, const Signature& signature) const;

  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  PublicKey(const Raw& raw, std::string id) : raw_(raw), id_(std::move(id)) {}
  Raw raw_;
  std::string id_;
};

// Every "BEGIN PUBLIC KEY" block of PEM text.
//
// Errors: InvalidArgument (no block, one that is not Ed25519, or anything that
// is no public key: a private one must not lie where public ones do).
HASHVET_EXPORT absl::StatusOr<std::vector<PublicKey>> ParsePublicKeys(
    std::span<const std::byte> pem);

// As ParsePublicKeys, of a file that only its owner, this user or root, may
// write. Errors: and NotFound, PermissionDenied, ResourceExhausted (too long).
HASHVET_EXPORT absl::StatusOr<std::vector<PublicKey>> ReadPublicKeys(
    const std::string& path);

// Thread-safe. OpenSSL holds the key, and wipes it at the end.
class HASHVET_EXPORT SigningKey {
 public:
  // From PEM ("BEGIN PRIVATE KEY"), as ReadSecret brings it.
  //
  // Errors: InvalidArgument (not PEM, encrypted, or not Ed25519).
  static absl::StatusOr<SigningKey> FromPem(std::span<const std::byte> pem);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  const PublicKey& public_key() const;

  // Errors: Internal.
  absl::StatusOr<Signature> Sign(std::string_view message) const;

 private:
  struct State;
  explicit SigningKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_LIST_SIGNING_KEY_H_
