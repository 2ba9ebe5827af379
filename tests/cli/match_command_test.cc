#include <filesystem>
#include <optional>

#include "hashvet/hash/text.h"
#include "hashvet/list/snapshot_writer.h"
#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class MatchCommandTest : public CliTest {
 protected:
  void SetUp() override {
    WriteJpeg("known.jpg", 1, 300, 200, 95);
    WriteJpeg("copy.jpg", 1, 300, 200, 50);
    WriteJpeg("other.jpg", 2);
    BuildList("known.hvs", HashOf("known.jpg") + ",100,case-17\n",
              {"--action", "block"});
  }
};

TEST_F(MatchCommandTest, VerdictsInOrderAsTabSeparatedLines) {
  const ProgramResult result =
      Run({"match", "--list", "known.hvs", "other.jpg", "copy.jpg"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, IsEmpty());
  const std::vector<std::string> lines = LinesOf(result.out);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0], "no_match\tother.jpg");
  const std::vector<std::string> fields = absl::StrSplit(lines[1], '\t');
  ASSERT_THAT(fields, SizeIs(8));
  EXPECT_EQ(fields[0], "match");
  EXPECT_EQ(fields[1], "copy.jpg");
  EXPECT_EQ(fields[2], "known");
  EXPECT_EQ(fields[3], "case-17");
  EXPECT_EQ(fields[4], "-");  // no category
  EXPECT_LE(std::stoi(fields[5]), 31);
  EXPECT_EQ(fields[6], "original");
  EXPECT_EQ(fields[7], "block");
}

TEST_F(MatchCommandTest, JsonHasTheFieldsOfTheContract) {
  const ProgramResult result = Run(
      {"match", "--json", "--list", "known.hvs", "copy.jpg", "missing.jpg"});
  EXPECT_EQ(result.exit_code, 5);
  ASSERT_THAT(LinesOf(result.out), SizeIs(2));
  const auto json = ParseJson(LinesOf(result.out)[0]);
  EXPECT_EQ(Text(json, "file"), "copy.jpg");
  EXPECT_EQ(Text(json, "outcome"), "match");
  ASSERT_EQ(json["matches"].Size(), 1u);
  const auto& match = json["matches"][0];
  EXPECT_EQ(Text(match, "list"), "known");
  EXPECT_EQ(Text(match, "entry"), "case-17");
  EXPECT_EQ(Text(match, "category"), "");
  EXPECT_EQ(Text(match, "kind"), "pdq");
  EXPECT_TRUE(match["distance"].IsInt());
  EXPECT_EQ(Text(match, "orientation"), "original");
  EXPECT_EQ(Text(match, "action"), "block");
  EXPECT_FALSE(Text(json, "snapshot").empty());
  EXPECT_FALSE(json.HasMember("status"));
  EXPECT_THAT(result.out, Not(HasSubstr(HashOf("copy.jpg"))));

  const auto missing = ParseJson(LinesOf(result.out)[1]);
  EXPECT_EQ(Text(missing, "outcome"), "unreadable");
  EXPECT_THAT(Text(missing, "status"), HasSubstr("No such file"));
  EXPECT_EQ(missing["matches"].Size(), 0u);
}

