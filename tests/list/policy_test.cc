#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/list/snapshot_writer.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::IsOk;
using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

ListPolicy Named(std::string name) {
  ListPolicy policy;
  policy.name = std::move(name);
  return policy;
}

TEST(CheckPolicyTest, TakesNamesOfTheAlphabetUpTo128Characters) {
  EXPECT_OK(CheckPolicy(Named("ncmec/industry-2.1_A")));
  EXPECT_OK(CheckPolicy(Named(std::string(128, 'a'))));
  EXPECT_THAT(CheckPolicy(Named("")), StatusIs(kInvalid, HasSubstr("name")));
  EXPECT_THAT(CheckPolicy(Named(std::string(129, 'a'))),
              StatusIs(kInvalid, HasSubstr("got 129 characters")));
  for (const char* bad : {"a b", "a,b", "a+b", "a\n", "ä", "a\"b", "a:b"}) {
    EXPECT_THAT(CheckPolicy(Named(bad)),
                StatusIs(kInvalid, HasSubstr("position")))
        << bad;
  }
  EXPECT_THAT(CheckPolicy(Named("ab!")),
              StatusIs(kInvalid, HasSubstr("position 3")));
}

TEST(CheckPolicyTest, HoldsNumbersAndActionToTheirRanges) {
  ListPolicy policy = Named("a");
  policy.pdq_max_distance = 128;
  policy.pdq_min_quality = 100;
  EXPECT_OK(CheckPolicy(policy));
  policy.pdq_max_distance = 129;
  EXPECT_THAT(CheckPolicy(policy),
              StatusIs(kInvalid, HasSubstr("pdq_max_distance: got 129")));
  policy.pdq_max_distance = 0;
  policy.pdq_min_quality = 0;
  EXPECT_OK(CheckPolicy(policy));
  for (const int quality : {-1, 101}) {
    policy.pdq_min_quality = quality;
    EXPECT_THAT(CheckPolicy(policy),
                StatusIs(kInvalid, HasSubstr("pdq_min_quality")));
  }
  policy.pdq_min_quality = 50;
  policy.action = "";
  EXPECT_THAT(CheckPolicy(policy), StatusIs(kInvalid, HasSubstr("action")));
}

}  // namespace
}  // namespace hashvet
