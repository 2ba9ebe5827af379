#include "hashvet/index/byte_vector_index.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

using Answer = std::vector<std::vector<Neighbor>>;
using Vectors = std::vector<ByteVector144>;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

ByteVector144 RandomVector(std::mt19937_64& random) {
  ByteVector144 vector;
  for (uint8_t& byte : vector.bytes) byte = static_cast<uint8_t>(random());
  return vector;
}
Vectors RandomVectors(size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  Vectors vectors(n);
  for (ByteVector144& vector : vectors) vector = RandomVector(random);
  return vectors;
}
// `vector` with `steps` bytes, or the same ones again, moved by one.
ByteVector144 Near(ByteVector144 vector, size_t steps,
                   std::mt19937_64& random) {
  for (size_t i = 0; i < steps; ++i) {
    uint8_t& byte = vector.bytes[random() % 144];
    byte = static_cast<uint8_t>(byte < 128 ? byte + 1 : byte - 1);
  }
  return vector;
}

// The definitions.
uint32_t L1(const ByteVector144& a, const ByteVector144& b) {
  int sum = 0;
  for (size_t i = 0; i < 144; ++i) sum += std::abs(a.bytes[i] - b.bytes[i]);
  return static_cast<uint32_t>(sum);
}
uint32_t SquaredL2(const ByteVector144& a, const ByteVector144& b) {
  int sum = 0;
  for (size_t i = 0; i < 144; ++i) {
    sum += (a.bytes[i] - b.bytes[i]) * (a.bytes[i] - b.bytes[i]);
  }
  return static_cast<uint32_t>(sum);
}

template <typename Distance>
Answer Oracle(const Vectors& rows, std::span<const ByteVector144> queries,
              uint32_t max_distance, const Distance& distance_of) {
  Answer answer(queries.size());
  for (size_t q = 0; q < queries.size(); ++q) {
    for (uint32_t r = 0; r < rows.size(); ++r) {
      const uint32_t distance = distance_of(queries[q], rows[r]);
      if (distance <= max_distance) answer[q].push_back({r, distance});
    }
  }
  return answer;
}

Answer Listed(const Neighbors& neighbors) {
  Answer answer;
  for (size_t q = 0; q < neighbors.queries(); ++q) {
    answer.emplace_back(neighbors.of(q).begin(), neighbors.of(q).end());
  }
  return answer;
}

void ExpectExactL1(const ByteVectorIndex& index, const Vectors& rows,
                   std::span<const ByteVector144> queries,
                   uint32_t max_distance, const SearchOptions& options = {}) {
  ASSERT_OK_AND_ASSIGN(const Neighbors got,
                       index.SearchL1(queries, max_distance, options));
  ASSERT_TRUE(Listed(got) == Oracle(rows, queries, max_distance, L1))
      << "L1, " << rows.size() << " rows, " << queries.size()
      << " queries, max_distance " << max_distance;
}
void ExpectExactSquaredL2(const ByteVectorIndex& index, const Vectors& rows,
                          std::span<const ByteVector144> queries,
                          uint32_t max_distance,
                          const SearchOptions& options = {}) {
  ASSERT_OK_AND_ASSIGN(const Neighbors got,
                       index.SearchSquaredL2(queries, max_distance, options));
  ASSERT_TRUE(Listed(got) == Oracle(rows, queries, max_distance, SquaredL2))
      << "squared L2, " << rows.size() << " rows, " << queries.size()
      << " queries, max_distance " << max_distance;
}

TEST(ByteVectorIndexTest, AgreesWithTheDefinitionAtEverySize) {
  for (size_t n : {0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 129, 500}) {
    const Vectors rows = RandomVectors(n, n + 1);
    ASSERT_OK_AND_ASSIGN(const ByteVectorIndex index,
                         ByteVectorIndex::Create(rows));
    EXPECT_EQ(index.rows(), n);
    for (size_t queries : {0, 1, 2, 8, 65, 130}) {
      const Vectors asked = RandomVectors(queries, 99);
      for (uint32_t limit : {0u, 1800u, 11'500u, 12'240u, kMaxL1Distance}) {
        ExpectExactL1(index, rows, asked, limit);
      }
      for (uint32_t limit :
           {0u, 50'000u, 1'400'000u, 1'600'000u, kMaxSquaredL2Distance}) {
        ExpectExactSquaredL2(index, rows, asked, limit);
      }
    }
  }
}

TEST(ByteVectorIndexTest, FindsWhatIsPlantedAcrossTilesAndChunks) {
  std::mt19937_64 random(7);
  Vectors rows = RandomVectors(20'001, 3);
  const Vectors queries = RandomVectors(70, 4);
  for (size_t r = 0; r < rows.size(); r += 97) {
    rows[r] = Near(queries[r % queries.size()], r % 1000, random);
  }
  rows.back() = queries.back();
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex index,
                       ByteVectorIndex::Create(rows));
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
    SearchOptions options;
    options.executor = executor;
    for (size_t asked : {1, 2, 70}) {
      const auto last = std::span(queries).last(asked);
      ExpectExactL1(index, rows, last, 600, options);
      ExpectExactSquaredL2(index, rows, last, 4000, options);
    }
  }
}

