#include "hashvet/base/wipe.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"

namespace hashvet {
namespace {

TEST(WipeTest, OverwritesEveryByteAndNoOther) {
  std::array<unsigned char, 100> bytes;
  bytes.fill(7);
  Wipe(bytes.data() + 10, 80);
  for (size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_EQ(bytes[i], i < 10 || i >= 90 ? 7 : 0) << i;
  }
}

TEST(WipeTest, AWipedVectorIsAVectorLikeAnyOther) {
  WipedVector<int> wiped;
  std::vector<int> plain;
  for (int i = 0; i < 1000; ++i) {  // grows, and moves what it holds
    wiped.push_back(i);
    plain.push_back(i);
  }
  EXPECT_TRUE(
      std::equal(wiped.begin(), wiped.end(), plain.begin(), plain.end()));
  const WipedVector<int> copy = wiped;
  EXPECT_EQ(copy, wiped);
}

TEST(WipeTest, TheStackBelowIsWipedAndTheCallersIsNot) {
  std::array<int, 16> mine;
  std::iota(mine.begin(), mine.end(), 1);
  WipeStack();
  EXPECT_EQ(std::accumulate(mine.begin(), mine.end(), 0), 136);
}

}  // namespace
}  // namespace hashvet
