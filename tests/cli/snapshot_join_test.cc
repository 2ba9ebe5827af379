// hashvet snapshot cluster and hashvet snapshot diff.

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hashvet/hash/bit_hash.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/hash/text.h"
#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

// `hash` with these bits changed.
Hash256 Flipped(Hash256 hash, const std::vector<size_t>& bits) {
  for (const size_t bit : bits) hash.set_bit(bit, !hash.bit(bit));
  return hash;
}

class SnapshotJoinTest : public CliTest {
 protected:
  using Keyed = std::vector<std::pair<std::string, Hash256>>;

  void BuildKeyed(const std::string& file, const Keyed& values,
                  const std::vector<std::string>& more = {}) const {
    std::string csv = "hash,key\n";
    for (const auto& [key, hash] : values) {
      absl::StrAppend(&csv, ToHex(HashValue::Pdq(hash)), ",", key, "\n");
    }
    BuildList(file, csv, more);
  }

  // Nothing a list's owner must keep to himself.
  static void ExpectNoValues(const ProgramResult& result, const Keyed& values) {
    for (const auto& [key, hash] : values) {
      const std::string hex = ToHex(HashValue::Pdq(hash));
      for (const std::string& text : {result.out, result.err}) {
        EXPECT_THAT(text, Not(HasSubstr(hex.substr(0, 16))));
        EXPECT_THAT(text, Not(HasSubstr(hex.substr(48))));
      }
    }
  }

  static Keyed Random(size_t n, const std::string& prefix, uint64_t seed) {
    std::mt19937_64 random(seed);
    Keyed values;
    for (size_t i = 0; i < n; ++i) {
      values.emplace_back(absl::StrCat(prefix, i),
                          Hash256({random(), random(), random(), random()}));
    }
    return values;
  }
};

const Hash256 kOne({1, 2, 3, 4});
const Hash256 kTwo({~0ull, 0, ~0ull, 7});
const Hash256 kThree({0, ~0ull, 9, ~0ull});

TEST_F(SnapshotJoinTest, ClustersComeLargestFirstWithTheirMiddle) {
  const SnapshotJoinTest::Keyed values = {
      {"chain-end", Flipped(kOne, {0, 1, 2, 3})},
      {"chain-middle", kOne},
      {"chain-start", Flipped(kOne, {100, 101})},
      {"pair-1", kTwo},
      {"pair-2", Flipped(kTwo, {9})},
      {"alone", kThree}};
  BuildKeyed("a.hvs", values, {"--max-distance", "4"});
  const ProgramResult text = Run({"snapshot", "cluster", "a.hvs"});
  EXPECT_EQ(text.exit_code, 1);
  const std::vector<std::string> lines = LinesOf(text.out);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0], "3\tchain-middle\t4");
  // Both have one near value: the first row of the list stands for the two.
  EXPECT_THAT(lines[1], ::testing::AnyOf("2\tpair-1\t1", "2\tpair-2\t1"));
  EXPECT_EQ(text.err,
            "hashvet: a.hvs: 6 PDQ values, 2 clusters of 2 or more within 4 "
            "bits, 5 values in them, largest 3\n");
  ExpectNoValues(text, values);

  const ProgramResult json =
      Run({"snapshot", "cluster", "--json", "--min-size", "3", "a.hvs"});
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_THAT(json.err, IsEmpty());
  ASSERT_THAT(LinesOf(json.out), SizeIs(2));
  const auto cluster = ParseJson(LinesOf(json.out)[0]);
  EXPECT_EQ(Text(cluster, "type"), "cluster");
  EXPECT_EQ(cluster["values"].GetInt(), 3);
  EXPECT_EQ(Text(cluster, "representative"), "chain-middle");
  EXPECT_EQ(cluster["near_values"].GetInt(), 2);
  EXPECT_EQ(cluster["widest_distance"].GetInt(), 4);
  const auto summary = ParseJson(LinesOf(json.out)[1]);
  EXPECT_EQ(Text(summary, "type"), "summary");
  EXPECT_EQ(Text(summary, "file"), "a.hvs");
  EXPECT_THAT(Text(summary, "version"), SizeIs(16));
  EXPECT_EQ(summary["max_distance"].GetInt(), 4);
  EXPECT_EQ(summary["min_size"].GetInt(), 3);
  EXPECT_EQ(summary["values"].GetInt(), 6);
  EXPECT_EQ(summary["clusters"].GetInt(), 1);
  EXPECT_EQ(summary["values_in_clusters"].GetInt(), 3);
  EXPECT_EQ(summary["largest"].GetInt(), 3);
  ExpectNoValues(json, values);
}

