// Keys for tests that publish.

#ifndef HASHVET_TESTS_MATCHER_SABOTAGE_KEYS_H_
#define HASHVET_TESTS_MATCHER_SABOTAGE_KEYS_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "hashvet/list/sealed_file.h"
#include "hashvet/list/signing_key.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {

inline constexpr uint8_t kPublisher = 1;
inline constexpr uint8_t kStranger = 2;

// The Ed25519 key whose 32 bytes are all `seed`.
inline SigningKey SomeSigningKey(uint8_t seed) {
  // PKCS #8 around the bytes (RFC 8410).
  std::string der = absl::HexStringToBytes("302e020100300506032b657004220420");
  der.append(32, static_cast<char>(seed));
  const std::string pem =
      absl::StrCat("-----BEGIN PRIVATE KEY-----\n", absl::Base64Escape(der),
                   "\n-----END PRIVATE KEY-----\n");
  auto key = SigningKey::FromPem(std::as_bytes(std::span(pem)));
  EXPECT_OK(key);
  return *std::move(key);
}

inline EncryptionKey SomeEncryptionKey(char seed) {
  const std::string secret(32, seed);
  auto key = EncryptionKey::FromSecret(std::as_bytes(std::span(secret)));
  EXPECT_OK(key);
  return *std::move(key);
}

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_MATCHER_SABOTAGE_KEYS_H_
