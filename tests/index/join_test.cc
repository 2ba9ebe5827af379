#include "hashvet/index/join.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/index/row_index.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

// A call of the sink each: the near rows of the row it names by its place.
using Answer = std::vector<std::vector<Neighbor>>;
using Hashes = std::vector<Hash256>;

// The definition.
Answer Oracle(BitRows rows, BitRows others, uint32_t max_distance) {
  Answer answer(others.size());
  for (size_t o = 0; o < others.size(); ++o) {
    for (size_t r = 0; r < rows.size(); ++r) {
      uint32_t distance = 0;
      for (size_t w = 0; w < rows.words_per_row(); ++w) {
        distance +=
            static_cast<uint32_t>(std::popcount(rows[r][w] ^ others[o][w]));
      }
      if (distance <= max_distance) {
        answer[o].push_back({static_cast<uint32_t>(r), distance});
      }
    }
  }
  return answer;
}

// Each unordered pair once, at its later row.
Answer SelfOracle(BitRows rows, uint32_t max_distance) {
  Answer answer = Oracle(rows, rows, max_distance);
  for (size_t row = 0; row < answer.size(); ++row) {
    std::erase_if(answer[row],
                  [&](const Neighbor& near) { return near.row >= row; });
  }
  return answer;
}

// Keeps what it is given, and holds the calls to their order. (This Abseil's
// FunctionRef calls what is const.)
struct Gathered {
  mutable Answer answer;
  absl::Status operator()(size_t other, std::span<const Neighbor> near) const {
    EXPECT_EQ(other, answer.size());
    answer.emplace_back(near.begin(), near.end());
    return absl::OkStatus();
  }
};

Hash256 Near(Hash256 hash, size_t flips, std::mt19937_64& random) {
  for (size_t i = 0; i < flips; ++i) {
    const size_t bit = random() % 256;
    hash.set_bit(bit, !hash.bit(bit));
  }
  return hash;
}

// Rows by name:
//   random      nothing near anything
//   clustered   a third are near copies of earlier rows, at every distance
//   duplicates  ten values in all
//   hotspot     half within a few bits of one centre, in one run
Hashes MakeRows(const std::string& data, size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto any = [&] {
    return Hash256({random(), random(), random(), random()});
  };
  const Hash256 centre = any();
  Hashes rows;
  for (size_t r = 0; r < n; ++r) {
    if (data == "clustered" && r % 3 == 2) {
      rows.push_back(Near(rows[random() % r], random() % 40, random));
    } else if (data == "duplicates" && r >= 10) {
      rows.push_back(rows[random() % 10]);
    } else if (data == "hotspot" && r >= n / 4 && r < n / 4 + n / 2) {
      rows.push_back(Near(centre, random() % 8, random));
    } else {
      rows.push_back(any());
    }
  }
  return rows;
}
const std::vector<std::string> kData = {"random", "clustered", "duplicates",
                                        "hotspot"};

std::vector<std::unique_ptr<RangeIndex>> IndexesOf(const Hashes& rows) {
  std::vector<std::unique_ptr<RangeIndex>> indexes;
  absl::StatusOr<FlatIndex> flat = FlatIndex::Create(rows);
  EXPECT_OK(flat);
  indexes.push_back(std::make_unique<FlatIndex>(*std::move(flat)));
  absl::StatusOr<RingIndex> ring = RingIndex::Create(rows);
  EXPECT_OK(ring);
  indexes.push_back(std::make_unique<RingIndex>(*std::move(ring)));
  return indexes;
}

TEST(JoinTest, FindsEveryPairOfTwoSetsAndNothingElse) {
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  for (const std::string& data : kData) {
    const Hashes rows = MakeRows(data, 700, 1);
    Hashes others = MakeRows(data, 250, 2);
    others.insert(others.end(), rows.begin() + 100, rows.begin() + 400);
    for (const auto& index : IndexesOf(rows)) {
      for (const uint32_t radius : {0, 5, 31, 90, 256}) {
        const Answer want = Oracle(rows, others, radius);
        for (Executor* executor :
             {static_cast<Executor*>(nullptr), pool.get()}) {
          SearchOptions options;
          options.executor = executor;
          Gathered got;
          ASSERT_OK(Join(*index, others, radius, options, got));
          ASSERT_TRUE(got.answer == want)
              << data << ", " << index->name() << ", radius " << radius;
        }
      }
    }
  }
}

TEST(JoinTest, FindsEveryPairOfOneSetOnce) {
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  for (const std::string& data : kData) {
    for (const size_t n : {0, 1, 2, 3, 700}) {
      const Hashes rows = MakeRows(data, n, n);
      for (const auto& index : IndexesOf(rows)) {
        for (const uint32_t radius : {0, 5, 31, 90, 256}) {
          const Answer want = SelfOracle(rows, radius);
          for (Executor* executor :
               {static_cast<Executor*>(nullptr), pool.get()}) {
            SearchOptions options;
            options.executor = executor;
            Gathered got;
            ASSERT_OK(SelfJoin(*index, radius, options, got));
            ASSERT_TRUE(got.answer == want)
                << data << ", " << index->name() << ", radius " << radius;
          }
        }
      }
    }
  }
}

