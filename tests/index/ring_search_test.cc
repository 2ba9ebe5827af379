// The ring search against the definition, both ways it answers: by probing its
// tables and by looking at every row. By cost alone small lists are scanned and
// large ones probed; SearchRing's scan_cost makes either happen, so that every
// size and radius meets both.

#include "src/index/ring_search.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/executor.h"
#include "hashvet/index/ring_index.h"
#include "src/index/allowances.h"
#include "tests/index/index_support.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using testing::Answer;
using testing::BucketOfValue;
using testing::ChunkBits;
using testing::ChunkValue;
using testing::Definition;
using testing::FlipAmong;
using testing::FlipBit;
using testing::FlipWithin;
using testing::QueriesOf;
using testing::RandomRows;
using testing::RingCutAs;
using testing::Rows;
using testing::Same;

constexpr double kAlwaysProbe = std::numeric_limits<double>::infinity();
constexpr double kAlwaysScan = 0;
constexpr double kByCost = 1;

constexpr uint32_t kWidths[] = {64,  80,  96,  128,  144,
                                256, 272, 512, 1008, 1024};

// Kinds of lists, random ones first.
enum class Kind {
  kRandom,
  kClustered,
  kDuplicated,
  kConstant,
  kOneChunk,
  kHot
};
constexpr Kind kKinds[] = {Kind::kRandom,   Kind::kClustered, Kind::kDuplicated,
                           Kind::kConstant, Kind::kOneChunk,  Kind::kHot};

Rows Make(Kind kind, size_t count, uint32_t width, uint64_t seed) {
  std::mt19937_64 random(seed);
  Rows rows = RandomRows(count, width, seed);
  const Rows centres = RandomRows(5, width, seed + 1);
  const auto copy = [&](size_t row, size_t centre) {
    std::ranges::copy(centres[centre], rows[row].begin());
  };
  for (size_t r = 0; r < count; ++r) {
    switch (kind) {
      case Kind::kRandom:
        break;
      case Kind::kClustered:
        copy(r, r % 5);
        FlipWithin(rows[r], 0, width, random() % 40, random);
        break;
      case Kind::kDuplicated:
        copy(r, random() % 5);
        break;
      case Kind::kConstant:
        copy(r, 0);
        break;
      case Kind::kOneChunk: {  // all rows share all but one chunk
        copy(r, 0);
        const size_t chunk = seed % (width / 16);
        FlipAmong(rows[r], ChunkBits(RingCutFor(width), chunk), random() % 17,
                  random);
        break;
      }
      case Kind::kHot:
        copy(r, 0);
        FlipWithin(rows[r], 0, width, random() % 5, random);
        break;
    }
  }
  return rows;
}

// Searches one way; counts say that it was that way.
absl::StatusOr<Neighbors> SearchAt(const RingIndex& index, BitRows queries,
                                   uint32_t radius, double scan_cost,
                                   const SearchOptions& options = {}) {
  RingCounts counts;
  auto found =
      SearchRing(index.tables(), queries, radius, options, counts, scan_cost);
  if (index.rows() > 0) {
    if (scan_cost == kAlwaysProbe) {
      EXPECT_EQ(counts.scanned, 0u);
    }
    if (scan_cost == kAlwaysScan) {
      EXPECT_EQ(counts.scanned, queries.size());
    }
  }
  return found;
}

void ExpectExact(const RingIndex& index, BitRows queries, uint32_t radius,
                 const SearchOptions& options = {}) {
  const Answer want = Definition(index.tables().rows, queries, radius);
  for (double scan_cost : {kAlwaysProbe, kAlwaysScan, kByCost}) {
    ASSERT_TRUE(
        Same(SearchAt(index, queries, radius, scan_cost, options), want))
        << index.rows() << " rows of " << index.width_bits() << " bits, "
        << queries.size() << " queries, radius " << radius << ", scan cost "
        << scan_cost;
  }
}

// All radii where tables are few; elsewhere all of the small ones, then those
// on either side of a whole level. (16 levels of 64 tables are 4 million
// buckets a query: not every radius.)
std::vector<uint32_t> RadiiToProbe(uint32_t width) {
  const uint32_t chunks = width / 16;
  const uint32_t small = width <= 144   ? width + 1
                         : width <= 272 ? 4 * chunks
                                        : 2 * chunks;
  std::vector<uint32_t> radii;
  for (uint32_t r = 0; r < small; ++r) radii.push_back(r);
  for (uint32_t level : {3, 4, 5, 8, 12, 16}) {
    for (uint32_t r : {level * chunks - 1, level * chunks}) {
      if (r >= small) radii.push_back(r);
    }
  }
  return radii;
}

