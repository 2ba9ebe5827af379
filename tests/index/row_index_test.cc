#include "hashvet/index/row_index.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/executor.h"
#include "tests/index/index_support.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::testing::AllOf;
using testing::Definition;
using ::testing::HasSubstr;
using testing::QueriesOf;
using testing::RandomRows;
using testing::Rows;
using testing::Same;
using testing::StatusIs;

void ExpectExact(const RowIndex& index, const Rows& rows, BitRows queries,
                 uint32_t radius, const SearchOptions& options = {}) {
  ASSERT_TRUE(Same(index.Search(queries, radius, options),
                   Definition(rows, queries, radius)))
      << rows.size() << " rows of " << rows.width_bits() << " bits, "
      << queries.size() << " queries, radius " << radius;
}

// Widths of less than a word, of whole words and of parts.
TEST(RowIndexTest, AgreesAtEveryRadiusOfManyWidths) {
  for (uint32_t width : {1,   2,   7,   32,  63,  64,  65,  80,   100,  127,
                         128, 129, 144, 256, 257, 320, 512, 1000, 1008, 1024}) {
    const Rows rows = RandomRows(67, width, width);
    ASSERT_OK_AND_ASSIGN(const RowIndex index, RowIndex::Create(rows));
    EXPECT_EQ(index.width_bits(), width);
    const Rows queries = QueriesOf(rows, 3, width, width + 1);
    for (uint32_t radius = 0; radius <= width; ++radius) {
      ASSERT_NO_FATAL_FAILURE(ExpectExact(index, rows, queries, radius));
    }
    ASSERT_OK_AND_ASSIGN(const Neighbors all, index.Search(queries, width));
    EXPECT_EQ(all.total(), 3u * 67u);
  }
}

TEST(RowIndexTest, AgreesAtEverySizeAndBatch) {
  for (uint32_t width : {64, 144, 256}) {
    for (size_t n : {0, 1, 2, 3, 4, 7, 8, 9, 63, 64, 65, 511, 513, 1000}) {
      const Rows rows = RandomRows(n, width, n);
      ASSERT_OK_AND_ASSIGN(const RowIndex index, RowIndex::Create(rows));
      EXPECT_EQ(index.rows(), n);
      EXPECT_EQ(index.name(), "rows");
      for (size_t batch : {0, 1, 2, 8, 64, 65, 130}) {
        const Rows queries = QueriesOf(rows, batch, 20, n + 1);
        for (uint32_t radius : {0u, 10u, width / 2, width}) {
          ASSERT_NO_FATAL_FAILURE(ExpectExact(index, rows, queries, radius));
        }
      }
    }
  }
}

TEST(RowIndexTest, FindsWhatIsNearAcrossTilesAndChunks) {
  Rows rows = RandomRows(40'003, 144, 3);
  const Rows queries = QueriesOf(rows, 70, 33, 4);
  std::ranges::copy(queries[69], rows[40'002].begin());
  ASSERT_OK_AND_ASSIGN(const RowIndex index, RowIndex::Create(rows));
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
    for (size_t asked : {1, 2, 70}) {
      ASSERT_NO_FATAL_FAILURE(ExpectExact(index, rows,
                                          queries.view().slice(70 - asked, 70),
                                          31, {.executor = executor}));
    }
  }
}

TEST(RowIndexTest, UsesRowsWhereTheyAreAndKeepsThoseItCopied) {
  Rows rows = RandomRows(20, 100, 5);
  ASSERT_OK_AND_ASSIGN(const RowIndex view, RowIndex::FromRows(rows));
  EXPECT_EQ(view.bit_rows().words().data(), rows[0].data());
  ASSERT_OK_AND_ASSIGN(RowIndex owner, RowIndex::Create(rows));
  EXPECT_NE(owner.bit_rows().words().data(), rows[0].data());
  const Rows before = rows;
  std::ranges::fill(rows[3], 0);
  auto moved = std::make_unique<RowIndex>(std::move(owner));
  const RowIndex copy = *moved;
  moved.reset();
  ASSERT_NO_FATAL_FAILURE(ExpectExact(copy, before, before, 100));
  ASSERT_NO_FATAL_FAILURE(ExpectExact(view, rows, rows, 40));
  std::vector<uint64_t> words(2);
  copy.CopyRow(3, words);
  EXPECT_TRUE(std::ranges::equal(words, before[3]));
}

TEST(RowIndexTest, RefusesRowsThatItCannotHold) {
  const auto refused = [](BitRows rows, absl::StatusCode code,
                          const char* what) {
    EXPECT_THAT(RowIndex::Create(rows), StatusIs(code, HasSubstr(what)));
    EXPECT_THAT(RowIndex::FromRows(rows), StatusIs(code, HasSubstr(what)));
  };
  const auto invalid = absl::StatusCode::kInvalidArgument;
  refused({}, invalid, "rows of 0 bits, want 1 to 1024");
  refused(Rows(1025, 1), invalid, "rows of 1025 bits, want 1 to 1024");
  Rows stray(65, 2);
  stray[1][1] = 2;
  refused(stray, invalid, "row 1 has bits past its width of 65");
  static constexpr uint64_t kWord = 0;  // counted, not read
  ASSERT_OK_AND_ASSIGN(const BitRows many,
                       BitRows::Create({&kWord, kMaxIndexRows + 1}, 64));
  refused(many, absl::StatusCode::kResourceExhausted,
          "4294967296 rows, at most 4294967295");
}

TEST(RowIndexTest, RefusesQuestionsThatDoNotFit) {
  const Rows rows(100, 4);
  ASSERT_OK_AND_ASSIGN(const RowIndex index, RowIndex::Create(rows));
  const auto refused = [&](BitRows queries, uint32_t radius, const char* what) {
    const auto matcher =
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what));
    EXPECT_THAT(index.Search(queries, radius), matcher);
    EXPECT_THAT(index.Nearest(queries, 1, radius), matcher);
  };
  refused(rows, 101, "max_distance 101, at most 100");
  refused(Rows(128, 1), 10, "queries of 128 bits, the index holds rows of 100");
  Rows stray(100, 2);
  stray[1][1] = uint64_t{1} << 63;
  refused(stray, 10, "query 1 has bits past its width of 100");
}

TEST(RowIndexTest, StopsAtTheDeadlineAndWhenCancelled) {
  const Rows rows = RandomRows(1 << 17, 320, 6);
  ASSERT_OK_AND_ASSIGN(const RowIndex index, RowIndex::Create(rows));
  const Rows queries = RandomRows(10'000, 320, 7);
  SearchOptions options;
  options.deadline = Deadline::After(std::chrono::milliseconds(15));
  EXPECT_THAT(index.Search(queries, 31, options),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("")));
  Cancellation cancellation;
  cancellation.Cancel();
  EXPECT_THAT(index.Search(queries, 31, {.cancellation = &cancellation}),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("")));
}

}  // namespace
}  // namespace hashvet
