// The allowances, and the statement on which the ring search stands: whatever
// the allowances, a row within the radius passes from some chunk.

#include "src/index/allowances.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace hashvet {
namespace {

uint32_t Sum(const Levels& levels) {
  return std::accumulate(levels.of.begin(), levels.of.end(), 0u);
}

TEST(AllMasksTest, HasEveryWordOnceFewestOnesFirst) {
  const MasksByOnes& all = AllMasks();
  std::vector<bool> seen(65'536);
  for (size_t i = 0; i < 65'536; ++i) {
    EXPECT_FALSE(seen[all.masks[i]]);
    seen[all.masks[i]] = true;
    const auto ones = static_cast<size_t>(std::popcount(all.masks[i]));
    EXPECT_LE(all.count[ones], i);
    EXPECT_LT(i, all.count[ones + 1]);
  }
  EXPECT_EQ(all.count[0], 0u);
  EXPECT_EQ(all.count[17], 65'536u);
  EXPECT_EQ(ProbesAt(all, 0), 0u);
  EXPECT_EQ(ProbesAt(all, 1), 1u);
  EXPECT_EQ(ProbesAt(all, 2), 17u);
  EXPECT_EQ(ProbesAt(all, 3), 137u);
  EXPECT_EQ(ProbesAt(all, 16), 65'535u);
  EXPECT_EQ(ProbesAt(all, 17), 65'536u);
  EXPECT_EQ(ProbesAt(all, 65), 65'536u);
}

// The lemma, on numbers alone: random allowances and random distances, sums
// just within the radius among them. Runs of every length hold, of which the
// search uses those of one and of two.
TEST(RingLemmaTest, SomeChunkPassesWhateverTheAllowances) {
  std::mt19937_64 random(1);
  size_t tight = 0;
  for (int i = 0; i < 200'000; ++i) {
    const size_t chunks = 4 + random() % 61;
    const uint32_t radius = random() % (4 * chunks);
    std::vector<uint32_t> levels(chunks), distances(chunks);
    // Heaped on few chunks, or spread over all.
    const size_t heap = 1 + random() % chunks;
    for (uint32_t l = 0; l <= radius; ++l) ++levels[random() % heap];
    std::ranges::shuffle(levels, random);
    const size_t pile = 1 + random() % chunks;
    const uint32_t total = i % 2 == 0 ? radius : random() % (radius + 1);
    for (uint32_t d = 0; d < total; ++d) {
      uint32_t& distance = distances[random() % pile];
      distance += distance < 16 ? 1 : 0;
    }
    std::ranges::shuffle(distances, random);
    size_t chains = 0, pairs = 0;
    for (size_t s = 0; s < chunks; ++s) {
      uint32_t distance = 0, level = 0;
      bool chain = true;
      for (size_t n = 0; n < chunks && chain; ++n) {
        distance += distances[(s + n) % chunks];
        level += levels[(s + n) % chunks];
        chain = distance < level;
        if (n == 1 && chain) ++pairs;
      }
      chains += chain ? 1 : 0;
    }
    ASSERT_GE(chains, 1u);
    ASSERT_GE(pairs, chains);
    tight += pairs == 1 ? 1 : 0;
  }
  EXPECT_GT(tight, 1000u);  // often one start alone: there is none to spare
}

TEST(EvenLevelsTest, SumToOneMoreThanTheRadius) {
  std::mt19937_64 random(2);
  for (size_t chunks : {4, 5, 6, 9, 16, 17, 32, 63, 64}) {
    std::vector<uint32_t> own(chunks);
    for (uint32_t& bucket : own) bucket = random() % 5;
    for (uint32_t radius = 0; radius <= 16 * chunks; ++radius) {
      const Levels levels = EvenLevels(own, radius);
      ASSERT_EQ(Sum(levels), radius + 1) << chunks << " chunks";
      const auto [low, high] =
          std::ranges::minmax(std::span(levels.of).first(chunks));
      ASSERT_LE(high - low, 1);
      // No table with a larger own bucket is given more.
      for (size_t a = 0; a < chunks; ++a) {
        for (size_t b = 0; b < chunks; ++b) {
          if (own[a] > own[b]) {
            ASSERT_LE(levels.of[a], levels.of[b]);
          }
        }
      }
    }
  }
}

// Costs of each table and level: increasing, or anything.
std::vector<double> RandomCosts(size_t chunks, size_t levels, bool rising,
                                std::mt19937_64& random) {
  std::vector<double> cost(chunks * levels);
  for (size_t c = 0; c < chunks; ++c) {
    for (size_t l = 1; l < levels; ++l) {
      cost[c * levels + l] = static_cast<double>(random() % 1000) +
                             (rising ? cost[c * levels + l - 1] : 0);
    }
  }
  return cost;
}

double CostOf(const Levels& levels, const std::vector<double>& cost,
              size_t chunks, size_t level_count) {
  double sum = 0;
  for (size_t c = 0; c < chunks; ++c) {
    sum += cost[c * level_count + levels.of[c]];
  }
  return sum;
}

// The least cost of tables c .. chunks - 1 with levels that sum to `left`.
double Cheapest(const std::vector<double>& cost, size_t chunks, size_t levels,
                size_t c, size_t left) {
  if (c == chunks) return left == 0 ? 0 : std::numeric_limits<double>::max();
  double best = std::numeric_limits<double>::max();
  for (size_t l = 0; l < levels && l <= left; ++l) {
    best = std::min(best, cost[c * levels + l] +
                              Cheapest(cost, chunks, levels, c + 1, left - l));
  }
  return best;
}

TEST(CheapestLevelsTest, CostTheLeastThereIs) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 300; ++i) {
    const size_t chunks = 1 + random() % 5;
    const size_t levels = 2 + random() % 4;
    const uint32_t radius = random() % ((levels - 1) * chunks);
    const auto cost = RandomCosts(chunks, levels, i % 2 == 0, random);
    const Levels best = CheapestLevels(cost, chunks, levels, radius);
    ASSERT_EQ(Sum(best), radius + 1);
    ASSERT_DOUBLE_EQ(CostOf(best, cost, chunks, levels),
                     Cheapest(cost, chunks, levels, 0, radius + 1))
        << chunks << " chunks, " << levels << " levels, radius " << radius;
  }
}

TEST(CheapestLevelsTest, SumToOneMoreThanTheRadiusAndBeatEvenLevels) {
  std::mt19937_64 random(4);
  for (size_t chunks : {4, 9, 16, 64}) {
    for (size_t levels : {3, 5, 18}) {
      const auto cost = RandomCosts(chunks, levels, true, random);
      const std::vector<uint32_t> own(chunks);
      for (uint32_t radius = 0;
           radius<(levels - 1) * chunks; radius += chunks> 16 ? 37 : 1) {
        const Levels best = CheapestLevels(cost, chunks, levels, radius);
        ASSERT_EQ(Sum(best), radius + 1);
        for (uint16_t level : best.of) ASSERT_LT(level, levels);
        ASSERT_LE(CostOf(best, cost, chunks, levels),
                  CostOf(EvenLevels(own, radius), cost, chunks, levels));
      }
    }
  }
}

}  // namespace
}  // namespace hashvet
