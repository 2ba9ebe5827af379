// Distances are counted here by the definition.

#include "src/matcher/turned_value.h"

#include <bit>
#include <cstdlib>

#include "gtest/gtest.h"
#include "tests/list/snapshot_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::RandomValue;

uint32_t BitsApart(const HashValue& a, const HashValue& b) {
  const std::vector<uint8_t> x = a.ToBytes();
  const std::vector<uint8_t> y = b.ToBytes();
  uint32_t bits = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    bits +=
        static_cast<uint32_t>(std::popcount(static_cast<uint8_t>(x[i] ^ y[i])));
  }
  return bits;
}

uint32_t SumApart(const HashValue& a, const HashValue& b, bool squared) {
  const std::vector<uint8_t> x = a.ToBytes();
  const std::vector<uint8_t> y = b.ToBytes();
  uint32_t sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const auto apart = static_cast<uint32_t>(std::abs(x[i] - y[i]));
    sum += squared ? apart * apart : apart;
  }
  return sum;
}

TEST(TurnedValueTest, IsExactlyThatFarAway) {
  std::mt19937_64 random(3);
  for (const HashKindInfo& info : AllHashKinds()) {
    const HashValue value = RandomValue(info.kind, random);
    if (info.family != HashFamily::kByteVector) {
      for (uint32_t distance = 0; distance <= 8 * info.size_bytes; ++distance) {
        const auto turned =
            TurnedTo(value, distance, ByteVectorMetric::kNone, random);
        ASSERT_TRUE(turned.has_value());
        EXPECT_EQ(BitsApart(value, *turned), distance);
      }
      EXPECT_FALSE(TurnedTo(value,
                            8 * static_cast<uint32_t>(info.size_bytes) + 1,
                            ByteVectorMetric::kNone, random)
                       .has_value());
      continue;
    }
    for (int i = 0; i < 2'000; ++i) {
      const uint32_t distance = static_cast<uint32_t>(random() % 18'000);
      const auto l1 = TurnedTo(value, distance, ByteVectorMetric::kL1, random);
      ASSERT_TRUE(l1.has_value());
      EXPECT_EQ(SumApart(value, *l1, false), distance);
      const auto l2 = TurnedTo(value, distance, ByteVectorMetric::kL2, random);
      ASSERT_TRUE(l2.has_value()) << distance;
      EXPECT_EQ(SumApart(value, *l2, true), distance);
    }
    EXPECT_FALSE(TurnedTo(value, 144 * 255 + 1, ByteVectorMetric::kL1, random)
                     .has_value());
  }
}

}  // namespace
}  // namespace hashvet
