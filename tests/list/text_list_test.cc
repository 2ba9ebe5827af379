// Every form a list may have, each with its known answer.

#include "hashvet/list/text_list.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/text.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::IsOk;

// An entry as one string: "pdq f8f8… 100 [category] key".
std::string Shown(const ListEntry& entry) {
  const std::string hex = ToHex(entry.value);
  return absl::StrCat(
      std::string(NameOf(entry.value.kind())), " ", hex.substr(0, 4), "-",
      hex.size(), " ",
      entry.quality.has_value() ? absl::StrCat(*entry.quality) : "none", " [",
      entry.category, "] ", entry.key);
}

std::vector<std::string> Read(std::string_view text,
                              HashKind bare_kind = HashKind::kPdq) {
  std::vector<std::string> shown;
  TextListOptions options;
  options.bare_kind = bare_kind;
  const absl::StatusOr<TextListReport> report =
      ReadTextList(text, "list", options, [&](ListEntry entry) {
        shown.push_back(Shown(entry));
        return absl::OkStatus();
      });
  if (!report.ok()) return {std::string(report.status().message())};
  EXPECT_EQ(report->entries, shown.size());
  EXPECT_EQ(report->skipped, 0u);
  return shown;
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kPdq = "f8f8" + std::string(60, '1');
const std::string kUpper = "ABCD" + std::string(60, 'F');
const std::string kMd5 = "0123456789abcdef0123456789abcdef";
const std::string kSha1 = std::string(40, 'a');
const std::string kSha256 = std::string(64, 'b');

TEST(ReadTextListTest, BareHashes) {
  EXPECT_THAT(
      Read(kPdq + "\n" + kUpper + "\n"),
      ElementsAre("pdq f8f8-64 none [] line-1", "pdq abcd-64 none [] line-2"));
  EXPECT_THAT(Read(kPdq), ElementsAre("pdq f8f8-64 none [] line-1"));
  EXPECT_THAT(Read(kMd5, HashKind::kMd5),
              ElementsAre("md5 0123-32 none [] line-1"));
  EXPECT_THAT(Read("0123456789abcdef", HashKind::kPhash64ImageHash),
              ElementsAre("phash64-imagehash 0123-16 none [] line-1"));
}

TEST(ReadTextListTest, MarksBreaksBlanksAndCommentsAreNoEntries) {
  EXPECT_THAT(
      Read("\xEF\xBB\xBF# of today\r\n\r\n \t\r\nhash=" + kPdq + "\r\n#" +
           kPdq + "\n" + kUpper + " \t\r\n\n"),
      ElementsAre("pdq f8f8-64 none [] line-4", "pdq abcd-64 none [] line-6"));
  for (const std::string_view empty : {"", "\n", "\r\n", "#", "\xEF\xBB\xBF"}) {
    EXPECT_THAT(Read(empty), IsEmpty());
  }
}

TEST(ReadTextListTest, HashQualityFile) {
  EXPECT_THAT(Read(kPdq + ",100,a/b, c.jpg\n" + kPdq + ",0,\n" + kPdq +
                   ",50\n" + kPdq + ",,x\n" + kPdq + ", 7 ,x\n"),
              ElementsAre("pdq f8f8-64 100 [] a/b, c.jpg",
                          "pdq f8f8-64 0 [] line-2", "pdq f8f8-64 50 [] line-3",
                          "pdq f8f8-64 none [] x", "pdq f8f8-64 7 [] x"));
}

TEST(ReadTextListTest, ALoneFieldThatIsNoNumberNamesTheEntry) {
  EXPECT_THAT(
      Read(kPdq + ",case 7\n" + kPdq + ",\n"),
      ElementsAre("pdq f8f8-64 none [] case 7", "pdq f8f8-64 none [] line-2"));
}

TEST(ReadTextListTest, TypedLinesWithAnySeparator) {
  EXPECT_THAT(
      Read("pdq " + kPdq + "\nMD5\t" + kMd5 + "\nsha-1:" + kSha1 +
           "\nhash_sha256, " + kSha256 + ",,key\npdq: hash=" + kUpper +
           ",33,f.jpg\nphash64-imagehash 0123456789ABCDEF\n" + kUpper),
      ElementsAre("pdq f8f8-64 none [] line-1", "md5 0123-32 none [] line-2",
                  "sha1 aaaa-40 none [] line-3", "sha256 bbbb-64 none [] key",
                  "pdq abcd-64 33 [] f.jpg",
                  "phash64-imagehash 0123-16 none [] line-6",
                  "pdq abcd-64 none [] line-7"));
}

TEST(ReadTextListTest, ATypedFirstLineIsNoHeader) {
  EXPECT_THAT(Read("pdq," + kPdq + "\n"),
              ElementsAre("pdq f8f8-64 none [] line-1"));
  EXPECT_THAT(Read("md5," + kMd5 + ",80,a\n"),
              ElementsAre("md5 0123-32 80 [] a"));
}

TEST(ReadTextListTest, CsvColumnsAreFoundByName) {
  EXPECT_THAT(Read("# made by hand\nKind, Hash ,Quality,Category,Key\n"
                   "pdq," +
                   kPdq + ",90,A1,n-17\nmd5," + kMd5 +
                   ",,\"B1, B2\",\"a \"\"b\"\"\"\n" + "," + kUpper + ",,,\n"),
              ElementsAre("pdq f8f8-64 90 [A1] n-17",
                          "md5 0123-32 none [B1, B2] a \"b\"",
                          "pdq abcd-64 none [] line-5"));
}

TEST(ReadTextListTest, CsvIgnoresColumnsItDoesNotKnow) {
  EXPECT_THAT(Read("signal_type,signal_str,collab,category,tags\nHASH_MD5," +
                   kMd5 + ",x,,tag\npdq," + kPdq + ",x,cat,tag\n"),
              ElementsAre("md5 0123-32 none [tag] line-2",
                          "pdq f8f8-64 none [cat] line-3"));
  EXPECT_THAT(Read("id,type,value\n9,pdq," + kPdq + "\n"),
              ElementsAre("pdq f8f8-64 none [] 9"));
  EXPECT_THAT(Read("hash\n" + kPdq + "\n"),
              ElementsAre("pdq f8f8-64 none [] line-2"));
}

// What `hashvet hash` prints, with the line above it that names its columns.
TEST(ReadTextListTest, TheFileColumnNamesTheEntryAsItDoesWithoutAHeader) {
  const std::string row = kPdq + ",100,a.jpg\n";
  EXPECT_THAT(Read("hash,quality,file\n" + row),
              ElementsAre("pdq f8f8-64 100 [] a.jpg"));
  EXPECT_THAT(Read(row), ElementsAre("pdq f8f8-64 100 [] a.jpg"));
  EXPECT_THAT(Read("hash,file,key\n" + kPdq + ",a.jpg,n-17\n"),
              ElementsAre("pdq f8f8-64 none [] n-17"));
}

TEST(ReadTextListTest, CsvRowsMayCarrySeveralKinds) {
  EXPECT_THAT(
      Read("MD5,SHA1,sha256,pdq,indicator\n" + kMd5 + "," + kSha1 +
           ",,hash=" + kPdq + ",e1\n,," + kSha256 + ",,e2\n"),
      ElementsAre("md5 0123-32 none [] e1", "sha1 aaaa-40 none [] e1",
                  "pdq f8f8-64 none [] e1", "sha256 bbbb-64 none [] e2"));
}

TEST(ReadTextListTest, CsvRecordsMaySpanLines) {
  EXPECT_THAT(Read("hash,key\r\n" + kPdq + ",\"two\r\nlines\"\r\n\r\n#c\r\n" +
                   kUpper + ",\r\n"),
              ElementsAre("pdq f8f8-64 none [] two\r\nlines",
                          "pdq abcd-64 none [] line-6"));
}

TEST(ReadTextListTest, PhotoDnaInItsThreeSpellings) {
  std::vector<uint8_t> bytes(144);
  std::string decimals;
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(i * 7 + 16);
    absl::StrAppend(&decimals,
                    i == 0       ? ""
                    : i % 2 == 0 ? ", "
                                 : ",",
                    static_cast<int>(bytes[i]));
  }
  ASSERT_OK_AND_ASSIGN(const HashValue value,
                       HashValue::FromBytes(HashKind::kPhotoDna, bytes));
  const std::string base64 = ToBase64(value);
  const std::string hex = ToHex(value);
  ASSERT_EQ(base64.size(), 192u);
  ASSERT_EQ(hex.size(), 288u);

  std::vector<HashValue> values;
  const auto sink = [&](ListEntry entry) {
    values.push_back(entry.value);
    return absl::OkStatus();
  };
  TextListOptions bare;
  bare.bare_kind = HashKind::kPhotoDna;
  EXPECT_OK(ReadTextList(base64 + "\n" + hex + "\n", "list", bare, sink));
  EXPECT_OK(ReadTextList("photodna " + base64 + "\nPhotoDNA:" + hex + "\n",
                         "list", {}, sink));
  EXPECT_OK(ReadTextList(
      "photodna\n" + base64 + "\n" + hex + "\n\"" + decimals + "\"\n", "list",
      {}, sink));
  // As the rest of a line, or quoted where fields follow.
  EXPECT_OK(ReadTextList(decimals + "\n# again\n\"" + decimals + "\",7\n",
                         "list", bare, sink));
  EXPECT_OK(ReadTextList("photodna " + decimals + " \nphotodna:\"" + decimals +
                             "\" , 90,a,b.jpg\n",
                         "list", {}, sink));
  EXPECT_THAT(values,
              ::testing::AllOf(::testing::SizeIs(11), ::testing::Each(value)));
  ASSERT_OK_AND_ASSIGN(const ListEntry entry,
                       ParseListLine("photodna:\"" + decimals + "\",90,a,b.jpg",
                                     HashKind::kPdq, 1));
  EXPECT_EQ(entry.quality, 90);
  EXPECT_EQ(entry.key, "a,b.jpg");
}

