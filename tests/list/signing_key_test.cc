#include "hashvet/list/signing_key.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/sha256.h"
#include "tests/list/publish_support.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScratchFolder;
using testing::SigningPem;
using testing::SomeSigningKey;
using testing::StatusIs;

std::span<const std::byte> Bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string Base64(const Signature& signature) {
  return absl::Base64Escape(absl::string_view(
      reinterpret_cast<const char*>(signature.data()), signature.size()));
}

// SubjectPublicKeyInfo around the raw key (RFC 8410).
std::string PublicPem(const std::string& raw_hex) {
  return "-----BEGIN PUBLIC KEY-----\n" +
         absl::Base64Escape(
             absl::HexStringToBytes("302a300506032b6570032100" + raw_hex)) +
         "\n-----END PUBLIC KEY-----\n";
}

// RFC 8032, section 7.1, test 2.
const std::string kPrivateHex =
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
const std::string kPublicHex =
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const std::string kSignatureHex =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

TEST(SigningKeyTest, SignsAsRfc8032Says) {
  const std::string pem =
      "-----BEGIN PRIVATE KEY-----\n" +
      absl::Base64Escape(absl::HexStringToBytes(
          "302e020100300506032b657004220420" + kPrivateHex)) +
      "\n-----END PRIVATE KEY-----\n";
  ASSERT_OK_AND_ASSIGN(const SigningKey key, SigningKey::FromPem(Bytes(pem)));
  ASSERT_OK_AND_ASSIGN(const Signature signature, key.Sign("\x72"));
  EXPECT_EQ(Base64(signature),
            absl::Base64Escape(absl::HexStringToBytes(kSignatureHex)));

  ASSERT_OK_AND_ASSIGN(const auto trusted,
                       ParsePublicKeys(Bytes(PublicPem(kPublicHex))));
  ASSERT_EQ(trusted.size(), 1u);
  EXPECT_EQ(trusted[0], key.public_key());
  const std::string raw = absl::HexStringToBytes(kPublicHex);
  ASSERT_OK_AND_ASSIGN(const Sha256Digest digest, Sha256Of(Bytes(raw)));
  EXPECT_EQ(trusted[0].id(), Sha256Text(digest).substr(0, 16));

  EXPECT_TRUE(trusted[0].Verifies("\x72", signature));
  EXPECT_FALSE(trusted[0].Verifies("\x73", signature));
  Signature changed = signature;
  changed[63] ^= 1;
  EXPECT_FALSE(trusted[0].Verifies("\x72", changed));
  EXPECT_FALSE(SomeSigningKey(9).public_key().Verifies("\x72", signature));
}

TEST(SigningKeyTest, OnlyEd25519InPemIsAKey) {
  // openssl genpkey -algorithm x25519
  const std::string x25519 =
      "-----BEGIN PRIVATE KEY-----\n" +
      absl::Base64Escape(absl::HexStringToBytes(
          "302e020100300506032b656e04220420" + kPrivateHex)) +
      "\n-----END PRIVATE KEY-----\n";
  EXPECT_THAT(SigningKey::FromPem(Bytes(x25519)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("got X25519, want Ed25519"),
                             Not(HasSubstr(kPrivateHex.substr(0, 8))))));
  const std::string public_pem = PublicPem(kPublicHex);
  for (const std::string& none : {std::string(""), std::string("key"),
                                  public_pem, SigningPem(1).substr(0, 60)}) {
    EXPECT_THAT(SigningKey::FromPem(Bytes(none)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("want an unencrypted PEM block")));
  }
}

TEST(PublicKeysTest, SeveralMayLieInOneFile) {
  const std::string one = PublicPem(kPublicHex);
  const std::string other(64, '7');
  ASSERT_OK_AND_ASSIGN(
      const auto keys,
      ParsePublicKeys(Bytes("# ours\n" + one + "\n" + PublicPem(other))));
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_NE(keys[0].id(), keys[1].id());
}

TEST(PublicKeysTest, AnythingElseIsRefused) {
  const std::string one = PublicPem(kPublicHex);
  EXPECT_THAT(
      ParsePublicKeys(Bytes("nothing")),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no PEM block")));
  EXPECT_THAT(ParsePublicKeys(Bytes(one + SigningPem(1))),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("public key 2: got the PEM block "
                                 "'PRIVATE KEY', want 'PUBLIC KEY'")));
  std::string damaged = one;
  damaged[40] = '!';
  EXPECT_THAT(
      ParsePublicKeys(Bytes(damaged)),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("damaged PEM")));
}

TEST(PublicKeysTest, AFileThatOthersMayWriteIsRefused) {
  const ScratchFolder folder;
  const std::string path = folder.Write("keys.pem", PublicPem(kPublicHex));
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  ASSERT_OK_AND_ASSIGN(const auto keys, ReadPublicKeys(path));
  EXPECT_EQ(keys.size(), 1u);
  for (const mode_t mode : {0664, 0646}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_THAT(ReadPublicKeys(path),
                StatusIs(absl::StatusCode::kPermissionDenied,
                         AllOf(HasSubstr("may write"), HasSubstr(path))));
  }
}

}  // namespace
}  // namespace hashvet
