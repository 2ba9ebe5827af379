#include <algorithm>
#include <filesystem>
#include <span>

#include "hashvet/base/checksum.h"
#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class SnapshotCommandTest : public CliTest {
 protected:
  bool Exists(const std::string& name) const {
    return std::filesystem::exists(folder_.Path(name));
  }
};

TEST_F(SnapshotCommandTest, BuildsFromSeveralInputsAndInfoTells) {
  folder_.Write("one.txt", kSomeHash + "\n" + Changed(kSomeHash, 8) + "\n");
  folder_.Write("two.csv", "hash,quality,category,key\n" +
                               Changed(kSomeHash, 16) + ",77,A1,e-1\n");
  const ProgramResult built =
      Run({"snapshot", "build", "-o", "known.hvs", "--action", "block",
           "--max-distance", "20", "one.txt", "two.csv", "-"},
          {.input = "md5 " + kSomeHash.substr(0, 32) + "\n" + kSomeHash});
  EXPECT_EQ(built.exit_code, 0) << built.err;
  EXPECT_THAT(built.err, IsEmpty());
  EXPECT_THAT(built.out, StartsWith("known.hvs: list known, "));
  const ProgramResult info = Run({"snapshot", "info", "--json", "known.hvs"});
  EXPECT_EQ(info.exit_code, 0);
  const auto json = ParseJson(info.out);
  ASSERT_EQ(json["lists"].Size(), 1u);
  const auto& list = json["lists"][0];
  EXPECT_EQ(Text(list, "name"), "known");  // the file's stem
  EXPECT_EQ(Text(list, "action"), "block");
  EXPECT_EQ(Text(list, "role"), "match");
  EXPECT_EQ(Text(list["kinds"][0], "kind"), "pdq");
  EXPECT_EQ(list["kinds"][0]["max_distance"].GetInt(), 20);
  EXPECT_EQ(list["kinds"][0]["entries"].GetInt(), 4);
  EXPECT_EQ(Text(json["kinds"][0], "index"), "flat");
  EXPECT_EQ(json["kinds"].Size(), 2u);
  EXPECT_EQ(Text(json["kinds"][0], "kind"), "pdq");
  EXPECT_EQ(json["kinds"][0]["unique_values"].GetInt(), 3);
  EXPECT_THAT(info.out, Not(HasSubstr(kSomeHash.substr(0, 16))));
  EXPECT_THAT(Run({"snapshot", "info", "known.hvs"}).out,
              AllOf(HasSubstr("pdq: 4 entries, threshold 20\n"),
                    Not(HasSubstr(kSomeHash.substr(0, 16)))));
}

