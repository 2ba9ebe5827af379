#include "hashvet/matcher/staleness.h"

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

constexpr uint64_t kConfirmed = 1'000'000;

ListPolicy AgingList() {
  ListPolicy list;
  list.name = "a";
  list.current_at = kConfirmed;
  list.staleness = {
      .late_after_s = 10, .stale_after_s = 20, .expired_after_s = 30};
  return list;
}

TEST(StalenessTest, AListIsPastALimitWhenItIsOlder) {
  const ListPolicy list = AgingList();
  const struct {
    uint64_t age_s;
    Staleness staleness;
  } kCases[] = {{0, Staleness::kFresh},   {10, Staleness::kFresh},
                {11, Staleness::kLate},   {20, Staleness::kLate},
                {21, Staleness::kStale},  {30, Staleness::kStale},
                {31, Staleness::kExpired}};
  for (const auto& [age_s, staleness] : kCases) {
    EXPECT_EQ(StalenessOf(list, kConfirmed + age_s), staleness) << age_s;
    EXPECT_EQ(AgeOf(list, kConfirmed + age_s), age_s);
  }
  // A source whose clock is ahead.
  EXPECT_EQ(StalenessOf(list, kConfirmed - 500), Staleness::kFresh);
  EXPECT_EQ(AgeOf(list, kConfirmed - 500), 0u);
}

TEST(StalenessTest, UnknownAgesAndUnsetLimitsAreNever) {
  ListPolicy list = AgingList();
  list.current_at = 0;
  EXPECT_EQ(StalenessOf(list, kConfirmed), Staleness::kFresh);
  EXPECT_EQ(AgeOf(list, kConfirmed), std::nullopt);
  list = AgingList();
  list.staleness.stale_after_s = 0;
  list.staleness.expired_after_s = 0;
  EXPECT_EQ(StalenessOf(list, kConfirmed + 1'000), Staleness::kLate);
}

TEST(StalenessTest, ThePolicySaysWhatAnswers) {
  constexpr uint64_t kStale = kConfirmed + 25;
  constexpr uint64_t kExpired = kConfirmed + 35;
  ListPolicy list = AgingList();
  EXPECT_OK(CheckStaleness(list, kConfirmed + 15));
  EXPECT_OK(CheckStaleness(list, kStale));
  EXPECT_THAT(CheckStaleness(list, kExpired),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("list a: expired: confirmed 35 s ago, want at "
                                 "most 30 s")));
  list.staleness.refuse_stale = true;
  EXPECT_OK(CheckStaleness(list, kConfirmed + 15));
  EXPECT_THAT(CheckStaleness(list, kStale),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("list a: stale: confirmed 25 s ago")));
  list.staleness.serve_expired = true;
  EXPECT_FALSE(CheckStaleness(list, kExpired).ok());  // staler than stale
  list.staleness.refuse_stale = false;
  EXPECT_OK(CheckStaleness(list, kExpired));
}

TEST(StalenessTest, StatesHaveNames) {
  EXPECT_EQ(NameOf(Staleness::kFresh), "fresh");
  EXPECT_EQ(NameOf(Staleness::kLate), "late");
  EXPECT_EQ(NameOf(Staleness::kStale), "stale");
  EXPECT_EQ(NameOf(Staleness::kExpired), "expired");
}

}  // namespace
}  // namespace hashvet
