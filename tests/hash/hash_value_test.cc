// Distances, kinds, and values that refuse to be compared with each other.

#include "hashvet/hash/hash_value.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/picture_hashes.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(DistanceTest, CountsTheBitsThatDiffer) {
  Hash256 a;
  Hash256 b;
  EXPECT_EQ(Distance(a, b), 0u);
  for (size_t k = 0; k < 256; ++k) {
    b.set_bit(k, true);
    EXPECT_EQ(Distance(a, b), k + 1);
    EXPECT_EQ(b.ones(), k + 1);
  }
  b.set_bit(100, false);
  EXPECT_EQ(Distance(a, b), 255u);
  EXPECT_FALSE(b.bit(100));
}

TEST(DistanceTest, ValuesOfTwoKindsAreRefused) {
  const std::vector<uint8_t> bytes(8, 1);
  ASSERT_OK_AND_ASSIGN(
      const HashValue phash,
      HashValue::FromBytes(HashKind::kPhash64ImageHash, bytes));
  ASSERT_OK_AND_ASSIGN(
      const HashValue dhash,
      HashValue::FromBytes(HashKind::kDhash64ImageHash, bytes));
  EXPECT_THAT(
      Distance(phash, dhash),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("want one kind")));
  ASSERT_OK_AND_ASSIGN(const uint32_t distance, Distance(phash, phash));
  EXPECT_EQ(distance, 0u);
  EXPECT_NE(phash, dhash);
}

TEST(DistanceTest, OddWidthsArePaddedWithZeroBitsAsRows) {
  const HashKindInfo& info = InfoOf(HashKind::kBlockMean968OpenCv);
  EXPECT_EQ(info.size_bytes, 121u);
  EXPECT_EQ(info.row_bits(), 976u);  // the next multiple of 16
  std::vector<uint8_t> bytes(121);
  ASSERT_OK_AND_ASSIGN(const HashValue zeros,
                       HashValue::FromBytes(info.kind, bytes));
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(i + 1);
  }
  ASSERT_OK_AND_ASSIGN(const HashValue value,
                       HashValue::FromBytes(info.kind, bytes));
  EXPECT_EQ(value.ToBytes(), bytes);
  ASSERT_EQ(value.row_words().size(), 16u);
  // The last byte is the lowest; byte 0 is the highest, bits 960 .. 967.
  EXPECT_EQ(value.row_words()[0] & 0xFF, 121u);
  EXPECT_EQ(value.row_words()[15], 1u);
  uint32_t ones = 0;
  for (const uint8_t byte : bytes) {
    ones += static_cast<uint32_t>(__builtin_popcount(byte));
  }
  ASSERT_OK_AND_ASSIGN(const uint32_t distance, Distance(zeros, value));
  EXPECT_EQ(distance, ones);
  EXPECT_FALSE(HashValue::FromBytes(info.kind, std::vector<uint8_t>(122)).ok());
}

TEST(DistanceTest, DigestsHaveNone) {
  ASSERT_OK_AND_ASSIGN(
      const HashValue md5,
      HashValue::FromBytes(HashKind::kMd5, std::vector<uint8_t>(16)));
  EXPECT_THAT(Distance(md5, md5),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("md5")));
}

TEST(HashValueTest, WrongSizeIsTold) {
  EXPECT_THAT(HashValue::FromBytes(HashKind::kSha1, std::vector<uint8_t>(21)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("got 21 bytes, want 20")));
}

TEST(HashKindTest, NamesAndNumbersAreDistinctAndRoundTrip) {
  std::set<std::string_view> names;
  for (const HashKindInfo& info : AllHashKinds()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    ASSERT_OK_AND_ASSIGN(const HashKind by_name, ParseHashKind(info.name));
    EXPECT_EQ(by_name, info.kind);
    ASSERT_OK_AND_ASSIGN(const HashKind by_number,
                         HashKindFromNumber(static_cast<uint32_t>(info.kind)));
    EXPECT_EQ(by_number, info.kind);
    EXPECT_EQ(&InfoOf(info.kind), &info);
  }
}

TEST(HashKindTest, OtherSystemsNamesAndAnyCase) {
  ASSERT_OK_AND_ASSIGN(HashKind kind, ParseHashKind("HASH_PDQ"));
  EXPECT_EQ(kind, HashKind::kPdq);
  ASSERT_OK_AND_ASSIGN(kind, ParseHashKind("Sha-1"));
  EXPECT_EQ(kind, HashKind::kSha1);
}

TEST(HashKindTest, UnknownNameListsWhatThereIsAndDoesNotRepeatIt) {
  EXPECT_THAT(ParseHashKind("deadbeef"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("pdq, phash64-imagehash"),
                             Not(HasSubstr("deadbeef")))));
  EXPECT_THAT(HashKindFromNumber(9999),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("9999")));
}

TEST(HashOutcomeTest, NamesAreDistinctAndNoneReadsAsNoMatch) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(HashOutcome::kUnreadable); ++i) {
    const std::string_view name = NameOf(static_cast<HashOutcome>(i));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_THAT(std::string(name), Not(HasSubstr("match")));
  }
}

}  // namespace
}  // namespace hashvet
