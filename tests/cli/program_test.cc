// What holds for every command: help, versions, usage errors, configuration
// files, completion, and an output that cannot be written.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StrEq;

class ProgramTest : public CliTest {};

const std::vector<std::vector<std::string>> kCommands = {
    {"hash"},
    {"compare"},
    {"snapshot"},
    {"snapshot", "build"},
    {"snapshot", "info"},
    {"snapshot", "verify"},
    {"snapshot", "export"},
    {"snapshot", "cluster"},
    {"snapshot", "diff"},
    {"match"},
    {"doctor"},
    {"completion"}};

TEST_F(ProgramTest, EveryCommandHasHelpWithAnExample) {
  EXPECT_EQ(Run({"--help"}).exit_code, 0);
  for (std::vector<std::string> command : kCommands) {
    std::string name = "hashvet";
    for (const std::string& word : command) name += " " + word;
    command.push_back("--help");
    const ProgramResult result = Run(command);
    EXPECT_EQ(result.exit_code, 0) << name;
    EXPECT_THAT(result.err, IsEmpty());
    EXPECT_THAT(result.out,
                AllOf(HasSubstr("Usage: " + name), HasSubstr("Example:\n")));
  }
}

TEST_F(ProgramTest, VersionIsOneLine) {
  const ProgramResult result = Run({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(LinesOf(result.out), SizeIs(1));
  EXPECT_THAT(result.out, MatchesRegex("hashvet [0-9.]+\n"));
}

TEST_F(ProgramTest, UsageErrorsAreOneLineAndCode2) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"nonsense"},
      {"hash"},
      {"hash", "--nonsense", "a.jpg"},
      {"hash", "--threads", "many", "a.jpg"},
      {"hash", "--variant", "half", "a.jpg"},
      {"hash", "-", "-"},
      {"hash", "-", "--file-list", "-"},
      {"hash", "--file-list", "missing.txt"},
      {"compare", "a.jpg"},
      {"snapshot"},
      {"snapshot", "build", "-o", "a.hvs"},
      {"match", "a.jpg"},
      {"completion", "tcsh"},
      {"--config", "missing.toml", "doctor"}};
  for (const std::vector<std::string>& arguments : wrong) {
    const ProgramResult result = Run(arguments);
    const std::string shown = ::testing::PrintToString(arguments);
    EXPECT_EQ(result.exit_code, 2) << shown;
    EXPECT_THAT(LinesOf(result.err), SizeIs(1)) << shown;
    EXPECT_THAT(result.out, IsEmpty()) << shown;
  }
}

TEST_F(ProgramTest, AnEmptyOptionIsAUsageErrorAndNotTakenForNone) {
  BuildList("a.hvs", kSomeHash + "\n");
  std::filesystem::create_directory(folder_.Path("lists"));
  std::filesystem::permissions(folder_.Path("lists"),
                               std::filesystem::perms::owner_all);
  const std::vector<std::string> match = {"match", "--list", "a.hvs",
                                          "missing.jpg"};
  const std::vector<std::string> publish = {"snapshot", "publish", "--lists",
                                            "lists", "a.hvs"};
  struct Case {
    std::vector<std::string> command;
    std::string option;
  };
  const std::vector<Case> cases = {
      {match, "--policy"},         {match, "--trusted-keys"},
      {match, "--encrypt-key"},    {match, "--state"},
      {match, "--audit"},          {match, "--only"},
      {match, "--list"},           {match, "--lists"},
      {match, "--max-distance"},   {match, "--threads"},
      {match, "--file-list"},      {match, "--config"},
      {publish, "--expires"},      {publish, "--sign-key"},
      {publish, "--trusted-keys"}, {publish, "--encrypt-key"},
      {publish, "--group"},        {publish, "--name"},
      {{"doctor"}, "--policy"},    {{"audit", "verify", "x.jsonl"}, "--expect"},
  };
  for (const Case& test : cases) {
    std::vector<std::string> apart = test.command;
    apart.insert(apart.end(), {test.option, ""});
    std::vector<std::string> joined = test.command;
    joined.push_back(test.option + "=");
    for (const std::vector<std::string>& arguments : {apart, joined}) {
      const ProgramResult result = Run(arguments);
      const std::string shown = ::testing::PrintToString(arguments);
      EXPECT_EQ(result.exit_code, 2) << shown << result.err;
      EXPECT_THAT(LinesOf(result.err), ElementsAre(HasSubstr(test.option)))
          << shown;
      EXPECT_THAT(result.out, IsEmpty()) << shown;
    }
  }
  EXPECT_THAT(Run({"match", "--list", "a.hvs", "--policy", "", "x.jpg"}).err,
              StrEq("hashvet: --policy: got an empty text, want FILE (see "
                    "hashvet match --help)\n"));
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("lists/manifest")));
  folder_.Write("config.toml", "[match]\npolicy=\"\"\n");
  const ProgramResult file =
      Run({"--config", "config.toml", "match", "--list", "a.hvs", "x.jpg"});
  EXPECT_EQ(file.exit_code, 2);
  EXPECT_THAT(file.err, HasSubstr("--policy"));
}

