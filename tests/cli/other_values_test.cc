// Values that are not PDQ, through the program: PhotoDNA as a caller supplies
// it, kinds of other libraries, and what is no value of its kind.

#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kPolicy[] =
    "[[list]]\nname = \"other\"\n"
    "[list.photodna]\nmetric = \"l1\"\nmax_distance = 20\n";

// 144 made-up bytes: a value in form, and of no picture.
std::string MadeUp(int seed) {
  std::string bytes;
  for (int i = 0; i < 144; ++i) {
    bytes += static_cast<char>((i * 37 + seed * 101) % 251);
  }
  return bytes;
}

std::string Decimals(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    absl::StrAppend(&text, text.empty() ? "" : ",",
                    static_cast<int>(static_cast<unsigned char>(byte)));
  }
  return text;
}

class OtherValuesTest : public CliTest {
 protected:
  ProgramResult Match(const std::string& line,
                      std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {
        "match",     "--hashes", "--json",      "--list",
        "other.hvs", "--policy", "policy.toml", "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments, {.input = line + "\n"});
  }
};

TEST_F(OtherValuesTest, PhotoDnaMatchesUnderTheListsMetricInEverySpelling) {
  folder_.Write("policy.toml", kPolicy);
  const std::string first = MadeUp(1);
  const std::string second = MadeUp(2);
  const std::string third = MadeUp(3);
  // One of each spelling.
  BuildList("other.hvs",
            absl::StrCat("kind,value\nphotodna,", absl::BytesToHexString(first),
                         "\nphotodna,", absl::Base64Escape(second),
                         "\nphotodna,\"", Decimals(third), "\"\n"));
  for (const std::string& value : {first, second, third}) {
    std::string near = value;
    near[7] = static_cast<char>(near[7] + 10);
    near[90] = static_cast<char>(near[90] - 10);  // L1: 20 in all
    std::string far = near;
    far[91] = static_cast<char>(far[91] + 1);
    for (const auto& spelled :
         {absl::BytesToHexString(near), absl::Base64Escape(near),
          Decimals(near), '"' + Decimals(near) + '"',
          '"' + Decimals(near) + "\",,asked.jpg"}) {
      const ProgramResult result = Match("photodna:" + spelled);
      ASSERT_EQ(result.exit_code, 1) << result.out << result.err;
      const auto json = ParseJson(result.out);
      ASSERT_EQ(json["matches"].Size(), 1u);
      EXPECT_EQ(json["matches"][0]["distance"].GetInt(), 20);
      EXPECT_EQ(Text(json["matches"][0], "kind"), "photodna");
      EXPECT_EQ(Text(json, "file"), spelled.ends_with("asked.jpg")
                                        ? "asked.jpg"
                                        : "standard input:1");
      EXPECT_THAT(result.out, Not(HasSubstr(spelled)));
    }
    EXPECT_EQ(Match("photodna:" + absl::BytesToHexString(far)).exit_code, 0);
  }
}

TEST_F(OtherValuesTest, PhotoDnaWithoutAThresholdIsToldToBeCarriedOnly) {
  BuildList("other.hvs", "photodna:" + absl::BytesToHexString(MadeUp(1)) +
                             "\nphotodna:" + absl::BytesToHexString(MadeUp(2)) +
                             "\n");
  EXPECT_THAT(Run({"snapshot", "info", "other.hvs"}).out,
              HasSubstr("carried only: no threshold"));
  const ProgramResult doctor = Run({"doctor", "--json", "--list", "other.hvs"});
  const auto json = ParseJson(doctor.out);
  ASSERT_EQ(json["lists"].Size(), 1u) << doctor.out;
  const auto& carried = json["lists"][0]["carried_only"];
  ASSERT_EQ(carried.Size(), 1u) << doctor.out;
  EXPECT_EQ(Text(carried[0], "kind"), "photodna");
  EXPECT_EQ(carried[0]["entries"].GetInt(), 2);
  // Not found and said to be so would be a wrong answer.
  folder_.Write("policy.toml", "[[list]]\nname = \"other\"\n");
  EXPECT_EQ(Match("photodna:" + absl::BytesToHexString(MadeUp(1))).exit_code,
            3);
}

TEST_F(OtherValuesTest, PhotoDnaOfLowInformationIsRefusedWithTheReason) {
  const std::string flat = "photodna:" + std::string(288, '7');
  const ProgramResult build =
      Run({"snapshot", "build", "-o", "flat.hvs", "-"}, {.input = flat + "\n"});
  EXPECT_EQ(build.exit_code, 3);
  EXPECT_THAT(build.err, AllOf(HasSubstr("low information: 1 distinct"),
                               Not(HasSubstr("7777"))));
  folder_.Write("policy.toml", kPolicy);
  BuildList("other.hvs",
            "photodna:" + absl::BytesToHexString(MadeUp(1)) + "\n");
  const ProgramResult asked = Match(flat);
  EXPECT_EQ(asked.exit_code, 4) << asked.out << asked.err;
  EXPECT_THAT(asked.out + asked.err,
              AllOf(HasSubstr("low information"), Not(HasSubstr("7777"))));
}

// A number that is missing, too many or none is told: nothing is made of what
// is left.
TEST_F(OtherValuesTest, DecimalsThatAreNoPhotoDnaValueAreToldOnTheirLine) {
  folder_.Write("policy.toml", kPolicy);
  BuildList("other.hvs",
            "photodna:" + absl::BytesToHexString(MadeUp(1)) + "\n");
  const std::string all = Decimals(MadeUp(1));
  ASSERT_EQ(Match("photodna:" + all).exit_code, 1);
  const struct {
    std::string value;
    const char* reason;
  } cases[] = {
      {all.substr(all.find(',') + 1), "got 143 numbers, want 144"},
      {all + ",7", "got 145 numbers, want 144"},
      {all + ",100,a.jpg", "number 146 is not a whole number from 0 to 255"},
      {all.substr(0, all.rfind(',')) + ",256", "number 144 is not a whole"},
      {"1,2,3", "got 3 numbers, want 144"},
      {'"' + all, "the quote before it does not end"}};
  for (const auto& [value, reason] : cases) {
    const ProgramResult result = Match("photodna:" + value);
    EXPECT_EQ(result.exit_code, 4) << reason << result.out;
    const auto json = ParseJson(result.out);
    EXPECT_EQ(Text(json, "outcome"), "unreadable") << reason;
    EXPECT_THAT(Text(json, "status"), HasSubstr(reason));
    const ProgramResult build =
        Run({"snapshot", "build", "--kind", "photodna", "-o", "bad.hvs", "-"},
            {.input = "# a\n" + value + "\n"});
    EXPECT_EQ(build.exit_code, 3) << reason;
    EXPECT_THAT(build.err, AllOf(HasSubstr(":2: "), HasSubstr(reason)));
  }
}

TEST_F(OtherValuesTest, AThresholdOfMoreThanHalfTheBitsIsRefused) {
  folder_.Write("policy.toml",
                "[[list]]\nname = \"other\"\n"
                "[list.phash64-imagehash]\nmax_distance = 8\n");
  const std::string phash = "phash64-imagehash:0123456789abcdef";
  BuildList("other.hvs", phash + "\n");
  EXPECT_EQ(Match(phash, {"--max-distance", "32"}).exit_code, 1);
  // Nothing can be asked under it: a mistake of the command line.
  const ProgramResult refused = Match(phash, {"--max-distance", "33"});
  EXPECT_EQ(refused.exit_code, 2) << refused.out;
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(refused.err,
            "hashvet: --max-distance: got 33, want 0 to 32 for "
            "phash64-imagehash, half of its bits\n");
}

// What suits one kind and not another is refused line by line.
TEST_F(OtherValuesTest, AThresholdOfWiderKindsIsRefusedOfNarrowerOnes) {
  folder_.Write("policy.toml",
                "[[list]]\nname = \"other\"\n"
                "[list.phash64-imagehash]\nmax_distance = 8\n");
  const std::string phash = "phash64-imagehash:0123456789abcdef";
  BuildList("other.hvs", phash + "\n" + kSomeHash + "\n");
  for (const bool watch : {false, true}) {
    const std::vector<std::string> reading =
        watch ? std::vector<std::string>{"--watch"}
              : std::vector<std::string>{"-"};
    std::vector<std::string> arguments = {
        "match",    "--hashes",    "--list",         "other.hvs",
        "--policy", "policy.toml", "--max-distance", "40"};
    arguments.insert(arguments.end(), reading.begin(), reading.end());
    const ProgramResult result =
        Run(arguments, {.input = phash + "\n" + Changed(kSomeHash, 10) +
                                 "\nmd5:" + kSomeHash.substr(0, 32) + "\n"});
    const std::vector<std::string> lines = LinesOf(result.out);
    ASSERT_EQ(lines.size(), 3u) << result.out << result.err;
    EXPECT_THAT(lines[0], StartsWith("unreadable\t"));
    EXPECT_THAT(lines[1], StartsWith("match\t"));
    EXPECT_THAT(lines[2], StartsWith("list_unavailable\t"));  // no md5 there
    EXPECT_EQ(result.exit_code, 5);
    EXPECT_THAT(result.err,
                HasSubstr("--max-distance: got 40, want 0 to 32 for "
                          "phash64-imagehash, half of its bits"));
  }
}

TEST_F(OtherValuesTest, ABuildsThresholdIsOfItsKind) {
  folder_.Write("list.txt", "0123456789abcdef\n");
  const auto build = [&](const std::string& kind, const std::string& distance) {
    return Run({"snapshot", "build", "-o", "other.hvs", "--kind", kind,
                "--max-distance", distance, "list.txt"});
  };
  const ProgramResult built = build("phash64-imagehash", "4");
  ASSERT_EQ(built.exit_code, 0) << built.err;
  EXPECT_EQ(built.err, "");
  EXPECT_THAT(Run({"snapshot", "info", "other.hvs"}).out,
              HasSubstr("phash64-imagehash: 1 entries, threshold 4\n"));
  const auto matched = [&](const std::string& digits) {
    return Run({"match", "--hashes", "--list", "other.hvs", "-"},
               {.input = "phash64-imagehash:" + digits + "\n"})
        .exit_code;
  };
  EXPECT_EQ(matched("f123456789abcdef"), 1);  // 4 bits
  EXPECT_EQ(matched("f023456789abcdef"), 0);  // 5
  const std::string before = ScratchFolder::Read(folder_.Path("other.hvs"));
  for (const auto& [kind, distance, why] :
       {std::tuple("phash64-imagehash", "33", "got 33, want 0 to 32"),
        std::tuple("md5", "0", "md5 values are equal or not"),
        std::tuple("photodna", "20", "--policy")}) {
    const ProgramResult refused = build(kind, distance);
    EXPECT_EQ(refused.exit_code, 2) << kind;
    EXPECT_THAT(refused.err, HasSubstr(why));
    EXPECT_EQ(LinesOf(refused.err).size(), 1u) << refused.err;
  }
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("other.hvs")), before);
}

