#include <sys/stat.h>

#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using ConfigCommandTest = CliTest;

TEST_F(ConfigCommandTest, ARightFileIsOk) {
  const std::string example = HASHVET_SOURCE_DIR "/docs/hashvet.toml";
  const ProgramResult result = Run({"config", "check", example});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "OK\t" + example + "\n");
  EXPECT_THAT(result.err, IsEmpty());
  const ProgramResult json = Run({"config", "check", "--json", example});
  EXPECT_EQ(json.exit_code, 0);
  EXPECT_EQ(json.out, "{\"file\":\"" + example +
                          "\",\"ok\":true,\"lists\":2,\"problems\":[]}\n");
  const ProgramResult input =
      Run({"config", "check", "-"}, {.input = "[matcher]\nx = 1\n"});
  EXPECT_EQ(input.exit_code, 2);
  EXPECT_THAT(input.err, StartsWith("hashvet: standard input:2:1: matcher"));
}

TEST_F(ConfigCommandTest, EveryProblemIsALineWithItsPlace) {
  folder_.Write("p.toml",
                "[[list]]\nname = \"a\"\nrole = \"mach\"\nzzz = 1\n"
                "[list.pdq]\nmax_distance = 300\n[[list]]\nname = \"a\"\n");
  const ProgramResult result = Run({"config", "check", "p.toml"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "BAD\tp.toml\n");
  EXPECT_THAT(
      LinesOf(result.err),
      ElementsAre("hashvet: p.toml:3:8: list.role: got 'mach', want one of "
                  "match, ignore, shadow",
                  StartsWith("hashvet: p.toml:4:1: list: got an unknown field"),
                  "hashvet: p.toml:6:16: list.pdq.max_distance: got 300, want "
                  "0 to 128",
                  StartsWith("hashvet: p.toml:7:1: list: got a second")));
  const ProgramResult json = Run({"config", "check", "--json", "p.toml"});
  EXPECT_EQ(json.exit_code, 2);
  EXPECT_THAT(json.err, IsEmpty());
  const auto parsed = ParseJson(json.out);
  EXPECT_FALSE(parsed["ok"].GetBool());
  EXPECT_EQ(parsed["problems"].Size(), 4u);
}

TEST_F(ConfigCommandTest, AFileThatCannotBeReadIsTold) {
  folder_.Write("empty.toml", "");
  folder_.Write("open.toml", "[matcher]\n");
  ASSERT_EQ(::chmod(folder_.Path("open.toml").c_str(), 0666), 0);
  folder_.Write("large.toml", std::string((1 << 20) + 1, '\n'));
  folder_.Write("binary.toml", std::string("a\0b", 3));
  for (const char* file : {"missing.toml", ".", "empty.toml", "open.toml",
                           "large.toml", "binary.toml"}) {
    const ProgramResult result = Run({"config", "check", file});
    EXPECT_EQ(result.exit_code, 2) << file;
    EXPECT_EQ(result.out, std::string("BAD\t") + file + "\n");
    EXPECT_THAT(LinesOf(result.err), ElementsAre(HasSubstr(file)));
  }
}

TEST_F(ConfigCommandTest, WithListsThePolicyMustFitThem) {
  BuildList("a.hvs", kSomeHash + "\n", {"--name", "a"});
  folder_.Write("good.toml", "[[list]]\nname = \"a\"\n");
  EXPECT_EQ(Run({"config", "check", "good.toml", "--list", "a.hvs"}).exit_code,
            0);
  folder_.Write("bad.toml",
                "[[list]]\nname = \"a\"\n[list.phash64-imagehash]\n"
                "[[list]]\nname = \"b\"\n");
  EXPECT_EQ(Run({"config", "check", "bad.toml"}).exit_code, 0);
  const ProgramResult bad =
      Run({"config", "check", "bad.toml", "--list", "a.hvs"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(
      LinesOf(bad.err),
      ElementsAre(StartsWith("hashvet: bad.toml:1: list a, "),
                  "hashvet: bad.toml:4: list b: no list of this name is "
                  "loaded"));
  const ProgramResult missing =
      Run({"config", "check", "good.toml", "--list", "missing.hvs"});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err, HasSubstr("missing.hvs"));
}

TEST_F(ConfigCommandTest, AHashInTheFileIsNotRepeated) {
  folder_.Write("p.toml", kSomeHash + "\n");
  folder_.Write("q.toml", "[[list]]\nname = \"" + kSomeHash + "\"\n");
  BuildList("a.hvs", kSomeHash + "\n");
  for (const ProgramResult& result :
       {Run({"config", "check", "p.toml"}),
        Run({"config", "check", "q.toml", "--list", "a.hvs"})}) {
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(LinesOf(result.err), SizeIs(1));
    EXPECT_THAT(result.out + result.err,
                Not(HasSubstr(kSomeHash.substr(0, 16))));
  }
}

}  // namespace
}  // namespace hashvet::testing
