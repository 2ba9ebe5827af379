#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class CompareCommandTest : public CliTest {};

TEST_F(CompareCommandTest, TellsAMatchByItsExitCode) {
  WriteJpeg("a.jpg", 1, 300, 200, 95);
  WriteJpeg("a-again.jpg", 1, 300, 200, 40);
  WriteJpeg("b.jpg", 2);
  const ProgramResult same = Run({"compare", "a.jpg", "a-again.jpg"});
  EXPECT_EQ(same.exit_code, 1) << same.err;
  EXPECT_THAT(same.out,
              AllOf(StartsWith("match\tdistance="), HasSubstr("\tthreshold=31"),
                    HasSubstr("\torientation=original\n")));
  const ProgramResult other = Run({"compare", "a.jpg", "b.jpg"});
  EXPECT_EQ(other.exit_code, 0) << other.err;
  EXPECT_THAT(other.out, StartsWith("no_match\tdistance="));
}

TEST_F(CompareCommandTest, ThresholdIsInclusive) {
  WriteJpeg("a.jpg", 1);
  const std::string hash = HashOf("a.jpg");
  const std::string far = Changed(hash, 8);  // 32 bits away
  const ProgramResult beyond = Run({"compare", hash, far});
  EXPECT_EQ(beyond.exit_code, 0);
  EXPECT_THAT(beyond.out, StartsWith("no_match\tdistance=32\tthreshold=31\t"));
  EXPECT_EQ(Run({"compare", "--max-distance", "32", hash, far}).exit_code, 1);
  EXPECT_EQ(Run({"compare", hash, Changed(hash, 7)}).exit_code, 1);
}

TEST_F(CompareCommandTest, AThresholdThatFindsStrangersIsRefused) {
  const std::string pdq = kSomeHash;
  EXPECT_EQ(Run({"compare", "--max-distance", "128", pdq, pdq}).exit_code, 1);
  const ProgramResult wide =
      Run({"compare", "--max-distance", "129", pdq, pdq});
  EXPECT_EQ(wide.exit_code, 2);
  EXPECT_THAT(wide.err, HasSubstr("got 129, want 0 to 128 for pdq"));
  const std::string phash = "phash64-imagehash:" + kSomeHash.substr(0, 16);
  EXPECT_EQ(Run({"compare", "--max-distance", "33", phash, phash}).exit_code,
            2);
  const std::string md5 = "md5:" + kSomeHash.substr(0, 32);
  EXPECT_EQ(Run({"compare", "--max-distance", "3", md5, md5}).exit_code, 2);
}

TEST_F(CompareCommandTest, HashesComeBareTypedAndInUpperCase) {
  WriteJpeg("a.jpg", 1);
  const std::string hash = HashOf("a.jpg");
  std::string upper = hash;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(Run({"compare", "a.jpg", hash}).exit_code, 1);
  EXPECT_EQ(Run({"compare", "pdq:" + hash, "a.jpg"}).exit_code, 1);
  EXPECT_EQ(Run({"compare", "PDQ:" + upper, upper}).exit_code, 1);
  const std::string md5 = "md5:" + kSomeHash.substr(0, 32);
  EXPECT_EQ(Run({"compare", md5, md5}).exit_code, 1);
  EXPECT_EQ(Run({"compare", md5, "md5:" + Changed(kSomeHash, 1).substr(0, 32)})
                .exit_code,
            0);
}

TEST_F(CompareCommandTest, PicturesAreHashedUnderTheKindOfTheOther) {
  WriteJpeg("a.jpg", 1, 300, 200, 95);
  WriteJpeg("again.jpg", 1, 300, 200, 40);
  std::string hash =
      LinesOf(Run({"hash", "--kind", "phash64-imagehash", "a.jpg"}).out)[0];
  hash = hash.substr(0, hash.find(','));
  const ProgramResult result =
      Run({"compare", "--max-distance", "6", hash, "again.jpg"});
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  // There is no usual threshold but PDQ's, and none between two kinds.
  EXPECT_EQ(Run({"compare", hash, "again.jpg"}).exit_code, 2);
  EXPECT_EQ(Run({"compare", "--kind", "md5", hash, "again.jpg"}).exit_code, 2);
  EXPECT_EQ(Run({"compare", "--kind", "md5", "a.jpg", "a.jpg"}).exit_code, 1);
  EXPECT_EQ(Run({"compare", "--kind", "md5", "a.jpg", "again.jpg"}).exit_code,
            0);
  const ProgramResult photodna =
      Run({"compare", "photodna:" + std::string(288, '1'), "a.jpg"});
  EXPECT_EQ(photodna.exit_code, 2);
  EXPECT_THAT(photodna.err, HasSubstr("photodna is not computed"));
}