TEST_F(MatchCommandTest, ListsOfOtherKindsMatchPictures) {
  const std::string hashes =
      Run({"hash", "--kind", "blockmean968-opencv,md5", "known.jpg"}).out;
  folder_.Write("policy.toml",
                "[[list]]\nname = \"other\"\n"
                "[list.blockmean968-opencv]\nmax_distance = 60\n");
  BuildList("other.hvs", hashes);
  const auto matched = [&](const std::string& file,
                           std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {
        "match",    "--json",      "--list", "other.hvs",
        "--policy", "policy.toml", file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  };
  const ProgramResult same = matched("known.jpg");
  ASSERT_EQ(same.exit_code, 1) << same.err << same.out;
  const auto json = ParseJson(same.out);
  ASSERT_EQ(json["matches"].Size(), 2u) << same.out;
  EXPECT_EQ(matched("copy.jpg").exit_code, 1);  // by its look alone
  EXPECT_EQ(matched("other.jpg").exit_code, 0);
  // A distance is PDQ's: with one, only the digest is asked.
  EXPECT_EQ(matched("copy.jpg", {"--max-distance", "31"}).exit_code, 0);
  EXPECT_EQ(matched("known.jpg", {"--max-distance", "31"}).exit_code, 1);
}

TEST_F(MatchCommandTest, BarsAreTrimmedAndTheVariantIsTold) {
  WriteJpeg("large.jpg", 3, 1200, 800, 95);
  BuildList("nn512.hvs", Run({"hash", "--variant", "nn512", "large.jpg"}).out);
  const auto json = ParseJson(Run({"match", "--json", "--variant", "both",
                                   "--list", "nn512.hvs", "large.jpg"})
                                  .out);
  ASSERT_EQ(json["matches"].Size(), 1u);
  EXPECT_EQ(Text(json["matches"][0], "variant"), "nn512");
  EXPECT_EQ(json["matches"][0]["distance"].GetInt(), 0);
  const auto full = ParseJson(
      Run({"match", "--json", "--list", "known.hvs", "known.jpg"}).out);
  EXPECT_EQ(Text(full["matches"][0], "variant"), "full");
  EXPECT_EQ(Run({"hash", "--trim", "known.jpg"}).exit_code, 2);

  // 160 x 120 pixels, in a header of 54 bytes and rows of 480; and the same
  // between black bars of 30 rows.
  const std::string inner = MakeBmp(4, 160, 120);
  const std::string bar(30 * 480, '\0');
  folder_.Write("inner.bmp", inner);
  folder_.Write("boxed.bmp", MakeBmp(4, 160, 180).substr(0, 54) + bar +
                                 inner.substr(54) + bar);
  BuildList("inner.hvs", Run({"hash", "inner.bmp"}).out);
  const auto boxed = ParseJson(
      Run({"match", "--json", "--list", "inner.hvs", "boxed.bmp"}).out);
  ASSERT_EQ(boxed["matches"].Size(), 1u);
  EXPECT_EQ(Text(boxed["matches"][0], "variant"), "trimmed");
  EXPECT_EQ(boxed["matches"][0]["distance"].GetInt(), 0);
  EXPECT_EQ(
      Run({"match", "--no-trim", "--list", "inner.hvs", "boxed.bmp"}).exit_code,
      0);
}

TEST_F(MatchCommandTest, ExitCodesTellFailuresAndMatchesApart) {
  const auto code = [&](const std::vector<std::string>& files) {
    std::vector<std::string> arguments = {"match", "--list", "known.hvs"};
    arguments.insert(arguments.end(), files.begin(), files.end());
    return Run(arguments).exit_code;
  };
  EXPECT_EQ(code({"other.jpg"}), 0);
  EXPECT_EQ(code({"other.jpg", "copy.jpg"}), 1);
  EXPECT_EQ(code({}), 2);
  EXPECT_EQ(code({"missing.jpg", "other.jpg"}), 4);
  EXPECT_EQ(code({"missing.jpg", "copy.jpg"}), 5);
  EXPECT_EQ(Run({"match", "copy.jpg"}).exit_code, 2);
  EXPECT_EQ(Run({"match", "--list", "missing.hvs", "copy.jpg"}).exit_code, 3);
}

TEST_F(MatchCommandTest, AThresholdIsAtMostTheOneOfAPolicy) {
  const auto run = [&](const std::string& distance) {
    return Run({"match", "--list", "known.hvs", "--max-distance", distance,
                "other.jpg"});
  };
  EXPECT_NE(run("128").exit_code, 2);
  for (const std::string distance : {"485", "-1", "many"}) {
    const ProgramResult result = run(distance);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.err, "hashvet: --max-distance: got " + distance +
                              ", want 0 to 484 and no more than half of the "
                              "kind's bits (see hashvet match --help)\n");
  }
  // Pictures are asked under PDQ.
  const ProgramResult result = run("129");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_EQ(result.err,
            "hashvet: --max-distance: got 129, want 0 to 128 for pdq, half of "
            "its bits\n");
}