TEST_F(SnapshotCommandTest, BuildsSeveralListsAndAnOverlay) {
  folder_.Write("n.csv", "hash,key\n" + kSomeHash + ",n-1\n" +
                             Changed(kSomeHash, 16) + ",n-2\n");
  folder_.Write("i.csv", "hash,key\n" + kSomeHash + ",i-1\n");
  const ProgramResult built = Run({"snapshot", "build", "-o", "both.hvs",
                                   "ncmec=n.csv", "iwf=i.csv", "--json"});
  EXPECT_EQ(built.exit_code, 0) << built.err;
  const auto json = ParseJson(built.out);
  ASSERT_EQ(json["lists"].Size(), 2u);
  EXPECT_STREQ(json["lists"][0].GetString(), "ncmec");
  EXPECT_STREQ(json["lists"][1].GetString(), "iwf");
  EXPECT_EQ(json["entries"].GetInt(), 3);
  EXPECT_EQ(json["unique_values"].GetInt(), 2);

  folder_.Write("gone.txt", "n-2\r\n\r\n");
  folder_.Write("new.csv", "hash,key\n" + Changed(kSomeHash, 32) + ",i-2\n");
  const ProgramResult overlay =
      Run({"snapshot", "build", "-o", "day.hvs", "--overlay-of", "both.hvs",
           "--remove", "gone.txt", "iwf=new.csv", "--json"});
  EXPECT_EQ(overlay.exit_code, 0) << overlay.err;
  EXPECT_EQ(ParseJson(overlay.out)["entries"].GetInt(), 1);
  EXPECT_EQ(ParseJson(overlay.out)["removed"].GetInt(), 1);
  const auto info =
      ParseJson(Run({"snapshot", "info", "--json", "day.hvs"}).out);
  EXPECT_EQ(Text(info["overlay"], "base"), Text(json, "version"));
  EXPECT_EQ(info["overlay"]["removed"].GetInt(), 1);

  // Each mistake is one line, and nothing is written.
  const auto refused = [&](std::vector<std::string> arguments, int exit_code,
                           const std::string& why) {
    arguments.insert(arguments.begin(), {"snapshot", "build", "-o", "x.hvs"});
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, exit_code);
    EXPECT_THAT(LinesOf(result.err), ElementsAre(HasSubstr(why)));
    EXPECT_FALSE(Exists("x.hvs"));
  };
  refused({"--overlay-of", "both.hvs", "other=new.csv"}, 3, "list other");
  refused({"--overlay-of", "day.hvs", "iwf=new.csv"}, 3, "got an overlay");
  refused({"--overlay-of", "absent.hvs", "iwf=new.csv"}, 3, "absent.hvs");
  refused({"--remove", "gone.txt", "n.csv"}, 2, "--overlay-of");
  refused({"--overlay-of", "both.hvs"}, 3, "adds and removes nothing");
  for (const std::string option : {"--name", "--max-distance", "--min-quality",
                                   "--action", "--current-at"}) {
    refused({"--overlay-of", "both.hvs", option, "7", "iwf=new.csv"}, 2,
            "--overlay-of excludes " + option);
  }
  refused({}, 2, "no INPUT");
}

TEST_F(SnapshotCommandTest, AKeyToRemoveThatIsNoEntrysBuildsNothing) {
  folder_.Write("n.csv", "hash,key\n" + kSomeHash + ",n-1\n" +
                             Changed(kSomeHash, 16) + ",n-2\n");
  ASSERT_EQ(Run({"snapshot", "build", "-o", "n.hvs", "n.csv"}).exit_code, 0);
  folder_.Write("gone.txt", "n-2\nN-1\n");
  std::vector<std::string> command = {"snapshot", "build",        "-o",
                                      "day.hvs",  "--overlay-of", "n.hvs",
                                      "--remove", "gone.txt"};
  const ProgramResult strict = Run(command);
  EXPECT_EQ(strict.exit_code, 3);
  EXPECT_THAT(LinesOf(strict.err),
              ElementsAre(HasSubstr("gone.txt:2: no entry has this key: n.hvs"),
                          HasSubstr("nothing written: 1 key that no entry "
                                    "has")));
  EXPECT_FALSE(Exists("day.hvs"));

  command.insert(command.end(), {"--skip-missing", "--json"});
  const ProgramResult skipped = Run(command);
  EXPECT_EQ(skipped.exit_code, 0) << skipped.err;
  EXPECT_EQ(ParseJson(skipped.out)["removed"].GetInt(), 1);
  EXPECT_EQ(ParseJson(skipped.out)["missing"].GetInt(), 1);
}