TEST_F(ProgramTest, AMessageRepeatsNoHash) {
  BuildList("a.hvs", kSomeHash + "\n");
  std::filesystem::create_directory(folder_.Path("lists"));
  std::filesystem::permissions(folder_.Path("lists"),
                               std::filesystem::perms::owner_all);
  const std::string typed_wrong = "z" + kSomeHash.substr(1);
  for (const std::string& hash : {kSomeHash, typed_wrong}) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{
             {"snapshot", "build", "-o", "x.hvs", hash},
             {"snapshot", "build", "-o", "x.hvs", "--overlay-of", hash, "-"},
             {"snapshot", "info", hash},
             {"snapshot", "publish", "--lists", "lists", hash},
             {"snapshot", "publish", "--lists", hash, "a.hvs"},
             {"snapshot", "diff", "a.hvs", hash},
             {"match", "--list", "a.hvs", "--only", hash, "x.jpg"},
             {"match", "--list", hash, "x.jpg"},
             {"match", "--list", "a.hvs", "--hashes", hash},
             {"match", "--list", "a.hvs", "--audit", hash, "x.jpg"},
             {"audit", "verify", hash},
             {"config", "check", hash}}) {
      const ProgramResult result = Run(arguments);
      const std::string shown = ::testing::PrintToString(arguments);
      EXPECT_THAT(result.err, HasSubstr(" hex digits>")) << shown;
      EXPECT_THAT(result.err, Not(HasSubstr(kSomeHash.substr(1)))) << shown;
    }
  }
  // The name of a file is one.
  folder_.Write(kSomeHash, "text");
  EXPECT_THAT(Run({"snapshot", "info", kSomeHash}).err, HasSubstr(kSomeHash));
}

TEST_F(ProgramTest, AnUnknownCommandIsNamedBesideThoseThereAre) {
  EXPECT_THAT(Run({"frob"}).err,
              AllOf(HasSubstr("got 'frob'"), HasSubstr("hash, compare, ")));
  EXPECT_THAT(Run({"snapshot", "frob"}).err,
              AllOf(HasSubstr("got 'frob'"), HasSubstr("build, info, ")));
  EXPECT_THAT(Run({}).err, HasSubstr("got none, want one of hash, "));
  EXPECT_THAT(Run({kSomeHash}).err,
              AllOf(HasSubstr("hex digits"), Not(HasSubstr(kSomeHash))));
}

TEST_F(ProgramTest, AnUnknownCpuTargetIsAConfigurationError) {
  WriteJpeg("a.jpg", 1);
  BuildList("a.hvs", kSomeHash + "\n");
  const RunOptions forced = {.environment = {{"HASHVET_SIMD_TARGET", "vax"}}};
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{
           {"hash", "a.jpg"},
           {"compare", "a.jpg", "a.jpg"},
           {"match", "--list", "a.hvs", "a.jpg"},
           {"doctor"}}) {
    const ProgramResult result = Run(arguments, forced);
    EXPECT_EQ(result.exit_code, 2) << arguments[0];
    EXPECT_THAT(result.out + result.err, HasSubstr("HASHVET_SIMD_TARGET"));
  }
}

