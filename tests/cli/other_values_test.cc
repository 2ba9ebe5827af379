// Values that are not PDQ, through the program: PhotoDNA as a caller supplies
// it, kinds of other libraries, and what is no value of its kind.

#include <string>
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
         {absl::BytesToHexString(near), absl::Base64Escape(near)}) {
      const ProgramResult result = Match("photodna:" + spelled);
      ASSERT_EQ(result.exit_code, 1) << result.out << result.err;
      const auto json = ParseJson(result.out);
      ASSERT_EQ(json["matches"].Size(), 1u);
      EXPECT_EQ(json["matches"][0]["distance"].GetInt(), 20);
      EXPECT_EQ(Text(json["matches"][0], "kind"), "photodna");
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