TEST(CsvLineTest, IsReadBackEqual) {
  ASSERT_OK_AND_ASSIGN(const HashValue pdq, ParseHex(HashKind::kPdq, kPdq));
  ASSERT_OK_AND_ASSIGN(const HashValue md5, ParseHex(HashKind::kMd5, kMd5));
  const std::vector<ListEntry> entries = {
      {pdq, "k", "A1", 100},
      {md5, "", "", std::nullopt},
      {pdq, " a,\"b\"\r\n#c ", "x\ny", 0},
      {pdq, "line-2", ",", std::nullopt},
      {md5, std::string("nul\0byte", 8), "\"", std::nullopt},
      {md5, "ends with CR\r", " ", std::nullopt},
      {md5, "k", "2", 7, "vics, \"x\"", Opinion::kDisputed},
  };
  std::string text = std::string(CsvHeader()) + "\n";
  for (const ListEntry& entry : entries) text += ToCsvLine(entry) + "\n";
  size_t next = 0;
  ASSERT_OK(ReadTextList(text, "list", {}, [&](ListEntry entry) {
    const ListEntry& want = entries[next++];
    EXPECT_EQ(entry.value, want.value);
    EXPECT_EQ(entry.key, want.key);
    EXPECT_EQ(entry.category, want.category);
    EXPECT_EQ(entry.quality, want.quality);
    EXPECT_EQ(entry.category_scheme, want.category_scheme);
    EXPECT_EQ(entry.opinion, want.opinion);
    return absl::OkStatus();
  }));
  EXPECT_EQ(next, entries.size());
  EXPECT_EQ(ToCsvLine(entries[0]), "pdq," + kPdq + ",100,A1,k,,");
}