TEST_F(OtherValuesTest, WhatIsCarriedOnlyIsCountedAndToldHowToBeMatched) {
  folder_.Write("list.txt", "phash64-imagehash:0123456789abcdef\n" + kSomeHash +
                                "\nphash64-imagehash:" + std::string(8, '0') +
                                "ffffffff\n");
  const ProgramResult built =
      Run({"snapshot", "build", "-o", "other.hvs", "list.txt"});
  EXPECT_EQ(built.exit_code, 0);
  EXPECT_THAT(built.err,
              AllOf(HasSubstr("2 phash64-imagehash entries are carried only"),
                    HasSubstr("--policy"), Not(HasSubstr("pdq"))));
  const auto json = ParseJson(
      Run({"snapshot", "build", "--json", "-o", "other.hvs", "list.txt"}).out);
  ASSERT_EQ(json["carried_only"].Size(), 1u);
  EXPECT_EQ(Text(json["carried_only"][0], "kind"), "phash64-imagehash");
  EXPECT_EQ(json["carried_only"][0]["entries"].GetInt(), 2);
  // Before any answer, so that "no match" is not read as of all values.
  const auto match = [&](std::vector<std::string> more) {
    more.insert(more.begin(),
                {"match", "--hashes", "--list", "other.hvs", "-"});
    return Run(more, {.input = kSomeHash + "\nphash64-imagehash:" +
                               std::string(16, '5') + "\n"});
  };
  const ProgramResult matched = match({});
  EXPECT_EQ(matched.exit_code, 5);
  EXPECT_THAT(matched.err,
              AllOf(HasSubstr("list other: 2 phash64-imagehash entries carried "
                              "only: no threshold"),
                    HasSubstr("list other: carries phash64-imagehash values"),
                    HasSubstr("--policy")));
  folder_.Write("policy.toml",
                "[[list]]\nname = \"other\"\n"
                "[list.phash64-imagehash]\nmax_distance = 8\n");
  const ProgramResult asked = match({"--policy", "policy.toml"});
  EXPECT_EQ(asked.exit_code, 1);
  EXPECT_EQ(asked.err, "");
}