TEST_F(ProgramTest, OptionsComeFromAConfigurationFileToo) {
  WriteJpeg("a.jpg", 1);
  folder_.Write("config.toml", "[hash]\njson=true\nthreads=2\n");
  const ProgramResult result =
      Run({"hash", "--config", "config.toml", "a.jpg"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(Text(ParseJson(result.out), "file"), "a.jpg");
  folder_.Write("typo.toml", "[hash]\njsno=true\n");
  const ProgramResult typo = Run({"hash", "--config", "typo.toml", "a.jpg"});
  EXPECT_EQ(typo.exit_code, 2);
  EXPECT_THAT(typo.err, AllOf(HasSubstr("jsno"), HasSubstr("typo.toml")));
  EXPECT_EQ(LinesOf(typo.err).size(), 1u);
  folder_.Write("broken.toml", "[hash\n");
  const ProgramResult broken = Run({"--config", "broken.toml", "hash", "-"});
  EXPECT_EQ(broken.exit_code, 2);
  EXPECT_THAT(broken.err, HasSubstr("broken.toml"));
}

TEST_F(ProgramTest, AFullDiskOnStandardOutputIsAnError) {
  WriteJpeg("a.jpg", 1);
  BuildList("a.hvs", HashOf("a.jpg") + "\n");
  const std::vector<std::vector<std::string>> commands = {
      {"--help"},
      {"--version"},
      {"hash", "a.jpg"},
      {"compare", "a.jpg", "a.jpg"},
      {"snapshot", "info", "a.hvs"},
      {"snapshot", "verify", "a.hvs"},
      {"snapshot", "export", "a.hvs"},
      {"snapshot", "cluster", "--json", "a.hvs"},
      {"snapshot", "diff", "--json", "a.hvs", "a.hvs"},
      {"match", "--list", "a.hvs", "a.jpg"},
      {"doctor"},
      {"completion", "bash"}};
  for (const std::vector<std::string>& arguments : commands) {
    const ProgramResult result = Run(arguments, {.output_path = "/dev/full"});
    EXPECT_EQ(result.exit_code, 2) << ::testing::PrintToString(arguments);
    EXPECT_THAT(result.err, HasSubstr("standard output"));
  }
  const ProgramResult limited =
      Run({"snapshot", "export", "a.hvs"},
          {.output_path = folder_.Path("out.txt"), .max_file_bytes = 8});
  EXPECT_EQ(limited.exit_code, 2);
}

TEST_F(ProgramTest, AReaderThatGoesAwayIsAnErrorNotASignal) {
  WriteJpeg("a.jpg", 1, 64, 64);
  RunningProgram program(Command({"hash", "--file-list", "-"}),
                         {.folder = folder_.path()});
  program.CloseOutput();
  std::string names;
  for (int i = 0; i < 3000; ++i) names += "a.jpg\n";
  program.Write(names);
  const ProgramResult result = program.Finish();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(LinesOf(result.err), SizeIs(1));
}

TEST_F(ProgramTest, ALongRunShowsItsProgressOnATerminalOnly) {
  WriteJpeg("a.jpg", 1, 64, 64);
  for (const bool terminal : {true, false}) {
    RunningProgram program(Command({"hash", "--threads=1", "--file-list=-"}),
                           {.folder = folder_.path(), .terminal = terminal});
    program.Write("a.jpg\n");
    ASSERT_TRUE(program.ReadLine().has_value());
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    program.Write("a.jpg\nmissing.jpg\n");
    const ProgramResult result = program.Finish();
    EXPECT_EQ(result.exit_code, 4);
    if (!terminal) {
      EXPECT_THAT(LinesOf(result.err), SizeIs(1));
      continue;
    }
    // Shown, and taken away for the line about the missing file.
    EXPECT_THAT(result.err, HasSubstr("2 pictures, "));
    EXPECT_THAT(result.err, HasSubstr("\r\x1b[Khashvet: unreadable: "));
  }
}

TEST_F(ProgramTest, CompletionKnowsEveryCommandAndOption) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const ProgramResult result = Run({"completion", shell});
    EXPECT_EQ(result.exit_code, 0);
    for (const char* word :
         {"snapshot", "verify", "max-distance", "skip-invalid", "nn512",
          "file-list", "min-size"}) {
      EXPECT_THAT(result.out, HasSubstr(word)) << shell;
    }
  }
}

