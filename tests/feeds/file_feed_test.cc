// Lists in files: every form, what is wrong in them, and that what a file no
// longer has is taken away.

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/feeds/feed_support.h"

namespace hashvet::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

std::string Hex(const HashValue& value) { return ToHex(value); }

// A PhotoDNA value with many distinct bytes.
HashValue Vector(uint8_t seed) {
  std::vector<uint8_t> bytes(144);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(i * 7 + seed);
  }
  return *HashValue::FromBytes(HashKind::kPhotoDna, bytes);
}

class FileFeedTest : public FeedTest {
 protected:
  FeedConfig Config(const std::string& format,
                    std::map<std::string, std::string> more = {}) {
    FeedConfig config = {.protocol = "file"};
    config.options = {{"path", folder_.Path("in")}, {"format", format}};
    for (const auto& [name, value] : more) config.options[name] = value;
    return config;
  }
  void Write(const std::string& text) { folder_.Write("in", text); }
  SyncReport Read(const FeedConfig& config) {
    SyncOptions how = How();
    how.accept = true;
    const auto report = SyncOnce(config, how);
    EXPECT_OK(report);
    return report.ok() ? *report : SyncReport();
  }
};

TEST_F(FileFeedTest, TextListsInEveryForm) {
  Write("# a comment\r\n" + Hex(BalancedPdq(1)) +
        "\r\nhash=" + absl::AsciiStrToUpper(Hex(BalancedPdq(2))) +
        ",note\nmd5 " + Hex(Md5Of(3)) + "\nno hash\n");
  const SyncReport report = Read(Config("text"));
  EXPECT_TRUE(report.full);
  EXPECT_THAT(Held(), SizeIs(3));
  EXPECT_THAT(MatchedBy(BalancedPdq(2)), SizeIs(1));
  EXPECT_THAT(MatchedBy(Md5Of(3)), SizeIs(1));
  EXPECT_THAT(report.result.quarantined,
              Contains(Pair(std::string(kShapeGuard), 1)));
}

TEST_F(FileFeedTest, ThreatExchange1668WithoutACheckpointItIsFetchedAndDiffed) {
  Write(Hex(BalancedPdq(1)) + "\n" + Hex(BalancedPdq(2)) + "\n");
  Read(Config("text"));
  Write(Hex(BalancedPdq(2)) + "\n" + Hex(BalancedPdq(3)) + "\n");
  const SyncReport report = Read(Config("text"));
  EXPECT_EQ(report.result.added, 1);
  EXPECT_EQ(report.result.deleted, 1);
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), IsEmpty());
  EXPECT_THAT(MatchedBy(BalancedPdq(3)), SizeIs(1));
  // And back again: a whole state is the truth, whatever was deleted.
  Write(Hex(BalancedPdq(1)) + "\n");
  Read(Config("text"));
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
}

TEST_F(FileFeedTest, AFileThatIsAsItWasIsNotReadAgain) {
  Write(Hex(BalancedPdq(1)) + "\n");
  const FeedConfig config = Config("text");
  EXPECT_TRUE(Read(config).full);
  now_ += 1000;
  const SyncReport report = Read(config);
  EXPECT_FALSE(report.full);
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(State().success_at, now_);
  // Read in another way, it is.
  EXPECT_TRUE(Read(Config("text", {{"scheme", "x"}})).full);
}

TEST_F(FileFeedTest, ADirectoryIsOneList) {
  std::filesystem::create_directory(folder_.Path("in"));
  folder_.Write("in/b", Hex(BalancedPdq(1)) + "\n");
  folder_.Write("in/a", Hex(BalancedPdq(2)) + "\n");
  folder_.Write("in/.hidden", Hex(BalancedPdq(3)) + "\n");
  Read(Config("text"));
  EXPECT_THAT(Held(), SizeIs(2));
  // An empty one is no empty list: it may not be mounted.
  std::filesystem::remove(folder_.Path("in/a"));
  std::filesystem::remove(folder_.Path("in/b"));
  EXPECT_THAT(SyncOnce(Config("text")).status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("empty")));
  EXPECT_THAT(Held(), SizeIs(2));
}

