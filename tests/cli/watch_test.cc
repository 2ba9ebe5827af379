// hashvet match --watch, talked to as a program would.

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/cli/cli_test.h"
#include "tests/list/snapshot_support.h"

namespace hashvet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

// Longer than the program waits between two looks at its lists.
constexpr std::chrono::milliseconds kNextLook{300};

class WatchTest : public CliTest {
 protected:
  RunOptions InFolder() const { return {.folder = folder_.path()}; }

  std::string Path(const std::string& name) const { return folder_.Path(name); }
};

TEST_F(WatchTest, AnswersEachNameAtOnce) {
  WriteJpeg("a.jpg", 1);
  WriteJpeg("b.jpg", 2);
  BuildList("a.hvs", HashOf("a.jpg") + "\n");
  RunningProgram program(Command({"match", "--list", "a.hvs", "--watch"}),
                         InFolder());
  program.Write("b.jpg\n");
  EXPECT_THAT(program.ReadLine(), Optional(std::string("no_match\tb.jpg")));
  program.Write("a.jpg\n\nmissing.jpg\n");
  EXPECT_THAT(program.ReadLine(), Optional(StartsWith("match\ta.jpg\ta\t")));
  EXPECT_THAT(program.ReadLine(),
              Optional(std::string("unreadable\tmissing.jpg")));
  const ProgramResult end = program.Finish();
  EXPECT_EQ(end.exit_code, 5);
  EXPECT_THAT(end.out, IsEmpty());
}

TEST_F(WatchTest, AnswersHashesAndPicksUpAReplacedList) {
  BuildList("a.hvs", kSomeHash + "\n");
  RunningProgram program(
      Command({"match", "--list", "a.hvs", "--watch", "--hashes", "--json"}),
      InFolder());
  const std::string added = Changed(kSomeHash, 20);
  program.Write(added + ",,query-1\n");
  const auto before = ParseJson(program.ReadLine().value_or(""));
  EXPECT_EQ(Text(before, "outcome"), "no_match");
  EXPECT_EQ(Text(before, "file"), "query-1");

  BuildList("a.hvs", kSomeHash + "\n" + added + "\n");
  std::this_thread::sleep_for(kNextLook);
  program.Write(added + "\n");
  const auto after = ParseJson(program.ReadLine().value_or(""));
  EXPECT_EQ(Text(after, "outcome"), "match");
  EXPECT_NE(Text(after, "snapshot"), Text(before, "snapshot"));
  EXPECT_EQ(program.Finish().exit_code, 1);
}

TEST_F(WatchTest, ADamagedOrMissingListLeavesTheOldOneServing) {
  BuildList("a.hvs", kSomeHash + "\n");
  RunningProgram program(
      Command({"match", "--list", "a.hvs", "--watch", "--hashes"}), InFolder());
  const auto ask = [&] {
    std::this_thread::sleep_for(kNextLook);
    program.Write(kSomeHash + "\n");
    return program.ReadLine();
  };
  EXPECT_THAT(ask(), Optional(StartsWith("match\t")));
  folder_.Write("bad", "damaged");
  std::filesystem::rename(Path("bad"), Path("a.hvs"));
  EXPECT_THAT(ask(), Optional(StartsWith("match\t")));
  EXPECT_THAT(ask(), Optional(StartsWith("match\t")));
  std::filesystem::remove(Path("a.hvs"));
  EXPECT_THAT(ask(), Optional(StartsWith("match\t")));
  EXPECT_THAT(ask(), Optional(StartsWith("match\t")));
  BuildList("a.hvs", Changed(kSomeHash, 20) + "\n");
  EXPECT_THAT(ask(), Optional(StartsWith("no_match\t")));
  const ProgramResult end = program.Finish();
  EXPECT_EQ(end.exit_code, 1);
  // Once for the damaged file, once for the missing one, once for the good one.
  EXPECT_THAT(
      LinesOf(end.err),
      ElementsAre(HasSubstr("lists refused"), HasSubstr("lists refused"),
                  HasSubstr("well again, none is refused: generation 2 "
                            "serves")));
}

