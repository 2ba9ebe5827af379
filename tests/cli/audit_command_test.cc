#include <unistd.h>

#include <filesystem>

#include "hashvet/audit/audit_log.h"
#include "src/cli/verdict_audit.h"
#include "tests/cli/cli_test.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class AuditCommandTest : public CliTest {
 protected:
  // Returns its head.
  std::string WriteLog(const std::string& name, int records,
                       uint64_t max_file_bytes = 1 << 20) const {
    auto log = AuditLog::Open(folder_.Path(name),
                              {.durability = AuditDurability::kNever,
                               .max_file_bytes = max_file_bytes});
    EXPECT_OK(log);
    for (int n = 1; n <= records; ++n) {
      EXPECT_OK(log->Append({AuditEvent::kPublished, {{"n", n}}}));
    }
    return AuditPointText(log->head());
  }
};

TEST_F(AuditCommandTest, AWholeLogIsOk) {
  const std::string head = WriteLog("audit.jsonl", 5, 400);
  const ProgramResult result = Run({"audit", "verify", "audit.jsonl"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_THAT(LinesOf(result.out),
              ElementsAre("log      audit.jsonl", "files    3", "records  5",
                          AllOf(StartsWith("first    1 at 20"), EndsWith("Z")),
                          StartsWith("last     5 at 20"), "head     " + head,
                          "result   OK"));
  const ProgramResult json = Run({"audit", "verify", "--json", "audit.jsonl"});
  EXPECT_EQ(json.exit_code, 0);
  const auto parsed = ParseJson(json.out);
  EXPECT_TRUE(parsed["ok"].GetBool());
  EXPECT_EQ(parsed["records"].GetInt(), 5);
  EXPECT_EQ(parsed["last_seq"].GetInt(), 5);
  EXPECT_EQ("5:" + Text(parsed, "last_hash"), head);
  EXPECT_FALSE(parsed.HasMember("status"));
}

TEST_F(AuditCommandTest, ABrokenLogIsNamedWithItsLine) {
  WriteLog("a.jsonl", 3);
  WriteLog("b.jsonl", 3);
  std::string text = ScratchFolder::Read(folder_.Path("b.jsonl"));
  text.replace(text.find("\"n\":2"), 5, "\"n\":7");
  folder_.Write("b.jsonl", text);
  for (const std::vector<std::string>& paths :
       {std::vector<std::string>{"a.jsonl", "b.jsonl"},
        std::vector<std::string>{"."}}) {
    std::vector<std::string> arguments = {"audit", "verify"};
    arguments.insert(arguments.end(), paths.begin(), paths.end());
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(LinesOf(result.err),
                ElementsAre(AllOf(HasSubstr("b.jsonl:3: record 3: prev is not "
                                            "the SHA-256 of record 2"))));
    EXPECT_THAT(LinesOf(result.out), SizeIs(13));  // no head of a broken one
    EXPECT_THAT(result.out,
                AllOf(HasSubstr("result   OK\n"), EndsWith("result   BAD\n")));
    arguments.emplace_back("--json");
    const ProgramResult json = Run(arguments);
    EXPECT_EQ(json.exit_code, 3);
    ASSERT_THAT(LinesOf(json.out), SizeIs(2));
    EXPECT_TRUE(ParseJson(LinesOf(json.out)[0])["ok"].GetBool());
    const auto bad = ParseJson(LinesOf(json.out)[1]);
    EXPECT_FALSE(bad["ok"].GetBool());
    EXPECT_EQ(bad["records"].GetInt(), 2);
    EXPECT_FALSE(bad.HasMember("last_hash"));
    EXPECT_THAT(Text(bad, "status"), HasSubstr("b.jsonl:3: "));
  }
}

TEST_F(AuditCommandTest, AHeadThatWasNotedHoldsTheEnd) {
  const std::string head = WriteLog("audit.jsonl", 3);
  const auto verify = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"audit", "verify", "audit.jsonl"});
    return Run(more);
  };
  EXPECT_EQ(verify({"--expect", head}).exit_code, 0);
  const std::string text = ScratchFolder::Read(folder_.Path("audit.jsonl"));
  folder_.Write("audit.jsonl",
                text.substr(0, text.rfind('\n', text.size() - 2) + 1));
  EXPECT_EQ(verify({}).exit_code, 0);
  const ProgramResult cut = verify({"--expect", head});
  EXPECT_EQ(cut.exit_code, 3);
  EXPECT_EQ(cut.err,
            "hashvet: audit.jsonl: the log ends with record 2: record 3 is "
            "missing\n");
  // Older files were put away.
  folder_.Write("audit.jsonl", text);
  const std::string after =
      LinesOf(verify({}).out)[5].substr(std::string("head     ").size());
  EXPECT_EQ(after, head);
  WriteLog("audit.jsonl", 2);
  std::string rest = ScratchFolder::Read(folder_.Path("audit.jsonl"));
  folder_.Write("audit.jsonl", rest.substr(text.size()));
  EXPECT_EQ(verify({}).exit_code, 3);
  EXPECT_EQ(verify({"--after", head}).exit_code, 0);
}

