// The hashes that are compared and not indexed: what OpenCV's own comparison
// says, what altered pictures keep, and what is refused.

#include "hashvet/opencv/compared_hashes.h"

#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/img_hash.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/scenes.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

cv::Mat BgrScene(uint32_t seed, int width, int height) {
  const Picture rgb = testing::MakeScene(seed, static_cast<uint32_t>(width),
                                         static_cast<uint32_t>(height));
  const cv::Mat view(height, width, CV_8UC3,
                     const_cast<uint8_t*>(rgb.view().row(0)));
  cv::Mat bgr;
  cv::cvtColor(view, bgr, cv::COLOR_RGB2BGR);
  return bgr;
}

cv::Mat MatOf(const RadialVariance& hash) {
  return cv::Mat(1, 40, CV_8U, const_cast<uint8_t*>(hash.bytes.data())).clone();
}
cv::Mat MatOf(const ColourMoments& hash) {
  return cv::Mat(1, 42, CV_64F, const_cast<double*>(hash.values.data()))
      .clone();
}

// Made by OpenCV 4.6's radialVarianceHash of scene 5.
TEST(RadialVarianceTest, IsOpenCvsOfAKnownScene) {
  ASSERT_OK_AND_ASSIGN(const RadialVariance hash,
                       ComputeRadialVariance(BgrScene(5, 300, 200)));
  EXPECT_EQ(ToHex(hash),
            "b3f7b191714a00a8ffd2dce8bee0bcbea592ac9e"
            "c9d4c1b49c93ac97a6bfb9c1aab0ada9aab6bab1");
}

TEST(RadialVarianceTest, ComparesAsOpenCvCompares) {
  const auto opencv = cv::img_hash::RadialVarianceHash::create();
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    ASSERT_OK_AND_ASSIGN(const RadialVariance a,
                         ComputeRadialVariance(BgrScene(seed, 320, 240)));
    ASSERT_OK_AND_ASSIGN(const RadialVariance b,
                         ComputeRadialVariance(BgrScene(seed + 1, 200, 310)));
    EXPECT_NEAR(Correlation(a, b), opencv->compare(MatOf(a), MatOf(b)), 1e-6);
    EXPECT_NEAR(Correlation(a, b), Correlation(b, a), 1e-12);
    EXPECT_NEAR(Correlation(a, a), 1, 1e-12);
    EXPECT_LT(Correlation(a, b), 0.99);
  }
}

TEST(RadialVarianceTest, AnAlteredCopyCorrelates) {
  const cv::Mat scene = BgrScene(3, 320, 240);
  cv::Mat half;
  cv::resize(scene, half, {}, 0.5, 0.5, cv::INTER_AREA);
  ASSERT_OK_AND_ASSIGN(const RadialVariance of_scene,
                       ComputeRadialVariance(scene));
  ASSERT_OK_AND_ASSIGN(const RadialVariance of_half,
                       ComputeRadialVariance(half));
  EXPECT_GT(Correlation(of_scene, of_half), 0.95);
}

TEST(RadialVarianceTest, TextComesBackAndWhatIsNoneIsRefused) {
  ASSERT_OK_AND_ASSIGN(const RadialVariance hash,
                       ComputeRadialVariance(BgrScene(4, 64, 64)));
  ASSERT_OK_AND_ASSIGN(const RadialVariance back,
                       ParseRadialVariance(ToHex(hash)));
  EXPECT_EQ(back, hash);
  std::string hex = ToHex(hash);
  hex[10] = 'g';
  EXPECT_THAT(ParseRadialVariance(hex),
              StatusIs(kInvalid, HasSubstr("position 11")));
  EXPECT_THAT(ParseRadialVariance(hex.substr(2)),
              StatusIs(kInvalid, HasSubstr("78 hex digits")));
  EXPECT_THAT(ParseRadialVariance(std::string(80, '7')),
              StatusIs(kInvalid, HasSubstr("nothing varies")));
}

// Made by OpenCV 4.6's colorMomentHash of scene 5.
TEST(ColourMomentsTest, AreOpenCvsOfAKnownScene) {
  ASSERT_OK_AND_ASSIGN(const ColourMoments hash,
                       ComputeColourMoments(BgrScene(5, 300, 200)));
  EXPECT_NEAR(hash.values[0], 0.001908068955971167, 1e-15);
  EXPECT_NEAR(hash.values[21], 0.0014171294356309589, 1e-15);
  EXPECT_NEAR(hash.values[35], 0.0013324955616653151, 1e-15);
}