TEST_F(WatchTest, WhatIsPublishedGoesLiveAndWhatIsRefusedDoesNot) {
  PublishList("lists", "a", kSomeHash + "\n");
  RunningProgram program(
      Command({"match", "--lists", "lists", "--watch", "--hashes"}),
      InFolder());
  const std::string other = Changed(kSomeHash, 20);
  const auto ask = [&] {
    std::this_thread::sleep_for(kNextLook);
    program.Write(other + "\n");
    return program.ReadLine();
  };
  EXPECT_THAT(ask(), Optional(StartsWith("no_match\t")));
  PublishList("lists", "a", other + "\n");
  EXPECT_THAT(ask(), Optional(HasSubstr("\ta\t")));

  folder_.Write("lists/new", "no manifest");
  std::filesystem::permissions(
      Path("lists/new"),
      std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::rename(Path("lists/new"), Path("lists/manifest"));
  EXPECT_THAT(ask(), Optional(HasSubstr("\ta\t")));
  EXPECT_THAT(ask(), Optional(HasSubstr("\ta\t")));
  const ProgramResult end = program.Finish();
  EXPECT_THAT(LinesOf(end.err), SizeIs(1)) << end.err;
  EXPECT_THAT(end.err, HasSubstr("those before keep serving"));
}

TEST_F(WatchTest, TheAuditLogKeepsWhatBecomesOfTheLists) {
  BuildList("a.hvs", kSomeHash + "\n");
  folder_.Write("policy.toml", "[matcher]\nselftest_every_s = 1\n");
  RunningProgram program(
      Command({"match", "--list", "a.hvs", "--watch", "--hashes", "--policy",
               "policy.toml", "--audit", "audit.jsonl"}),
      InFolder());
  const std::string other = Changed(kSomeHash, 20);
  const auto ask = [&] {
    std::this_thread::sleep_for(kNextLook);
    program.Write(other + "\n");
    return program.ReadLine();
  };
  EXPECT_THAT(ask(), Optional(StartsWith("no_match\t")));
  BuildList("a.hvs", kSomeHash + "\n" + other + "\n");
  EXPECT_THAT(ask(), Optional(StartsWith("match\t")));
  // What is mapped goes blind.
  SnapshotBytes file(ScratchFolder::Read(Path("a.hvs")));
  std::memset(
      file.content<char>(snapshot::SectionType::kPrefix0, HashKind::kPdq), 0,
      40);
  std::fstream(Path("a.hvs"), std::ios::in | std::ios::out | std::ios::binary)
      << file.bytes();
  const auto events = [&] {
    std::vector<std::string> names;
    for (const std::string& line :
         LinesOf(ScratchFolder::Read(Path("audit.jsonl")))) {
      names.push_back(Text(ParseJson(line), "event"));
    }
    return names;
  };
  for (int i = 0; i < 100 && events().size() < 5; ++i) {
    std::this_thread::sleep_for(kNextLook);
  }
  EXPECT_EQ(program.Finish().exit_code, 1);
  std::vector<std::string> told = events();
  told.resize(5);  // a busy machine may test it once more
  ASSERT_THAT(told, UnorderedElementsAre("swapped", "swapped", "match",
                                         "refused", "selftest_failed"));
  const std::vector<std::string> lines =
      LinesOf(ScratchFolder::Read(Path("audit.jsonl")));
  const auto refused =
      ParseJson(lines[std::ranges::find(told, "refused") - told.begin()]);
  EXPECT_EQ(refused["fields"]["generation"].GetInt(), 2);
  EXPECT_THAT(Text(refused["fields"], "reason"), HasSubstr("a.hvs"));
  EXPECT_EQ(Text(refused["fields"], "version"),
            Text(ParseJson(lines[1])["fields"], "version"));
  EXPECT_EQ(Run({"audit", "verify", "audit.jsonl"}).exit_code, 0);
}

TEST_F(WatchTest, MetricsAreInAFileFromTheStartToTheEnd) {
  BuildList("a.hvs", kSomeHash + "\n");
  RunningProgram program(Command({"match", "--list", "a.hvs", "--watch",
                                  "--hashes", "--metrics", "hashvet.prom"}),
                         InFolder());
  program.Write(kSomeHash + "\n");
  EXPECT_THAT(program.ReadLine(), Optional(StartsWith("match\t")));
  EXPECT_TRUE(std::filesystem::exists(Path("hashvet.prom")));
  EXPECT_EQ(program.Finish().exit_code, 1);
  const std::string text = ScratchFolder::Read(Path("hashvet.prom"));
  EXPECT_THAT(text,
              HasSubstr("\nhashvet_verdicts_total{outcome=\"match\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr(kSomeHash)));
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(Path("hashvet.prom")).permissions(),
            perms::owner_read | perms::owner_write | perms::group_read |
                perms::others_read);

  const ProgramResult nowhere =
      Run({"match", "--list", "a.hvs", "--watch", "--metrics", "no/x.prom"});
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("no/x.prom"));
  const ProgramResult once =
      Run({"match", "--list", "a.hvs", "--metrics", "x.prom", "a.jpg"});
  EXPECT_EQ(once.exit_code, 2);
  EXPECT_THAT(once.err, HasSubstr("--metrics"));
}

TEST_F(WatchTest, TakesNoFilesBesideStandardInput) {
  BuildList("a.hvs", kSomeHash + "\n");
  EXPECT_EQ(Run({"match", "--list", "a.hvs", "--watch", "x.jpg"}).exit_code, 2);
}

}  // namespace
}  // namespace hashvet::testing
