#include "hashvet/index/flat_index.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
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
using ::testing::Contains;
using ::testing::HasSubstr;

using Answer = std::vector<std::vector<Neighbor>>;

Hash256 RandomHash(std::mt19937_64& random) {
  return Hash256({random(), random(), random(), random()});
}
std::vector<Hash256> RandomHashes(size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Hash256> hashes(n);
  for (Hash256& hash : hashes) hash = RandomHash(random);
  return hashes;
}

// The definition.
Answer Oracle(std::span<const Hash256> rows, std::span<const Hash256> queries,
              uint32_t max_distance) {
  Answer answer(queries.size());
  for (size_t q = 0; q < queries.size(); ++q) {
    for (uint32_t r = 0; r < rows.size(); ++r) {
      const uint32_t distance = Distance(queries[q], rows[r]);
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

void ExpectExact(const FlatIndex& index, std::span<const Hash256> rows,
                 std::span<const Hash256> queries, uint32_t max_distance,
                 const SearchOptions& options = {}) {
  ASSERT_OK_AND_ASSIGN(const Neighbors got,
                       index.Search(queries, max_distance, options));
  ASSERT_TRUE(Listed(got) == Oracle(rows, queries, max_distance))
      << rows.size() << " rows, " << queries.size() << " queries, radius "
      << max_distance;
}

TEST(FlatIndexTest, AgreesWithTheDefinitionAtEverySize) {
  for (size_t n : {0, 1, 2, 3, 63, 64, 65, 127, 129, 1000}) {
    const std::vector<Hash256> rows = RandomHashes(n, n + 1);
    ASSERT_OK_AND_ASSIGN(const FlatIndex index, FlatIndex::Create(rows));
    EXPECT_EQ(index.rows(), n);
    EXPECT_EQ(index.name(), "flat");
    for (size_t queries : {0, 1, 2, 8, 9, 64, 65, 150}) {
      for (uint32_t radius : {0, 31, 115, 128, 256}) {
        ExpectExact(index, rows, RandomHashes(queries, 99), radius);
      }
    }
  }
}

TEST(FlatIndexTest, FindsWhatIsPlantedAcrossTilesAndChunks) {
  std::mt19937_64 random(7);
  std::vector<Hash256> rows = RandomHashes(70'001, 3);
  const std::vector<Hash256> queries = RandomHashes(70, 4);
  for (size_t r = 0; r < rows.size(); r += 97) {
    rows[r] = queries[r % queries.size()];
    for (size_t i = 0; i < r % 34; ++i) {
      const size_t bit = random() % 256;
      rows[r].set_bit(bit, !rows[r].bit(bit));
    }
  }
  rows.back() = queries.back();
  ASSERT_OK_AND_ASSIGN(const FlatIndex index, FlatIndex::Create(rows));
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
    SearchOptions options;
    options.executor = executor;
    for (size_t asked : {1, 2, 70}) {
      ExpectExact(index, rows, std::span(queries).last(asked), 31, options);
    }
  }
}

TEST(FlatIndexTest, AnswersWithEveryRowAtRadius256) {
  const std::vector<Hash256> rows = RandomHashes(20'000, 5);
  const std::vector<Hash256> queries = RandomHashes(3, 6);
  const std::unique_ptr<Executor> pool = MakeThreadPool(2);
  SearchOptions options;
  options.executor = pool.get();
  ASSERT_OK_AND_ASSIGN(const FlatIndex index, FlatIndex::Create(rows));
  ExpectExact(index, rows, queries, 256, options);
  ASSERT_OK_AND_ASSIGN(const Neighbors all, index.Search(queries, 256));
  EXPECT_EQ(all.total(), 60'000u);
}

TEST(FlatIndexTest, GivesBackTheRowsItWasGiven) {
  const std::vector<Hash256> rows = RandomHashes(100, 8);
  ASSERT_OK_AND_ASSIGN(const FlatIndex index, FlatIndex::Create(rows));
  for (size_t r = 0; r < rows.size(); ++r) EXPECT_EQ(index.row(r), rows[r]);
}

TEST(FlatIndexTest, WorksOnPlanesWhereTheyAre) {
  const std::vector<Hash256> rows = RandomHashes(333, 9);
  ASSERT_OK_AND_ASSIGN(const FlatIndex owner, FlatIndex::Create(rows));
  ASSERT_OK_AND_ASSIGN(const FlatIndex view,
                       FlatIndex::FromPlanes(owner.planes()));
  EXPECT_EQ(view.planes().rest.data(), owner.planes().rest.data());
  ExpectExact(view, rows, RandomHashes(5, 10), 120);
  ASSERT_OK_AND_ASSIGN(const FlatIndex empty, FlatIndex::FromPlanes({}));
  EXPECT_EQ(empty.rows(), 0u);
}

TEST(FlatIndexTest, KeepsItsRowsWhenCopied) {
  const std::vector<Hash256> rows = RandomHashes(10, 11);
  auto original =
      std::make_unique<absl::StatusOr<FlatIndex>>(FlatIndex::Create(rows));
  ASSERT_OK(*original);
  const FlatIndex copy = **original;
  original.reset();
  ExpectExact(copy, rows, rows, 256);
}

TEST(FlatIndexTest, RefusesPlanesThatDoNotFitTogether) {
  ASSERT_OK_AND_ASSIGN(const FlatIndex owner,
                       FlatIndex::Create(RandomHashes(64, 12)));
  const auto refused = [](const FlatPlanes& planes, const char* what) {
    EXPECT_THAT(FlatIndex::FromPlanes(planes),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what)));
  };
  FlatPlanes planes = owner.planes();
  planes.prefix[2] = planes.prefix[2].first(63);
  refused(planes, "prefix 2 has 63 words, want 64");
  planes = owner.planes();
  planes.rest = planes.rest.first(127);
  refused(planes, "rest has 127 words, want 128");
  planes = owner.planes();
  for (auto& prefix : planes.prefix) prefix = prefix.subspan(1);
  planes.rest = planes.rest.subspan(2);
  refused(planes, "prefix 0 is not aligned");
  planes = owner.planes();
  for (auto& prefix : planes.prefix) prefix = prefix.first(60);
  planes.rest = planes.rest.subspan(2, 120);
  refused(planes, "rest is not aligned");
}

TEST(FlatIndexTest, RefusesADistanceOver256) {
  ASSERT_OK_AND_ASSIGN(const FlatIndex index, FlatIndex::Create({}));
  EXPECT_OK(index.Search({}, 256));
  EXPECT_THAT(index.Search({}, 257),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("257")));
}

TEST(FlatIndexTest, StopsAtTheDeadline) {
  const std::vector<Hash256> rows = RandomHashes(1 << 18, 13);
  const std::vector<Hash256> queries(20'000, rows[0]);
  ASSERT_OK_AND_ASSIGN(const FlatIndex index, FlatIndex::Create(rows));
  const std::unique_ptr<Executor> pool = MakeThreadPool(2);
  for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
    SearchOptions options;
    options.executor = executor;
    options.deadline = Deadline::After(std::chrono::milliseconds(0));
    EXPECT_THAT(index.Search(std::span(queries).first(1), 31, options),
                StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("")));
    options.deadline = Deadline::After(std::chrono::milliseconds(20));
    EXPECT_THAT(index.Search(queries, 31, options),
                StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("")));
  }
}