// At every distance there is between two such vectors: exactly t and t + 1.
TEST(ByteVectorIndexTest, TheLimitIsInclusive) {
  for (uint32_t bytes : {1, 31, 32, 33, 64, 65, 144}) {
    for (uint32_t step : {1, 2, 127, 254, 255}) {
      Vectors rows(1), zeros(1);
      std::fill_n(rows[0].bytes.begin(), bytes, static_cast<uint8_t>(step));
      ASSERT_OK_AND_ASSIGN(const ByteVectorIndex index,
                           ByteVectorIndex::Create(rows));
      const uint32_t l1 = bytes * step, squared = l1 * step;
      ASSERT_OK_AND_ASSIGN(const Neighbors near, index.SearchL1(zeros, l1));
      EXPECT_THAT(near.of(0), ::testing::ElementsAre(Neighbor{0, l1}));
      ASSERT_OK_AND_ASSIGN(const Neighbors far, index.SearchL1(zeros, l1 - 1));
      EXPECT_EQ(far.total(), 0u);
      ASSERT_OK_AND_ASSIGN(const Neighbors near2,
                           index.SearchSquaredL2(zeros, squared));
      EXPECT_THAT(near2.of(0), ::testing::ElementsAre(Neighbor{0, squared}));
      ASSERT_OK_AND_ASSIGN(const Neighbors far2,
                           index.SearchSquaredL2(zeros, squared - 1));
      EXPECT_EQ(far2.total(), 0u);
    }
  }
}

// Rows at every squared distance from 0 to 400, so that the answer's length is
// the largest squared distance that counted as near, plus one.
TEST(ByteVectorIndexTest, L2IsComparedWithoutRounding) {
  Vectors rows, zeros(1);
  for (uint32_t squared = 0; squared <= 400; ++squared) {
    ByteVector144 row;
    uint32_t left = squared;
    for (size_t i = 0; left > 0; ++i) {
      const auto step = static_cast<uint32_t>(std::sqrt(left));
      row.bytes[i] = static_cast<uint8_t>(step);
      left -= step * step;
    }
    rows.push_back(row);
  }
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex index,
                       ByteVectorIndex::Create(rows));
  const auto largest_near = [&](double limit) {
    const auto found = index.SearchL2(zeros, limit);
    EXPECT_OK(found);
    return static_cast<uint32_t>(found->total()) - 1;
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (uint32_t root = 0; root < 20; ++root) {
    EXPECT_EQ(largest_near(root), root * root);
    if (root == 0) continue;
    EXPECT_EQ(largest_near(std::nextafter(root, 0.0)), root * root - 1);
    EXPECT_EQ(largest_near(std::nextafter(root, kInfinity)), root * root);
  }
  // The double nearest to a root is above it or below it, while its square,
  // rounded, is often the integer.
  int below = 0, above = 0;
  for (uint32_t squared = 2; squared < 400; ++squared) {
    const double root = std::sqrt(static_cast<double>(squared));
    const double whole = std::round(root);
    if (whole * whole == squared) continue;
    // root^2 - squared in exact integers: root is mantissa * 2^exponent.
    int exponent;
    const auto mantissa = static_cast<unsigned __int128>(
        std::ldexp(std::frexp(root, &exponent), 53));
    const int shift = 2 * (53 - exponent);
    const bool is_below =
        mantissa * mantissa < static_cast<unsigned __int128>(squared) << shift;
    ++(is_below ? below : above);
    EXPECT_EQ(largest_near(root), is_below ? squared - 1 : squared) << squared;
    EXPECT_EQ(largest_near(std::nextafter(root, kInfinity)), squared);
    EXPECT_EQ(largest_near(std::nextafter(root, 0.0)), squared - 1);
  }
  EXPECT_GT(below, 50);
  EXPECT_GT(above, 50);
  EXPECT_EQ(largest_near(std::sqrt(3.0)), 2u);  // as the header says
  EXPECT_EQ(largest_near(-0.0), 0u);
  EXPECT_EQ(largest_near(std::numeric_limits<double>::denorm_min()), 0u);
}