TEST(RingSearchTest, AgreesAtEveryRadiusOfEveryWidth) {
  for (uint32_t width : kWidths) {
    Rows rows = RandomRows(30, width, width);
    const Rows near = Make(Kind::kClustered, 20, width, width + 1);
    for (size_t r = 0; r < near.size(); ++r) rows.Append(near[r]);
    // Rows at every distance from a query, so that every radius has a row that
    // lies exactly on it and one just past it.
    Rows queries = QueriesOf(rows, 2, width, width + 2);
    std::mt19937_64 random(width);
    for (uint32_t d = 0; d <= width; d += width / 64) {
      rows.Append(queries[0]);
      FlipWithin(rows[rows.size() - 1], 0, width, d, random);
    }
    ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
    RingCounts all;
    for (uint32_t radius = 0; radius <= width; ++radius) {
      ASSERT_OK_AND_ASSIGN(const Neighbors found,
                           index.SearchCounted(queries, radius, {}, all));
      ASSERT_TRUE(Same(found, Definition(rows, queries, radius)))
          << width << " bits, radius " << radius;
      if (radius == width) {
        EXPECT_EQ(found.total(), rows.size() * queries.size());
      }
    }
    // By cost: the smallest radii are probed, the others scanned.
    EXPECT_GT(all.probed, 0u) << width;
    EXPECT_GT(all.scanned, width) << width;

    const BitRows first = queries.view().slice(0, 1);
    for (uint32_t radius : RadiiToProbe(width)) {
      ASSERT_TRUE(Same(SearchAt(index, first, radius, kAlwaysProbe),
                       Definition(rows, first, radius)))
          << width << " bits, radius " << radius;
    }
  }
}

TEST(RingSearchTest, AgreesAtEverySizeOfEveryKindOfList) {
  for (uint32_t width : {64, 256}) {
    for (size_t n : {0,  1,  2,  3,  7,  8,   9,   15,  16,  17,   31,
                     32, 33, 63, 64, 65, 127, 129, 511, 513, 1023, 1025}) {
      for (Kind kind : kKinds) {
        if (n > 65 && n % 2 == 0) continue;
        const Rows rows = Make(kind, n, width, n + 7);
        ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
        EXPECT_EQ(index.rows(), n);
        const Rows queries = QueriesOf(rows, 6, 40, n);
        for (uint32_t radius : {0u, 3u, 10u, 31u, width / 16 * 3 - 1}) {
          ASSERT_NO_FATAL_FAILURE(ExpectExact(index, queries, radius))
              << "kind " << static_cast<int>(kind);
        }
      }
    }
  }
}

TEST(RingSearchTest, AgreesOnEveryKindOfListAtEveryWidth) {
  for (uint32_t width : kWidths) {
    const uint32_t chunks = width / 16;
    for (Kind kind : kKinds) {
      const Rows rows = Make(kind, 600, width, width);
      ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
      const Rows queries = QueriesOf(rows, 9, 3 * chunks, width + 3);
      for (uint32_t radius : {0u, 2u, chunks - 1, chunks, 2 * chunks - 2,
                              2 * chunks - 1, 3 * chunks - 1}) {
        ASSERT_NO_FATAL_FAILURE(ExpectExact(index, queries, radius))
            << "kind " << static_cast<int>(kind);
      }
    }
  }
}

// ---------------------------------------------------------------------------
// Neighbours that one starting chunk alone can find.

using Ring = std::array<uint32_t, 16>;

// Levels that sum to radius + 1: the larger ones where `larger` says.
Ring LevelsOf(uint32_t radius, const std::set<size_t>& larger) {
  Ring levels;
  for (size_t c = 0; c < 16; ++c) {
    levels[c] = (radius + 1) / 16 + (larger.contains(c) ? 1 : 0);
  }
  return levels;
}

// Distances a chunk that sum to the radius and leave `start` as the only chunk
// from which the conditions on one and on two chunks hold, both as tightly as
// `first` bits in it allow.
Ring OnlyFrom(size_t start, uint32_t first, const Ring& levels) {
  Ring distances = levels;  // one too many, everywhere
  const size_t following = (start + 1) % 16;
  distances[start] = first;
  distances[following] = levels[start] + levels[following] - 1 - first;
  return distances;
}