TEST(FlatIndexTest, StopsWhenCancelled) {
  const std::vector<Hash256> rows = RandomHashes(1 << 18, 14);
  const std::vector<Hash256> queries(20'000, rows[0]);
  ASSERT_OK_AND_ASSIGN(const FlatIndex index, FlatIndex::Create(rows));
  Cancellation cancellation;
  SearchOptions options;
  options.cancellation = &cancellation;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    cancellation.Cancel();
  });
  EXPECT_THAT(index.Search(queries, 31, options),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("")));
  canceller.join();
}

TEST(SimdTargetTest, TheActiveTargetIsOneThatRuns) {
  ASSERT_OK_AND_ASSIGN(const std::string_view active, ActiveSimdTarget());
  EXPECT_THAT(RunnableSimdTargets(), Contains(active));
}

// The variable is read once, so another process looks.
TEST(SimdTargetDeathTest, AnUnknownForcedTargetIsAnErrorEverywhere) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        setenv("HASHVET_SIMD_TARGET", "abacus", 1);
        const auto refused = [](const auto& result) {
          return ::hashvet::testing::StatusOf(result).code() ==
                     absl::StatusCode::kInvalidArgument &&
                 ::hashvet::testing::StatusOf(result).message().find(
                     "'abacus'") != absl::string_view::npos;
        };
        const bool all = refused(ActiveSimdTarget()) &&
                         refused(FlatIndex::Create({})) &&
                         refused(FlatIndex::FromPlanes({}));
        std::_Exit(all ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace hashvet