TEST(JoinTest, BlocksMeetWithoutAGapOrAnOverlap) {
  const Hashes rows = MakeRows("clustered", 60, 3);
  for (const size_t n : {kJoinMaxBlock - 1, kJoinMaxBlock, kJoinMaxBlock + 1,
                         2 * kJoinMaxBlock + 7}) {
    Hashes others = MakeRows("random", n, 4);
    for (size_t o = 0; o < n; o += 5) others[o] = rows[o % rows.size()];
    others.back() = rows.back();
    for (const auto& index : IndexesOf(rows)) {
      Gathered got;
      ASSERT_OK(Join(*index, others, 31, {}, got));
      ASSERT_TRUE(got.answer == Oracle(rows, others, 31)) << n;
    }
  }
  // The pairs of a set that lie in different blocks of it.
  const size_t n = kJoinMaxBlock + 50;
  Hashes set = MakeRows("random", n, 5);
  for (size_t r = 0; r < 50; ++r) set[kJoinMaxBlock + r] = set[40 * r];
  for (const auto& index : IndexesOf(set)) {
    Gathered got;
    ASSERT_OK(SelfJoin(*index, 31, {}, got));
    ASSERT_EQ(got.answer.size(), n);
    for (size_t r = 0; r < 50; ++r) {
      const Neighbor twin = {static_cast<uint32_t>(40 * r), 0};
      ASSERT_EQ(got.answer[kJoinMaxBlock + r], std::vector<Neighbor>{twin});
    }
  }
}

TEST(JoinTest, TakesOtherWidths) {
  std::mt19937_64 random(6);
  for (const uint32_t width : {64u, 144u, 1024u}) {
    const size_t words_per_row = BitRows::WordsFor(width);
    std::vector<uint64_t> words(300 * words_per_row);
    for (uint64_t& word : words) word = random();
    for (size_t r = 0; r < 300; ++r) {
      uint64_t* const row = words.data() + r * words_per_row;
      if (r % 2 == 1) {
        std::copy(row - words_per_row, row, row);
        row[0] ^= random() & random();
      }
      if (width % 64 != 0) {
        row[words_per_row - 1] &= (uint64_t{1} << width % 64) - 1;
      }
    }
    ASSERT_OK_AND_ASSIGN(const BitRows rows, BitRows::Create(words, width));
    ASSERT_OK_AND_ASSIGN(const RingIndex ring, RingIndex::Create(rows));
    ASSERT_OK_AND_ASSIGN(const RowIndex plain, RowIndex::FromRows(rows));
    for (const RangeIndex* index :
         std::initializer_list<const RangeIndex*>{&ring, &plain}) {
      Gathered got, self;
      ASSERT_OK(Join(*index, rows.slice(50, 200), 20, {}, got));
      EXPECT_TRUE(got.answer == Oracle(rows, rows.slice(50, 200), 20)) << width;
      ASSERT_OK(SelfJoin(*index, 20, {}, self));
      EXPECT_TRUE(self.answer == SelfOracle(rows, 20)) << width;
    }
  }
}

TEST(JoinTest, NothingIsNearAnEmptySet) {
  const Hashes some = MakeRows("random", 5, 7);
  for (const auto& index : IndexesOf({})) {
    Gathered got, none;
    EXPECT_OK(Join(*index, some, 256, {}, got));
    EXPECT_TRUE(got.answer == Answer(5));  // told all the same
    EXPECT_OK(SelfJoin(*index, 256, {}, none));
    EXPECT_TRUE(none.answer.empty());
    EXPECT_THAT(SelfJoin(*index, 257, {}, none),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("257")));
  }
  for (const auto& index : IndexesOf(some)) {
    Gathered got;
    EXPECT_OK(Join(*index, Hashes(), 256, {}, got));
    EXPECT_OK(Join(*index, BitRows(), 256, {}, got));
    EXPECT_TRUE(got.answer.empty());
  }
}

TEST(JoinTest, RefusesWhatDoesNotFitBeforeTheSinkIsCalled) {
  const Hashes rows = MakeRows("random", 5, 8);
  const auto never = [](size_t, std::span<const Neighbor>) {
    ADD_FAILURE() << "called";
    return absl::OkStatus();
  };
  const std::vector<Hash64> narrow(3);
  for (const auto& index : IndexesOf(rows)) {
    EXPECT_THAT(Join(*index, narrow, 10, {}, never),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("64")));
    EXPECT_THAT(Join(*index, rows, 257, {}, never),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("257")));
    EXPECT_THAT(SelfJoin(*index, 257, {}, never),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("257")));
  }
}