TEST(ByteVectorIndexTest, L2AnswersWithSquaredDistances) {
  const Vectors rows = RandomVectors(100, 20), asked = RandomVectors(3, 21);
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex index,
                       ByteVectorIndex::Create(rows));
  ASSERT_OK_AND_ASSIGN(const Neighbors some, index.SearchL2(asked, 1250.5));
  EXPECT_TRUE(Listed(some) == Oracle(rows, asked, 1'563'750, SquaredL2));
  ASSERT_OK_AND_ASSIGN(const Neighbors all,
                       index.SearchL2(asked, kMaxL2Distance));
  EXPECT_TRUE(Listed(all) ==
              Oracle(rows, asked, kMaxSquaredL2Distance, SquaredL2));
  EXPECT_EQ(all.total(), 300u);
}

TEST(ByteVectorIndexTest, FarthestVectorsAreAtTheLargestDistance) {
  Vectors rows(9);
  for (ByteVector144& row : rows) row.bytes.fill(255);
  const Vectors zeros(1);
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex index,
                       ByteVectorIndex::Create(rows));
  for (uint32_t less : {0, 1}) {
    ExpectExactL1(index, rows, zeros, kMaxL1Distance - less);
    ExpectExactSquaredL2(index, rows, zeros, kMaxSquaredL2Distance - less);
  }
  ASSERT_OK_AND_ASSIGN(
      const Neighbors none,
      index.SearchL2(zeros, std::nextafter(kMaxL2Distance, 0.0)));
  EXPECT_EQ(none.total(), 0u);
}

TEST(ByteVectorIndexTest, EqualRowsAreEachAnswered) {
  const Vectors rows(33, RandomVectors(1, 5)[0]);
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex index,
                       ByteVectorIndex::Create(rows));
  ASSERT_OK_AND_ASSIGN(const Neighbors found,
                       index.SearchL1(std::span(rows).first(1), 0));
  EXPECT_EQ(found.total(), 33u);
  ExpectExactSquaredL2(index, rows, rows, 0);
}

TEST(ByteVectorIndexTest, GivesBackTheRowsItWasGiven) {
  const Vectors rows = RandomVectors(100, 8);
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex index,
                       ByteVectorIndex::Create(rows));
  for (size_t r = 0; r < rows.size(); ++r) EXPECT_EQ(index.row(r), rows[r]);
}

// Row 9 is row 1 of group 1.
TEST(ByteVectorIndexTest, TablesAreLaidOutAsTheHeaderSays) {
  Vectors rows(10);
  for (size_t i = 0; i < 144; ++i) {
    rows[9].bytes[i] = static_cast<uint8_t>(i + 1);
  }
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex index,
                       ByteVectorIndex::Create(rows));
  const ByteVectorTables& tables = index.tables();
  EXPECT_EQ(tables.rows, 10u);
  ASSERT_EQ(tables.prefix.size(), 2 * 256u);
  ASSERT_EQ(tables.rest.size(), 2 * 896u);
  EXPECT_EQ(tables.prefix[256 + 8], 1);
  EXPECT_EQ(tables.prefix[256 + 8 + 7], 8);
  EXPECT_EQ(tables.prefix[256 + 64 + 8], 9);
  EXPECT_EQ(tables.prefix[256 + 3 * 64 + 8 + 7], 32);
  EXPECT_EQ(tables.rest[896 + 8], 33);
  EXPECT_EQ(tables.rest[896 + 13 * 64 + 8 + 7], 144);
}

TEST(ByteVectorIndexTest, WorksOnTablesWhereTheyAre) {
  const Vectors rows = RandomVectors(333, 9);
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex owner,
                       ByteVectorIndex::Create(rows));
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex view,
                       ByteVectorIndex::FromTables(owner.tables()));
  EXPECT_EQ(view.tables().rest.data(), owner.tables().rest.data());
  ExpectExactL1(view, rows, RandomVectors(5, 10), 12'000);
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex empty,
                       ByteVectorIndex::FromTables({}));
  EXPECT_EQ(empty.rows(), 0u);
}

TEST(ByteVectorIndexTest, KeepsItsRowsWhenCopied) {
  const Vectors rows = RandomVectors(10, 11);
  auto original = std::make_unique<absl::StatusOr<ByteVectorIndex>>(
      ByteVectorIndex::Create(rows));
  ASSERT_OK(*original);
  const ByteVectorIndex copy = **original;
  original.reset();
  ExpectExactL1(copy, rows, rows, kMaxL1Distance);
}