TEST_F(SnapshotCommandTest, AListIsAsOldAsItsSourceSays) {
  folder_.Write("list.txt", kSomeHash + "\n");
  const auto staleness = [&](const std::string& file) {
    const std::string policy =
        folder_.Write("policy.toml",
                      "[[list]]\nname = \"l\"\nlate_after = \"1h\"\n"
                      "stale_after = \"3d\"\nexpired_after = \"30d\"\n");
    EXPECT_EQ(::chmod(policy.c_str(), 0600), 0);
    const auto json = ParseJson(
        Run({"doctor", "--json", "--list", file, "--policy", "policy.toml"})
            .out);
    return Text(json["lists"][0], "staleness");
  };
  const auto build = [&](const std::string& file, const std::string& time) {
    return Run({"snapshot", "build", "-o", file, "--name", "l", "--current-at",
                time, "list.txt"});
  };
  ASSERT_EQ(build("old.hvs", "2026-01-31T12:00:00Z").exit_code, 0);
  EXPECT_EQ(staleness("old.hvs"), "expired");
  ASSERT_EQ(build("now.hvs", "now").exit_code, 0);
  EXPECT_EQ(staleness("now.hvs"), "fresh");
  // A list that does not say is as old as its file.
  ASSERT_EQ(
      Run({"snapshot", "build", "-o", "file.hvs", "--name", "l", "list.txt"})
          .exit_code,
      0);
  EXPECT_EQ(staleness("file.hvs"), "fresh");
  std::filesystem::last_write_time(
      folder_.Path("file.hvs"), std::filesystem::file_time_type::clock::now() -
                                    std::chrono::hours(24 * 4));
  EXPECT_EQ(staleness("file.hvs"), "stale");

  const ProgramResult bad = build("bad.hvs", "yesterday");
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(LinesOf(bad.err), ElementsAre(HasSubstr("--current-at: got "
                                                      "'yesterday', want")));
}

TEST_F(SnapshotCommandTest, OneBadLineBuildsNothingUnlessSkipped) {
  folder_.Write("list.txt", kSomeHash + "\n" + kSomeHash.substr(1) + "\n" +
                                Changed(kSomeHash, 8) + "\n" + "sift " +
                                kSomeHash + "\n");
  const ProgramResult strict =
      Run({"snapshot", "build", "-o", "out.hvs", "list.txt"});
  EXPECT_EQ(strict.exit_code, 3);
  EXPECT_THAT(strict.out, IsEmpty());
  EXPECT_THAT(LinesOf(strict.err),
              ElementsAre(StartsWith("hashvet: list.txt:2: "),
                          StartsWith("hashvet: list.txt:4: "),
                          HasSubstr("nothing written: 2 invalid lines")));
  EXPECT_THAT(strict.err, Not(HasSubstr(kSomeHash.substr(1))));
  EXPECT_EQ(folder_.FileCount(), 1u);

  const ProgramResult skipping =
      Run({"snapshot", "build", "-o", "out.hvs", "--skip-invalid", "list.txt"});
  EXPECT_EQ(skipping.exit_code, 0);
  EXPECT_THAT(skipping.err, HasSubstr("skipped 2 invalid lines"));
  const ProgramResult json = Run({"snapshot", "build", "-o", "out.hvs",
                                  "--skip-invalid", "--json", "list.txt"});
  EXPECT_EQ(ParseJson(json.out)["skipped"].GetInt(), 2);
  EXPECT_EQ(ParseJson(json.out)["entries"].GetInt(), 2);
}

TEST_F(SnapshotCommandTest, ListsWithoutEntriesAreRefused) {
  folder_.Write("empty.txt", "");
  folder_.Write("comments.txt", "# nothing\n\n");
  for (const char* input : {"empty.txt", "comments.txt", "missing.txt", "."}) {
    const ProgramResult result =
        Run({"snapshot", "build", "-o", "out.hvs", input});
    EXPECT_EQ(result.exit_code, 3) << input;
    EXPECT_THAT(LinesOf(result.err), SizeIs(1)) << input;
    EXPECT_FALSE(Exists("out.hvs")) << input;
  }
}

TEST_F(SnapshotCommandTest, UpperCaseIsNormalised) {
  std::string upper = kSomeHash;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  BuildList("a.hvs", upper + "\n");
  EXPECT_EQ(Run({"snapshot", "export", "--format", "text", "a.hvs"}).out,
            "pdq " + kSomeHash + "\n");
}