// What bash offers at the end of a command line.
std::string Completed(const std::string& script, const std::string& words,
                      int word) {
  return RunProgram({"/bin/bash", "-c",
                     "source " + script + "; COMP_WORDS=(" + words +
                         "); COMP_CWORD=" + std::to_string(word) +
                         "; _hashvet; echo \"${COMPREPLY[*]}\""})
      .out;
}

TEST_F(ProgramTest, BashCompletesCommandsOptionsAndValues) {
  if (!std::filesystem::exists("/bin/bash")) GTEST_SKIP() << "no bash here";
  const std::string script =
      folder_.Write("completion.bash", Run({"completion", "bash"}).out);
  EXPECT_EQ(Completed(script, "hashvet sn", 1), "snapshot\n");
  EXPECT_EQ(Completed(script, "hashvet snapshot ve", 2), "verify\n");
  EXPECT_EQ(Completed(script, "hashvet snapshot build --skip-i", 3),
            "--skip-invalid\n");
  EXPECT_EQ(Completed(script, "hashvet hash --variant nn", 3), "nn512\n");
  EXPECT_EQ(Completed(script, "hashvet match --list kno", 3), "\n");
}

TEST_F(ProgramTest, DoctorLooksIntoPublishedDirectories) {
  PublishList("lists", "a", kSomeHash + "\n");
  ProgramResult result = Run({"doctor", "--lists", "lists"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("lists: a, 1 entries, version "));
  EXPECT_THAT(result.out,
              ContainsRegex("published    lists: a version 1 of 20[0-9T:Z-]+, "
                            "not signed, not sealed; kept none\n"));
  BuildList("b.hvs", Changed(kSomeHash, 16) + "\n", {"--name", "a"});
  ASSERT_EQ(Run({"snapshot", "publish", "--lists", "lists", "--expires", "1s",
                 "b.hvs"})
                .exit_code,
            0);
  std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
  result = Run({"doctor", "--lists", "lists"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.out, ContainsRegex("a version 2 of [^,]+, EXPIRED 20.+; "
                                        "kept 1\n"));
  const auto json =
      ParseJson(Run({"doctor", "--json", "--lists", "lists"}).out);
  const auto& publication = json["lists"][0]["publication"];
  EXPECT_EQ(publication["version"].GetInt(), 2);
  EXPECT_TRUE(publication["expired"].GetBool());
  EXPECT_EQ(publication["kept"][0]["version"].GetInt(), 1);
  std::filesystem::permissions(folder_.Path("lists"),
                               std::filesystem::perms::all);
  result = Run({"doctor", "--lists", "lists"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.out, AllOf(HasSubstr("lists: BAD"), HasSubstr("0777")));
}

// A sealed list, where the system locks no memory. Not as root, whom no limit
// holds.
class UnlockedMemoryTest : public ProgramTest {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers answer mlock themselves, and always with yes";
#endif
    BuildList("a.hvs", kSomeHash + "\n");
    for (const char* path : {"", "a.hvs"}) {
      std::filesystem::permissions(folder_.Path(path),
                                   std::filesystem::perms::all);
    }
    const ProgramResult result = Unlocked(
        "mkdir -m 700 lists; exec \"$0\" snapshot publish --lists lists "
        "--encrypt-key 'command:printf %064d 5' a.hvs");
    if (result.exit_code == 126) {
      GTEST_SKIP() << "others may not run the program where it lies";
    }
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  ProgramResult Unlocked(const std::string& command,
                         const std::string& input = "") const {
    return RunProgram(
        {"/bin/sh", "-c", "ulimit -l 0; " + command, HASHVET_PROGRAM},
        {.input = input, .folder = folder_.path(), .unprivileged = true});
  }
};

TEST_F(UnlockedMemoryTest, MatchSaysSo) {
  for (const char* watch : {"", " --watch"}) {
    const ProgramResult result = Unlocked(
        std::string("exec \"$0\" match --lists lists --hashes --encrypt-key "
                    "'command:printf %064d 5'") +
            (*watch == '\0' ? " -" : watch),
        kSomeHash + "\n");
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_THAT(
        LinesOf(result.err),
        ElementsAre(AllOf(HasSubstr("would not lock"), HasSubstr(": lists"))));
  }
}

TEST_F(UnlockedMemoryTest, DoctorSaysSo) {
  const ProgramResult result = Unlocked(
      "exec \"$0\" doctor --lists lists --encrypt-key "
      "'command:printf %064d 5'");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr(", sealed, memory NOT LOCKED"),
                                HasSubstr("problem      lists decrypted")));
}

TEST_F(ProgramTest, APolicyOfNoListIsToldAndRefusesNothing) {
  BuildList("a.hvs", kSomeHash + "\n");
  folder_.Write("policy.toml",
                "[[list]]\nname = \"a\"\naction = \"block\"\n"
                "[[list]]\nname = \"typo\"\naction = \"block\"\n");
  const auto told =
      HasSubstr("policy.toml:4: list typo: no list of this name is loaded");
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{"--watch"}, {"-"}}) {
    std::vector<std::string> match = {"match",    "--list",      "a.hvs",
                                      "--policy", "policy.toml", "--hashes"};
    match.insert(match.end(), more.begin(), more.end());
    const ProgramResult result = Run(match, {.input = kSomeHash + "\n"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(LinesOf(result.err), ElementsAre(told));
  }
  const ProgramResult doctor =
      Run({"doctor", "--list", "a.hvs", "--policy", "policy.toml"});
  EXPECT_EQ(doctor.exit_code, 0);
  EXPECT_THAT(doctor.out, told);
}

TEST_F(ProgramTest, DoctorTellsWhatWorksAndWhatDoesNot) {
  BuildList("a.hvs", kSomeHash + "\n");
  const ProgramResult text = Run({"doctor", "--list", "a.hvs"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.out, AllOf(HasSubstr("hashvet 0."), HasSubstr("portable"),
                              HasSubstr("JPEG"), HasSubstr("a.hvs: a, 1 "),
                              HasSubstr("role match, threshold 31, fresh")));
  const ProgramResult json =
      Run({"doctor", "--json", "--list", "a.hvs", "--list", "missing.hvs"});
  EXPECT_EQ(json.exit_code, 3);
  const auto report = ParseJson(json.out);
  EXPECT_EQ(report["lists"].Size(), 2u);
  EXPECT_TRUE(report["lists"][0]["ok"].GetBool());
  EXPECT_EQ(Text(report["lists"][0], "role"), "match");
  EXPECT_EQ(Text(report["lists"][0], "staleness"), "fresh");
  EXPECT_EQ(report["lists"][0]["threshold"].GetInt(), 31);
  EXPECT_FALSE(report["lists"][1]["ok"].GetBool());
  EXPECT_THAT(Text(report["lists"][1], "refused"), HasSubstr("missing.hvs"));
  EXPECT_TRUE(report["formats"]["jpeg"].GetBool());
  EXPECT_THAT(Text(report["cpu_targets"], "active"), Not(IsEmpty()));
  EXPECT_GE(report["processors"].GetInt(), 1);
  EXPECT_GE(report["problems"].Size(), 1u);
}

}  // namespace
}  // namespace hashvet::testing
