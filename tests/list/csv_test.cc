// Records against RFC 4180, its edges, and what is no record.

#include "hashvet/list/csv.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hashvet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNull;

std::vector<std::string> Texts(const CsvRecord& record) {
  std::vector<std::string> texts;
  for (const CsvField& field : record.fields()) texts.emplace_back(field.text);
  return texts;
}

TEST(CsvRecordTest, SplitsAtCommas) {
  CsvRecord record;
  ASSERT_THAT(record.Read("a,,c\nnext"), IsNull());
  EXPECT_THAT(Texts(record), ElementsAre("a", "", "c"));
  EXPECT_EQ(record.size_bytes(), 5u);
  EXPECT_EQ(record.lines(), 1u);
}

TEST(CsvRecordTest, EndsWithOrWithoutALineBreakOfEitherKind) {
  for (const std::string_view end : {"", "\n", "\r\n", "\r"}) {
    for (const std::string_view last : {"b", "\"b\""}) {
      CsvRecord record;
      const std::string text = "a," + std::string(last) + std::string(end);
      ASSERT_THAT(record.Read(text), IsNull()) << text;
      EXPECT_THAT(Texts(record), ElementsAre("a", "b")) << text;
      EXPECT_EQ(record.size_bytes(), text.size());
    }
  }
}

TEST(CsvRecordTest, QuotesHoldCommasQuotesAndLineBreaks) {
  CsvRecord record;
  ASSERT_THAT(record.Read("\"a,\"\"b\"\"\",\"c\r\nd\n\",e\"f,\"\",\"\"\"\"\nx"),
              IsNull());
  EXPECT_THAT(Texts(record),
              ElementsAre("a,\"b\"", "c\r\nd\n", "e\"f", "", "\""));
  EXPECT_EQ(record.lines(), 3u);
  EXPECT_TRUE(record.fields()[3].quoted);
  EXPECT_FALSE(record.fields()[2].quoted);
}

TEST(CsvRecordTest, ManyDoubledQuotesDoNotMoveEarlierFields) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "\"x\"\"y\",";
  CsvRecord record;
  ASSERT_THAT(record.Read(text), IsNull());
  ASSERT_EQ(record.fields().size(), 1001u);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(record.fields()[i].text, "x\"y") << i;
  }
}

TEST(CsvRecordTest, RefusesBrokenQuotes) {
  CsvRecord record;
  EXPECT_THAT(record.Read("\"a"), HasSubstr("not closed"));
  EXPECT_THAT(record.Read("\"a\"\""), HasSubstr("not closed"));
  EXPECT_THAT(record.Read("a,\"b\"c,d\n"), HasSubstr("after a closing quote"));
  EXPECT_THAT(record.Read("\"b\" ,d\n"), HasSubstr("after a closing quote"));
}

TEST(CsvRecordTest, TakesTheLongestLineAndNoLonger) {
  CsvRecord record;
  const std::string longest(kMaxLineBytes, 'a');
  EXPECT_THAT(record.Read(longest), IsNull());
  EXPECT_THAT(record.Read(longest + "\r\n"), IsNull());
  EXPECT_THAT(record.Read(longest + "\nb"), IsNull());
  EXPECT_THAT(record.Read(longest + "aaa"), HasSubstr("longer than 65536"));
  EXPECT_THAT(record.Read(longest + "a\n"), HasSubstr("longer than 65536"));
  EXPECT_THAT(record.Read("\"" + longest + longest + "\"\n"),
              HasSubstr("longer than 65536"));
}

TEST(CsvRecordTest, ReadsNothingPastTheText) {
  // Exactly as long as the data, so that ASan sees one byte more.
  for (const std::string_view text :
       {"a", "\"", "\"a", "\"a\"", "\"a\"\"", "a,", "\r", "\"a\"\r", ",\r"}) {
    const auto exact = std::make_unique<char[]>(text.size());
    text.copy(exact.get(), text.size());
    CsvRecord record;
    record.Read({exact.get(), text.size()});
    EXPECT_LE(record.fields().size(), 2u);
  }
}

TEST(AppendCsvFieldTest, QuotesOnlyWhatMustBe) {
  std::string out;
  AppendCsvField("plain text", false, out);
  AppendCsvField("", false, out);
  EXPECT_EQ(out, "plain text");
  out.clear();
  AppendCsvField("", true, out);
  AppendCsvField("a\"b", false, out);
  AppendCsvField(",", false, out);
  AppendCsvField("\r", false, out);
  EXPECT_EQ(out, "\"\"\"a\"\"b\"\",\"\"\r\"");
}

}  // namespace
}  // namespace hashvet
