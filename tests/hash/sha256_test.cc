// SHA-256 against the standard's own examples (FIPS 180-4), in pieces and
// whole.

#include "hashvet/hash/sha256.h"

#include <span>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(Sha256Test, TheStandardsExamples) {
  ASSERT_OK_AND_ASSIGN(const Sha256Digest abc, Sha256Of(Bytes("abc")));
  EXPECT_EQ(Sha256Text(abc),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ASSERT_OK_AND_ASSIGN(const Sha256Digest none, Sha256Of({}));
  EXPECT_EQ(Sha256Text(none),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256Test, PiecesGiveWhatTheWholeGives) {
  const std::string text(100'000, 'a');
  ASSERT_OK_AND_ASSIGN(const Sha256Digest whole, Sha256Of(Bytes(text)));
  for (const size_t piece : {1u, 63u, 64u, 65u, 4096u}) {
    ASSERT_OK_AND_ASSIGN(Sha256 sha, Sha256::Create());
    for (size_t at = 0; at < text.size(); at += piece) {
      sha.Update(Bytes(std::string_view(text).substr(at, piece)));
    }
    EXPECT_EQ(sha.Finish(), whole) << piece;
  }
}

TEST(Sha256Test, ItsTextReadsBackAndIsNeverRepeated) {
  ASSERT_OK_AND_ASSIGN(const Sha256Digest abc, Sha256Of(Bytes("abc")));
  ASSERT_OK_AND_ASSIGN(const Sha256Digest back,
                       ParseSha256Text(Sha256Text(abc)));
  EXPECT_EQ(back, abc);
  const absl::StatusOr<Sha256Digest> bad = ParseSha256Text("ba7816bf8f01");
  EXPECT_THAT(bad.status(), StatusIs(absl::StatusCode::kInvalidArgument,
                                     ::testing::HasSubstr("got 12")));
  EXPECT_EQ(bad.status().message().find("ba78"), absl::string_view::npos);
}

}  // namespace
}  // namespace hashvet
