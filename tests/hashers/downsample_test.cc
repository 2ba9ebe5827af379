// The 64 x 64 plane: its bands, and every CPU target to the last bit.

#include "src/hashers/downsample.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/kernels/targets.h"
#include "tests/support/pdq_reference.h"
#include "tests/support/scenes.h"
#include "tests/support/status_matchers.h"

namespace hashvet::pdq {
namespace {

using ::hashvet::testing::ComputePdqReference;
using ::hashvet::testing::MakeScene;
using ::hashvet::testing::PdqReference;
using ::hashvet::testing::ToGrey8;
using ::testing::ElementsAre;

std::vector<float> WeightsOf(const Bands& bands, size_t sample) {
  const float* begin = bands.weights().data() + bands.offsets()[sample];
  return {begin, begin + bands.counts()[sample]};
}

TEST(BandsTest, UpTo128EverySampleIsOnePixel) {
  for (const uint32_t side : {5u, 63u, 64u, 127u, 128u}) {
    const Bands bands(side);
    EXPECT_EQ(bands.scale(), 1);
    for (uint32_t s = 0; s < kPlaneSide; ++s) {
      EXPECT_EQ(bands.firsts()[s], (2 * s + 1) * side / 128);
      EXPECT_THAT(WeightsOf(bands, s), ElementsAre(1));
    }
  }
}

// Side 256: boxes of 2, from the pixel to the one after it.
TEST(BandsTest, KnownWeightsOfSide256) {
  const Bands bands(256);
  EXPECT_EQ(bands.scale(), 4);
  EXPECT_EQ(bands.firsts()[0], 2u);  // floor(0.5 * 4)
  EXPECT_THAT(WeightsOf(bands, 0), ElementsAre(1, 2, 1));
  // Centre 254: the means of (254, 255) and of 255 alone.
  EXPECT_EQ(bands.firsts()[63], 254u);
  EXPECT_THAT(WeightsOf(bands, 63), ElementsAre(1, 3));
}

TEST(BandsTest, WeightsSumToTheScaleStayInsideAndArePadded) {
  for (const uint32_t side :
       {5u, 100u, 129u, 255u, 257u, 383u, 385u, 512u, 1004u, 3024u, 65535u}) {
    SCOPED_TRACE(side);
    const Bands bands(side);
    const uint32_t width = (side + 127) / 128;
    int own_weights = 0;
    for (size_t s = 0; s < kPlaneSide; ++s) {
      double sum = 0;
      for (const float weight : WeightsOf(bands, s)) {
        EXPECT_GT(weight, 0);
        sum += static_cast<double>(weight);
      }
      EXPECT_NEAR(sum, bands.scale(), bands.scale() * 1e-6);
      EXPECT_LE(uint64_t{bands.firsts()[s]} + bands.counts()[s], side);
      const size_t padded = (bands.counts()[s] + 7) / 8 * 8;
      ASSERT_LE(bands.offsets()[s] + padded, bands.weights().size());
      for (size_t i = bands.counts()[s]; i < padded; ++i) {
        EXPECT_EQ(bands.weights()[bands.offsets()[s] + i], 0);
      }
      own_weights += bands.offsets()[s] != 0;
    }
    EXPECT_EQ(own_weights, width % 2 == 0 ? 1 : 0);  // docs: only the last one
  }
}

TEST(DownsampleTest, IsTheDefinitionsPlane) {
  for (const auto& [width, height] : {std::pair{5u, 5u},
                                      {6u, 200u},
                                      {64u, 64u},
                                      {129u, 128u},
                                      {300u, 257u},
                                      {641u, 511u}}) {
    SCOPED_TRACE(std::to_string(width) + " x " + std::to_string(height));
    const Picture scene = MakeScene(21, width, height);
    Plane plane;
    ASSERT_OK(
        Downsample(scene.view(), *kernels::ActiveTarget()->accumulate, plane));
    const PdqReference want = ComputePdqReference(scene.view());
    for (size_t k = 0; k < plane.size(); ++k) {
      ASSERT_NEAR(static_cast<double>(plane[k]), want.plane[k / 64][k % 64],
                  1e-4);
    }
  }
}

// For 8-bit grey every sum is exact, so a sample is its true value, rounded.
TEST(DownsampleTest, GreySamplesAreRoundedOnce) {
  const Picture grey = ToGrey8(MakeScene(22, 640, 385));  // boxes of 5 and 4
  Plane plane;
  ASSERT_OK(
      Downsample(grey.view(), *kernels::ActiveTarget()->accumulate, plane));
  const PdqReference want = ComputePdqReference(grey.view());
  for (size_t k = 0; k < 63 * 64; ++k) {  // the last row's band is clipped
    ASSERT_FLOAT_EQ(plane[k], static_cast<float>(want.plane[k / 64][k % 64]));
    const double sum = static_cast<double>(plane[k]) * 25 * 16;
    ASSERT_NEAR(sum, std::round(sum), 0.01);
  }
}

TEST(DownsampleTest, EveryTargetGivesTheSameBits) {
  for (const auto& [width, height] : {std::pair{5u, 7u},
                                      {129u, 300u},
                                      {640u, 480u},
                                      {1234u, 99u},
                                      {901u, 1031u}}) {
    const Picture rgb = MakeScene(23, width, height);
    const Picture grey = ToGrey8(rgb);
    for (const PictureView& view : {rgb.view(), grey.view()}) {
      Plane want;
      ASSERT_OK(Downsample(view, kernels::kAccumulatePortable, want));
      for (const kernels::Target* target : kernels::RunnableTargets()) {
        SCOPED_TRACE(target->name);
        Plane got;
        ASSERT_OK(Downsample(view, *target->accumulate, got));
        EXPECT_EQ(std::memcmp(got.data(), want.data(), sizeof(got)), 0);
      }
    }
  }
}

}  // namespace
}  // namespace hashvet::pdq
