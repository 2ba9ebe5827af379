#include "hashvet/matcher/verdict.h"

#include <set>
#include <string_view>

#include "gtest/gtest.h"

namespace hashvet {
namespace {

TEST(VerdictTest, EveryOutcomeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Outcome::kListUnavailable); ++i) {
    names.insert(NameOf(static_cast<Outcome>(i)));
  }
  EXPECT_EQ(names.size(), 12u);
  EXPECT_EQ(NameOf(Outcome::kNoMatch), "no_match");
  EXPECT_EQ(NameOf(Outcome::kListUnavailable), "list_unavailable");
}

TEST(VerdictTest, HashingAndMatchingCallOutcomesTheSame) {
  for (const HashOutcome outcome :
       {HashOutcome::kUndecodable, HashOutcome::kUnsupported,
        HashOutcome::kOverLimit, HashOutcome::kTimeout,
        HashOutcome::kDecoderFailed, HashOutcome::kOverloaded,
        HashOutcome::kUnreadable}) {
    EXPECT_EQ(NameOf(FromHashOutcome(outcome)), NameOf(outcome));
  }
}

TEST(VerdictTest, AnEmptyVerdictIsNoAnswer) {
  EXPECT_EQ(Verdict().outcome, Outcome::kListUnavailable);
}

}  // namespace
}  // namespace hashvet
