// Every target's ring filter against the definition: which entries of the runs
// have at most so many bits of the query's set.

#include "src/kernels/ring.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/kernels/targets.h"
#include "tests/kernels/kernel_support.h"
#include "tests/support/guarded_array.h"

namespace hashvet::kernels {
namespace {

using ::hashvet::testing::GuardedArray;

std::vector<uint64_t> Definition(const uint16_t* next,
                                 const std::vector<RingRun>& runs) {
  std::vector<uint64_t> entries;
  for (const RingRun& run : runs) {
    for (uint64_t e = run.begin; e < run.begin + run.count; ++e) {
      const int differing =
          std::popcount<uint16_t>(next[e & kEntryMask] ^ run.next);
      if (differing <= run.max_next_distance) entries.push_back(e);
    }
  }
  return entries;
}

class RingTest : public ::testing::TestWithParam<const Target*> {
 protected:
  // The padding's words would pass at any limit: what reads them as entries
  // answers with too many.
  static constexpr uint16_t kQuery = 0x5A3C;

  std::mt19937_64 random_{20240501};  // fixed: failures repeat

  // `ones` ones, anywhere.
  uint16_t Mask(int ones) {
    uint32_t mask = 0;
    while (std::popcount(mask) < ones) mask |= 1u << random_() % 16;
    return static_cast<uint16_t>(mask);
  }

  // `count` entries and the padding, of which the last word ends at the guard:
  // one more would be a crash. Distances from 0 to 16, all as likely.
  void Fill(std::span<uint16_t> next) {
    for (uint16_t& word : next) {
      word = static_cast<uint16_t>(kQuery ^ Mask(random_() % 17));
    }
    for (uint16_t& word : next.last(kNextPadding)) word = kQuery;
  }

  // Ids are asked for and never read: any address will do.
  static const uint32_t* Ids(const uint16_t* next) {
    return reinterpret_cast<const uint32_t*>(reinterpret_cast<uintptr_t>(next) &
                                             ~uintptr_t{3});
  }

