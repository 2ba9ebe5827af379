#include "src/matcher/sampling.h"

#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "hashvet/hash/text.h"
#include "tests/list/snapshot_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::RandomValue;

ListPolicy Sampled(uint32_t ppm, uint64_t seed = 7) {
  ListPolicy list;
  list.sampled_ppm = ppm;
  list.sample_seed = seed;
  return list;
}

TEST(SamplingTest, TheShareIsTheShareAndGrowsAroundWhoWasIn) {
  std::mt19937_64 random(1);
  constexpr int kItems = 20'000;
  int in_tenth = 0;
  int in_half = 0;
  for (int i = 0; i < kItems; ++i) {
    const HashValue item = RandomValue(HashKind::kPdq, random);
    const bool tenth = IsSampled(Sampled(100'000), item);
    const bool half = IsSampled(Sampled(500'000), item);
    in_tenth += tenth ? 1 : 0;
    in_half += half ? 1 : 0;
    EXPECT_TRUE(half || !tenth);
    EXPECT_EQ(IsSampled(Sampled(500'000), item), half);
    EXPECT_FALSE(IsSampled(Sampled(0), item));
    EXPECT_TRUE(IsSampled(Sampled(1'000'000), item));
  }
  // Six standard deviations.
  EXPECT_NEAR(in_tenth, kItems / 10, 6 * 43);
  EXPECT_NEAR(in_half, kItems / 2, 6 * 71);
}

TEST(SamplingTest, SeedsAndKindsDecideApart) {
  std::mt19937_64 random(2);
  int by_seed = 0;
  int by_kind = 0;
  for (int i = 0; i < 1'000; ++i) {
    const HashValue item = RandomValue(HashKind::kPhash64ImageHash, random);
    const HashValue other =
        *HashValue::FromBytes(HashKind::kDhash64ImageHash, item.ToBytes());
    const bool in = IsSampled(Sampled(500'000), item);
    by_seed += in != IsSampled(Sampled(500'000, 8), item) ? 1 : 0;
    by_kind += in != IsSampled(Sampled(500'000), other) ? 1 : 0;
  }
  EXPECT_NEAR(by_seed, 500, 100);
  EXPECT_NEAR(by_kind, 500, 100);
}

// Machines, builds and years must agree: these answers never change.
TEST(SamplingTest, DecidesAsItAlwaysDid) {
  std::string decided;
  for (int i = 0; i < 32; ++i) {
    std::vector<uint8_t> bytes(16, static_cast<uint8_t>(i));
    const HashValue item = *HashValue::FromBytes(HashKind::kMd5, bytes);
    decided += IsSampled(Sampled(500'000, 42), item) ? '1' : '0';
  }
  EXPECT_EQ(decided, "01111010111000101000110100111001");
}

}  // namespace
}  // namespace hashvet