TEST_F(SnapshotCommandTest, OutputsThatCannotBeWrittenLeaveNothing) {
  folder_.Write("list.txt", kSomeHash + "\n");
  for (const char* output : {"no/such/folder.hvs", ".", "/dev/full", "-"}) {
    const ProgramResult result =
        Run({"snapshot", "build", "--name", "x", "-o", output, "list.txt"});
    EXPECT_EQ(result.exit_code, 2) << output;
    EXPECT_THAT(LinesOf(result.err), SizeIs(1)) << output;
    EXPECT_THAT(result.err, HasSubstr(output));
    EXPECT_EQ(folder_.FileCount(), 1u) << output;
  }
}

TEST_F(SnapshotCommandTest, AFullDiskLeavesTheOldFile) {
  std::string lines;
  for (int i = 0; i < 200; ++i) {
    lines += kSomeHash.substr(0, 60) + std::to_string(1000 + i) + "\n";
  }
  folder_.Write("list.txt", lines);
  const std::string old = "what was there before";
  folder_.Write("out.hvs", old);
  const ProgramResult result =
      Run({"snapshot", "build", "-o", "out.hvs", "list.txt"},
          {.max_file_bytes = 1024});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(LinesOf(result.err), SizeIs(1));
  EXPECT_THAT(result.err, EndsWith("out.hvs\n"));
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("out.hvs")), old);
  EXPECT_EQ(folder_.FileCount(), 2u);
}

TEST_F(SnapshotCommandTest, PolicyFieldsAreChecked) {
  folder_.Write("list.txt", kSomeHash + "\n");
  const auto build = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"snapshot", "build", "list.txt"});
    return Run(more).exit_code;
  };
  EXPECT_EQ(build({"-o", "a.hvs", "--max-distance", "129"}), 2);
  EXPECT_EQ(build({"-o", "a.hvs", "--min-quality", "101"}), 2);
  EXPECT_EQ(build({"-o", "a b.hvs"}), 2);  // no name can be made of it
  EXPECT_EQ(build({"-o", "a.hvs", "--kind", "sift"}), 2);
  EXPECT_EQ(build({"-o", "a b.hvs", "--name", "fine/2"}), 0);
  EXPECT_EQ(build({}), 2);
}

TEST_F(SnapshotCommandTest, DamagedFilesAreNamedWithTheReason) {
  BuildList("good.hvs", kSomeHash + "\n" + Changed(kSomeHash, 8) + "\n");
  const std::string good = ScratchFolder::Read(folder_.Path("good.hvs"));
  folder_.Write("truncated.hvs", good.substr(0, good.size() - 1));
  std::string flipped = good;
  flipped[flipped.size() / 2] =
      static_cast<char>(flipped[flipped.size() / 2] ^ 1);
  folder_.Write("flipped.hvs", flipped);
  folder_.Write("text.hvs", kSomeHash + "\n");
  folder_.Write("empty.hvs", "");
  const std::vector<std::string> bad = {"truncated.hvs", "flipped.hvs",
                                        "text.hvs",      "empty.hvs",
                                        "missing.hvs",   "."};
  for (const std::string& name : bad) {
    const ProgramResult verify = Run({"snapshot", "verify", name});
    EXPECT_EQ(verify.exit_code, 3) << name;
    EXPECT_EQ(verify.out, "BAD\t" + name + "\n");
    EXPECT_THAT(LinesOf(verify.err), SizeIs(1)) << name;
    EXPECT_THAT(verify.err, HasSubstr(name));
    for (const char* command : {"info", "export"}) {
      const ProgramResult result = Run({"snapshot", command, name});
      EXPECT_EQ(result.exit_code, 3) << name;
      EXPECT_THAT(result.out, IsEmpty());
    }
    const ProgramResult match =
        Run({"match", "--hashes", "--list", name, "-"}, {.input = kSomeHash});
    EXPECT_EQ(match.exit_code, 3) << name;
    EXPECT_THAT(match.out, IsEmpty());
    EXPECT_THAT(LinesOf(match.err), SizeIs(1)) << name;
  }
  const ProgramResult both =
      Run({"snapshot", "verify", "text.hvs", "good.hvs"});
  EXPECT_EQ(both.exit_code, 3);
  EXPECT_EQ(both.out, "BAD\ttext.hvs\nOK\tgood.hvs\n");
  for (const char* command : {"verify", "info"}) {
    const ProgramResult json =
        Run({"snapshot", command, "--json", "good.hvs", "text.hvs"});
    EXPECT_EQ(json.exit_code, 3);
    ASSERT_THAT(LinesOf(json.out), SizeIs(2));
    EXPECT_TRUE(ParseJson(LinesOf(json.out)[0])["ok"].GetBool());
    const auto bad_file = ParseJson(LinesOf(json.out)[1]);
    EXPECT_FALSE(bad_file["ok"].GetBool());
    EXPECT_THAT(Text(bad_file, "status"), HasSubstr("text.hvs"));
  }
}