size_t Starts(const Ring& distances, const Ring& levels) {
  size_t starts = 0;
  for (size_t c = 0; c < 16; ++c) {
    const size_t f = (c + 1) % 16;
    starts += distances[c] < levels[c] &&
                      distances[c] + distances[f] < levels[c] + levels[f]
                  ? 1
                  : 0;
  }
  return starts;
}

void CopyChunk(RingCut cut, std::span<const uint64_t> from, size_t chunk,
               std::span<uint64_t> to) {
  for (const size_t bit : ChunkBits(cut, chunk)) {
    if (((from[bit / 64] ^ to[bit / 64]) >> bit % 64 & 1) != 0) {
      FlipBit(to, bit);
    }
  }
}

// Appends a row so far from the query, chunk by chunk, and one a bit further.
void Plant(Rows& rows, RingCut cut, std::span<const uint64_t> query,
           const Ring& distances, std::mt19937_64& random) {
  for (size_t further : {0, 1}) {
    rows.Append(query);
    const auto row = rows[rows.size() - 1];
    const size_t more = random() % 16;
    for (size_t c = 0; c < 16; ++c) {
      FlipAmong(row, ChunkBits(cut, c),
                distances[c] + (further == 1 && c == more ? 1 : 0), random);
    }
  }
}

class RingCutTest : public ::testing::TestWithParam<RingCut> {};
INSTANTIATE_TEST_SUITE_P(Cuts, RingCutTest,
                         ::testing::Values(RingCut::kInOrder,
                                           RingCut::kByParity),
                         [](const auto& cut) {
                           return cut.param == RingCut::kInOrder ? "InOrder"
                                                                 : "ByParity";
                         });

TEST_P(RingCutTest, FindsWhatOneStartingChunkAloneCanFind) {
  size_t planted = 0;
  std::set<size_t> starts_met;
  for (uint32_t radius = 0; radius <= 64; ++radius) {
    std::mt19937_64 random(radius + 1);
    const Rows queries = RandomRows(1, 256, radius + 100);
    // Which tables get one more bit is the search's choice: those where the
    // query's own bucket is small. So the others' are made large.
    std::vector<size_t> order(16);
    for (size_t c = 0; c < 16; ++c) order[c] = c;
    std::ranges::shuffle(order, random);
    const std::set<size_t> larger(order.begin(),
                                  order.begin() + (radius + 1) % 16);
    const Ring levels = LevelsOf(radius, larger);
    Rows rows(256);
    for (size_t s = 0; s < 16; ++s) {
      for (uint32_t first = 0; first < levels[s]; ++first) {
        const Ring distances = OnlyFrom(s, first, levels);
        ASSERT_EQ(Starts(distances, levels), 1u);
        Plant(rows, GetParam(), queries[0], distances, random);
        starts_met.insert(s);
        ++planted;
      }
    }
    const size_t near = rows.size();
    for (size_t i = 0; i < near + 10; ++i) {
      rows.Append(RandomRows(1, 256, random())[0]);
      const auto row = rows[rows.size() - 1];
      for (size_t c = 0; c < 16; ++c) {
        if (larger.empty() || larger.contains(c)) continue;
        CopyChunk(GetParam(), queries[0], c, row);
      }
    }
    const RingCutAs cut(rows, GetParam());
    ASSERT_OK_AND_ASSIGN(const RingIndex index,
                         RingIndex::FromTables(cut.tables()));
    const Answer want = Definition(rows, queries, radius);
    size_t exactly = 0;
    for (const Neighbor& neighbor : want[0]) {
      exactly += neighbor.row < near && neighbor.distance == radius ? 1 : 0;
    }
    ASSERT_EQ(exactly, near / 2);
    ASSERT_TRUE(Same(SearchAt(index, queries, radius, kAlwaysProbe), want))
        << "radius " << radius;
    // What the test takes for granted: the levels are those it planted for.
    std::array<uint32_t, 16> own;
    for (size_t c = 0; c < 16; ++c) {
      const size_t bucket =
          BucketOfValue(GetParam(), ChunkValue(queries[0], GetParam(), c));
      const auto offsets =
          index.tables().offsets.subspan(c * kRingOffsets + bucket, 2);
      own[c] = offsets[1] - offsets[0];
    }
    const Levels even = EvenLevels(own, radius);
    EXPECT_TRUE(std::equal(levels.begin(), levels.end(), even.of.begin()))
        << "radius " << radius;
  }
  EXPECT_EQ(starts_met.size(), 16u);
  EXPECT_GT(planted, 1000u);
}

