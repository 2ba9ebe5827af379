// Every target against the scalar definitions of L1 and squared L2.

#include "src/kernels/byte_vector.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "src/kernels/targets.h"
#include "tests/kernels/kernel_support.h"

namespace hashvet::kernels {
namespace {

using Row = std::array<uint8_t, kVectorBytes>;
using Rows = std::vector<Row>;

enum class Metric { kL1, kSquaredL2 };
constexpr Metric kMetrics[] = {Metric::kL1, Metric::kSquaredL2};

constexpr uint32_t Largest(Metric metric) {
  return metric == Metric::kL1 ? 144 * 255 : 144 * 255 * 255;
}

// The definition.
uint32_t DistanceOf(Metric metric, const Row& a, const Row& b) {
  uint32_t distance = 0;
  for (size_t i = 0; i < kVectorBytes; ++i) {
    const int d = a[i] - b[i];
    distance +=
        static_cast<uint32_t>(metric == Metric::kL1 ? std::abs(d) : d * d);
  }
  return distance;
}

std::vector<Hit> Oracle(Metric metric, const Rows& rows, size_t begin,
                        size_t end, const Rows& queries,
                        uint32_t max_distance) {
  std::vector<Hit> hits;
  for (uint32_t q = 0; q < queries.size(); ++q) {
    for (size_t r = begin; r < end; ++r) {
      const uint32_t distance = DistanceOf(metric, rows[r], queries[q]);
      if (distance <= max_distance) {
        hits.push_back({q, static_cast<uint32_t>(r), distance});
      }
    }
  }
  return hits;
}

// The groups of byte_vector.h, exactly as long as they must be: a read past
// them is a report. The rows that pad the last group hold `padding`.
class Groups {
 public:
  explicit Groups(const Rows& rows, uint8_t padding = 0)
      : prefix_(GroupsOf(rows) * 256, padding),
        rest_(GroupsOf(rows) * 896, padding),
        rows_(rows.size()) {
    prefix_.shrink_to_fit();
    rest_.shrink_to_fit();
    for (size_t r = 0; r < rows.size(); ++r) {
      for (size_t i = 0; i < kVectorBytes; ++i) {
        const size_t at = i / 8 * 64 + r % 8 * 8 + i % 8;
        if (i < 32) {
          prefix_[r / 8 * 256 + at] = rows[r][i];
        } else {
          rest_[r / 8 * 896 + at - 4 * 64] = rows[r][i];
        }
      }
    }
  }
  Rows144 get() const { return {prefix_.data(), rest_.data(), rows_}; }

 private:
  static size_t GroupsOf(const Rows& rows) { return (rows.size() + 7) / 8; }
  std::vector<uint8_t> prefix_, rest_;
  size_t rows_;
};

class ByteVectorTest : public ::testing::TestWithParam<const Target*> {
 protected:
  std::mt19937_64 random_{20240601};  // fixed: failures repeat

  Row RandomRow() {
    Row row;
    for (uint8_t& byte : row) byte = static_cast<uint8_t>(random_());
    return row;
  }
  Rows RandomRows(size_t n) {
    Rows rows(n);
    for (Row& row : rows) row = RandomRow();
    return rows;
  }
  // At exactly that L1 distance, in steps spread over random bytes.
  Row AtL1(Row row, uint32_t distance) {
    const Row from = row;
    while (distance > 0) {
      const size_t i = random_() % kVectorBytes;
      const bool up = from[i] < 128;  // room for at least 127 steps
      const int room = up ? 255 - row[i] : row[i];
      const auto step = static_cast<uint32_t>(std::min<uint64_t>(
          {static_cast<uint64_t>(room), distance, 1 + random_() % 40}));
      row[i] = static_cast<uint8_t>(up ? row[i] + step : row[i] - step);
      distance -= step;
    }
    return row;
  }

  // By query, keeping the kernel's order of rows, which must ascend.
  static std::vector<Hit> Scan(Metric metric, const Rows144& rows, size_t begin,
                               size_t end, const Rows& queries,
                               uint32_t max_distance) {
    const size_t room = queries.size() * (end - begin);
    const std::unique_ptr<Hit[]> out(new Hit[room]);
    const ByteVectorTable& table = *GetParam()->byte_vector;
    const Scan144Fn scan = metric == Metric::kL1 ? table.l1 : table.squared_l2;
    std::vector<uint8_t> bytes(queries.size() * kVectorBytes);
    for (size_t q = 0; q < queries.size(); ++q) {
      std::memcpy(&bytes[q * kVectorBytes], queries[q].data(), kVectorBytes);
    }
    const size_t found = scan(rows, begin, end, bytes.data(), queries.size(),
                              max_distance, out.get());
    EXPECT_LE(found, room);
    std::vector<Hit> hits(out.get(), out.get() + found);
    std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
      return a.query < b.query;
    });
    return hits;
  }