// Text that comes in pieces of any size reads as the whole does.
TEST(ReadTextListTest, InPieces) {
  std::string csv = "\xEF\xBB\xBFhash,key\r\n# note\r\n\r\n";
  std::string lines;
  for (int i = 0; i < 9'000; ++i) {
    std::string hash = kPdq;
    hash.replace(20, 4, absl::StrCat(absl::Hex(i, absl::kZeroPad4)));
    absl::StrAppend(&csv, hash, ",\"key\n", i, "\"\n");
    absl::StrAppend(&lines, i % 9 == 0 ? "x" : "", hash, ",100,", i, "\n");
  }
  csv += kPdq + ",last";
  const std::string too_long = lines + std::string(1'300'000, '7') + "\n" +
                               lines + "#" + std::string(900'000, '#') + "\n" +
                               lines + std::string(400'000, 'a');
  for (const std::string& text : {csv, lines, too_long, std::string()}) {
    std::vector<std::string> whole;
    std::vector<std::string> pieces;
    std::vector<uint64_t> bad_whole;
    std::vector<uint64_t> bad_pieces;
    const auto options = [](std::vector<uint64_t>& bad) {
      TextListOptions how;
      how.skip_invalid = true;
      how.invalid = [&bad](uint64_t line, std::string_view, std::string_view) {
        bad.push_back(line);
        return absl::OkStatus();
      };
      return how;
    };
    ASSERT_OK(
        ReadTextList(text, "list", options(bad_whole), [&](ListEntry entry) {
          whole.push_back(Shown(entry));
          return absl::OkStatus();
        }));
    for (const size_t size : {size_t{1'000}, size_t{65'537}, text.size() + 1}) {
      pieces.clear();
      bad_pieces.clear();
      size_t at = 0;
      const auto source =
          [&](std::span<char> buffer) -> absl::StatusOr<size_t> {
        const size_t more = std::min({size, buffer.size(), text.size() - at});
        text.copy(buffer.data(), more, at);
        at += more;
        return more;
      };
      const auto report = ReadTextList(source, "list", options(bad_pieces),
                                       [&](ListEntry entry) {
                                         pieces.push_back(Shown(entry));
                                         return absl::OkStatus();
                                       });
      ASSERT_OK(report);
      EXPECT_EQ(pieces, whole) << size;
      EXPECT_EQ(bad_pieces, bad_whole) << size;
    }
  }
}

}  // namespace
}  // namespace hashvet