TEST_F(SnapshotCommandTest, ANewerFormatIsRefusedWithBothNumbers) {
  BuildList("good.hvs", kSomeHash + "\n");
  std::string newer = ScratchFolder::Read(folder_.Path("good.hvs"));
  newer[8] = 7;   // format
  newer[12] = 7;  // minimum reader: docs/snapshot_format.md
  const uint64_t sum = Checksum(std::as_bytes(std::span(newer).first(56)));
  for (size_t i = 0; i < 8; ++i) {
    newer[56 + i] = static_cast<char>(sum >> (8 * i) & 0xFF);
  }
  folder_.Write("newer.hvs", newer);
  const ProgramResult result = Run({"snapshot", "verify", "newer.hvs"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(LinesOf(result.err), SizeIs(1));
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("7"), HasSubstr("1..2"), HasSubstr("newer.hvs")));
}

TEST_F(SnapshotCommandTest, ExportReadsBackTheSame) {
  BuildList("a.hvs", "hash,quality,category,key\n" + kSomeHash +
                         ",77,\"A,1\",e-1\n" + kSomeHash + ",,B,e-2\n" +
                         Changed(kSomeHash, 9) + ",50,,e-3\n");
  const ProgramResult csv = Run({"snapshot", "export", "a.hvs"});
  EXPECT_EQ(csv.exit_code, 0);
  EXPECT_THAT(LinesOf(csv.out), SizeIs(4));
  EXPECT_THAT(csv.out, HasSubstr("pdq," + kSomeHash + ",77,\"A,1\",e-1,,\n"));
  EXPECT_EQ(Run({"snapshot", "export", "a.hvs", "-o", "a.csv"}).exit_code, 0);
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("a.csv")), csv.out);
  BuildList("b.hvs", csv.out, {"--name", "a"});
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("a.hvs")),
            ScratchFolder::Read(folder_.Path("b.hvs")));
  EXPECT_THAT(
      LinesOf(Run({"snapshot", "export", "--format", "text", "a.hvs"}).out),
      SizeIs(2));
}

TEST_F(SnapshotCommandTest, ExportToAFullDiskLeavesNothing) {
  BuildList("a.hvs", kSomeHash + "\n");
  for (const char* output : {"/dev/full", "no/such/file"}) {
    const ProgramResult result =
        Run({"snapshot", "export", "a.hvs", "-o", output});
    EXPECT_EQ(result.exit_code, 2) << output;
    EXPECT_THAT(LinesOf(result.err), SizeIs(1)) << output;
  }
  const ProgramResult limited = Run(
      {"snapshot", "export", "a.hvs", "-o", "a.csv"}, {.max_file_bytes = 16});
  EXPECT_EQ(limited.exit_code, 2);
  EXPECT_EQ(folder_.FileCount(), 1u);
}

}  // namespace
}  // namespace hashvet::testing