TEST(JoinTest, ABadRowInALaterBlockIsFoundBeforeTheSinkIsCalled) {
  std::vector<uint64_t> words(2 * kJoinMaxBlock, 1);
  const BitRows rows = *BitRows::Create(std::span(words).first(10), 60);
  ASSERT_OK_AND_ASSIGN(const RowIndex index, RowIndex::FromRows(rows));
  words.back() = uint64_t{1} << 60;
  ASSERT_OK_AND_ASSIGN(const BitRows others, BitRows::Create(words, 60));
  const auto never = [](size_t, std::span<const Neighbor>) {
    ADD_FAILURE() << "called";
    return absl::OkStatus();
  };
  EXPECT_THAT(
      Join(index, others, 10, {}, never),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("query 8191 ")));
}

TEST(JoinTest, ASinksErrorEndsTheJoinAndIsReturned) {
  const Hashes rows = MakeRows("clustered", 500, 9);
  for (const auto& index : IndexesOf(rows)) {
    size_t calls = 0;
    const auto full = [&](size_t other, std::span<const Neighbor>) {
      ++calls;
      return other == 123 ? absl::AbortedError("the disk is full")
                          : absl::OkStatus();
    };
    const auto told =
        StatusIs(absl::StatusCode::kAborted, HasSubstr("the disk is full"));
    EXPECT_THAT(Join(*index, rows, 31, {}, full), told);
    EXPECT_EQ(calls, 124u);
    EXPECT_THAT(SelfJoin(*index, 31, {}, full), told);
    EXPECT_EQ(calls, 248u);
  }
}

TEST(JoinTest, StopsAtTheDeadlineAndWhenCancelled) {
  const Hashes rows = MakeRows("random", 2 * kJoinMaxBlock, 10);
  for (const auto& index : IndexesOf(rows)) {
    SearchOptions late;
    late.deadline = Deadline::After(std::chrono::milliseconds(0));
    Gathered got;
    const auto timed_out =
        StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr(""));
    EXPECT_THAT(Join(*index, rows, 31, late, got), timed_out);
    EXPECT_THAT(SelfJoin(*index, 31, late, got), timed_out);
    EXPECT_TRUE(got.answer.empty());

    for (const bool self : {false, true}) {
      Cancellation cancellation;
      SearchOptions options;
      options.cancellation = &cancellation;
      size_t calls = 0;
      const auto cancel = [&](size_t, std::span<const Neighbor>) {
        ++calls;
        cancellation.Cancel();
        return absl::OkStatus();
      };
      const absl::Status status = self
                                      ? SelfJoin(*index, 31, options, cancel)
                                      : Join(*index, rows, 31, options, cancel);
      EXPECT_THAT(status,
                  StatusIs(absl::StatusCode::kCancelled, HasSubstr("")));
      EXPECT_LE(calls, kJoinMaxBlock);  // the block under way is told
    }
  }
}

// Says it has many rows, finds nothing, and remembers the largest question.
class VastIndex final : public RangeIndex {
 public:
  explicit VastIndex(size_t rows) : rows_(rows) {}

  std::string_view name() const override { return "vast"; }
  uint32_t width_bits() const override { return 64; }
  size_t rows() const override { return rows_; }
  void CopyRow(size_t, std::span<uint64_t> words) const override {
    words[0] = 0;
  }
  absl::StatusOr<Neighbors> Search(BitRows queries, uint32_t,
                                   const SearchOptions&) const override {
    largest_ = std::max(largest_, queries.size());
    asked_ += queries.size();
    return Neighbors(std::vector<size_t>(queries.size() + 1), {});
  }
  absl::StatusOr<Neighbors> Nearest(BitRows, uint32_t, uint32_t,
                                    const SearchOptions&) const override {
    return absl::UnimplementedError("");
  }

  size_t largest() const { return largest_; }
  size_t asked() const { return asked_; }

 private:
  size_t rows_;
  mutable size_t largest_ = 0, asked_ = 0;
};

TEST(JoinTest, ABlockNeverAsksForMoreThanItsBound) {
  const auto ignore = [](size_t, std::span<const Neighbor>) {
    return absl::OkStatus();
  };
  const std::vector<Hash64> others(3 * kJoinMaxBlock + 1);
  const std::unique_ptr<Executor> pool = MakeThreadPool(3);
  for (const size_t rows : {1ul, 8'192ul, 1'000'000ul, 4'000'000'000ul}) {
    for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
      SearchOptions options;
      options.executor = executor;
      const VastIndex index(rows);
      ASSERT_OK(Join(index, others, 10, options, ignore));
      EXPECT_EQ(index.asked(), others.size());
      EXPECT_LE(index.largest(), kJoinMaxBlock);
      const size_t threads = executor == nullptr ? 1 : 3;
      EXPECT_LE(index.largest() * rows,
                std::max(kJoinBlockPairs, kJoinMinBlock * threads * rows));
      // And not in driblets.
      EXPECT_GE(index.largest(), kJoinMinBlock * threads);
    }
  }
  const VastIndex index(50'000);
  ASSERT_OK(SelfJoin(index, 10, {}, ignore));
  EXPECT_EQ(index.asked(), 50'000u);
  EXPECT_LE(index.largest() * 50'000, kJoinBlockPairs);
}

}  // namespace
}  // namespace hashvet
