// Every target's scan and check of whole rows against the scalar definition.

#include "src/kernels/rows.h"

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

constexpr size_t kMaxWords = 16;
constexpr uint32_t kQueryNumber = 7;

uint32_t Distance(const uint64_t* a, const uint64_t* b, size_t words) {
  uint32_t distance = 0;
  for (size_t w = 0; w < words; ++w) {
    distance += static_cast<uint32_t>(std::popcount(a[w] ^ b[w]));
  }
  return distance;
}

class RowsTest : public ::testing::TestWithParam<const Target*> {
 protected:
  std::mt19937_64 random_{20240501};  // fixed: failures repeat

  // Flips `bits` different bits of a row.
  void Flip(uint64_t* row, size_t words, uint32_t bits) {
    while (bits > 0) {
      const size_t place = random_() % (64 * words);
      const uint64_t bit = uint64_t{1} << place % 64;
      if (flipped_[place]) continue;
      flipped_[place] = true;
      row[place / 64] ^= bit;
      --bits;
    }
    flipped_.assign(flipped_.size(), false);
  }

  // Rows at all distances from the query.
  void Fill(std::span<uint64_t> rows, std::span<const uint64_t> query) {
    const size_t words = query.size();
    for (size_t at = 0; at < rows.size(); at += words) {
      std::ranges::copy(query, rows.begin() + static_cast<ptrdiff_t>(at));
      Flip(&rows[at], words, static_cast<uint32_t>(random_() % (64 * words)));
    }
  }

  static std::vector<Hit> Definition(std::span<const uint64_t> rows,
                                     std::span<const uint32_t> ids,
                                     std::span<const uint64_t> query,
                                     uint32_t max_distance) {
    std::vector<Hit> hits;
    for (const uint32_t id : ids) {
      const uint32_t distance =
          Distance(&rows[id * query.size()], query.data(), query.size());
      if (distance <= max_distance) {
        hits.push_back({kQueryNumber, id, distance});
      }
    }
    return hits;
  }

  // Ends where writable memory does.
  static std::span<Hit> Room(size_t hits) {
    static const GuardedArray<Hit> all(2000);
    return all.last(hits);
  }

  static std::vector<Hit> Scan(std::span<const uint64_t> rows, size_t begin,
                               size_t end, std::span<const uint64_t> query,
                               uint32_t max_distance) {
    const auto out = Room(end - begin);
    const size_t found = GetParam()->rows->scan(
        rows.data(), query.size(), begin, end, query.data(), kQueryNumber,
        max_distance, out.data());
    EXPECT_LE(found, end - begin);
    return {out.begin(), out.begin() + static_cast<ptrdiff_t>(found)};
  }

  static std::vector<Hit> Check(std::span<const uint64_t> rows,
                                std::span<const uint32_t> ids,
                                std::span<const uint64_t> query,
                                uint32_t max_distance) {
    const auto out = Room(ids.size());
    const size_t found = GetParam()->rows->check(
        rows.data(), query.size(), ids.data(), ids.size(), query.data(),
        kQueryNumber, max_distance, out.data());
    EXPECT_LE(found, ids.size());
    return {out.begin(), out.begin() + static_cast<ptrdiff_t>(found)};
  }

  static void CompareScan(std::span<const uint64_t> rows, size_t begin,
                          size_t end, std::span<const uint64_t> query,
                          uint32_t max_distance) {
    std::vector<uint32_t> ids;
    for (size_t r = begin; r < end; ++r) ids.push_back(uint32_t(r));
    ASSERT_TRUE(Scan(rows, begin, end, query, max_distance) ==
                Definition(rows, ids, query, max_distance))
        << query.size() << " words, rows " << begin << " to " << end
        << ", max_distance " << max_distance;
  }

  std::vector<bool> flipped_ = std::vector<bool>(64 * kMaxWords);
};

// Rows that end exactly where readable memory does, and a query that does too.
TEST_P(RowsTest, AgreesAtEveryWidthCountAndKindOfRadius) {
  for (size_t words = 1; words <= kMaxWords; ++words) {
    const GuardedArray<uint64_t> query_memory(words);
    const GuardedArray<uint64_t> memory(70 * words);
    const auto query = query_memory.last(words);
    for (uint64_t& word : query) word = random_();
    const auto width = static_cast<uint32_t>(64 * words);
    for (size_t count = 0; count <= 70; ++count) {
      const auto rows = memory.last(count * words);
      Fill(rows, query);
      for (uint32_t radius :
           {0u, 1u, 31u, width / 2 - 1, width / 2, width - 1, width, 5000u}) {
        ASSERT_NO_FATAL_FAILURE(CompareScan(rows, 0, count, query, radius));
      }
    }
  }
}

