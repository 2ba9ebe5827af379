#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kSealKey(64, '5');

class PublishCommandTest : public CliTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(::mkdir(folder_.Path("lists").c_str(), 0700), 0);
    BuildList("a.hvs", kSomeHash, {"--name", "known"});
    BuildList("b.hvs", Changed(kSomeHash, 16), {"--name", "known"});
  }

  ProgramResult Snapshot(std::vector<std::string> command) const {
    command.insert(command.begin(), "snapshot");
    command.insert(command.end(), {"--lists", "lists"});
    return Run(command);
  }

  std::string Private(const std::string& name, const std::string& text) const {
    EXPECT_EQ(::chmod(folder_.Write(name, text).c_str(), 0600), 0);
    return "file:" + name;
  }

  // Of RFC 8032's first test.
  std::string SignKey() const {
    return Private(
        "sign.pem",
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
        "-----END PRIVATE KEY-----\n");
  }
};

TEST_F(PublishCommandTest, PublishesRollsBackAndCollects) {
  ProgramResult result = Snapshot({"publish", "a.hvs"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              MatchesRegex("lists: known version 1, snapshot [0-9a-f]{16}; "
                           "kept none\n"));
  EXPECT_THAT(result.err, IsEmpty());
  result = Snapshot({"publish", "b.hvs", "--keep", "1"});
  EXPECT_THAT(result.out, HasSubstr("version 2, "));
  EXPECT_THAT(result.out, HasSubstr("; kept 1\n"));
  result = Snapshot({"rollback"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("version 3, "),
                                HasSubstr(", as version 1; kept 2\n")));
  result = Snapshot({"rollback", "--to", "2", "--keep", "0"});
  EXPECT_THAT(result.out, HasSubstr(", as version 2; kept none\n"));
  result = Snapshot({"gc"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              MatchesRegex("lists: removed 1 files, [0-9]+ bytes, names "
                           "[0-9a-f]{64}\n"));
}

TEST_F(PublishCommandTest, JsonTellsTheWholeState) {
  ASSERT_EQ(Snapshot({"publish", "a.hvs"}).exit_code, 0);
  const ProgramResult result = Snapshot(
      {"publish", "b.hvs", "--json", "--name", "known", "--expires", "30d",
       "--sign-key", SignKey(), "--encrypt-key", Private("seal", kSealKey)});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto json = ParseJson(result.out);
  EXPECT_EQ(Text(json, "directory"), "lists");
  EXPECT_EQ(Text(json, "publication"), "known");
  EXPECT_EQ(json["version"].GetInt(), 2);
  EXPECT_EQ(json["state"].GetInt(), 2);
  EXPECT_EQ(json["expires_at"].GetInt64() - json["published_at"].GetInt64(),
            30 * 86'400);
  EXPECT_EQ(Text(json["base"], "file"),
            Text(json["base"], "sha256").substr(0, 32) + ".hvs");
  EXPECT_EQ(json["base"]["size_bytes"].GetUint64(),
            std::filesystem::file_size(
                folder_.Path("lists/" + Text(json["base"], "file"))));
  EXPECT_EQ(json["kept"].Size(), 0u) << "nobody vouched for the unsigned state";
  EXPECT_EQ(Text(json, "signed_by"), "21fe31dfa154a261");
  EXPECT_EQ(Text(json, "sealed_under").size(), 16u);
  EXPECT_EQ(json["collected"]["files"].GetInt(), 0);
  const auto collected = ParseJson(Snapshot({"gc", "--json"}).out);
  EXPECT_EQ(collected["collected"]["files"].GetInt(), 1);
  EXPECT_EQ(Text(collected["collected"], "names_sha256").size(), 64u);
}

TEST_F(PublishCommandTest, AnOverlayGoesLiveBesideItsBase) {
  BuildList("more.hvs", Changed(kSomeHash, 24), {"--overlay-of", "a.hvs"});
  EXPECT_EQ(Snapshot({"publish", "--overlay", "more.hvs"}).exit_code, 3);
  ASSERT_EQ(Snapshot({"publish", "a.hvs"}).exit_code, 0);
  const ProgramResult result = Snapshot({"publish", "--overlay", "more.hvs"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr(" with overlay "));
  ASSERT_EQ(Snapshot({"publish", "b.hvs"}).exit_code, 0);
  const ProgramResult stale = Snapshot({"publish", "--overlay", "more.hvs"});
  EXPECT_EQ(stale.exit_code, 3);
  EXPECT_THAT(stale.err, StartsWith("hashvet: refused (mix-and-match): "));
}

TEST_F(PublishCommandTest, KeysComeFromDescriptorsAndCommandsToo) {
  SignKey();
  const ProgramResult result = RunProgram(
      {"/bin/sh", "-c",
       absl::StrCat("exec ", HASHVET_PROGRAM,
                    " snapshot publish --lists lists a.hvs --sign-key fd:9 "
                    "--encrypt-key 'command:printf %064d 0' 9<sign.pem")},
      {.folder = folder_.path()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(ScratchFolder::Read(folder_.Path("lists/manifest")),
              HasSubstr(" ed25519:21fe31dfa154a261:"));
}

TEST_F(PublishCommandTest, UsageErrorsAreTwoAndListProblemsThree) {
  struct Case {
    std::vector<std::string> command;
    int exit_code;
    std::string told;
  };
  folder_.Write("open.key", kSealKey);
  const std::vector<Case> cases = {
      {{"publish"}, 2, "FILE"},
      {{"publish", "a.hvs", "--keep", "65"}, 2, "--keep"},
      {{"publish", "a.hvs", "--expires", "soon"}, 2, "want 1 second to 100"},
      {{"publish", "a.hvs", "--expires", "0d"}, 2, "--expires"},
      {{"publish", "a.hvs", "--expires", "-1d"}, 2, "--expires"},
      {{"publish", "a.hvs", "--expires", "99999999999999999999d"},
       2,
       "--expires"},
      {{"publish", "a.hvs", "--name", "two words"}, 2, "publication's name"},
      {{"publish", "a.hvs", "--group", "no-such-group"}, 2, "--group"},
      {{"publish", "a.hvs", "--sign-key", "file:none"}, 2, "--sign-key"},
      {{"publish", "a.hvs", "--sign-key", Private("bad", "x")},
       2,
       "PRIVATE KEY"},
      {{"publish", "a.hvs", "--trusted-keys", "bad"}, 2, "--trusted-keys"},
      {{"publish", "a.hvs", "--encrypt-key", "file:open.key"},
       2,
       "want 0600 or 0400"},
      {{"publish", "a.hvs", "--encrypt-key", "command:exit 7"},
       2,
       "exit code 7"},
      {{"publish", "a.hvs", "--encrypt-key", kSealKey}, 2, "want fd:NUMBER"},
      {{"publish", "none.hvs"}, 3, "No such file"},
      {{"publish", "open.key"}, 3, "not a snapshot"},
      {{"publish", "a.hvs", "--group", "0"}, 3, "want 0750 and group 0"},
      {{"rollback"}, 3, "nothing is published"},
      {{"gc"}, 3, "manifest"},
  };
  for (const Case& test : cases) {
    const ProgramResult result = Snapshot(test.command);
    EXPECT_EQ(result.exit_code, test.exit_code) << test.told << result.err;
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_EQ(LinesOf(result.err).size(), 1u) << result.err;
    EXPECT_THAT(result.err, AllOf(StartsWith("hashvet: "), HasSubstr(test.told),
                                  Not(HasSubstr(kSealKey.substr(0, 20)))));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("lists/manifest")));
}

TEST_F(PublishCommandTest, DirectoriesThatOthersMayEnterAreRefused) {
  ASSERT_EQ(::chmod(folder_.Path("lists").c_str(), 0755), 0);
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"publish", "a.hvs"}, {"rollback"}, {"gc"}}) {
    const ProgramResult result = Snapshot(command);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.err, HasSubstr("directory: mode 0755, want 0700"));
  }
  ASSERT_EQ(::chmod(folder_.Path("lists").c_str(), 0500), 0);
  RunOptions nobody;
  nobody.unprivileged = true;
  EXPECT_EQ(Run({"snapshot", "publish", "--lists", "lists", "a.hvs"}, nobody)
                .exit_code,
            3);
}

TEST_F(PublishCommandTest, HelpHasAnExample) {
  for (const char* command : {"publish", "rollback", "gc"}) {
    const ProgramResult result = Run({"snapshot", command, "--help"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out,
                AllOf(HasSubstr("Example:\n"), HasSubstr("Exit: ")));
  }
}

// Neither a value of the list nor a key stands in anything that is written,
// but for the list's own file, and that not when it is sealed.
TEST_F(PublishCommandTest, NoValueAndNoKeyGetsAbout) {
  const std::string raw = [] {
    std::string bytes;
    for (size_t i = 0; i < kSomeHash.size(); i += 2) {
      bytes +=
          static_cast<char>(std::stoi(kSomeHash.substr(i, 2), nullptr, 16));
    }
    return bytes;
  }();
  std::string said;
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"publish", "a.hvs", "--json", "--sign-key",
                                 SignKey(), "--encrypt-key",
                                 Private("seal", kSealKey)},
        {"publish", "seal", "--sign-key", SignKey()},
        {"publish", "a.hvs"},
        {"rollback", "--sign-key", SignKey()},
        {"gc"}}) {
    const ProgramResult result = Snapshot(command);
    absl::StrAppend(&said, result.out, result.err);
  }
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_.Path("lists"))) {
    absl::StrAppend(&said, entry.path().string(),
                    ScratchFolder::Read(entry.path().string()));
  }
  const std::string reversed(raw.rbegin(), raw.rend());
  for (const std::string& secret :
       {kSomeHash.substr(0, 16), raw.substr(0, 8), reversed.substr(0, 8),
        kSealKey.substr(0, 16), std::string("nWGxne")}) {
    EXPECT_THAT(said, Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace hashvet::testing