// One number and another: nothing but the kind tells a value of 64 bits from
// one of another convention, so the kind is what is held to.
TEST_F(OtherValuesTest, AValueIsComparedWithItsOwnKindOnly) {
  folder_.Write("policy.toml",
                "[[list]]\nname = \"other\"\n"
                "[list.phash64-imagehash]\nmax_distance = 8\n");
  BuildList("other.hvs", "phash64-imagehash:0123456789abcdef\n");
  EXPECT_EQ(Match("phash64-imagehash:0123456789abcdee").exit_code, 1);
  // No list has a threshold for it: not "no match".
  const ProgramResult other = Match("phash64-zauner:0123456789abcdef");
  EXPECT_EQ(other.exit_code, 3) << other.out << other.err;
  const ProgramResult compared =
      Run({"compare", "--max-distance", "8", "phash64-zauner:0123456789abcdef",
           "phash64-opencv:0123456789abcdef"});
  EXPECT_EQ(compared.exit_code, 2) << compared.out << compared.err;
}

TEST_F(OtherValuesTest, AWrongNumberOfBitsIsToldWithItsLine) {
  for (const auto& [line, why] :
       {std::pair("phash64-imagehash:0123456789abcde", "got 15 hex digits"),
        std::pair("marrhildreth576-opencv:0123456789abcdef",
                  "got 16 hex digits, want 144"),
        std::pair("blockmean968-opencv:00", "got 2 hex digits, want 242"),
        std::pair("phash64-zauner:0123456789abcdeg", "position 16")}) {
    const ProgramResult result =
        Run({"snapshot", "build", "-o", "bad.hvs", "-"},
            {.input = std::string(line) + "\n"});
    EXPECT_EQ(result.exit_code, 3) << line;
    EXPECT_THAT(result.err, AllOf(HasSubstr(why), HasSubstr(":1:"))) << line;
  }
}

