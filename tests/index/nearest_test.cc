// The nearest rows, of every index, against the definition: all rows within the
// distance, nearest first, equal distances by row, the first `count`.

#include "src/index/nearest.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/executor.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/index/row_index.h"
#include "tests/index/index_support.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using testing::FlipWithin;
using testing::NearestDefinition;
using testing::QueriesOf;
using testing::RandomRows;
using testing::Rows;
using testing::Same;

void ExpectNearest(const RangeIndex& index, const Rows& rows, BitRows queries,
                   const SearchOptions& options = {}) {
  const uint32_t width = rows.width_bits();
  for (uint32_t count : {0u, 1u, 2u, 3u, 10u, 70u, ~0u}) {
    for (uint32_t radius : {0u, 1u, 5u, width / 16, 31u, width / 2, width}) {
      if (radius > width) continue;
      ASSERT_TRUE(Same(index.Nearest(queries, count, radius, options),
                       NearestDefinition(rows, queries, count, radius)))
          << index.name() << ", " << rows.size() << " rows of " << width
          << " bits, the " << count << " nearest within " << radius;
    }
  }
}

// Rows at distances that repeat: ties are common.
Rows WithTies(size_t count, uint32_t width, uint64_t seed) {
  std::mt19937_64 random(seed);
  Rows rows = RandomRows(count, width, seed);
  for (size_t r = 1; r < count; ++r) {
    if (random() % 2 == 0) continue;
    std::ranges::copy(rows[0], rows[r].begin());
    FlipWithin(rows[r], 0, width, random() % (std::min(width, 9u) + 1), random);
  }
  return rows;
}

TEST(NearestTest, AgreesAtEveryWidth) {
  for (uint32_t width : {1, 5, 15, 16, 17, 64, 80, 100, 144, 256, 1024}) {
    for (size_t n : {0, 1, 2, 60}) {
      const Rows rows = WithTies(n, width, width + n);
      const Rows queries = QueriesOf(rows, 7, 12, width);
      ASSERT_OK_AND_ASSIGN(const RowIndex index, RowIndex::Create(rows));
      ASSERT_NO_FATAL_FAILURE(ExpectNearest(index, rows, queries));
      if (width < 64 || width % 16 != 0 || width > 256) continue;
      ASSERT_OK_AND_ASSIGN(const RingIndex ring, RingIndex::Create(rows));
      ASSERT_NO_FATAL_FAILURE(ExpectNearest(ring, rows, queries));
    }
  }
}

TEST(NearestTest, AgreesOnALargeListOfEveryIndex) {
  Rows rows = RandomRows(8000, 256, 1);
  const Rows near = WithTies(200, 256, 2);
  for (size_t r = 0; r < near.size(); ++r) rows.Append(near[r]);
  std::vector<Hash256> hashes;
  for (size_t r = 0; r < rows.size(); ++r) {
    const auto row = rows[r];
    hashes.emplace_back(Hash256::Words{row[0], row[1], row[2], row[3]});
  }
  ASSERT_OK_AND_ASSIGN(const FlatIndex flat, FlatIndex::Create(hashes));
  ASSERT_OK_AND_ASSIGN(const RowIndex row, RowIndex::Create(rows));
  ASSERT_OK_AND_ASSIGN(const RingIndex ring, RingIndex::Create(rows));
  Rows queries = QueriesOf(near, 6, 30, 3);
  const Rows others = QueriesOf(rows, 5, 30, 4);
  for (size_t q = 0; q < others.size(); ++q) queries.Append(others[q]);
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  for (const RangeIndex* index : {static_cast<const RangeIndex*>(&flat),
                                  static_cast<const RangeIndex*>(&row),
                                  static_cast<const RangeIndex*>(&ring)}) {
    ASSERT_NO_FATAL_FAILURE(
        ExpectNearest(*index, rows, queries, {.executor = pool.get()}));
    ASSERT_NO_FATAL_FAILURE(
        ExpectNearest(*index, rows, queries.view().slice(0, 1)));
  }
}

TEST(NearestTest, NothingAskedNothingFound) {
  const Rows rows = RandomRows(10, 64, 5);
  ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
  ASSERT_OK_AND_ASSIGN(const Neighbors none, index.Nearest({}, 3, 64));
  EXPECT_EQ(none.queries(), 0u);
  EXPECT_EQ(none.total(), 0u);
}

}  // namespace
}  // namespace hashvet