TEST(ColourMomentsTest, CompareAsOpenCvCompares) {
  const auto opencv = cv::img_hash::ColorMomentHash::create();
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    ASSERT_OK_AND_ASSIGN(const ColourMoments a,
                         ComputeColourMoments(BgrScene(seed, 160, 120)));
    ASSERT_OK_AND_ASSIGN(const ColourMoments b,
                         ComputeColourMoments(BgrScene(seed + 1, 160, 120)));
    const double want = opencv->compare(MatOf(a), MatOf(b));
    EXPECT_GT(want, 0);
    EXPECT_NEAR(Distance(a, b), want, 1e-9 * want);
    EXPECT_EQ(Distance(a, a), 0);
  }
}

TEST(ColourMomentsTest, ACopyIsNearerThanAnotherPicture) {
  const cv::Mat scene = BgrScene(3, 320, 240);
  cv::Mat half;
  cv::resize(scene, half, {}, 0.5, 0.5, cv::INTER_AREA);
  ASSERT_OK_AND_ASSIGN(const ColourMoments of_scene,
                       ComputeColourMoments(scene));
  ASSERT_OK_AND_ASSIGN(const ColourMoments of_half, ComputeColourMoments(half));
  ASSERT_OK_AND_ASSIGN(const ColourMoments other,
                       ComputeColourMoments(BgrScene(9, 320, 240)));
  EXPECT_LT(10 * Distance(of_scene, of_half), Distance(of_scene, other));
}

TEST(ColourMomentsTest, TextComesBackAndWhatIsNoneIsRefused) {
  ASSERT_OK_AND_ASSIGN(const ColourMoments hash,
                       ComputeColourMoments(BgrScene(4, 64, 64)));
  const std::string text = ToText(hash);
  ASSERT_OK_AND_ASSIGN(const ColourMoments back, ParseColourMoments(text));
  EXPECT_EQ(back, hash);  // every bit
  EXPECT_THAT(ParseColourMoments(text + ",1"),
              StatusIs(kInvalid, HasSubstr("got 43")));
  EXPECT_THAT(ParseColourMoments(""), StatusIs(kInvalid, HasSubstr("got 1")));
  for (const std::string bad : {"", " 1", "1x", "nan", "inf", "1e999"}) {
    std::string numbers = bad;
    for (size_t k = 1; k < ColourMoments::kCount; ++k) numbers += ",1";
    EXPECT_THAT(ParseColourMoments(numbers),
                StatusIs(kInvalid, HasSubstr("value 1 ")))
        << bad;
  }
}

TEST(ComparedHashesTest, WhatCannotBeHashedIsRefused) {
  const cv::Mat small(4, 9, CV_8UC1, cv::Scalar(3));
  EXPECT_THAT(ComputeRadialVariance(small),
              StatusIs(kInvalid, HasSubstr("9 x 4")));
  EXPECT_THAT(ComputeColourMoments(small),
              StatusIs(kInvalid, HasSubstr("9 x 4")));
  const cv::Mat floats(9, 9, CV_32FC1, cv::Scalar(3));
  EXPECT_THAT(ComputeRadialVariance(floats),
              StatusIs(kInvalid, HasSubstr("floats")));
  EXPECT_THAT(ComputeColourMoments(floats),
              StatusIs(kInvalid, HasSubstr("floats")));
  EXPECT_THAT(ComputeColourMoments(cv::Mat(9, 9, CV_16UC4)),
              StatusIs(kInvalid, HasSubstr("CV_16UC4")));
  EXPECT_THAT(ComputeColourMoments(cv::Mat()),
              StatusIs(kInvalid, HasSubstr("empty")));
  EXPECT_THAT(
      ComputeRadialVariance(cv::Mat(60, 90, CV_8UC3, cv::Scalar(3, 3, 3))),
      StatusIs(kInvalid, HasSubstr("nothing in the picture varies")));
}

// Nothing is kept between calls, and a narrow or tiny picture is no reason to
// read outside it.
TEST(ComparedHashesTest, EverySizeIsHashedOrRefused) {
  for (const auto& [width, height] :
       {std::pair(5, 5), std::pair(5, 700), std::pair(700, 5), std::pair(6, 31),
        std::pair(513, 511)}) {
    const cv::Mat scene = BgrScene(7, width, height);
    const auto radial = ComputeRadialVariance(scene);
    ASSERT_OK_AND_ASSIGN(const ColourMoments moments,
                         ComputeColourMoments(scene));
    ASSERT_OK_AND_ASSIGN(const ColourMoments again,
                         ComputeColourMoments(scene));
    EXPECT_EQ(moments, again);
    if (radial.ok()) {
      EXPECT_EQ(*radial, *ComputeRadialVariance(scene));
    } else {
      EXPECT_THAT(radial, StatusIs(kInvalid, HasSubstr("nothing")));
    }
  }
}

}  // namespace
}  // namespace hashvet