  // Filters with `room` entries of room a call, going on where it stopped, as
  // ring.h says; checks what it promises on the way.
  static std::vector<uint64_t> FilterAll(const uint16_t* next,
                                         std::vector<RingRun> runs,
                                         size_t room) {
    static const GuardedArray<uint64_t> all_out(65'536);
    const auto out = all_out.last(room);
    std::vector<uint64_t> all;
    size_t done = 0;
    while (done < runs.size()) {
      const RingRun stopped_before = runs[done];
      const RingFound found = GetParam()->ring->filter(
          next, &runs[done], runs.size() - done, runs.size() - done, Ids(next),
          out.data(), room);
      if (found.entries > room || found.runs > runs.size() - done) {
        ADD_FAILURE() << found.entries << " entries, " << found.runs << " runs";
        return all;
      }
      all.insert(all.end(), out.begin(),
                 out.begin() + static_cast<ptrdiff_t>(found.entries));
      done += found.runs;
      if (found.runs == 0 && runs[done].begin == stopped_before.begin) {
        ADD_FAILURE() << "stands still with room " << room;
        return all;
      }
      if (done < runs.size() && runs[done].count == 0) {
        ADD_FAILURE() << "leaves an empty run";
        return all;
      }
    }
    return all;
  }

  static void Compare(const uint16_t* next, const std::vector<RingRun>& runs,
                      size_t room) {
    ASSERT_EQ(FilterAll(next, runs, room), Definition(next, runs))
        << runs.size() << " runs, the first of " << runs[0].count << " at "
        << runs[0].begin << ", limit " << runs[0].max_next_distance << ", room "
        << room;
  }
};

// Lengths around every vector's width, beginning anywhere in a line, ending
// exactly where the entries do.
TEST_P(RingTest, AgreesAtEveryLengthMisalignmentAndLimit) {
  const GuardedArray<uint16_t> memory(33 + 200 + kNextPadding);
  for (uint32_t count = 1; count <= 200; ++count) {
    for (size_t shift : {0, 1, 2, 15, 16, 17, 31, 32, 33}) {
      const auto next = memory.last(shift + count + kNextPadding);
      Fill(next);
      for (uint16_t limit = 0; limit <= 16; ++limit) {
        ASSERT_NO_FATAL_FAILURE(
            Compare(next.data(), {{shift, count, kQuery, limit}}, count));
      }
    }
  }
}

// One entry at each distance from the query, in each place of a vector: the
// answer is known without any kernel.
TEST_P(RingTest, TheLimitIsInclusiveInEveryLane) {
  const GuardedArray<uint16_t> next(64 + kNextPadding);
  for (int distance = 0; distance <= 16; ++distance) {
    for (uint64_t place = 0; place < 64; ++place) {
      for (uint16_t& word : next.last(64 + kNextPadding)) {
        word = static_cast<uint16_t>(~kQuery);
      }
      next[place] = static_cast<uint16_t>(kQuery ^ Mask(distance));
      for (uint16_t limit = 0; limit < 16; ++limit) {
        const auto found = FilterAll(next.data(), {{0, 64, kQuery, limit}}, 64);
        if (distance <= limit) {
          ASSERT_EQ(found, std::vector<uint64_t>{place})
              << "distance " << distance << " limit " << limit;
        } else {
          ASSERT_TRUE(found.empty())
              << "distance " << distance << " limit " << limit;
        }
      }
    }
  }
}

// All 65,536 differences at all limits.
TEST_P(RingTest, CountsEveryWordRight) {
  const GuardedArray<uint16_t> next(65'536 + kNextPadding);
  for (uint32_t word = 0; word < 65'536; ++word) {
    next[word] = static_cast<uint16_t>(word ^ kQuery);
  }
  for (uint16_t limit = 0; limit <= 16; ++limit) {
    ASSERT_NO_FATAL_FAILURE(
        Compare(next.data(), {{0, 65'536, kQuery, limit}}, 65'536));
  }
}

TEST_P(RingTest, ManyRunsComeInTheirOrderEachWithItsOwnQuestion) {
  constexpr size_t kEntries = 3000;
  const GuardedArray<uint16_t> next(kEntries + kNextPadding);
  Fill(next.last(next.size()));
  for (size_t run_count : {1, 2, 3, 47, 48, 49, 50, 96, 97, 300}) {
    std::vector<RingRun> runs;
    for (size_t i = 0; i < run_count; ++i) {
      const auto count = static_cast<uint32_t>(1 + random_() % 90);
      // Some end where the entries do, some are the same, none in order.
      const uint64_t begin =
          i % 7 == 0 ? kEntries - count : random_() % (kEntries - count);
      // Marked, and some behind another of the same entries.
      runs.push_back({begin | i % 256 << kEntryBits, count,
                      static_cast<uint16_t>(kQuery ^ Mask(i % 3)),
                      static_cast<uint16_t>(random_() % 17)});
      if (i % 5 == 0) {
        runs.push_back(runs.back());
        runs.back().begin ^= uint64_t{0xA5} << kEntryBits;
      }
    }
    for (size_t room : {kEntries * 10, size_t{64}, size_t{7}}) {
      ASSERT_NO_FATAL_FAILURE(Compare(next.data(), runs, room));
    }
  }
}

// With little room the filter stops within runs, at their first entries, at
// their last, between them; nothing is lost or comes twice.
TEST_P(RingTest, GoesOnExactlyWhereItStopped) {
  constexpr size_t kEntries = 260;
  const GuardedArray<uint16_t> next(kEntries + kNextPadding);
  Fill(next.last(next.size()));
  std::vector<size_t> rooms(70);
  for (size_t i = 0; i < rooms.size(); ++i) rooms[i] = i + 1;
  rooms.insert(rooms.end(), {99, 100, 101, 128, 259, 260, 261});
  for (uint16_t limit : {0, 1, 3, 8, 15, 16}) {
    const std::vector<RingRun> runs = {
        {0, 100, kQuery, limit},  {100, 1, kQuery, limit},
        {101, 32, kQuery, limit}, {133, 33, kQuery, limit},
        {166, 2, kQuery, limit},  {168, 92, kQuery, limit}};
    for (size_t room : rooms) {
      ASSERT_NO_FATAL_FAILURE(Compare(next.data(), runs, room));
    }
  }
}

// `runs_known` may promise more runs than are filtered: their memory is asked
// for and nothing is written about them.
TEST_P(RingTest, RunsThatAreOnlyKnownAreLeftAlone) {
  constexpr size_t kEntries = 700;
  const GuardedArray<uint16_t> next(kEntries + kNextPadding);
  Fill(next.last(next.size()));
  const GuardedArray<RingRun> runs(130);
  std::vector<RingRun> given;
  for (size_t i = 0; i < runs.size(); ++i) {
    // Long ones as well: many lines are asked for, and the last of them.
    const auto count = static_cast<uint32_t>(i % 2 == 0 ? 5 : kEntries - i);
    runs[i] = {kEntries - count, count, kQuery, 4};
    given.push_back(runs[i]);
  }
  for (size_t run_count : {1, 40, 82, 83, 129, 130}) {
    const GuardedArray<uint64_t> out(run_count * kEntries);
    const RingFound found = GetParam()->ring->filter(
        next.data(), runs.data(), run_count, runs.size(), Ids(next.data()),
        out.data(), out.size());
    EXPECT_EQ(found.runs, run_count);
    const std::vector<RingRun> filtered(given.begin(),
                                        given.begin() + run_count);
    EXPECT_EQ(std::vector<uint64_t>(out.data(), out.data() + found.entries),
              Definition(next.data(), filtered));
    for (size_t i = 0; i < runs.size(); ++i) {
      ASSERT_EQ(runs[i].begin, given[i].begin);
      ASSERT_EQ(runs[i].count, given[i].count);
    }
  }
}

// Entries are numbered over all tables: beyond 32 bits for the largest lists.
TEST_P(RingTest, EntriesPastFourBillionKeepTheirNumbers) {
  const GuardedArray<uint16_t> memory(100 + kNextPadding);
  Fill(memory.last(memory.size()));
  constexpr uint64_t kFar = 0x9'8765'4321;
  // The array as if it were the far end of a long one, of which only this is
  // touched.
  const auto* const next = reinterpret_cast<const uint16_t*>(
      reinterpret_cast<uintptr_t>(memory.data()) - kFar * sizeof(uint16_t));
  std::vector<uint64_t> want = Definition(memory.data(), {{0, 100, kQuery, 6}});
  for (uint64_t& entry : want) entry += kFar;
  ASSERT_FALSE(want.empty());
  EXPECT_EQ(FilterAll(next, {{kFar, 100, kQuery, 6}}, 100), want);
  EXPECT_EQ(FilterAll(next, {{kFar, 100, kQuery, 6}}, 9), want);
}

TEST_P(RingTest, NothingAskedNothingFound) {
  const GuardedArray<uint16_t> next(kNextPadding);
  uint64_t out = 0;
  const RingFound found = GetParam()->ring->filter(next.data(), nullptr, 0, 0,
                                                   Ids(next.data()), &out, 1);
  EXPECT_EQ(found.runs, 0u);
  EXPECT_EQ(found.entries, 0u);
}

INSTANTIATE_TEST_SUITE_P(Targets, RingTest,
                         ::testing::ValuesIn(RunnableTargets().begin(),
                                             RunnableTargets().end()),
                         [](const auto& target) {
                           return std::string(target.param->name);
                         });

}  // namespace
}  // namespace hashvet::kernels