// The same in a list that is probed by cost, among rows that have nothing to do
// with it.
TEST_P(RingCutTest, FindsWhatIsPlantedInALargeList) {
  constexpr size_t kRows = 120'000;
  std::mt19937_64 random(5);
  const Rows queries = RandomRows(65, 256, 50);
  Rows planted(256);
  for (uint32_t radius = 0; radius <= 64; ++radius) {
    std::set<size_t> larger;
    while (larger.size() < (radius + 1) % 16) larger.insert(random() % 16);
    const Ring levels = LevelsOf(radius, larger);
    for (size_t s = 0; s < 16; ++s) {
      for (uint32_t first = 0; first < levels[s]; ++first) {
        Plant(planted, GetParam(), queries[radius], OnlyFrom(s, first, levels),
              random);
      }
    }
  }
  Rows rows = RandomRows(kRows, 256, 6);
  for (size_t i = 0; i < planted.size(); ++i) {
    const size_t place = (i * 7919 + 3) % kRows;  // no two the same
    std::ranges::copy(planted[i], rows[place].begin());
  }
  const RingCutAs cut(rows, GetParam());
  ASSERT_OK_AND_ASSIGN(const RingIndex index,
                       RingIndex::FromTables(cut.tables()));
  size_t found_exactly = 0;
  uint64_t probing = 0;
  for (uint32_t radius = 0; radius <= 64; ++radius) {
    const BitRows query = queries.view().slice(radius, radius + 1);
    RingCounts counts;
    ASSERT_OK_AND_ASSIGN(const Neighbors found,
                         index.SearchCounted(query, radius, {}, counts));
    ASSERT_TRUE(Same(found, Definition(rows, query, radius)))
        << "radius " << radius;
    for (const Neighbor& neighbor : found.of(0)) {
      found_exactly += neighbor.distance == radius ? 1 : 0;
    }
    if (counts.scanned == 0) {
      ++probing;
      EXPECT_GT(counts.probed, 0u);
      EXPECT_GE(counts.candidates, counts.verified);
      EXPECT_GE(counts.verified, found.total());
    }
    if (radius <= 31) {
      EXPECT_EQ(counts.scanned, 0u) << "radius " << radius;
    }
  }
  EXPECT_EQ(found_exactly, planted.size() / 2);
  EXPECT_GE(probing, 32u);  // of 65
}

// ---------------------------------------------------------------------------

