// What is wrong with a line is told once, by its number, without its text.

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/text.h"
#include "hashvet/list/text_list.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

const std::string kPdq = "f8f8" + std::string(60, '1');
const std::string kMd5 = "0123456789abcdef0123456789abcdef";

absl::StatusOr<TextListReport> Read(std::string_view text,
                                    const TextListOptions& options = {}) {
  return ReadTextList(text, "a.txt", options,
                      [](ListEntry) { return absl::OkStatus(); });
}

// 144 bytes of eight values.
std::string EightBytes() {
  std::string hex;
  for (int i = 0; i < 144; ++i) absl::StrAppend(&hex, i % 8, "5");
  return hex;
}

std::string Decimals(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", i);
  }
  return text;
}

TEST(ReadTextListErrorsTest, BadLinesAreToldByNumberAndNeverRepeated) {
  const struct {
    std::string line;
    const char* reason;
  } kCases[] = {
      {kPdq.substr(1), "got 63 hex digits, want 64"},
      {kPdq + "1", "got 65 hex digits, want 64"},
      {kPdq.substr(1) + "g", "position 64 is no hex digit"},
      {"f8f8", "got 4 hex digits"},
      {"0x" + kPdq.substr(2), "position 2 is no hex digit"},
      {"pdqq " + kPdq, "unknown name of 4 characters, want one of pdq"},
      {"blake3:" + kPdq, "unknown name"},
      {"md5 " + kPdq, "md5 value: got 64 hex digits, want 32"},
      {"md5 ", "md5 value: got 0 hex digits"},
      {kPdq + ",101", "quality: want a whole number from 0 to 100"},
      {kPdq + ",-1,a.jpg", "quality"},
      {kPdq + ",5.5,a.jpg", "quality"},
      {kPdq + ",high,a.jpg", "quality"},
      {kPdq + ",99999999999999999999,a", "quality"},
      {kPdq + " a.jpg", "text after the hash"},
      {kPdq + ":5", "text after the hash"},
      {"hello", "pdq value"},
      {"pdq," + kPdq.substr(1), "got 63 hex digits"},
      {"{\"hash\": \"" + kPdq + "\"}", "unknown name"},
      {std::string(65537, 'a'), "the line has 65537 bytes, want at most 65536"},
      {"photodna " + std::string(288, '7'), "low information: 1 distinct"},
      {"photodna " + EightBytes(), "low information: 8 distinct"},
      {"photodna 00ff", "got 4 characters, want 192 of base64, 288 hex"},
      {"photodna " + std::string(1232, 'A'),
       "edge value (1232 base64 characters): it is input of a cloud service"},
      {"photodna " + std::string(191, 'A') + "!", "is no base64 digit"},
      {"photodna " + Decimals(143), "got 143 numbers, want 144"},
      {"photodna " + Decimals(145), "got 145 numbers, want 144"},
      {"photodna:" + Decimals(144) + ",100,a.jpg", "number 146 is not a whole"},
      {"photodna:" + Decimals(143) + ",-1", "number 144 is not a whole"},
      {"photodna \"" + Decimals(144), "the quote before it does not end"},
      {"photodna \"" + Decimals(144) + "\" a.jpg", "text after the hash"},
      {std::string("\0\0\0", 3), "pdq value"},
  };
  for (const auto& [line, reason] : kCases) {
    const std::string text = "# one\n" + kPdq + "\n" + line + "\n" + kPdq;
    const auto status = Read(text).status();
    EXPECT_THAT(status, StatusIs(kInvalid, AllOf(StartsWith("a.txt:3: "),
                                                 HasSubstr(reason))))
        << line.substr(0, 80);
    if (line.size() >= 20) {
      EXPECT_THAT(std::string(status.message()),
                  Not(HasSubstr(line.substr(line.size() - 16))));
    }

    TextListOptions skip;
    skip.skip_invalid = true;
    ASSERT_OK_AND_ASSIGN(const TextListReport report, Read(text, skip));
    EXPECT_EQ(report.lines, 4u);
    EXPECT_EQ(report.entries, 2u);
    EXPECT_EQ(report.skipped, 1u);
    ASSERT_EQ(report.invalid.size(), 1u);
    EXPECT_EQ(report.invalid[0].line, 3u);
    EXPECT_THAT(report.invalid[0].reason, HasSubstr(reason));
  }
}