TEST_F(CompareCommandTest, AFileNamedLikeAHashNeedsAPath) {
  WriteJpeg("a.jpg", 1);
  WriteJpeg(kSomeHash, 1);
  EXPECT_EQ(Run({"compare", "a.jpg", kSomeHash}).exit_code, 0);
  EXPECT_EQ(Run({"compare", "a.jpg", "./" + kSomeHash}).exit_code, 1);
}

TEST_F(CompareCommandTest, BadHashesAreToldWithoutTheirText) {
  WriteJpeg("a.jpg", 1);
  const std::string cut = kSomeHash.substr(0, 63);
  const ProgramResult damaged = Run({"compare", "a.jpg", cut});
  EXPECT_EQ(damaged.exit_code, 4);
  EXPECT_THAT(damaged.err, AllOf(HasSubstr("63"), HasSubstr("64"),
                                 HasSubstr(": B\n"), Not(HasSubstr(cut))));
  EXPECT_THAT(LinesOf(damaged.err), SizeIs(1));
  EXPECT_THAT(damaged.out, IsEmpty());

  const std::string wrong = "z" + kSomeHash.substr(1);
  const ProgramResult typo = Run({"compare", "a.jpg", wrong});
  EXPECT_EQ(typo.exit_code, 4);
  EXPECT_THAT(typo.err,
              AllOf(HasSubstr("hex digits"), Not(HasSubstr(wrong.substr(1)))));

  const ProgramResult kind = Run({"compare", "sift:" + kSomeHash, kSomeHash});
  EXPECT_EQ(kind.exit_code, 2);
  EXPECT_THAT(kind.err,
              AllOf(HasSubstr("want one of pdq"), Not(HasSubstr(kSomeHash))));
  const ProgramResult mixed =
      Run({"compare", "md5:" + kSomeHash.substr(0, 32), kSomeHash});
  EXPECT_EQ(mixed.exit_code, 2);
  EXPECT_THAT(mixed.err, HasSubstr("A is md5, B is pdq"));
  const ProgramResult three = Run({"compare", kSomeHash, kSomeHash, kSomeHash});
  EXPECT_EQ(three.exit_code, 2);
  EXPECT_THAT(three.err, Not(HasSubstr(kSomeHash)));
}

TEST_F(CompareCommandTest, FlatPicturesAreNotJudged) {
  folder_.Write("flat.jpg", MakeFlatJpeg(160, 120));
  const ProgramResult result = Run({"compare", "flat.jpg", "flat.jpg"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, StartsWith("low_quality\tdistance=0\t"));
  EXPECT_EQ(
      Run({"compare", "--min-quality", "0", "flat.jpg", "flat.jpg"}).exit_code,
      1);
}

TEST_F(CompareCommandTest, JsonSaysWhatFailed) {
  WriteJpeg("a.jpg", 1);
  const ProgramResult result =
      Run({"compare", "--json", "a.jpg", "missing.jpg"});
  EXPECT_EQ(result.exit_code, 4);
  const auto json = ParseJson(result.out);
  EXPECT_EQ(Text(json, "outcome"), "failed");
  EXPECT_EQ(Text(json["a"], "status"), "hashed");
  EXPECT_EQ(Text(json["b"], "status"), "unreadable");

  const auto good = ParseJson(Run({"compare", "--json", "a.jpg", "a.jpg"}).out);
  EXPECT_EQ(Text(good, "outcome"), "match");
  EXPECT_EQ(good["distance"].GetInt(), 0);
  EXPECT_EQ(good["threshold"].GetInt(), 31);
}

}  // namespace
}  // namespace hashvet::testing