TEST_F(SnapshotJoinTest, TheDistanceIsInclusiveAndTheListsOwnUnlessGiven) {
  BuildKeyed("a.hvs", {{"a", kOne}, {"b", Flipped(kOne, {0, 64, 128})}},
             {"--max-distance", "2"});
  const ProgramResult none = Run({"snapshot", "cluster", "a.hvs"});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_THAT(none.out, IsEmpty());
  EXPECT_THAT(none.err, HasSubstr(" 0 clusters of 2 or more within 2 bits"));
  EXPECT_EQ(
      Run({"snapshot", "cluster", "--max-distance", "3", "a.hvs"}).exit_code,
      1);
  EXPECT_EQ(Run({"snapshot", "cluster", "--max-distance", "3", "--min-size",
                 "3", "a.hvs"})
                .exit_code,
            0);
}

TEST_F(SnapshotJoinTest, ValuesOfSeveralEntriesCountOnce) {
  BuildKeyed("a.hvs", {{"x", kOne}, {"y", kOne}, {"z", kOne}});
  EXPECT_EQ(Run({"snapshot", "cluster", "a.hvs"}).exit_code, 0);
}

// Enough values that the ring index and threads are used, against the pairs
// that were planted.
TEST_F(SnapshotJoinTest, ALargeListsClustersAreThoseThatWerePlanted) {
  Keyed values = Random(60'000, "r-", 1);
  std::mt19937_64 random(2);
  for (size_t cluster = 0; cluster < 40; ++cluster) {
    for (size_t member = 0; member <= cluster; ++member) {
      // At 31 bits from the centre, and most of them far from one another, so
      // that the centre has the most near values.
      std::vector<size_t> bits;
      for (size_t i = 0; i < 31; ++i) bits.push_back((member % 8) * 31 + i);
      bits.back() = 248 + member / 8;
      values.emplace_back(absl::StrCat("c-", cluster, "-", member),
                          Flipped(values[cluster].second, bits));
    }
  }
  BuildKeyed("a.hvs", values);
  const ProgramResult result =
      Run({"snapshot", "cluster", "--threads", "2", "a.hvs"});
  EXPECT_EQ(result.exit_code, 1);
  const std::vector<std::string> lines = LinesOf(result.out);
  ASSERT_THAT(lines, SizeIs(40));
  for (size_t i = 0; i < 39; ++i) {
    EXPECT_THAT(lines[i],
                StartsWith(absl::StrCat(41 - i, "\tr-", 39 - i, "\t")));
  }
  EXPECT_EQ(Run({"snapshot", "cluster", "--threads", "1", "a.hvs"}).out,
            result.out);
  EXPECT_THAT(result.err, HasSubstr("860 values in them, largest 41"));
}

TEST_F(SnapshotJoinTest, DiffTellsWhatIsInOneListOnly) {
  const Keyed a = {{"k1", kOne}, {"k2", kTwo}};
  const Keyed b = {{"other-k1", kOne}, {"k3", kThree}};
  BuildKeyed("a.hvs", a);
  BuildKeyed("b.hvs", b);
  const ProgramResult text = Run({"snapshot", "diff", "a.hvs", "b.hvs"});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_THAT(LinesOf(text.out), UnorderedElementsAre("only_a\tpdq\tk2\t-\t-",
                                                      "only_b\tpdq\t-\tk3\t-"));
  EXPECT_EQ(text.err,
            "hashvet: 1 values only in a.hvs, 1 only in b.hvs, 1 in both\n");
  ExpectNoValues(text, a);
  ExpectNoValues(text, b);
  EXPECT_THAT(
      LinesOf(Run({"snapshot", "diff", "--both", "a.hvs", "b.hvs"}).out),
      UnorderedElementsAre("only_a\tpdq\tk2\t-\t-",
                           "both\tpdq\tk1\tother-k1\t-",
                           "only_b\tpdq\t-\tk3\t-"));

  const ProgramResult json =
      Run({"snapshot", "diff", "--json", "--both", "a.hvs", "b.hvs"});
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_THAT(json.err, IsEmpty());
  ASSERT_THAT(LinesOf(json.out), SizeIs(4));
  for (const std::string& line : LinesOf(json.out)) {
    const auto object = ParseJson(line);
    const std::string type = Text(object, "type");
    if (type == "summary") {
      EXPECT_EQ(line, LinesOf(json.out).back());
      EXPECT_EQ(object["only_a"].GetInt(), 1);
      EXPECT_EQ(object["only_b"].GetInt(), 1);
      EXPECT_EQ(object["both"].GetInt(), 1);
      EXPECT_FALSE(object.HasMember("near_pairs"));
      EXPECT_THAT(Text(object, "version_a"), SizeIs(16));
      EXPECT_THAT(Text(object, "version_b"), Not(Text(object, "version_a")));
      continue;
    }
    EXPECT_EQ(Text(object, "kind"), "pdq");
    EXPECT_EQ(object.HasMember("entry_a"), type != "only_b") << line;
    EXPECT_EQ(object.HasMember("entry_b"), type != "only_a") << line;
    if (type == "both") {
      EXPECT_EQ(Text(object, "entry_b"), "other-k1");
    }
  }
}

TEST_F(SnapshotJoinTest, DiffOfTheSameValuesIsSilentAndZero) {
  BuildKeyed("a.hvs", {{"k1", kOne}, {"k2", kTwo}});
  BuildKeyed("b.hvs", {{"x1", kOne}, {"x2", kTwo}}, {"--max-distance", "7"});
  for (const char* b : {"a.hvs", "b.hvs"}) {
    const ProgramResult result =
        Run({"snapshot", "diff", "--near", "a.hvs", b});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, HasSubstr("0 values only in a.hvs, "));
  }
}

