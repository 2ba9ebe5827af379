#include "hashvet/index/planner.h"

#include <cmath>
#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/index/ring_index.h"
#include "tests/index/index_support.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::RandomRows;
using testing::Rows;
using ::testing::StartsWith;

TEST(PlannerTest, ChoosesWhatIsEstimatedSooner) {
  for (uint64_t rows : {0, 10, 1000, 30'000, 1'000'000, 100'000'000}) {
    for (uint32_t width : {64, 144, 256, 1024}) {
      for (uint32_t radius : {0u, 10u, 31u, 60u, width}) {
        for (uint64_t batch : {1, 64}) {
          const SearchPlan plan = PlanSearch({rows, width, radius, batch});
          EXPECT_EQ(plan.choice == IndexChoice::kRing,
                    plan.ring_us < plan.flat_us);
          EXPECT_TRUE(std::isfinite(plan.flat_us));
          EXPECT_GE(plan.candidates, plan.verified);
        }
      }
    }
  }
}

TEST(PlannerTest, TheEndsAreBeyondDoubt) {
  const auto choice = [](const SearchShape& shape) {
    return PlanSearch(shape).choice;
  };
  EXPECT_EQ(choice({.rows = 0}), IndexChoice::kFlat);
  EXPECT_EQ(choice({.rows = 100}), IndexChoice::kFlat);
  EXPECT_EQ(choice({.rows = 10'000'000}), IndexChoice::kRing);
  EXPECT_EQ(choice({.rows = 10'000'000, .batch = 256}), IndexChoice::kRing);
  EXPECT_EQ(choice({.rows = 10'000'000, .max_distance = 256}),
            IndexChoice::kFlat);
  EXPECT_EQ(choice({.rows = 10'000'000, .max_distance = 128}),
            IndexChoice::kFlat);
}

TEST(PlannerTest, LeavesToFlatWhatARingDoesNotTake) {
  for (const SearchShape& shape :
       {SearchShape{10'000'000, 100, 10, 1}, SearchShape{10'000'000, 48, 1, 1},
        SearchShape{10'000'000, 1040, 1, 1},
        SearchShape{10'000'000, 64, 65, 1}}) {
    const SearchPlan plan = PlanSearch(shape);
    EXPECT_EQ(plan.choice, IndexChoice::kFlat);
    EXPECT_TRUE(std::isinf(plan.ring_us));
    EXPECT_THAT(plan.Explain(), StartsWith("flat: ring about inf us"));
  }
}

TEST(PlannerTest, MoreWorkIsEstimatedLonger) {
  const SearchPlan plan = PlanSearch({.rows = 1'000'000});
  EXPECT_GT(PlanSearch({.rows = 2'000'000}).ring_us, plan.ring_us);
  EXPECT_GT(PlanSearch({.rows = 2'000'000}).flat_us, plan.flat_us);
  EXPECT_GT(PlanSearch({.rows = 1'000'000, .max_distance = 40}).ring_us,
            plan.ring_us);
  EXPECT_LT(PlanSearch({.rows = 1'000'000, .batch = 64}).flat_us, plan.flat_us);
}

TEST(PlannerTest, ExplainIsOneLineWithTheChoiceFirst) {
  const std::string ring = PlanSearch({.rows = 10'000'000}).Explain();
  EXPECT_THAT(ring, StartsWith("ring: ring about "));
  EXPECT_THAT(ring, HasSubstr("272 buckets"));
  EXPECT_THAT(ring, HasSubstr(" us"));
  EXPECT_THAT(ring, Not(HasSubstr("\n")));
  EXPECT_THAT(PlanSearch({.rows = 10}).Explain(), StartsWith("flat: "));
}

// What it counts is what a search of random rows does.
TEST(PlannerTest, CountsTheWorkOfASearchRight) {
  constexpr size_t kRows = 100'000, kQueries = 300;
  const Rows rows = RandomRows(kRows, 256, 1);
  const Rows queries = RandomRows(kQueries, 256, 2);
  ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
  for (uint32_t radius : {15, 31, 47}) {
    RingCounts counts;
    ASSERT_OK(index.SearchCounted(queries, radius, {}, counts));
    ASSERT_EQ(counts.scanned, 0u);
    const SearchPlan plan = PlanSearch({kRows, 256, radius, kQueries});
    const auto expect_near = [&](uint64_t count, double planned) {
      const double each = static_cast<double>(count) / kQueries;
      // Three times what chance explains of a sum of kQueries such counts.
      EXPECT_NEAR(each, planned,
                  3 * std::sqrt(planned / kQueries) + 0.01 * planned)
          << "radius " << radius;
    };
    expect_near(counts.probed, plan.probed);
    expect_near(counts.candidates, plan.candidates);
    expect_near(counts.verified, plan.verified);
  }
}

}  // namespace
}  // namespace hashvet