TEST_F(FileFeedTest, AFileThatIsWrittenWhileItIsReadServesTheOld) {
  Write(Hex(Md5Of(1)) + "\n");
  const FeedConfig config = Config("text", {{"kind", "md5"}});
  Read(config);
  std::string text;
  for (uint64_t i = 0; i < 25'000; ++i) {
    text += Hex(Md5Of(1000 + i)) + "\n";
  }
  Write(text);
  SyncOptions how = How();
  how.accept = true;
  how.at_step = [&](std::string_view step) {  // among its pages
    if (step == "apply") Write(text + Hex(Md5Of(7)) + "\n");
  };
  EXPECT_EQ(CauseOf(SyncOnce(config, how).status()), FeedCause::kNetwork);
  EXPECT_THAT(Held(), SizeIs(1));
  // One that took its place was whole.
  how.at_step = [&](std::string_view step) {
    if (step != "apply") return;
    folder_.Write("new", text);
    std::filesystem::rename(folder_.Path("new"), folder_.Path("in"));
  };
  EXPECT_OK(SyncOnce(config, how));
  EXPECT_THAT(Held(), SizeIs(25'001));
}

TEST_F(FileFeedTest, AFileThatIsNotThereServesOn) {
  Write(Hex(BalancedPdq(1)) + "\n");
  Read(Config("text"));
  std::filesystem::remove(folder_.Path("in"));
  EXPECT_EQ(CauseOf(SyncOnce(Config("text")).status()), FeedCause::kNetwork);
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
}

TEST_F(FileFeedTest, VicsOfEachDataModelWithTheQuirksOfItsWriters) {
  const std::string media = absl::StrCat(
      "{\"MediaID\": 17, \"Category\": 1, \"MD5\": \"",
      absl::AsciiStrToUpper(Hex(Md5Of(1))), "\", \"SHA1\": null, ",
      "\"VictimIdentified\": \"True\", \"IsDistributed\": false, ",
      "\"Series\": \"some series\", \"DateUpdated\": "
      "\"/Date(1577934245000)/\", \"MediaSize\": 12, \"Novel\": 1, ",
      "\"PhotoDNA\": \"", ToBase64(Vector(1)), "\"}, ",
      "{\"MediaID\": \"18\", \"Category\": \"0\", \"MD5\": \"", Hex(Md5Of(2)),
      "\"}, ", "{\"MediaID\": 19, \"Category\": 2, \"MD5\": \"", Hex(Md5Of(3)),
      "\", \"IsPrecategorized\": true, \"PhotoDNA\": \"AAAA\", ",
      "\"AlternativeHashes\": [{\"HashName\": \"PDQ\", \"HashValue\": \"",
      Hex(BalancedPdq(3)),
      "\"}, {\"HashName\": \"Odd\", \"HashValue\": "
      "\"1\"}]}, {\"Category\": 1}");
  const std::vector<std::string> files = {
      // 1.2 and 1.3
      absl::StrCat("\xEF\xBB\xBF{\"odata.metadata\": "
                   "\"http://github.com/ICMEC/ProjectVic/DataModels/"
                   "1.3.xml#Media\", \"odata.count\": 99, \"value\": [",
                   media, "]}"),
      // 2.0
      absl::StrCat("{\"@odata.context\": "
                   "\"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/"
                   "2.0.xml/US/$metadata#Cases\", \"value\": [{\"CaseID\": "
                   "\"c\", \"Media\": [",
                   media, "]}]}"),
      // Its last member says what it is.
      absl::StrCat("{\"Case\": {\"Media\": [", media,
                   "]}, \"@odata.context\": \"x/$metadata#Cases\"}")};
  for (const std::string& file : files) {
    SCOPED_TRACE(file.substr(0, 60));
    Write(file);
    const SyncReport report = Read(Config("vics", {{"scheme", "us"}}));
    ASSERT_THAT(Held(), SizeIs(2));
    ASSERT_OK_AND_ASSIGN(LedgerEntry entry, ledger_->FindEntry(kList, "17"));
    EXPECT_EQ(entry.said.category, "1");
    EXPECT_EQ(entry.said.category_scheme, "us");
    EXPECT_EQ(entry.said.updated_at, 1'577'934'245);
    EXPECT_EQ(entry.opinion, Opinion::kPositive);
    EXPECT_THAT(entry.tags, ElementsAre("VictimIdentified", "some series"));
    EXPECT_THAT(entry.said.values, SizeIs(2));
    ASSERT_OK_AND_ASSIGN(entry, ledger_->FindEntry(kList, "19"));
    EXPECT_EQ(entry.opinion, Opinion::kSeed);
    EXPECT_THAT(MatchedBy(BalancedPdq(3)), SizeIs(1));
    EXPECT_THAT(MatchedBy(Md5Of(2)), IsEmpty());  // known good
    EXPECT_EQ(report.carried, (FeedCounts{{"Odd", 1}, {"category 0", 1}}));
    EXPECT_THAT(report.drift, Contains(Pair("Novel", 1)));
  }
  // The known good ones, for a list in the role ignore.
  Read(Config("vics", {{"categories", "0"}}));
  EXPECT_THAT(Held(), SizeIs(1));
  EXPECT_THAT(MatchedBy(Md5Of(2)), SizeIs(1));
}

TEST_F(FileFeedTest, WhatIsNoVicsOrEndsEarlyServesTheOld) {
  Write(
      "{\"@odata.context\": \"x/$metadata#Media\", \"value\": [{\"MediaID\": "
      "1, \"Category\": 1, \"MD5\": \"" +
      Hex(Md5Of(1)) + "\"}]}");
  Read(Config("vics"));
  for (const char* const text :
       {"{\"value\": []}", "[]",
        "{\"@odata.context\": \"x/$metadata#Media\", \"value\": [{\"MediaID\"",
        "", "<html/>"}) {
    SCOPED_TRACE(text);
    Write(text);
    EXPECT_EQ(CauseOf(SyncOnce(Config("vics")).status()), FeedCause::kProtocol);
    EXPECT_THAT(MatchedBy(Md5Of(1)), SizeIs(1));
  }
}

TEST_F(FileFeedTest, Icse) {
  const std::string header =
      "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender "
      "identified;Series name;Number of submissions;File Available;Media Type;"
      "Baseline";
  std::string decimals;
  for (const uint8_t byte : Vector(9).ToBytes()) {
    absl::StrAppend(&decimals, decimals.empty() ? "" : ",",
                    static_cast<int>(byte));
  }
  Write(header + ";A new column\n" + Hex(Md5Of(1)) + ";;" + decimals +
        ";77;true;no;;\"a; series\";3;yes;image;yes;x\n" + "short;row\n");
  Read(Config("icse"));
  ASSERT_OK_AND_ASSIGN(const LedgerEntry entry,
                       ledger_->FindEntry(kList, "77"));
  EXPECT_THAT(entry.said.values, SizeIs(2));
  EXPECT_EQ(entry.said.category, "yes");
  EXPECT_EQ(entry.said.category_scheme, "icse");
  EXPECT_THAT(entry.tags, Contains("Series name=a; series"));
  ASSERT_OK_AND_ASSIGN(const auto held, ledger_->Quarantine(kList));
  EXPECT_THAT(held, SizeIs(1));
}

TEST_F(FileFeedTest, CsvAndJsonLinesByAMapping) {
  folder_.Write("map",
                R"({"format": "csv", "separator": "|", "key": "id",
                    "values": {"md5": "hash A", "pdq": "hash B"},
                    "category": "class", "scheme": "uk",
                    "updated_at": "when", "deleted": "gone",
                    "tags": ["note"]})");
  Write("when|id|hash A|hash B|class|gone|note\n2020-01-02T03:04:05Z|a|" +
        Hex(Md5Of(1)) + "|" + Hex(BalancedPdq(1)) + "|A|no|x\n|b|" +
        Hex(Md5Of(2)) + "||B|yes|\n");
  const FeedConfig csv = Config("mapped", {{"mapping", folder_.Path("map")}});
  Read(csv);
  ASSERT_THAT(Held(), SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const LedgerEntry entry, ledger_->FindEntry(kList, "a"));
  EXPECT_EQ(entry.said.category, "A");
  EXPECT_EQ(entry.said.updated_at, 1'577'934'245);
  EXPECT_THAT(entry.tags, ElementsAre("note=x"));
  // A column that is not there.
  Write("id,hash\n");
  EXPECT_THAT(SyncOnce(csv).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no column 'note'")));
  folder_.Write("map", R"({"format": "jsonl", "values": {"md5": "h"}})");
  Write("{\"h\": \"" + Hex(Md5Of(5)) + "\", \"x\": [1]}\n\nno json\n{}\n");
  Read(csv);
  EXPECT_THAT(MatchedBy(Md5Of(5)), SizeIs(1));
  EXPECT_THAT(MatchedBy(Md5Of(1)), IsEmpty());
}

TEST_F(FileFeedTest, AMappingIsReadStrictly) {
  for (const auto& [text, want] :
       std::vector<std::pair<std::string, std::string>>{
           {"{}", "values"},
           {R"({"values": {"nohash": "a"}})", "unknown name"},
           {R"({"values": {"md5": "a"}, "colour": 1})", "unknown member"},
           {R"({"values": {"md5": "a"}, "separator": "ab"})", "one character"},
           {R"({"values": {"md5": "a"}, "format": "xls"})", "csv or jsonl"},
           {"no json", "no JSON object"}}) {
    SCOPED_TRACE(text);
    folder_.Write("map", text);
    EXPECT_THAT(
        CheckFeedConfig(Config("mapped", {{"mapping", folder_.Path("map")}})),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(want)));
  }
  EXPECT_THAT(
      CheckFeedConfig(Config("mapped", {{"mapping", "/none"}})),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cannot open")));
  EXPECT_THAT(CheckFeedConfig(Config("xls")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("want text, vics, icse or mapped")));
}

TEST_F(FileFeedTest, APhotoDnaEdgeValueIsRefusedWithTheReason) {
  Write(
      "{\"@odata.context\": \"x/$metadata#Media\", \"value\": [{\"MediaID\": "
      "1, \"Category\": 1, \"PhotoDNA\": \"" +
      std::string(1232, 'A') + "\"}]}");
  Read(Config("vics"));
  ASSERT_OK_AND_ASSIGN(const auto held, ledger_->Quarantine(kList));
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_THAT(held[0].reason, HasSubstr("edge value"));
}

// How long the reading alone takes, without a ledger: of a file of one's own
// (HASHVET_VICS_FILE, which has HASHVET_VICS_MEDIA), else of a small one.
TEST_F(FileFeedTest, VicsIsReadAsItComes) {
  const char* const path = std::getenv("HASHVET_VICS_FILE");
  const char* const media = std::getenv("HASHVET_VICS_MEDIA");
  uint64_t want = 2000;
  FeedConfig config = Config("vics");
  if (path != nullptr && media != nullptr) {
    config.options["path"] = path;
    ASSERT_TRUE(absl::SimpleAtoi(media, &want));
  } else {
    std::string text = "{\"odata.metadata\":\"DataModels/1.3.xml#Media\",";
    text += "\"value\":[";
    for (uint64_t i = 0; i < want; ++i) {
      absl::StrAppend(&text, i == 0 ? "" : ",", "{\"MediaID\":", i,
                      ",\"Category\":1,\"MD5\":\"", Hex(Md5Of(i)), "\"}");
    }
    Write(text + "]}");
  }
  const auto client = Client(config);
  uint64_t entries = 0;
  bool complete = false;
  const auto began = std::chrono::steady_clock::now();
  ASSERT_OK(client->ReadAll([&](FeedPage page) {
    entries += page.updates.size();
    complete = page.complete;
    return absl::OkStatus();
  }));
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_EQ(entries, want);
  EXPECT_TRUE(complete);
  RecordProperty(
      "ms",
      static_cast<int>(
          std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
}

}  // namespace
}  // namespace hashvet::testing