// A value and its inverse, so far apart that everything made up lies within
// 150 bits of one of them: canaries are nobody's near values.
TEST_F(SnapshotJoinTest, CanariesCountAsNothingNear) {
  BuildKeyed("a.hvs", {{"k1", kOne}});
  Hash256::Words inverse = kOne.words();
  for (uint64_t& word : inverse) word = ~word;
  BuildKeyed("b.hvs", {{"k2", Hash256(inverse)}});
  const ProgramResult result = Run({"snapshot", "diff", "--json", "--near",
                                    "--max-distance", "127", "a.hvs", "b.hvs"});
  const auto summary = ParseJson(LinesOf(result.out).back());
  EXPECT_EQ(summary["near_pairs"].GetInt(), 0);
  EXPECT_EQ(summary["only_a_near"].GetInt(), 0);
  EXPECT_EQ(summary["only_b_near"].GetInt(), 0);
}

TEST_F(SnapshotJoinTest, AnOverlayIsNoListByItself) {
  BuildKeyed("a.hvs", {{"k1", kOne}});
  BuildKeyed("over.hvs", {{"k2", kTwo}}, {"--overlay-of", "a.hvs"});
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{
           {"snapshot", "diff", "a.hvs", "over.hvs"},
           {"snapshot", "diff", "over.hvs", "a.hvs"},
           {"snapshot", "cluster", "over.hvs"}}) {
    const ProgramResult result = Run(words);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.err, HasSubstr("got an overlay"));
    EXPECT_THAT(result.err, HasSubstr("over.hvs"));
    EXPECT_THAT(result.out, IsEmpty());
  }
}