TEST(RingSearchTest, EveryBatchOnAnyExecutorAnswersTheSame) {
  Rows rows = Make(Kind::kRandom, 20'000, 256, 8);
  const Rows near = Make(Kind::kClustered, 300, 256, 9);
  for (size_t r = 0; r < near.size(); ++r) rows.Append(near[r]);
  ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
  const Rows queries = QueriesOf(rows, 300, 40, 10);
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  SearchOptions options;
  for (uint32_t radius : {15, 20, 31}) {
    const Answer want = Definition(rows, queries, radius);
    for (size_t batch : {0, 1, 2, 3, 4, 5, 7, 8, 9, 64, 300}) {
      for (size_t begin : {size_t{0}, 300 - batch}) {
        const BitRows asked = queries.view().slice(begin, begin + batch);
        const Answer part(want.begin() + static_cast<ptrdiff_t>(begin),
                          want.begin() + static_cast<ptrdiff_t>(begin + batch));
        for (Executor* executor :
             {static_cast<Executor*>(nullptr), pool.get()}) {
          options.executor = executor;
          RingCounts counts;
          ASSERT_TRUE(
              Same(index.SearchCounted(asked, radius, options, counts), part))
              << batch << " queries, radius " << radius;
          EXPECT_EQ(counts.scanned, 0u);
          EXPECT_EQ(counts.probed > 0, batch > 0);
        }
      }
    }
  }
}

// The eight hashes of pictures: random coefficients, each turn's signs, ones
// above the median (docs/hash_definitions.md).
Rows Turned(size_t pictures, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  Rows rows(256);
  for (size_t p = 0; p < pictures; ++p) {
    std::array<double, 256> of_picture;
    for (double& coefficient : of_picture) coefficient = normal(random);
    for (size_t turn = 0; turn < 8; ++turn) {
      std::array<double, 256> turned;
      for (size_t i = 0; i < 16; ++i) {
        for (size_t j = 0; j < 16; ++j) {
          const double value =
              of_picture[turn % 2 == 1 ? 16 * j + i : 16 * i + j];
          const bool negate = (turn / 2 % 2 == 1 && i % 2 == 0) !=
                              (turn / 4 == 1 && j % 2 == 0);
          turned[16 * i + j] = negate ? -value : value;
        }
      }
      std::array<double, 256> sorted = turned;
      std::ranges::nth_element(sorted, sorted.begin() + 127);
      std::array<uint64_t, 4> row = {};
      for (size_t b = 0; b < 256; ++b) {
        if (turned[b] > sorted[127]) FlipBit(row, b);
      }
      rows.Append(row);
    }
  }
  return rows;
}

// Queries that share buckets are asked together, whatever they share, wherever
// they stand in a batch; strangers, equal ones and inverted ones between them.
TEST_P(RingCutTest, TurnsOfAPictureAskedTogetherAnswerTheSame) {
  std::mt19937_64 random(17);
  const Rows turned = Turned(12, random);
  Rows queries(256);
  for (size_t p = 0; p < 12; ++p) {
    const size_t strangers = p % 4 == 3 ? random() % 5 : 0;
    for (size_t s = 0; s < strangers; ++s) {
      queries.Append(RandomRows(1, 256, random())[0]);
    }
    for (size_t turn = 0; turn < 8; ++turn) {
      queries.Append(turned[8 * p + (p % 3 == 2 ? turn / 2 * 2 : turn)]);
    }
  }
  Rows rows = RandomRows(40'000, 256, 18);
  for (size_t q = 0; q < queries.size(); ++q) {
    for (uint32_t further : {0u, 1u, 2u, 9u, 15u, 16u, 31u, 32u, 47u, 48u}) {
      const auto row = rows[random() % rows.size()];
      std::ranges::copy(queries[q], row.begin());
      FlipWithin(row, 0, 256, further, random);
    }
  }
  const RingCutAs cut(rows, GetParam());
  ASSERT_OK_AND_ASSIGN(const RingIndex index,
                       RingIndex::FromTables(cut.tables()));
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  for (uint32_t radius : {0, 1, 9, 15, 16, 20, 31, 32, 47}) {
    const Answer want = Definition(rows, queries, radius);
    for (double scan_cost : {kAlwaysProbe, kByCost, 0.02}) {
      for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
        RingCounts counts;
        ASSERT_TRUE(Same(SearchRing(index.tables(), queries, radius,
                                    {.executor = executor}, counts, scan_cost),
                         want))
            << "radius " << radius << ", scan cost " << scan_cost;
      }
    }
    for (size_t begin : {1, 3, 8, 17}) {
      for (size_t count : {2, 7, 8, 9, 30}) {
        const BitRows some = queries.view().slice(begin, begin + count);
        RingCounts counts;
        ASSERT_TRUE(Same(
            SearchRing(index.tables(), some, radius, {}, counts, kAlwaysProbe),
            Answer(want.begin() + static_cast<ptrdiff_t>(begin),
                   want.begin() + static_cast<ptrdiff_t>(begin + count))))
            << count << " queries from " << begin << ", radius " << radius;
      }
    }
  }
}

// What the turns of a picture ask of the same buckets, they ask once: 6.3
// questions of 8 by parity.
TEST(RingSearchTest, TurnsOfAPictureShareQuestions) {
  const Rows rows = RandomRows(100'000, 256, 20);
  ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
  std::mt19937_64 random(21);
  const Rows turned = Turned(40, random);
  RingCounts alone, together;
  for (size_t q = 0; q < turned.size(); ++q) {
    ASSERT_OK(SearchRing(index.tables(), turned.view().slice(q, q + 1), 31, {},
                         alone, kAlwaysProbe));
  }
  ASSERT_OK(SearchRing(index.tables(), turned, 31, {}, together, kAlwaysProbe));
  EXPECT_LT(together.probed, alone.probed * 82 / 100);
  EXPECT_LT(together.candidates, alone.candidates * 82 / 100);
  EXPECT_EQ(together.verified, alone.verified);  // of each query
}

// Near copies of pictures in number: groups break up, or some of their queries
// are scanned and others are not.
TEST(RingSearchTest, TurnsOfAPictureWithManyNearCopiesFallIntoPlace) {
  std::mt19937_64 random(22);
  const Rows turned = Turned(6, random);
  Rows rows = RandomRows(6000, 256, 23);
  for (size_t r = 0; r < rows.size(); r += 2) {  // of two pictures' first turns
    std::ranges::copy(turned[r % 4 == 0 ? 0 : 8], rows[r].begin());
    FlipWithin(rows[r], 0, 256, random() % 6, random);
  }
  ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
  uint64_t mixed = 0;
  for (uint32_t radius : {5, 15, 31}) {
    const Answer want = Definition(rows, turned, radius);
    for (double scan_cost = 1e-4; scan_cost < 1e5; scan_cost *= 2) {
      RingCounts counts;
      ASSERT_TRUE(Same(
          SearchRing(index.tables(), turned, radius, {}, counts, scan_cost),
          want))
          << "radius " << radius << ", scan cost " << scan_cost;
      mixed += counts.scanned > 0 && counts.scanned < turned.size() ? 1 : 0;
    }
  }
  EXPECT_GT(mixed, 5u);
}

// Queries that give up probing, before or on the way, between others that do
// not: their answers fall into place.
TEST(RingSearchTest, QueriesThatGiveUpProbingFallIntoPlace) {
  Rows rows = Make(Kind::kHot, 3000, 256, 11);
  const Rows others = Make(Kind::kRandom, 3000, 256, 12);
  for (size_t r = 0; r < others.size(); ++r) rows.Append(others[r]);
  ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
  const Rows hot = QueriesOf(Make(Kind::kHot, 50, 256, 11), 24, 20, 13);
  const Rows cold = QueriesOf(others, 45, 20, 14);
  Rows queries(256);
  for (size_t q = 0; q < cold.size(); ++q) {
    queries.Append(cold[q]);
    if (q < hot.size()) queries.Append(hot[q]);
  }
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  SearchOptions options;
  uint64_t mixed = 0, on_the_way = 0;
  for (uint32_t radius : {5, 15, 31}) {
    const Answer want = Definition(rows, queries, radius);
    for (double scan_cost = 1e-4; scan_cost < 1e4; scan_cost *= 2) {
      RingCounts counts;
      for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
        options.executor = executor;
        counts = {};
        ASSERT_TRUE(Same(SearchRing(index.tables(), queries, radius, options,
                                    counts, scan_cost),
                         want))
            << "radius " << radius << ", scan cost " << scan_cost;
      }
      if (counts.scanned == 0 || counts.scanned == queries.size()) continue;
      ++mixed;
      // Hundreds of entries each passed the filter, and some queries stopped.
      if (counts.verified > 2000) ++on_the_way;
    }
  }
  EXPECT_GT(mixed, 5u);
  EXPECT_GT(on_the_way, 2u);
}

// More entries pass the filter than there is room for between filter and check,
// within one query and across a block of them; each row passes many times.
TEST(RingSearchTest, ManyNearCopiesAreEachReportedOnce) {
  for (Kind kind : {Kind::kHot, Kind::kConstant, Kind::kOneChunk}) {
    const Rows rows = Make(kind, 2500, 256, 15);
    ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
    const Rows queries = QueriesOf(rows, 13, 8, 16);
    for (uint32_t radius : {3, 15, 31}) {
      RingCounts counts;
      ASSERT_TRUE(Same(
          SearchRing(index.tables(), queries, radius, {}, counts, kAlwaysProbe),
          Definition(rows, queries, radius)))
          << "kind " << static_cast<int>(kind) << ", radius " << radius;
      EXPECT_EQ(counts.scanned, 0u);
      if (radius >= 15) {  // all rows are near two thirds of the queries
        EXPECT_GT(counts.verified, 8 * rows.size());
      }
    }
  }
}

// Lists whose rows agree in many of a chunk's values, or in all: what levels
// that follow the buckets' sizes are for. Whichever tables they favour, nothing
// is missed.
TEST(RingSearchTest, AgreesHoweverUnevenTheBucketsAre) {
  for (uint64_t seed = 0; seed < 24; ++seed) {
    std::mt19937_64 random(seed);
    const uint32_t width = kWidths[seed % 7];
    const uint32_t chunks = width / 16;
    const size_t n = seed % 2 == 0 ? 400 : 3000;
    Rows rows = RandomRows(n, width, seed);
    for (uint32_t c = 0; c < chunks; ++c) {
      const size_t same = random() % 4 == 0 ? n : random() % n;
      for (size_t r = 1; r < same; ++r) {
        CopyChunk(RingCutFor(width), rows[0], c, rows[r]);
      }
    }
    ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
    const Rows queries = QueriesOf(rows, 8, 2 * chunks, seed);
    for (uint32_t radius = 0; radius < 5 * chunks; radius += 1 + seed % 5) {
      ASSERT_NO_FATAL_FAILURE(ExpectExact(index, queries, radius));
    }
  }
}

// A table that holds all rows in one bucket is not read through.
TEST(RingSearchTest, LargeBucketsAreAvoided) {
  constexpr size_t kRows = 20'000;
  Rows rows = RandomRows(kRows, 256, 60);
  for (size_t r = 1; r < kRows; ++r) {
    for (size_t c : {3, 4, 9}) {
      CopyChunk(RingCut::kByParity, rows[0], c, rows[r]);
    }
  }
  ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
  const Rows queries = QueriesOf(rows, 30, 31, 61);
  for (uint32_t radius : {12, 15, 25, 31}) {
    RingCounts counts;
    ASSERT_TRUE(Same(
        SearchRing(index.tables(), queries, radius, {}, counts, kAlwaysProbe),
        Definition(rows, queries, radius)))
        << "radius " << radius;
    EXPECT_LT(counts.candidates, queries.size() * kRows / 4);
  }
}

// Where all tables have the same level and no bucket is large: what lies within
// it, in buckets that are not empty; what of that the next chunk lets pass.
TEST(RingSearchTest, CountsWhatItDid) {
  const Rows rows = RandomRows(3000, 256, 62);
  ASSERT_OK_AND_ASSIGN(const RingIndex index, RingIndex::Create(rows));
  const auto chunk = [](std::span<const uint64_t> row, size_t c) {
    return ChunkValue(row, RingCut::kByParity, c % 16);
  };
  for (size_t batch : {1, 2, 3, 20}) {
    const Rows queries = QueriesOf(rows, batch, 31, 63 + batch);
    for (int level : {1, 2, 3}) {
      RingCounts want;
      for (size_t q = 0; q < batch; ++q) {
        for (size_t c = 0; c < 16; ++c) {
          std::set<uint16_t> buckets;
          for (size_t r = 0; r < rows.size(); ++r) {
            const auto here = chunk(rows[r], c);
            const int near =
                std::popcount<uint16_t>(here ^ chunk(queries[q], c));
            if (near >= level) continue;
            buckets.insert(here);
            ++want.candidates;
            const int next = std::popcount<uint16_t>(chunk(rows[r], c + 1) ^
                                                     chunk(queries[q], c + 1));
            want.verified += near + next < 2 * level ? 1 : 0;
          }
          want.probed += buckets.size();
        }
      }
      RingCounts counts;
      ASSERT_OK(SearchRing(index.tables(), queries, 16 * level - 1, {}, counts,
                           kAlwaysProbe));
      EXPECT_EQ(counts.probed, want.probed);
      EXPECT_EQ(counts.candidates, want.candidates);
      EXPECT_EQ(counts.verified, want.verified);
      EXPECT_EQ(counts.scanned, 0u);
    }
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Searches as wide and far as can be with this much memory more than it has.
[[noreturn]] void SearchFarWithin(rlim_t more_bytes) {
  const Rows rows = RandomRows(100, 1024, 70);
  const RingIndex index = *RingIndex::Create(rows);
  std::ifstream sizes("/proc/self/statm");
  rlim_t pages = 0;
  sizes >> pages;
  const rlim_t limit =
      pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more_bytes;
  const rlimit limits = {limit, limit};
  setrlimit(RLIMIT_AS, &limits);
  RingCounts counts;
  const auto found = SearchRing(index.tables(), rows.view().slice(0, 1), 1023,
                                {}, counts, kAlwaysProbe);
  std::_Exit(found.ok() && found->total() == rows.size() ? 0 : 1);
}

// Four million buckets a query, the most there are, have runs of 24 bytes.
TEST(RingSearchDeathTest, AQueryOfManyBucketsNeedsLittleMoreThanTheirRuns) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(SearchFarWithin(rlim_t{300} << 20), ::testing::ExitedWithCode(0),
              "");
}
#endif

}  // namespace
}  // namespace hashvet
