#include <string>

#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The hash of every black picture.
const std::string kBlack(64, '0');

class SnapshotSelftestTest : public CliTest {};

TEST_F(SnapshotSelftestTest, TellsWhichListsCanMatch) {
  BuildList("good.hvs", kSomeHash + "\n");
  PublishList("lists", "a", kSomeHash + "\n");
  BuildList("black.hvs", kSomeHash + "\n" + kBlack + ",100,case-9\n");
  ProgramResult result =
      Run({"snapshot", "selftest", "good.hvs", "--lists", "lists"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "OK\tgood.hvs\nOK\tlists\n");
  EXPECT_THAT(result.err, IsEmpty());

  result = Run({"snapshot", "selftest", "black.hvs", "good.hvs", "gone.hvs"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, "BAD\tblack.hvs\nOK\tgood.hvs\nBAD\tgone.hvs\n");
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("list black, pdq: entry case-9 matches the "
                              "harmless picture flat_0"),
                    HasSubstr("gone.hvs"), Not(HasSubstr(kBlack))));
}

TEST_F(SnapshotSelftestTest, JsonHasTheFieldsOfTheContract) {
  BuildList("good.hvs", kSomeHash + "\n");
  BuildList("black.hvs", kBlack + "\n");
  const ProgramResult result =
      Run({"snapshot", "selftest", "--json", "good.hvs", "black.hvs"});
  EXPECT_EQ(result.exit_code, 3);
  const auto good = ParseJson(LinesOf(result.out)[0]);
  EXPECT_EQ(Text(good, "file"), "good.hvs");
  EXPECT_TRUE(good["ok"].GetBool());
  EXPECT_EQ(Text(good, "version").size(), 16u);
  const auto black = ParseJson(LinesOf(result.out)[1]);
  EXPECT_FALSE(black["ok"].GetBool());
  EXPECT_THAT(Text(black, "status"), HasSubstr("known-answer test"));
}

TEST_F(SnapshotSelftestTest, BadInputIsOneLine) {
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{
           {},
           {"--lists"},
           {"--entries", "-1", "a.hvs"},
           {"--trusted-keys", "gone.pem", "a.hvs"}}) {
    std::vector<std::string> arguments = {"snapshot", "selftest"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(LinesOf(result.err).size(), 1u) << result.err;
  }
}

TEST_F(SnapshotSelftestTest, AListThatMatchesBlankPagesIsNotPublished) {
  PublishList("lists", "a", kSomeHash + "\n");
  BuildList("a.hvs", kBlack + "\n");
  const ProgramResult result =
      Run({"snapshot", "publish", "--lists", "lists", "a.hvs"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("harmless picture"));
  EXPECT_EQ(Run({"match", "--lists", "lists", "--hashes", "-"},
                {.input = kSomeHash + "\n"})
                .exit_code,
            1);
}

}  // namespace
}  // namespace hashvet::testing