  static void Compare(Metric metric, const Rows& rows, const Rows& queries,
                      uint32_t max_distance) {
    const Groups groups(rows);
    const auto got =
        Scan(metric, groups.get(), 0, rows.size(), queries, max_distance);
    const auto want =
        Oracle(metric, rows, 0, rows.size(), queries, max_distance);
    ASSERT_TRUE(got == want)
        << (metric == Metric::kL1 ? "L1" : "squared L2")
        << " rows=" << rows.size() << " queries=" << queries.size()
        << " max_distance=" << max_distance << " hits=" << got.size()
        << " want=" << want.size();
  }
};

// Distances known without any sum: row i differs from a query of zeros by 255
// in byte i alone, so that a byte forgotten or counted twice shows.
TEST_P(ByteVectorTest, CountsEveryByteOnce) {
  Rows rows(kVectorBytes, Row{});
  for (size_t i = 0; i < kVectorBytes; ++i) rows[i][i] = 255;
  const Groups groups(rows);
  const Rows zeros(1), ones(1, [] {
    Row row;
    row.fill(255);
    return row;
  }());
  const auto expect_all_at = [&](Metric metric, const Rows& query,
                                 uint32_t distance) {
    EXPECT_TRUE(Scan(metric, groups.get(), 0, rows.size(), query, distance - 1)
                    .empty());
    const auto hits =
        Scan(metric, groups.get(), 0, rows.size(), query, distance);
    ASSERT_EQ(hits.size(), rows.size());
    for (size_t i = 0; i < hits.size(); ++i) {
      EXPECT_EQ(hits[i], (Hit{0, static_cast<uint32_t>(i), distance}));
    }
  };
  expect_all_at(Metric::kL1, zeros, 255);
  expect_all_at(Metric::kL1, ones, 143 * 255);
  expect_all_at(Metric::kSquaredL2, zeros, 255 * 255);
  expect_all_at(Metric::kSquaredL2, ones, 143 * 255 * 255);
}

// All 65,536 pairs of bytes, at every place in a word.
TEST_P(ByteVectorTest, KnowsEveryPairOfBytes) {
  for (int a = 0; a < 256; ++a) {
    Rows rows(256 / 8), queries(1);
    for (size_t i = 0; i < kVectorBytes; ++i) {
      queries[0][i] = static_cast<uint8_t>(i % 9 == 0 ? a : 0);
    }
    for (size_t b = 0; b < 256; ++b) {
      rows[b / 8][b % 8 * 9] = static_cast<uint8_t>(b);
    }
    for (Metric metric : kMetrics) {
      ASSERT_NO_FATAL_FAILURE(Compare(metric, rows, queries, Largest(metric)));
    }
  }
}

