// Every target's weighted sums of bytes against the definition, in buffers that
// end where the data ends.

#include "src/kernels/resample.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "src/kernels/targets.h"
#include "tests/kernels/kernel_support.h"
#include "tests/support/guarded_array.h"

namespace hashvet::kernels {
namespace {

using ::hashvet::testing::GuardedArray;

class ResampleTest : public ::testing::TestWithParam<const Target*> {
 protected:
  void SetUp() override {
    if (!GetParam()->runs_here()) GTEST_SKIP() << "not on this CPU";
  }

  // Weights that sum up to about 2^22, some of them negative.
  void MakeWeights(size_t count, bool with_high) {
    low_.resize(count);
    high_.resize(count);
    for (size_t i = 0; i < count; ++i) {
      low_[i] = static_cast<int16_t>(random_());
      high_[i] = with_high ? static_cast<int16_t>(random_() % 24) - 8 : 0;
    }
  }
  int64_t WeightAt(size_t i) const {
    return low_[i] + 32768 * int64_t{high_[i]};
  }

  static uint8_t Rounded(int64_t sum) {
    const auto wrapped =
        static_cast<int32_t>(static_cast<uint32_t>(sum + (int64_t{1} << 21)));
    return static_cast<uint8_t>(std::clamp(wrapped >> 22, 0, 255));
  }

  std::mt19937 random_{20240601};
  std::vector<int16_t> low_;
  std::vector<int16_t> high_;
};

TEST_P(ResampleTest, AcrossIsTheDefinition) {
  const GuardedArray<uint8_t> memory(4000);
  for (const bool with_high : {false, true}) {
    for (size_t row_count = 1; row_count <= 9; ++row_count) {
      const size_t stride = 64 + random_() % 300;
      const auto rows = memory.last(stride * row_count);
      for (uint8_t& byte : rows) byte = static_cast<uint8_t>(random_());
      std::vector<uint32_t> offsets, firsts, counts;
      uint32_t used = 0;
      for (size_t o = 0; o < 7; ++o) {
        counts.push_back(16 * (1 + random_() % 4));
        firsts.push_back(random_() % (stride - counts[o] + 1));
        offsets.push_back(used);
        used += counts[o];
      }
      firsts[6] = static_cast<uint32_t>(stride) - counts[6];  // to the end
      MakeWeights(used, with_high);
      const ResampleWeights weights{low_.data(),
                                    with_high ? high_.data() : nullptr};
      std::vector<uint8_t> out(row_count * 9, 77);
      GetParam()->resample->across(rows.data(), stride, row_count, weights,
                                   offsets.data(), firsts.data(), counts.data(),
                                   7, out.data(), 9);
      for (size_t r = 0; r < row_count; ++r) {
        for (size_t o = 0; o < 7; ++o) {
          int64_t sum = 0;
          for (size_t i = 0; i < counts[o]; ++i) {
            sum += WeightAt(offsets[o] + i) * rows[r * stride + firsts[o] + i];
          }
          ASSERT_EQ(out[r * 9 + o], Rounded(sum)) << r << ", " << o;
        }
        EXPECT_EQ(out[r * 9 + 7], 77);
      }
    }
  }
}

TEST_P(ResampleTest, DownIsTheDefinition) {
  const GuardedArray<uint8_t> memory(4000);
  const GuardedArray<uint8_t> results(200);
  for (const bool with_high : {false, true}) {
    for (size_t width = 1; width <= 50; ++width) {
      const size_t row_count = 1 + random_() % 60;
      const auto rows = memory.last(width * row_count);
      for (uint8_t& byte : rows) byte = static_cast<uint8_t>(random_());
      MakeWeights(row_count, with_high);
      const auto out = results.last(width);
      GetParam()->resample->down(
          rows.data(), width, row_count,
          {low_.data(), with_high ? high_.data() : nullptr}, width, out.data());
      for (size_t x = 0; x < width; ++x) {
        int64_t sum = 0;
        for (size_t r = 0; r < row_count; ++r) {
          sum += WeightAt(r) * rows[r * width + x];
        }
        ASSERT_EQ(out[x], Rounded(sum)) << width << ", " << x;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryTarget, ResampleTest,
                         ::testing::ValuesIn(CompiledTargets().begin(),
                                             CompiledTargets().end()),
                         [](const auto& param_info) {
                           return std::string(param_info.param->name);
                         });

}  // namespace
}  // namespace hashvet::kernels