TEST_P(RowsTest, ScansOnlyTheRowsAsked) {
  for (size_t words : {1, 2, 3, 4, 5, 16}) {
    const GuardedArray<uint64_t> memory(40 * words);
    const auto rows = memory.last(memory.size());
    const std::vector<uint64_t> query(words, 0x0123456789ABCDEF);
    Fill(rows, query);
    for (size_t begin = 0; begin <= 40; ++begin) {
      for (size_t end = begin; end <= 40; ++end) {
        for (uint32_t radius : {32u * uint32_t(words), 5000u}) {
          ASSERT_NO_FATAL_FAILURE(CompareScan(rows, begin, end, query, radius));
        }
      }
    }
  }
}

// Row r differs from the query in exactly r bits: the answer is known without
// any kernel, rows 0 .. max_distance.
TEST_P(RowsTest, TheDistanceLimitIsInclusiveAtEveryRadius) {
  for (size_t words : {1, 2, 4, 7, 16}) {
    const uint32_t width = static_cast<uint32_t>(64 * words);
    std::vector<uint64_t> query(words);
    for (uint64_t& word : query) word = random_();
    std::vector<uint64_t> rows;
    for (uint32_t r = 0; r <= width; ++r) {
      rows.insert(rows.end(), query.begin(), query.end());
      Flip(&rows[r * words], words, r);
    }
    std::vector<uint32_t> ids(width + 1);
    for (uint32_t r = 0; r <= width; ++r) ids[r] = width - r;
    for (uint32_t radius = 0; radius <= width; ++radius) {
      const auto scanned = Scan(rows, 0, width + 1, query, radius);
      ASSERT_EQ(scanned.size(), radius + 1);
      for (uint32_t r = 0; r <= radius; ++r) {
        ASSERT_TRUE((scanned[r] == Hit{kQueryNumber, r, r})) << radius;
      }
      const auto checked = Check(rows, ids, query, radius);
      ASSERT_EQ(checked.size(), radius + 1);
      for (uint32_t r = 0; r <= radius; ++r) {
        ASSERT_TRUE((checked[r] == Hit{kQueryNumber, radius - r, radius - r}))
            << radius;
      }
    }
  }
}

// One near row in each place of a block: where a shuffle that mixes rows up
// would show.
TEST_P(RowsTest, ANearRowIsFoundWhereItIs) {
  for (size_t words : {1, 4}) {
    std::vector<uint64_t> query(words);
    for (uint64_t& word : query) word = random_();
    for (size_t word = 0; word < words; ++word) {
      for (uint32_t place = 0; place < 17; ++place) {
        std::vector<uint64_t> rows(17 * words);
        for (size_t i = 0; i < rows.size(); ++i) rows[i] = ~query[i % words];
        std::ranges::copy(query, rows.begin() + ptrdiff_t(place * words));
        rows[place * words + word] ^= 0xFFF0;
        ASSERT_TRUE(Scan(rows, 0, 17, query, 12) ==
                    std::vector<Hit>({{kQueryNumber, place, 12}}))
            << words << " words, place " << place;
        ASSERT_TRUE(Scan(rows, 0, 17, query, 11).empty());
      }
    }
  }
}

TEST_P(RowsTest, ChecksTheRowsListedInTheirOrder) {
  for (size_t words = 1; words <= kMaxWords; ++words) {
    const GuardedArray<uint64_t> memory(50 * words);
    const auto rows = memory.last(memory.size());
    std::vector<uint64_t> query(words);
    for (uint64_t& word : query) word = random_();
    Fill(rows, query);
    const auto width = static_cast<uint32_t>(64 * words);
    for (size_t count = 0; count <= 40; ++count) {
      const GuardedArray<uint32_t> listed(count);
      const auto ids = listed.last(count);
      // In no order, some twice, the last row among them.
      for (uint32_t& id : ids) id = static_cast<uint32_t>(random_() % 50);
      if (count > 0) ids.back() = 49;
      for (uint32_t radius : {0u, width / 2, width - 1, width}) {
        ASSERT_TRUE(Check(rows, ids, query, radius) ==
                    Definition(rows, ids, query, radius))
            << words << " words, " << count << " rows, radius " << radius;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, RowsTest,
                         ::testing::ValuesIn(RunnableTargets().begin(),
                                             RunnableTargets().end()),
                         [](const auto& target) {
                           return std::string(target.param->name);
                         });

}  // namespace
}  // namespace hashvet::kernels
