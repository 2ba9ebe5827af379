// Hash values as text: known answers, and every way to get them wrong.

#include "hashvet/hash/text.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/hash_value.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

// Bridge picture of the PDQ reference's test set, hashed by its own tool.
constexpr char kBridge[] =
    "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";

TEST(HexTest, PdqWordFifteenComesFirst) {
  ASSERT_OK_AND_ASSIGN(const HashValue value,
                       ParseHex(HashKind::kPdq, kBridge));
  const Hash256* hash = value.As<Hash256>();
  ASSERT_NE(hash, nullptr);
  EXPECT_EQ(hash->words()[3], 0xf8f8f0cee0f4a84f);
  EXPECT_EQ(hash->words()[0], 0x33e6b39c4e9c9b22);
  EXPECT_FALSE(hash->bit(0));  // ...22 ends in 0010
  EXPECT_TRUE(hash->bit(1));
  EXPECT_TRUE(hash->bit(255));
  EXPECT_EQ(ToHex(value), kBridge);
  EXPECT_EQ(ToHex(*hash), kBridge);
}

TEST(HexTest, UpperCaseComesBackLowerCase) {
  std::string upper(kBridge);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  ASSERT_OK_AND_ASSIGN(const HashValue value, ParseHex(HashKind::kPdq, upper));
  EXPECT_EQ(ToHex(value), kBridge);
}

TEST(HexTest, OneDigitShortOrLongIsTold) {
  const std::string text(kBridge);
  EXPECT_THAT(ParseHex(HashKind::kPdq, text.substr(1)),
              StatusIs(kInvalid, HasSubstr("got 63 hex digits, want 64")));
  EXPECT_THAT(ParseHex(HashKind::kPdq, text + "0"),
              StatusIs(kInvalid, HasSubstr("got 65 hex digits, want 64")));
  EXPECT_THAT(ParseHex(HashKind::kPdq, ""),
              StatusIs(kInvalid, HasSubstr("got 0 hex digits, want 64")));
}

TEST(HexTest, ForeignCharacterIsToldByPlaceAndTheTextIsNotRepeated) {
  std::string text(kBridge);
  text[16] = 'g';
  EXPECT_THAT(ParseHex(HashKind::kPdq, text),
              StatusIs(kInvalid, AllOf(HasSubstr("position 17"),
                                       Not(HasSubstr("f8f8")))));
  EXPECT_THAT(ParseHex(HashKind::kPdq, " " + std::string(kBridge)),
              StatusIs(kInvalid, HasSubstr("position 1 ")));
  EXPECT_THAT(ParseHex(HashKind::kMd5, "0x"),
              StatusIs(kInvalid, HasSubstr("position 2 ")));
}

TEST(HexTest, EveryKindGoesThereAndBack) {
  for (const HashKindInfo& info : AllHashKinds()) {
    std::vector<uint8_t> bytes(info.size_bytes);
    for (size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<uint8_t>(31 * i + 7);
    }
    ASSERT_OK_AND_ASSIGN(const HashValue value,
                         HashValue::FromBytes(info.kind, bytes));
    EXPECT_EQ(value.ToBytes(), bytes) << info.name;
    EXPECT_EQ(ToHex(value).size(), 2 * info.size_bytes) << info.name;
    ASSERT_OK_AND_ASSIGN(const HashValue hex,
                         ParseHex(info.kind, ToHex(value)));
    EXPECT_EQ(hex, value) << info.name;
    ASSERT_OK_AND_ASSIGN(const HashValue base64,
                         ParseBase64(info.kind, ToBase64(value)));
    EXPECT_EQ(base64, value) << info.name;
  }
}

TEST(HexTest, SixtyFourBitHashReadsAsOneNumber) {
  ASSERT_OK_AND_ASSIGN(
      const HashValue value,
      ParseHex(HashKind::kPhash64ImageHash, "0123456789abcdef"));
  EXPECT_EQ(value.As<Hash64>()->words()[0], 0x0123456789abcdef);
  EXPECT_EQ(ToHex(*value.As<Hash64>()), "0123456789abcdef");
}

// MD5 of nothing (RFC 1321), in both notations.
constexpr char kMd5Hex[] = "d41d8cd98f00b204e9800998ecf8427e";
constexpr char kMd5Base64[] = "1B2M2Y8AsgTpgAmY7PhCfg==";

TEST(Base64Test, KnownAnswer) {
  ASSERT_OK_AND_ASSIGN(const HashValue value,
                       ParseBase64(HashKind::kMd5, kMd5Base64));
  EXPECT_EQ(ToHex(value), kMd5Hex);
  EXPECT_EQ(ToBase64(value), kMd5Base64);
}

TEST(Base64Test, PaddingIsWholeOrAbsent) {
  const std::string text(kMd5Base64);
  EXPECT_OK(ParseBase64(HashKind::kMd5, text.substr(0, 22)));
  EXPECT_THAT(ParseBase64(HashKind::kMd5, text.substr(0, 23)),
              StatusIs(kInvalid, HasSubstr("position 23")));
  EXPECT_THAT(ParseBase64(HashKind::kMd5, text + "="),
              StatusIs(kInvalid, HasSubstr("position 23")));
}

TEST(Base64Test, WrongAlphabetLengthAndSpareBitsAreTold) {
  std::string text(kMd5Base64);
  text[3] = '-';  // of the URL-safe alphabet
  EXPECT_THAT(ParseBase64(HashKind::kMd5, text),
              StatusIs(kInvalid, HasSubstr("position 4 ")));
  EXPECT_THAT(ParseBase64(HashKind::kMd5, "1B2M"),
              StatusIs(kInvalid, HasSubstr("got 4 base64 digits, want 22")));
  EXPECT_THAT(ParseBase64(HashKind::kMd5, "1B2M2Y8AsgTpgAmY7PhCfh"),
              StatusIs(kInvalid, HasSubstr("past the value's end")));
}

}  // namespace
}  // namespace hashvet
