// Where the program decodes: in other processes, unless it is told otherwise.

#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DecoderTest : public CliTest {
 protected:
  void SetUp() override { WriteJpeg("a.jpg", 1); }
};

TEST_F(DecoderTest, InProcessGivesTheSameHashWithoutTheProgram) {
  const ProgramResult sandboxed = Run({"hash", "--json", "a.jpg"});
  const ProgramResult plain =
      Run({"hash", "--json", "--in-process", "a.jpg"},
          {.environment = {{"HASHVET_DECODER", "/no/such/program"}}});
  EXPECT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_EQ(plain.out, sandboxed.out);
}

TEST_F(DecoderTest, WithoutTheProgramNoPictureIsTouched) {
  BuildList("a.hvs", kSomeHash + "\n");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"hash", "a.jpg"},
        {"match", "--list", "a.hvs", "a.jpg"},
        {"compare", "a.jpg", "a.jpg"}}) {
    const ProgramResult result = Run(
        command, {.environment = {{"HASHVET_DECODER", "/no/such/program"}}});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, HasSubstr("/no/such/program"));
    EXPECT_THAT(LinesOf(result.err), SizeIs(1));
  }
  // Hashes need no decoder.
  const ProgramResult hashes =
      Run({"match", "--list", "a.hvs", "--hashes", "-"},
          {.input = kSomeHash + "\n",
           .environment = {{"HASHVET_DECODER", "/no/such/program"}}});
  EXPECT_EQ(hashes.exit_code, 1) << hashes.err;
}

TEST_F(DecoderTest, AnotherVersionIsRefused) {
  const ProgramResult result =
      Run({"hash", "--decoder", HASHVET_HOSTILE_OLD, "a.jpg"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("0.0.0-other"));
}

TEST_F(DecoderTest, MissingConfinementIsSaidAndCanBeRefused) {
  const ProgramResult warned =
      Run({"hash", "--decoder", HASHVET_HOSTILE_NO_SECCOMP, "a.jpg"});
  EXPECT_EQ(warned.exit_code, 4);
  EXPECT_THAT(warned.err, HasSubstr("without seccomp"));
  const ProgramResult refused = Run({"hash", "--require-sandbox", "--decoder",
                                     HASHVET_HOSTILE_NO_SECCOMP, "a.jpg"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.out, IsEmpty());
  EXPECT_THAT(refused.err, HasSubstr("required"));
}

TEST_F(DecoderTest, DoctorTellsOfTheDecoder) {
  const auto json = ParseJson(Run({"doctor", "--json"}).out);
  EXPECT_TRUE(json["decoder"]["ok"].GetBool());
  EXPECT_THAT(Text(json["decoder"], "program"), HasSubstr("hashvet-decoder"));
  EXPECT_TRUE(json["formats"]["png"].GetBool());
  // Of a build that has them: the decoder hashes one of each.
  EXPECT_EQ(json["formats"]["avif"].GetBool(), HASHVET_HAS_HEIFCODECS != 0);
  EXPECT_EQ(json["formats"]["heic"].GetBool(), HASHVET_HAS_HEIFCODECS != 0);

  const RunOptions degraded = {
      .environment = {{"HASHVET_DECODER", HASHVET_HOSTILE_NO_SECCOMP}}};
  EXPECT_THAT(Run({"doctor"}, degraded).out, HasSubstr("lacks seccomp"));

  const RunOptions missing = {
      .environment = {{"HASHVET_DECODER", "/no/such/program"}}};
  const auto none = ParseJson(Run({"doctor", "--json"}, missing).out);
  EXPECT_FALSE(none["decoder"]["ok"].GetBool());
  EXPECT_FALSE(none["formats"]["jpeg"].GetBool());
  EXPECT_FALSE(none["formats"]["avif"].GetBool());
  EXPECT_THAT(std::string(none["problems"][0].GetString()),
              HasSubstr("/no/such/program"));
}

}  // namespace
}  // namespace hashvet::testing