TEST(ByteVectorIndexTest, RefusesTablesThatDoNotFitTogether) {
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex owner,
                       ByteVectorIndex::Create(RandomVectors(64, 12)));
  const auto refused = [](const ByteVectorTables& tables, const char* what) {
    EXPECT_THAT(ByteVectorIndex::FromTables(tables),
                StatusIs(kInvalid, HasSubstr(what)));
  };
  ByteVectorTables tables = owner.tables();
  tables.prefix = tables.prefix.first(2047);
  refused(tables, "prefix has 2047 bytes, want 2048 for 64 rows");
  tables = owner.tables();
  tables.rest = tables.rest.first(7 * 896);
  refused(tables, "rest has 6272 bytes, want 7168 for 64 rows");
  tables = owner.tables();
  tables.rows = 65;
  refused(tables, "prefix has 2048 bytes, want 2304 for 65 rows");
  tables.rows = 56;
  refused(tables, "prefix has 2048 bytes, want 1792 for 56 rows");
  tables.rows = kMaxIndexRows;
  refused(tables, "prefix has 2048 bytes");
  tables = owner.tables();
  tables.rows = 8;
  tables.prefix = tables.prefix.subspan(8, 256);
  tables.rest = tables.rest.first(896);
  refused(tables, "prefix is not aligned");
  tables.prefix = owner.tables().prefix.first(256);
  tables.rest = owner.tables().rest.subspan(32, 896);
  refused(tables, "rest is not aligned");
}

// A span of that size that nobody may read: the number alone is refused.
TEST(ByteVectorIndexTest, RefusesMoreRowsThanARowNumberHolds) {
  static const ByteVector144 vector;
  const auto too_many =
      StatusIs(absl::StatusCode::kResourceExhausted,
               HasSubstr("4294967296 rows, at most 4294967295"));
  EXPECT_THAT(ByteVectorIndex::Create({&vector, kMaxIndexRows + 1}), too_many);
  EXPECT_THAT(ByteVectorIndex::FromTables({kMaxIndexRows + 1, {}, {}}),
              too_many);
  EXPECT_THAT(ByteVectorIndex::FromTables({~uint64_t{0}, {}, {}}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("")));
}

TEST(ByteVectorIndexTest, RefusesLimitsThatAreNone) {
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex index,
                       ByteVectorIndex::Create({}));
  EXPECT_OK(index.SearchL1({}, 36'720));
  EXPECT_THAT(index.SearchL1({}, 36'721),
              StatusIs(kInvalid, HasSubstr("36721, at most 36720")));
  EXPECT_OK(index.SearchSquaredL2({}, 9'363'600));
  EXPECT_THAT(index.SearchSquaredL2({}, 9'363'601),
              StatusIs(kInvalid, HasSubstr("9363601, at most 9363600")));
  EXPECT_OK(index.SearchL2({}, 3060));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (double limit : {std::numeric_limits<double>::quiet_NaN(), -1.0,
                       -std::numeric_limits<double>::denorm_min(), kInfinity,
                       -kInfinity, std::nextafter(3060.0, kInfinity)}) {
    EXPECT_THAT(index.SearchL2({}, limit),
                StatusIs(kInvalid, HasSubstr("want 0 to 3060")));
  }
}

TEST(ByteVectorIndexTest, StopsAtTheDeadlineAndWhenCancelled) {
  const Vectors rows = RandomVectors(1 << 14, 13);
  const Vectors queries(20'000, rows[0]);
  ASSERT_OK_AND_ASSIGN(const ByteVectorIndex index,
                       ByteVectorIndex::Create(rows));
  const std::unique_ptr<Executor> pool = MakeThreadPool(2);
  for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
    SearchOptions options;
    options.executor = executor;
    options.deadline = Deadline::After(std::chrono::milliseconds(0));
    EXPECT_THAT(index.SearchL1({}, 31, options),
                StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("")));
    options.deadline = Deadline::After(std::chrono::milliseconds(5));
    EXPECT_THAT(index.SearchSquaredL2(queries, 50'000, options),
                StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("")));
    options.deadline = Deadline::Never();
    Cancellation cancellation;
    options.cancellation = &cancellation;
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      cancellation.Cancel();
    });
    EXPECT_THAT(index.SearchL1(queries, 1800, options),
                StatusIs(absl::StatusCode::kCancelled, HasSubstr("")));
    canceller.join();
  }
}

// The variable is read once, so another process looks.
TEST(ByteVectorIndexDeathTest, AnUnknownForcedTargetIsAnError) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        setenv("HASHVET_SIMD_TARGET", "abacus", 1);
        std::_Exit(ByteVectorIndex::Create({}).ok() ||
                           ByteVectorIndex::FromTables({}).ok()
                       ? 1
                       : 0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace hashvet