TEST_F(SnapshotJoinTest, AListInsideTheOtherDiffersFromIt) {
  BuildKeyed("a.hvs", {{"k1", kOne}});
  BuildKeyed("b.hvs", {{"k1", kOne}, {"k2", kTwo}});
  const ProgramResult more = Run({"snapshot", "diff", "a.hvs", "b.hvs"});
  EXPECT_EQ(more.exit_code, 1);
  EXPECT_EQ(more.out, "only_b\tpdq\t-\tk2\t-\n");
  const ProgramResult fewer = Run({"snapshot", "diff", "b.hvs", "a.hvs"});
  EXPECT_EQ(fewer.exit_code, 1);
  EXPECT_EQ(fewer.out, "only_a\tpdq\tk2\t-\t-\n");
}

TEST_F(SnapshotJoinTest, DiffComparesValuesOfEveryKind) {
  const std::string md5 = kSomeHash.substr(0, 32);
  const std::string sha1 = kSomeHash.substr(0, 40);
  BuildList("a.hvs", "md5 " + md5 + ",shared\nsha1 " + sha1 + ",old\n");
  BuildList("b.hvs", "md5 " + md5 + ",shared\npdq " + kSomeHash + ",new\n");
  const ProgramResult result =
      Run({"snapshot", "diff", "--both", "a.hvs", "b.hvs"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(LinesOf(result.out),
              UnorderedElementsAre("both\tmd5\tshared\tshared\t-",
                                   "only_a\tsha1\told\t-\t-",
                                   "only_b\tpdq\t-\tnew\t-"));
}

TEST_F(SnapshotJoinTest, NearMissesAreToldOnceWithTheirDistance) {
  const Keyed a = {{"shared", kOne},
                   {"only-a", kTwo},
                   {"far", Flipped(kThree, {1, 2, 3, 4, 5})}};
  const Keyed b = {{"shared", kOne},
                   {"only-b", Flipped(kTwo, {0, 255})},
                   {"only-b-too", Flipped(kTwo, {9, 10})},
                   {"near-shared", Flipped(kOne, {17})}};
  BuildKeyed("a.hvs", a, {"--max-distance", "1"});
  BuildKeyed("b.hvs", b, {"--max-distance", "2"});
  const ProgramResult text =
      Run({"snapshot", "diff", "--near", "a.hvs", "b.hvs"});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_THAT(
      LinesOf(text.out),
      UnorderedElementsAre(
          "only_a\tpdq\tonly-a\t-\t-", "only_a\tpdq\tfar\t-\t-",
          "only_b\tpdq\t-\tonly-b\t-", "only_b\tpdq\t-\tonly-b-too\t-",
          "only_b\tpdq\t-\tnear-shared\t-", "near\tpdq\tonly-a\tonly-b\t2",
          "near\tpdq\tonly-a\tonly-b-too\t2",
          "near\tpdq\tshared\tnear-shared\t1"));
  EXPECT_EQ(text.err,
            "hashvet: 2 values only in a.hvs, 3 only in b.hvs, 1 in both; "
            "within 2 bits of the other: 1 and 3, in 3 pairs\n");
  ExpectNoValues(text, a);
  ExpectNoValues(text, b);

  // The other way round the columns change places.
  EXPECT_THAT(
      LinesOf(Run({"snapshot", "diff", "--near", "b.hvs", "a.hvs"}).out),
      IsSupersetOf({"near\tpdq\tonly-b\tonly-a\t2",
                    "near\tpdq\tnear-shared\tshared\t1"}));
  const ProgramResult json = Run({"snapshot", "diff", "--near", "--json",
                                  "--max-distance", "1", "a.hvs", "b.hvs"});
  ASSERT_THAT(LinesOf(json.out), SizeIs(7));
  const auto near = ParseJson(LinesOf(json.out)[5]);
  EXPECT_EQ(Text(near, "type"), "near");
  EXPECT_EQ(Text(near, "entry_a"), "shared");
  EXPECT_EQ(Text(near, "entry_b"), "near-shared");
  EXPECT_EQ(near["distance"].GetInt(), 1);
  const auto summary = ParseJson(LinesOf(json.out)[6]);
  EXPECT_EQ(summary["max_distance"].GetInt(), 1);
  EXPECT_EQ(summary["near_pairs"].GetInt(), 1);
  EXPECT_EQ(summary["only_a_near"].GetInt(), 0);
  EXPECT_EQ(summary["only_b_near"].GetInt(), 1);
}

// Enough that blocks, the ring index and threads are used, against the
// definition.
TEST_F(SnapshotJoinTest, ALargeDiffAgreesWithTheDefinition) {
  std::mt19937_64 random(3);
  Keyed a = Random(30'000, "a-", 4);
  Keyed b(a.begin() + 10'000, a.end());
  for (size_t i = 0; i < 5'000; ++i) {
    std::vector<size_t> bits;
    for (size_t flip = 0; flip < 1 + i % 40; ++flip) {
      bits.push_back(random() % 256);
    }
    b.emplace_back(absl::StrCat("b-", i), Flipped(a[4 * i].second, bits));
  }
  std::set<std::string> want;
  for (size_t i = 0; i < 10'000; ++i) {
    want.insert(absl::StrCat("only_a\tpdq\t", a[i].first, "\t-\t-"));
  }
  for (size_t i = 0; i < 5'000; ++i) {
    const auto& [key, hash] = b[20'000 + i];
    const uint32_t distance = Distance(hash, a[4 * i].second);
    if (distance == 0) {  // the flips undid one another
      want.erase(absl::StrCat("only_a\tpdq\t", a[4 * i].first, "\t-\t-"));
      continue;
    }
    want.insert(absl::StrCat("only_b\tpdq\t-\t", key, "\t-"));
    if (distance <= 31) {
      want.insert(absl::StrCat("near\tpdq\t", a[4 * i].first, "\t", key, "\t",
                               distance));
    }
  }
  BuildKeyed("a.hvs", a);
  BuildKeyed("b.hvs", b);
  for (const char* threads : {"1", "2"}) {
    const ProgramResult result = Run(
        {"snapshot", "diff", "--near", "--threads", threads, "a.hvs", "b.hvs"});
    EXPECT_EQ(result.exit_code, 1);
    const std::vector<std::string> lines = LinesOf(result.out);
    const std::set<std::string> got(lines.begin(), lines.end());
    EXPECT_EQ(lines.size(), got.size());  // each once
    EXPECT_TRUE(got == want) << got.size() << " lines, want " << want.size();
  }
}

TEST_F(SnapshotJoinTest, ListsThatCannotBeReadAreCode3) {
  BuildKeyed("good.hvs", {{"a", kOne}});
  folder_.Write("text.hvs", "no snapshot\n");
  for (const char* bad : {"missing.hvs", "text.hvs", "."}) {
    const std::vector<std::vector<std::string>> commands = {
        {"snapshot", "cluster", bad},
        {"snapshot", "diff", bad, "good.hvs"},
        {"snapshot", "diff", "--near", "good.hvs", bad}};
    for (const std::vector<std::string>& command : commands) {
      const ProgramResult result = Run(command);
      EXPECT_EQ(result.exit_code, 3) << bad;
      EXPECT_THAT(result.out, IsEmpty());
      EXPECT_THAT(LinesOf(result.err), SizeIs(1));
      EXPECT_THAT(result.err, HasSubstr(bad));
    }
  }
}

TEST_F(SnapshotJoinTest, NothingIsNearInAListWithoutPdqValues) {
  BuildKeyed("pdq.hvs", {{"a", kOne}});
  BuildList("md5.hvs", "md5 " + kSomeHash.substr(0, 32) + "\n");
  const std::vector<std::vector<std::string>> commands = {
      {"snapshot", "cluster", "md5.hvs"},
      {"snapshot", "diff", "--near", "md5.hvs", "pdq.hvs"},
      {"snapshot", "diff", "--near", "pdq.hvs", "md5.hvs"}};
  for (const std::vector<std::string>& command : commands) {
    const ProgramResult result = Run(command);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_EQ(result.err,
              "hashvet: snapshot: got no PDQ value, want some: md5.hvs\n");
  }
}

TEST_F(SnapshotJoinTest, UsageErrorsAreOneLineAndCode2) {
  BuildKeyed("a.hvs", {{"a", kOne}});
  const std::vector<std::vector<std::string>> wrong = {
      {"snapshot", "cluster"},
      {"snapshot", "cluster", "--nonsense", "a.hvs"},
      {"snapshot", "cluster", "--max-distance", "257", "a.hvs"},
      {"snapshot", "cluster", "--min-size", "1", "a.hvs"},
      {"snapshot", "cluster", "a.hvs", "a.hvs"},
      {"snapshot", "diff", "a.hvs"},
      {"snapshot", "diff", "--nonsense", "a.hvs", "a.hvs"},
      {"snapshot", "diff", "--max-distance", "3", "a.hvs", "a.hvs"},
      {"snapshot", "diff", "--near", "--max-distance", "-1", "a.hvs", "a.hvs"}};
  for (const std::vector<std::string>& arguments : wrong) {
    const ProgramResult result = Run(arguments);
    const std::string shown = ::testing::PrintToString(arguments);
    EXPECT_EQ(result.exit_code, 2) << shown;
    EXPECT_THAT(LinesOf(result.err), SizeIs(1)) << shown;
    EXPECT_THAT(result.out, IsEmpty()) << shown;
  }
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{
           {"snapshot", "cluster", "a.hvs"},
           {"snapshot", "diff", "a.hvs", "a.hvs"}}) {
    const ProgramResult result =
        Run(arguments, {.environment = {{"HASHVET_SIMD_TARGET", "abacus"}}});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr("abacus"));
  }
}

TEST_F(SnapshotJoinTest, AnOutputThatCannotBeWrittenIsCode2) {
  BuildKeyed("a.hvs", {{"a", kOne}, {"b", Flipped(kOne, {3})}});
  BuildKeyed("b.hvs", {{"c", Flipped(kOne, {4})}});
  const std::vector<std::vector<std::string>> commands = {
      {"snapshot", "cluster", "a.hvs"},
      {"snapshot", "diff", "a.hvs", "b.hvs"},
      {"snapshot", "diff", "--near", "a.hvs", "b.hvs"}};
  for (const std::vector<std::string>& command : commands) {
    const ProgramResult result = Run(command, {.output_path = "/dev/full"});
    EXPECT_EQ(result.exit_code, 2) << ::testing::PrintToString(command);
    EXPECT_THAT(result.err, HasSubstr("standard output"));
  }
}

// More than is gathered before the first write: the failure comes midway.
TEST_F(SnapshotJoinTest, AnOutputThatFailsMidwayEndsTheWork) {
  BuildKeyed("a.hvs", Random(5'000, "a-long-key-so-that-lines-are-many-", 5));
  BuildKeyed("b.hvs", Random(5'000, "b-long-key-so-that-lines-are-many-", 6));
  for (const bool near : {false, true}) {
    std::vector<std::string> arguments = {"snapshot", "diff", "a.hvs", "b.hvs"};
    if (near)
      arguments.insert(arguments.end(), {"--near", "--max-distance=128"});
    const ProgramResult result =
        Run(arguments, {.output_path = folder_.Path("out.txt"),
                        .max_file_bytes = near ? 700'000 : 1'000});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(LinesOf(result.err), SizeIs(1));
    EXPECT_THAT(result.err, HasSubstr("standard output"));
  }
}

}  // namespace
}  // namespace hashvet::testing
