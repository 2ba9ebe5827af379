// Every index answers every question alike, so that which one answers is a
// matter of time alone: the planner's choice never changes an answer.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/executor.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/index/planner.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/index/row_index.h"
#include "tests/index/index_support.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using testing::Answer;
using testing::Listed;
using testing::QueriesOf;
using testing::RandomRows;
using testing::Rows;
using testing::Same;

std::vector<Hash256> HashesOf(const Rows& rows) {
  std::vector<Hash256> hashes;
  for (size_t r = 0; r < rows.size(); ++r) {
    const auto row = rows[r];
    hashes.emplace_back(Hash256::Words{row[0], row[1], row[2], row[3]});
  }
  return hashes;
}

TEST(AgreementTest, ThePlannersChoiceNeverChangesTheAnswer) {
  size_t flat_chosen = 0, ring_chosen = 0;
  for (size_t n : {100, 3000, 25'000}) {
    const Rows rows = RandomRows(n, 256, n);
    ASSERT_OK_AND_ASSIGN(const FlatIndex flat,
                         FlatIndex::Create(HashesOf(rows)));
    ASSERT_OK_AND_ASSIGN(const RingIndex ring, RingIndex::Create(rows));
    for (uint32_t radius : {0, 15, 31, 40, 63, 100}) {
      for (size_t batch : {1, 64}) {
        const Rows queries = QueriesOf(rows, batch, 2 * radius, radius);
        const SearchPlan plan = PlanSearch({n, 256, radius, batch});
        const bool is_ring = plan.choice == IndexChoice::kRing;
        (is_ring ? ring_chosen : flat_chosen) += 1;
        const RangeIndex& chosen =
            is_ring ? static_cast<const RangeIndex&>(ring) : flat;
        const RangeIndex& other =
            is_ring ? static_cast<const RangeIndex&>(flat) : ring;
        ASSERT_OK_AND_ASSIGN(const Neighbors answer,
                             chosen.Search(queries, radius));
        ASSERT_TRUE(Same(other.Search(queries, radius), Listed(answer)))
            << plan.Explain();
        ASSERT_TRUE(Same(ring.Nearest(queries, 5, radius),
                         Listed(*flat.Nearest(queries, 5, radius))));
      }
    }
  }
  EXPECT_GT(flat_chosen, 0u);
  EXPECT_GT(ring_chosen, 0u);
}

TEST(AgreementTest, FlatRowsAndRingAnswerAlikeOnAnyExecutor) {
  Rows rows = RandomRows(6000, 256, 1);
  for (size_t r = 0; r + 1 < rows.size(); r += 4) {  // near copies
    std::ranges::copy(rows[r], rows[r + 1].begin());
    testing::FlipBit(rows[r + 1], r % 256);
  }
  ASSERT_OK_AND_ASSIGN(const FlatIndex flat, FlatIndex::Create(HashesOf(rows)));
  ASSERT_OK_AND_ASSIGN(const RowIndex row, RowIndex::Create(rows));
  ASSERT_OK_AND_ASSIGN(const RingIndex ring, RingIndex::Create(rows));
  const Rows queries = QueriesOf(rows, 100, 50, 2);
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  for (uint32_t radius = 0; radius <= 256; radius += radius < 50 ? 1 : 23) {
    const Answer want = testing::Definition(rows, queries, radius);
    const SearchOptions options = {.executor =
                                       radius % 2 == 0 ? pool.get() : nullptr};
    ASSERT_TRUE(Same(flat.Search(queries, radius, options), want)) << radius;
    ASSERT_TRUE(Same(row.Search(queries, radius, options), want)) << radius;
    ASSERT_TRUE(Same(ring.Search(queries, radius, options), want)) << radius;
  }
}

// The variable is read once, so another process looks.
TEST(AgreementDeathTest, AnUnknownForcedTargetIsAnErrorOfEveryIndex) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        setenv("HASHVET_SIMD_TARGET", "abacus", 1);
        const auto refused = [](const auto& result) {
          return testing::StatusOf(result).code() ==
                     absl::StatusCode::kInvalidArgument &&
                 testing::StatusOf(result).message().find("'abacus'") !=
                     absl::string_view::npos;
        };
        const Rows rows(256, 1);
        const bool all = refused(RingIndex::Create(rows)) &&
                         refused(RingIndex::FromTables({.rows = rows})) &&
                         refused(RowIndex::Create(rows)) &&
                         refused(RowIndex::FromRows(rows));
        std::_Exit(all ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace hashvet