TEST_P(ByteVectorTest, AgreesAtEverySizeBatchAndKindOfDistance) {
  for (size_t n : {0,  1,  2,  3,  4,  5,  7,  8,  9,   15,  16,  17, 31,
                   32, 33, 39, 40, 41, 63, 64, 65, 127, 128, 129, 257}) {
    const Rows rows = RandomRows(n);
    for (size_t queries : {1, 2, 3, 8, 9, 64}) {
      const Rows asked = RandomRows(queries);
      // Nothing, few, half of random rows, all; around where the prefix ends to
      // be of use; more than there is.
      for (uint32_t limit : {0U, 1800U, 8159U, 8160U, 8161U, 11'000U, 12'240U,
                             13'000U, 36'719U, 36'720U, ~0U}) {
        ASSERT_NO_FATAL_FAILURE(Compare(Metric::kL1, rows, asked, limit));
      }
      for (uint32_t limit :
           {0U, 50'000U, 1'400'000U, 1'572'864U, 2'080'799U, 2'080'800U,
            2'080'801U, 9'363'599U, 9'363'600U, 1U << 31, ~0U}) {
        ASSERT_NO_FATAL_FAILURE(
            Compare(Metric::kSquaredL2, rows, asked, limit));
      }
    }
  }
}

TEST_P(ByteVectorTest, FindsNeighboursPlantedAtExactlyTheDistanceOnly) {
  for (size_t queries : {1, 2, 9}) {
    for (uint32_t distance = 0; distance < 12'000;
         distance += distance < 40 ? 1 : 997) {
      const Rows asked = RandomRows(queries);
      Rows rows = RandomRows(150);
      for (size_t r = 0; r < rows.size(); r += 2) {
        rows[r] = AtL1(asked[r % queries], distance + r / 2 % 2);
      }
      ASSERT_NO_FATAL_FAILURE(Compare(Metric::kL1, rows, asked, distance));
      // Under squared L2: at what the planted rows happen to be, and one less.
      const uint32_t squared =
          DistanceOf(Metric::kSquaredL2, rows[0], asked[0]);
      ASSERT_NO_FATAL_FAILURE(
          Compare(Metric::kSquaredL2, rows, asked, squared));
      if (squared == 0) continue;
      ASSERT_NO_FATAL_FAILURE(
          Compare(Metric::kSquaredL2, rows, asked, squared - 1));
    }
  }
}

// All of the distance in the first bytes, spread evenly: where the bound for
// squared L2 is tight, and one too sharp would lose a row. Rows of a group are
// alike: one that passes would take the others with it.
TEST_P(ByteVectorTest, BoundsAreNeverAboveTheDistance) {
  const Rows zeros(3);
  for (uint32_t each = 0; each <= 255; ++each) {
    Rows rows(40);
    for (size_t r = 0; r < rows.size(); ++r) {
      std::fill_n(rows[r].begin(), 32 - r / 8 % 3, static_cast<uint8_t>(each));
      if (r >= 24) rows[r][r % 30] ^= 1;
    }
    for (uint32_t slack : {0U, 1U}) {
      if (slack > each) continue;
      ASSERT_NO_FATAL_FAILURE(
          Compare(Metric::kL1, rows, zeros, 32 * each - slack));
      ASSERT_NO_FATAL_FAILURE(
          Compare(Metric::kSquaredL2, rows, zeros, 32 * each * each - slack));
    }
  }
}

// Lists made to pass every bound.
TEST_P(ByteVectorTest, AgreesOnClusteredConstantAndDuplicatedLists) {
  const Row centre = RandomRow();
  Rows clustered(203), duplicated(203), far_rest(203, centre);
  for (Row& row : clustered) row = AtL1(centre, random_() % 4000);
  for (Row& row : duplicated) row = AtL1(centre, random_() % 2);
  for (Row& row : far_rest) {  // equal prefixes, far apart beyond them
    for (size_t i = 32; i < kVectorBytes; ++i) row[i] = ~centre[i];
  }
  const Rows constant(203, centre);
  for (size_t queries : {1, 2, 8, 9}) {
    Rows asked(queries);
    for (Row& row : asked) row = AtL1(centre, random_() % 3000);
    for (const Rows& rows : {clustered, duplicated, far_rest, constant}) {
      for (uint32_t limit : {0U, 1U, 500U, 1500U, 3000U, 6000U, 36'720U}) {
        ASSERT_NO_FATAL_FAILURE(Compare(Metric::kL1, rows, asked, limit));
        ASSERT_NO_FATAL_FAILURE(
            Compare(Metric::kSquaredL2, rows, asked, limit * 20));
      }
    }
  }
}

TEST_P(ByteVectorTest, ScansOnlyTheRowsAsked) {
  const Rows rows = RandomRows(300);
  const Rows asked = RandomRows(8);
  const Groups groups(rows);
  for (size_t begin : {0, 8, 64, 296}) {
    for (size_t end : {begin, begin + 1, begin + 4, size_t{300}}) {
      for (Metric metric : kMetrics) {
        for (uint32_t limit : {Largest(metric), Largest(metric) / 6}) {
          EXPECT_TRUE(Scan(metric, groups.get(), begin, end, asked, limit) ==
                      Oracle(metric, rows, begin, end, asked, limit));
        }
      }
    }
  }
}

// Whatever the rows that fill up the last group hold, they are not rows.
TEST_P(ByteVectorTest, PaddingIsNeverAnAnswer) {
  for (size_t n : {1, 7, 9, 33}) {
    Rows rows = RandomRows(n), asked(2);
    asked[1].fill(255);
    for (uint8_t padding : {0, 255}) {
      const Groups groups(rows, padding);
      for (Metric metric : kMetrics) {
        for (uint32_t limit : {0U, 1U, Largest(metric)}) {
          EXPECT_TRUE(Scan(metric, groups.get(), 0, n, asked, limit) ==
                      Oracle(metric, rows, 0, n, asked, limit));
        }
      }
    }
  }
}

TEST_P(ByteVectorTest, NothingAskedNothingFound) {
  const Groups groups(RandomRows(100));
  EXPECT_TRUE(Scan(Metric::kL1, groups.get(), 0, 100, {}, ~0U).empty());
}

INSTANTIATE_TEST_SUITE_P(Targets, ByteVectorTest,
                         ::testing::ValuesIn(RunnableTargets().begin(),
                                             RunnableTargets().end()),
                         [](const auto& target) {
                           return std::string(target.param->name);
                         });

}  // namespace
}  // namespace hashvet::kernels