TEST_F(AuditCommandTest, ATornEndIsToldAndIsNoFault) {
  WriteLog("audit.jsonl", 2);
  const std::string text = ScratchFolder::Read(folder_.Path("audit.jsonl"));
  folder_.Write("audit.jsonl", text + "{\"seq");
  const ProgramResult result = Run({"audit", "verify", "audit.jsonl"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("not whole, 5 bytes"), HasSubstr("audit.jsonl")));
  EXPECT_EQ(
      ParseJson(
          Run({"audit", "verify", "--json", "audit.jsonl"}).out)["torn_bytes"]
          .GetInt(),
      5);
}

TEST_F(AuditCommandTest, WhatIsNoLogIsToldInOneLine) {
  folder_.Write("notes.txt", "");
  for (const char* path : {"missing.jsonl", "notes.txt", ".", "no/a.jsonl"}) {
    const ProgramResult result = Run({"audit", "verify", path});
    EXPECT_EQ(result.exit_code, 3) << path;
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(LinesOf(result.err), SizeIs(1)) << path;
    EXPECT_THAT(result.err, HasSubstr(path));
  }
  WriteLog("a.jsonl", 1);
  const std::string head = WriteLog("b.jsonl", 1);
  for (const std::vector<std::string>& bad :
       {std::vector<std::string>{"a.jsonl", "--expect", "7"},
        std::vector<std::string>{"a.jsonl", "--after", "x:y"},
        std::vector<std::string>{".", "--expect", head},
        std::vector<std::string>{}}) {
    std::vector<std::string> arguments = {"audit", "verify"};
    arguments.insert(arguments.end(), bad.begin(), bad.end());
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(LinesOf(result.err), SizeIs(1));
  }
}

TEST(VerdictAuditTest, AMatchBecomesARecordWithoutItsDistance) {
  const Match match{.list = "a/b",
                    .list_version = "0123456789abcdef",
                    .entry = "e-1",
                    .category = "A1",
                    .kind = HashKind::kPdq,
                    .distance = 17,
                    .orientation = Orientation::kFlipX,
                    .action = "block"};
  Match other = match;
  other.entry = "sha256:" + kSomeHash;
  Verdict verdict;
  verdict.outcome = Outcome::kMatch;
  verdict.matches = {match, other};
  verdict.snapshot = "0123456789abcdef+fedcba9876543210";
  ScratchFolder folder;
  const std::string path = folder.Path("audit.jsonl");
  ASSERT_OK_AND_ASSIGN(
      AuditLog log,
      AuditLog::Open(path, {.durability = AuditDurability::kNever}));
  ASSERT_OK(log.Append(cli::AuditRecordsOf("upload-1", verdict)));
  const std::vector<std::string> lines = LinesOf(ScratchFolder::Read(path));
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(
      lines[0],
      HasSubstr("\"event\":\"match\",\"fields\":{\"item\":\"upload-1\","
                "\"outcome\":\"match\",\"snapshot\":"
                "\"0123456789abcdef+fedcba9876543210\",\"role\":\"match\","
                "\"list\":\"a/b\","
                "\"list_version\":\"0123456789abcdef\",\"entry\":\"e-1\","
                "\"kind\":\"pdq\",\"orientation\":\"flip_x\","
                "\"action\":\"block\"}"));
  EXPECT_THAT(lines[1], AllOf(HasSubstr("\"sha256:<64 hex digits>\""),
                              Not(HasSubstr(kSomeHash.substr(0, 16) + "0"))));
  EXPECT_THAT(ScratchFolder::Read(path), Not(HasSubstr("distance")));
  verdict.matches.clear();
  verdict.outcome = Outcome::kNoMatch;
  EXPECT_THAT(cli::AuditRecordsOf("upload-2", verdict), IsEmpty());

  // What changes no verdict leaves a trace too.
  verdict.suppressed_matches = {match};
  verdict.shadow_matches = {match};
  ASSERT_OK(log.Append(cli::AuditRecordsOf("upload-3", verdict)));
  EXPECT_THAT(LinesOf(ScratchFolder::Read(path)),
              ElementsAre(_, _,
                          AllOf(HasSubstr("\"outcome\":\"no_match\""),
                                HasSubstr("\"role\":\"suppressed\"")),
                          HasSubstr("\"role\":\"shadow\"")));
}