// A picture as every kind there is, from one decode; and found by a list of
// the newest two.
TEST_F(OtherValuesTest, ListsOfMarrHildrethAndZaunersHashMatchPictures) {
  WriteJpeg("known.jpg", 5, 320, 240);
  WriteJpeg("copy.jpg", 5, 320, 240, 60);
  WriteJpeg("other.jpg", 9, 320, 240);
  BuildList("other.hvs",
            Run({"hash", "--kind", "marrhildreth576-opencv,phash64-zauner",
                 "known.jpg"})
                .out);
  folder_.Write("policy.toml",
                "[[list]]\nname = \"other\"\n"
                "[list.marrhildreth576-opencv]\nmax_distance = 60\n"
                "[list.phash64-zauner]\nmax_distance = 8\n");
  for (const auto& [file, matches] :
       {std::pair("known.jpg", 2u), std::pair("copy.jpg", 2u),
        std::pair("other.jpg", 0u)}) {
    const ProgramResult result = Run({"match", "--json", "--list", "other.hvs",
                                      "--policy", "policy.toml", file});
    EXPECT_EQ(ParseJson(result.out)["matches"].Size(), matches)
        << file << result.out << result.err;
  }
}

TEST_F(OtherValuesTest, WhatOnlyTheLibraryComputesIsToldSo) {
  WriteJpeg("a.jpg", 5);
  for (const std::string kind :
       {"crop-resistant", "radialvariance40-opencv", "colourmoment42-opencv"}) {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"hash", "--kind", kind, "a.jpg"},
          {"compare", "--kind", kind, "a.jpg", "a.jpg"}}) {
      const ProgramResult result = Run(arguments);
      EXPECT_EQ(result.exit_code, 2);
      EXPECT_EQ(result.out, "");
      EXPECT_EQ(result.err, "hashvet: hash kind: " + kind +
                                " is computed and compared by the library "
                                "only, see docs/hash_definitions.md\n");
    }
  }
}

TEST_F(OtherValuesTest, APictureTooSmallForAKindHasNoValueOfIt) {
  WriteJpeg("small.jpg", 5, 64, 4);
  const ProgramResult result =
      Run({"hash", "--kind", "marrhildreth576-opencv", "small.jpg"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("64 x 4"));
}

}  // namespace
}  // namespace hashvet::testing
