// Digests of bytes against the answers of their standards, and where OpenSSL
// has none.

#include "hashvet/hash/digest_of.h"

#include <openssl/evp.h>

#include <span>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/text.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

std::string HexOf(HashKind kind, std::string_view text) {
  const auto digest =
      DigestOf(kind, std::as_bytes(std::span(text.data(), text.size())));
  return digest.ok() ? ToHex(*digest) : std::string(digest.status().message());
}

// RFC 1321, A.5; FIPS 180-4's examples.
TEST(DigestOfTest, IsTheStandards) {
  EXPECT_EQ(HexOf(HashKind::kMd5, ""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(HexOf(HashKind::kMd5, "message digest"),
            "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(HexOf(HashKind::kSha1, "abc"),
            "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(HexOf(HashKind::kSha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(DigestOfTest, OtherKindsAreRefused) {
  EXPECT_THAT(DigestOf(HashKind::kPdq, {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("want md5, sha1 or sha256")));
}

// As under FIPS: only algorithms of an approved provider are asked for, and MD5
// is in none. (No such provider is loaded here, so nothing is offered at all.)
TEST(DigestOfTest, WhatOpenSslDoesNotOfferIsUnavailable) {
  ASSERT_EQ(EVP_set_default_properties(nullptr, "fips=yes"), 1);
  const auto md5 = DigestOf(HashKind::kMd5, {});
  ASSERT_EQ(EVP_set_default_properties(nullptr, ""), 1);
  EXPECT_THAT(md5, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("md5")));
  EXPECT_OK(DigestOf(HashKind::kMd5, {}));
}

}  // namespace
}  // namespace hashvet