TEST_F(AuditCommandTest, PublishingKeepsWhatItDoes) {
  PublishList("lists", "a", kSomeHash + "\n");
  BuildList("b.hvs", Changed(kSomeHash, 16) + "\n", {"--name", "a"});
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{
           {"publish", "b.hvs"}, {"rollback"}, {"gc"}}) {
    std::vector<std::string> arguments = {"snapshot"};
    arguments.insert(arguments.end(), command.begin(), command.end());
    arguments.insert(arguments.end(),
                     {"--lists", "lists", "--audit", "audit.jsonl"});
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
  const std::string text = ScratchFolder::Read(folder_.Path("audit.jsonl"));
  const std::vector<std::string> lines = LinesOf(text);
  ASSERT_THAT(lines, SizeIs(3));
  const auto published = ParseJson(lines[0]);
  EXPECT_EQ(Text(published, "event"), "published");
  EXPECT_EQ(Text(published["fields"], "publication"), "a");
  EXPECT_EQ(published["fields"]["version"].GetInt(), 2);
  const auto back = ParseJson(lines[1]);
  EXPECT_EQ(Text(back, "event"), "rolled_back");
  EXPECT_EQ(back["fields"]["version"].GetInt(), 3);
  EXPECT_EQ(back["fields"]["state"].GetInt(), 1);
  const auto collected = ParseJson(lines[2]);
  EXPECT_EQ(Text(collected, "event"), "collected");
  EXPECT_EQ(collected["fields"]["files"].GetInt(), 0);
  EXPECT_THAT(text, Not(HasSubstr(kSomeHash)));
  EXPECT_EQ(Run({"audit", "verify", "audit.jsonl"}).exit_code, 0);

  // What could not be kept is not done.
  const std::string before =
      ScratchFolder::Read(folder_.Path("lists/manifest"));
  EXPECT_EQ(Run({"snapshot", "publish", "--lists", "lists", "a.hvs", "--audit",
                 "no/a.jsonl"})
                .exit_code,
            2);
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("lists/manifest")), before);
}

TEST_F(AuditCommandTest, MatchKeepsWhatItTells) {
  BuildList("known.hvs", kSomeHash + ",90,entry-1\n");
  const std::string other(64, '5');
  const ProgramResult result =
      Run({"match", "--list", "known.hvs", "--hashes", "--audit", "audit.jsonl",
           "-"},
          {.input = kSomeHash + ",,upload-1\n" + other + ",,upload-2\n"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  const std::string log = ScratchFolder::Read(folder_.Path("audit.jsonl"));
  EXPECT_THAT(LinesOf(log),
              ElementsAre(AllOf(HasSubstr("\"item\":\"upload-1\""),
                                HasSubstr("\"entry\":\"entry-1\""))));
  EXPECT_THAT(log, Not(HasSubstr(kSomeHash.substr(0, 16))));
  EXPECT_EQ(Run({"audit", "verify", "audit.jsonl"}).exit_code, 0);
}

// Who must not act without a trace is told nothing that left none.
TEST_F(AuditCommandTest, AMatchThatCannotBeKeptIsNotTold) {
  BuildList("known.hvs", kSomeHash + "\n");
  for (const char* log : {"none/audit.jsonl", "audit.txt"}) {
    const ProgramResult result =
        Run({"match", "--list", "known.hvs", "--hashes", "--audit", log, "-"},
            {.input = kSomeHash + "\n"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(LinesOf(result.err),
                ElementsAre(HasSubstr(std::string(log).substr(0, 4))));
  }
  const auto writer = AuditLog::Open(folder_.Path("audit.jsonl"));
  ASSERT_OK(writer);
  const ProgramResult locked = Run({"match", "--list", "known.hvs", "--hashes",
                                    "--audit", "audit.jsonl", "-"},
                                   {.input = kSomeHash + "\n"});
  EXPECT_EQ(locked.exit_code, 2);
  EXPECT_THAT(locked.out, IsEmpty());
  EXPECT_THAT(LinesOf(locked.err), ElementsAre(HasSubstr("open already")));
}

}  // namespace
}  // namespace hashvet::testing