TEST(ReadTextListErrorsTest, BadCsvRowsAreToldByNumberAndNeverRepeated) {
  const std::string decimals143 = [] {
    std::string text = "1";
    for (int i = 1; i < 143; ++i) text += ",1";
    return text;
  }();
  const struct {
    std::string row;
    const char* reason;
  } kCases[] = {
      {"pdq," + kPdq.substr(1) + ",,,", "got 63 hex digits, want 64"},
      {"pdqq," + kPdq + ",,,", "unknown name of 4 characters"},
      {"pdq," + kPdq + ",101,,", "quality: want a whole number"},
      {"pdq," + kPdq + ",a lot,,", "quality"},
      {"pdq,,,,key", "no hash in the row"},
      {"pdq," + kPdq + ",,", "got 4 fields, want 5 as in the header"},
      {"pdq," + kPdq + ",,a,b,c", "got 6 fields, want 5"},
      {"pdq," + kPdq + ",,\"a\"b,", "text after a closing quote"},
      {"photodna,\"" + decimals143 + "\",,,", "got 143 numbers, want 144"},
      {"photodna,\"" + decimals143 + ",256\",,,",
       "number 144 is not a whole number from 0 to 255"},
      {"photodna,\"1,,2\",,,", "number 2 is not a whole number"},
      {"pdq," + kPdq + ",," + std::string(66000, 'a') + ",", "longer than"},
  };
  for (const auto& [row, reason] : kCases) {
    const std::string text =
        "kind,hash,quality,category,key\n" + row + "\npdq," + kPdq + ",,,x\n";
    EXPECT_THAT(Read(text), StatusIs(kInvalid, AllOf(StartsWith("a.txt:2: "),
                                                     HasSubstr(reason))))
        << row.substr(0, 90);
    TextListOptions skip;
    skip.skip_invalid = true;
    ASSERT_OK_AND_ASSIGN(const TextListReport report, Read(text, skip));
    EXPECT_EQ(report.lines, 3u);
    EXPECT_EQ(report.entries, 1u);
    EXPECT_EQ(report.skipped, 1u);
  }
}

TEST(ReadTextListErrorsTest, ABrokenQuoteCostsItsOwnLineOnly) {
  TextListOptions skip;
  skip.skip_invalid = true;
  std::string text = "hash,key\n" + kPdq + ",\"open\n";
  for (int i = 0; i < 10; ++i) text += kPdq + ",k\n";
  EXPECT_THAT(Read(text), StatusIs(kInvalid, AllOf(StartsWith("a.txt:2: "),
                                                   HasSubstr("not closed"))));
  ASSERT_OK_AND_ASSIGN(const TextListReport report, Read(text, skip));
  EXPECT_EQ(report.entries, 10u);
  EXPECT_EQ(report.skipped, 1u);
  EXPECT_EQ(report.lines, 12u);
}

TEST(ReadTextListErrorsTest, OneBadValueOfARowDoesNotTakeTheOthersAway) {
  TextListOptions skip;
  skip.skip_invalid = true;
  const std::string text = "md5,pdq\n" + kMd5 + "," + kPdq.substr(1) + "\n";
  std::vector<HashKind> kinds;
  ASSERT_OK_AND_ASSIGN(const TextListReport report,
                       ReadTextList(text, "a.txt", skip, [&](ListEntry entry) {
                         kinds.push_back(entry.value.kind());
                         return absl::OkStatus();
                       }));
  EXPECT_THAT(kinds, ::testing::ElementsAre(HashKind::kMd5));
  EXPECT_EQ(report.entries, 1u);
  EXPECT_EQ(report.skipped, 1u);
  EXPECT_THAT(Read(text), StatusIs(kInvalid, StartsWith("a.txt:2: pdq")));
}

TEST(ReadTextListErrorsTest, HeadersThatContradictThemselvesAreRefused) {
  EXPECT_THAT(Read("hash,hash\n"),
              StatusIs(kInvalid, AllOf(StartsWith("a.txt:1: "),
                                       HasSubstr("two columns are named"))));
  EXPECT_THAT(Read("\n\npdq,key,id,Key\n"),
              StatusIs(kInvalid, AllOf(StartsWith("a.txt:3: "),
                                       HasSubstr("two columns are named"))));
  EXPECT_THAT(Read("md5,hash_md5\n"),
              StatusIs(kInvalid, HasSubstr("1 and 2 both hold md5")));
}

TEST(ReadTextListErrorsTest, AFirstLineThatIsNoHeaderIsToldNotSwallowed) {
  for (const char* line : {"name,place", "pdq,100", "photodna,\"1,2,3\""}) {
    EXPECT_THAT(Read(std::string(line) + "\n" + kPdq + "\n"),
                StatusIs(kInvalid, StartsWith("a.txt:1: ")))
        << line;
  }
}

TEST(ReadTextListErrorsTest, Utf16IsNamed) {
  TextListOptions skip;
  skip.skip_invalid = true;
  EXPECT_THAT(Read("\xFF\xFE"
                   "a",
                   skip),
              StatusIs(kInvalid, HasSubstr("UTF-16")));
}

TEST(ReadTextListErrorsTest, OnlyTheFirstReasonsAreKept) {
  TextListOptions skip;
  skip.skip_invalid = true;
  std::string text;
  for (int i = 0; i < 50; ++i) text += "bad\n";
  ASSERT_OK_AND_ASSIGN(const TextListReport report, Read(text, skip));
  EXPECT_EQ(report.skipped, 50u);
  EXPECT_EQ(report.invalid.size(), TextListReport::kMaxInvalidShown);
}

TEST(ReadTextListErrorsTest, TheSinksErrorComesBackAsItIs) {
  const absl::Status full = absl::ResourceExhaustedError("full");
  for (const std::string& text :
       {kPdq + "\n" + kPdq, "hash\n" + kPdq + "\n" + kPdq}) {
    TextListOptions skip;
    skip.skip_invalid = true;
    int calls = 0;
    EXPECT_EQ(ReadTextList(text, "a.txt", skip,
                           [&](ListEntry) {
                             ++calls;
                             return full;
                           })
                  .status(),
              full);
    EXPECT_EQ(calls, 1);
  }
}

}  // namespace
}  // namespace hashvet