TEST_F(MatchCommandTest, FlatPicturesAreLowQualityAndNoFailure) {
  folder_.Write("flat.jpg", MakeFlatJpeg(160, 120));
  const ProgramResult result =
      Run({"match", "--list", "known.hvs", "flat.jpg"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "low_quality\tflat.jpg\n");
}

TEST_F(MatchCommandTest, SeveralListsAndTheChoiceOfSome) {
  PublishList("lists-a", "a", HashOf("known.jpg") + "\n");
  PublishList("lists-b", "b", HashOf("other.jpg") + "\n");
  const ProgramResult all =
      Run({"match", "--list", "known.hvs", "--lists", "lists-a", "--lists",
           "lists-b", "copy.jpg", "other.jpg"});
  EXPECT_EQ(all.exit_code, 1) << all.err;
  EXPECT_THAT(LinesOf(all.out),
              ElementsAre(HasSubstr("\ta\t"), HasSubstr("\tknown\t"),
                          HasSubstr("\tb\t")));
  const ProgramResult only =
      Run({"match", "--lists", "lists-a", "--lists", "lists-b", "--only", "a",
           "copy.jpg", "other.jpg"});
  EXPECT_THAT(LinesOf(only.out),
              ElementsAre(HasSubstr("\ta\t"), "no_match\tother.jpg"));
  EXPECT_EQ(Run({"match", "--lists", "lists-a", "--lists", "lists-b", "--only",
                 "a,b", "other.jpg"})
                .exit_code,
            1);
  const ProgramResult none = Run({"match", "--lists", "lists-a", "--lists",
                                  "lists-b", "--only", "z", "copy.jpg"});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_THAT(none.err, AllOf(HasSubstr("got z"), HasSubstr("a, b")));
  // Files alone are not a published directory.
  std::filesystem::create_directory(folder_.Path("bare"));
  std::filesystem::permissions(folder_.Path("bare"),
                               std::filesystem::perms::owner_all);
  BuildList("bare/a.hvs", HashOf("known.jpg") + "\n");
  const ProgramResult bare = Run({"match", "--lists", "bare", "copy.jpg"});
  EXPECT_EQ(bare.exit_code, 3);
  EXPECT_THAT(bare.err, HasSubstr("hashvet snapshot publish"));
  EXPECT_EQ(Run({"match", "--lists", "gone", "copy.jpg"}).exit_code, 3);
}

TEST_F(MatchCommandTest, APolicyFileReplacesWhatListsSay) {
  folder_.Write("policy.toml",
                "[[list]]\nname = \"known\"\naction = \"log\"\n");
  const ProgramResult result = Run(
      {"match", "--list", "known.hvs", "--policy", "policy.toml", "copy.jpg"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.out, HasSubstr("\tlog\n"));
  folder_.Write("policy.toml", "[[list]]\nname = \"known\"\nrole = \"x\"\n");
  EXPECT_EQ(Run({"match", "--list", "known.hvs", "--policy", "policy.toml",
                 "copy.jpg"})
                .exit_code,
            2);
}

// The rest of a verdict is told where there is any.
TEST_F(MatchCommandTest, RolesAreToldInJson) {
  const HashValue known = *ParseHex(HashKind::kPdq, HashOf("known.jpg"));
  const auto write = [&](const std::string& name, ListRole role) {
    ListPolicy policy;
    policy.name = name;
    policy.role = role;
    auto writer = SnapshotWriter::Create(policy);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->Add({known, name + "-1", "", std::nullopt}).ok());
    ASSERT_TRUE(writer->Write(folder_.Path(name + ".hvs")).ok());
  };
  write("good", ListRole::kIgnore);
  write("trial", ListRole::kShadow);
  const ProgramResult result =
      Run({"match", "--json", "--list", "known.hvs", "--list", "good.hvs",
           "--list", "trial.hvs", "copy.jpg"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto json = ParseJson(result.out);
  EXPECT_EQ(Text(json, "outcome"), "no_match");
  EXPECT_EQ(json["matches"].Size(), 0u);
  ASSERT_EQ(json["ignored_by"].Size(), 1u);
  EXPECT_EQ(Text(json["ignored_by"][0], "entry"), "good-1");
  ASSERT_EQ(json["suppressed_matches"].Size(), 1u);
  EXPECT_EQ(Text(json["suppressed_matches"][0], "entry"), "case-17");
  ASSERT_EQ(json["shadow_matches"].Size(), 1u);
  EXPECT_EQ(Text(json["shadow_matches"][0], "entry"), "trial-1");
  EXPECT_FALSE(json.HasMember("not_sampled"));
}

TEST_F(MatchCommandTest, HashLinesAreAnsweredInOrder) {
  const std::string hash = HashOf("known.jpg");
  folder_.Write("queries.txt",
                "# queries\r\n" + kSomeHash + "\r\n\r\npdq:" + hash + "\n" +
                    hash.substr(1) + "\n" + hash + ",100,my picture.jpg\n" +
                    Changed(hash, 8) + "\n");
  const ProgramResult result =
      Run({"match", "--list", "known.hvs", "--hashes", "queries.txt"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(
      LinesOf(result.out),
      ElementsAre("no_match\tqueries.txt:2",
                  StartsWith("match\tqueries.txt:4\tknown\tcase-17\t-\t0\t"),
                  "unreadable\tqueries.txt:5",
                  StartsWith("match\tmy picture.jpg\t"),
                  "no_match\tqueries.txt:7"));
  EXPECT_THAT(LinesOf(result.err), ElementsAre(HasSubstr("queries.txt:5")));
  EXPECT_THAT(result.out + result.err, Not(HasSubstr(hash.substr(1))));
  EXPECT_EQ(Run({"match", "--list", "known.hvs", "--hashes", "--max-distance",
                 "32", "-"},
                {.input = Changed(hash, 8)})
                .exit_code,
            1);
}

TEST_F(MatchCommandTest, ManyHashLinesKeepTheirOrder) {
  const std::string hash = HashOf("known.jpg");
  std::string lines;
  std::vector<std::string> expected;
  for (int i = 1; i <= 10000; ++i) {
    const bool bad = i % 1000 == 0;
    const bool same = i % 700 == 0;
    lines += (bad ? "zz" : same ? hash : kSomeHash) + "\n";
    expected.push_back((bad    ? "unreadable\t"
                        : same ? "match\t"
                               : "no_match\t") +
                       std::string("standard input:") + std::to_string(i));
  }
  const ProgramResult result =
      Run({"match", "--list", "known.hvs", "--hashes", "--threads", "4", "-"},
          {.input = lines});
  EXPECT_EQ(result.exit_code, 5);
  const std::vector<std::string> got = LinesOf(result.out);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_THAT(got[i], StartsWith(expected[i]));
  }
}

TEST_F(MatchCommandTest, TheExportOfOneListAsksAnother) {
  const ProgramResult csv = Run({"snapshot", "export", "known.hvs"});
  const ProgramResult result = Run(
      {"match", "--list", "known.hvs", "--hashes", "-"}, {.input = csv.out});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(LinesOf(result.out), SizeIs(1));
}

TEST_F(MatchCommandTest, HashFilesThatCannotBeReadAreFailures) {
  folder_.Write("q.txt", kSomeHash + "\n");
  const ProgramResult result = Run({"match", "--list", "known.hvs", "--hashes",
                                    "missing.txt", "q.txt", "."});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(LinesOf(result.out),
              ElementsAre("unreadable\tmissing.txt", "no_match\tq.txt:1",
                          "unreadable\t."));
  EXPECT_THAT(LinesOf(result.err), SizeIs(2));
}

// --hashes forgotten: the hash is taken for a file's name, and still not told.
TEST_F(MatchCommandTest, AHashInPlaceOfAFileIsNotRepeatedToPeople) {
  BuildList("a.hvs", kSomeHash + "\n");
  const std::string typed_wrong = "z" + kSomeHash.substr(1);
  for (const std::string& word :
       {kSomeHash, "pdq:" + kSomeHash, kSomeHash.substr(0, 63), typed_wrong}) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{
             {"match", "--list", "a.hvs", word}, {"hash", word}}) {
      const ProgramResult result = Run(arguments);
      EXPECT_EQ(result.exit_code, 4);
      EXPECT_THAT(LinesOf(result.err), SizeIs(1));
      EXPECT_THAT(result.err,
                  AllOf(HasSubstr("--hashes"), HasSubstr("hex digits>"),
                        Not(HasSubstr(word.substr(10, 40)))));
    }
  }
  // A file that is there may be named like one, and is told by its name.
  folder_.Write(kSomeHash, "text");
  EXPECT_THAT(Run({"hash", kSomeHash}).err, HasSubstr(kSomeHash));
  EXPECT_THAT(Run({"hash", kSomeHash + ".jpg"}).err, HasSubstr(kSomeHash));
}

TEST_F(MatchCommandTest, AKindNoListCarriesIsAListProblem) {
  const ProgramResult result =
      Run({"match", "--list", "known.hvs", "--hashes", "-"},
          {.input = "md5:" + kSomeHash.substr(0, 32)});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.out, StartsWith("list_unavailable\t"));
}

TEST_F(MatchCommandTest, FileNamesCannotForgeLines) {
  const ProgramResult result =
      Run({"match", "--list", "known.hvs", "x\nmatch\tforged\x1b[2J.jpg"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.out, "unreadable\tx\\nmatch\\tforged\\x1b[2J.jpg\n");
  EXPECT_THAT(LinesOf(result.err), SizeIs(1));
  EXPECT_THAT(result.err, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace hashvet::testing
