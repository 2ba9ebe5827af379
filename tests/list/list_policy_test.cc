#include "hashvet/list/list_policy.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
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
  SetKindPolicy({.max_distance = 128}, policy);
  policy.min_quality = 100;
  EXPECT_OK(CheckPolicy(policy));
  SetKindPolicy({.max_distance = 129}, policy);
  EXPECT_THAT(CheckPolicy(policy),
              StatusIs(kInvalid, HasSubstr("pdq max_distance: got 129")));
  SetKindPolicy({.max_distance = 0}, policy);
  policy.min_quality = 0;
  EXPECT_OK(CheckPolicy(policy));
  for (const int quality : {-1, 101}) {
    policy.min_quality = quality;
    EXPECT_THAT(CheckPolicy(policy),
                StatusIs(kInvalid, HasSubstr("min_quality")));
  }
  policy.min_quality = 50;
  policy.sampled_ppm = 1'000'001;
  EXPECT_THAT(CheckPolicy(policy), StatusIs(kInvalid, HasSubstr("sampled")));
  policy.sampled_ppm = 0;
  policy.action = "";
  EXPECT_THAT(CheckPolicy(policy), StatusIs(kInvalid, HasSubstr("action")));
}

TEST(CheckPolicyTest, RotatedMatchesAreNeverLaxer) {
  ListPolicy policy = Named("a");
  SetKindPolicy({.max_distance = 31, .max_distance_rotated = 31}, policy);
  EXPECT_OK(CheckPolicy(policy));
  SetKindPolicy({.max_distance = 31, .max_distance_rotated = 32}, policy);
  EXPECT_THAT(CheckPolicy(policy),
              StatusIs(kInvalid, HasSubstr("pdq max_distance_rotated: got 32, "
                                           "want 0 to 31")));
}

TEST(CheckPolicyTest, AByteVectorNeedsAMetricAndNothingElseTakesOne) {
  ListPolicy policy = Named("a");
  SetKindPolicy({.kind = HashKind::kPhotoDna, .max_distance = 9}, policy);
  EXPECT_THAT(CheckPolicy(policy), StatusIs(kInvalid, HasSubstr("metric")));
  SetKindPolicy({.kind = HashKind::kPhotoDna,
                 .max_distance = 36'720,
                 .metric = ByteVectorMetric::kL1},
                policy);
  EXPECT_OK(CheckPolicy(policy));
  SetKindPolicy({.kind = HashKind::kPhotoDna,
                 .max_distance = 36'721,
                 .metric = ByteVectorMetric::kL1},
                policy);
  EXPECT_THAT(CheckPolicy(policy), StatusIs(kInvalid, HasSubstr("36720")));
  policy.kinds.clear();
  SetKindPolicy({.metric = ByteVectorMetric::kL1}, policy);
  EXPECT_THAT(CheckPolicy(policy), StatusIs(kInvalid, HasSubstr("pdq metric")));
}

TEST(CheckPolicyTest, StalenessComesInItsOrder) {
  ListPolicy policy = Named("a");
  policy.staleness = {.late_after_s = 10, .stale_after_s = 20};
  EXPECT_OK(CheckPolicy(policy));
  policy.staleness.expired_after_s = 19;
  EXPECT_THAT(CheckPolicy(policy), StatusIs(kInvalid, HasSubstr("staleness")));
}

TEST(KindPolicyTest, WhatAListSaysGoesBeforeTheDefault) {
  ListPolicy policy = Named("a");
  EXPECT_EQ(KindPolicyOf(policy, HashKind::kPdq)->max_distance, 31u);
  EXPECT_EQ(KindPolicyOf(policy, HashKind::kMd5)->max_distance, 0u);
  EXPECT_EQ(KindPolicyOf(policy, HashKind::kPhotoDna), std::nullopt);
  EXPECT_EQ(KindPolicyOf(policy, HashKind::kPhash64ImageHash), std::nullopt);
  SetKindPolicy({.kind = HashKind::kPhash64ImageHash, .max_distance = 8},
                policy);
  SetKindPolicy({.max_distance = 20}, policy);
  SetKindPolicy({.max_distance = 21}, policy);
  EXPECT_EQ(KindPolicyOf(policy, HashKind::kPdq)->max_distance, 21u);
  EXPECT_EQ(KindPolicyOf(policy, HashKind::kPhash64ImageHash)->max_distance,
            8u);
  EXPECT_EQ(policy.kinds.size(), 2u);
}

}  // namespace
}  // namespace hashvet
