#include "hashvet/opencv/mat.h"

#include <cstdint>
#include <opencv2/core.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/pixels/luma.h"
#include "tests/support/scenes.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// The scene as OpenCV would hold it: blue, green, red.
cv::Mat BgrScene(uint32_t seed, int width, int height) {
  const Picture rgb = testing::MakeScene(seed, static_cast<uint32_t>(width),
                                         static_cast<uint32_t>(height));
  cv::Mat mat(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    const uint8_t* from = rgb.view().row(static_cast<uint32_t>(y));
    for (int x = 0; x < width; ++x) {
      mat.at<cv::Vec3b>(y, x) = {from[3 * x + 2], from[3 * x + 1], from[3 * x]};
    }
  }
  return mat;
}

TEST(MatTest, ViewsTheMatsOwnPixels) {
  const cv::Mat mat(7, 5, CV_8UC3, cv::Scalar(1, 2, 3));
  ASSERT_OK_AND_ASSIGN(const PictureView view, ViewOf(mat));
  EXPECT_EQ(view.width(), 5u);
  EXPECT_EQ(view.height(), 7u);
  EXPECT_EQ(view.format(), PixelFormat::kBgr8);
  EXPECT_EQ(view.row(0), mat.data);
  EXPECT_EQ(ViewOf(cv::Mat::zeros(5, 5, CV_8UC1))->format(),
            PixelFormat::kGrey8);
  EXPECT_EQ(ViewOf(cv::Mat::zeros(5, 5, CV_32FC1))->format(),
            PixelFormat::kLuma32);
}

TEST(MatTest, ColourGreyAndFloatFollowTheDefinition) {
  const Picture rgb = testing::MakeScene(3, 200, 150);
  ASSERT_OK_AND_ASSIGN(const PdqHash expected, ComputePdq(rgb.view()));
  const cv::Mat bgr = BgrScene(3, 200, 150);
  EXPECT_EQ(ComputePdq(bgr)->hash, expected.hash);
  EXPECT_EQ(ComputePdq(bgr)->quality, expected.quality);
  cv::Mat luma(150, 200, CV_32FC1);
  for (int y = 0; y < 150; ++y) {
    LumaRow(rgb.view(), static_cast<uint32_t>(y), {luma.ptr<float>(y), 200});
  }
  EXPECT_EQ(ComputePdq(luma)->hash, expected.hash);
}

TEST(MatTest, ARegionOfInterestHashesAsItsCopy) {
  const cv::Mat whole = BgrScene(4, 300, 200);
  const cv::Mat part = whole(cv::Rect(20, 30, 211, 150));
  ASSERT_FALSE(part.isContinuous());
  EXPECT_EQ(ComputePdq(part)->hash, ComputePdq(part.clone())->hash);
  EXPECT_NE(ComputePdq(part)->hash, ComputePdq(whole)->hash);
}

TEST(MatTest, OrientationsAndVariantsAreThoseOfTheView) {
  const cv::Mat mat = BgrScene(5, 700, 600);
  ASSERT_OK_AND_ASSIGN(const PictureView view, ViewOf(mat));
  for (const PdqVariant variant : {PdqVariant::kFull, PdqVariant::kNn512}) {
    EXPECT_EQ(ComputePdqOrientations(mat, variant)->orientations,
              ComputePdqOrientations(view, variant)->orientations);
    EXPECT_EQ(ComputePdq(mat, variant)->hash, ComputePdq(view, variant)->hash);
  }
}

TEST(MatTest, RefusesOthersByName) {
  EXPECT_THAT(ViewOf(cv::Mat()), StatusIs(kInvalid, HasSubstr("empty")));
  EXPECT_THAT(ViewOf(cv::Mat::zeros(5, 5, CV_16UC4)),
              StatusIs(kInvalid, HasSubstr("CV_16UC4")));
  EXPECT_THAT(ViewOf(cv::Mat::zeros(5, 5, CV_8UC4)),
              StatusIs(kInvalid, HasSubstr("CV_8UC4")));
  const int sides[] = {5, 5, 5};
  EXPECT_THAT(ViewOf(cv::Mat::zeros(3, sides, CV_8UC1)),
              StatusIs(kInvalid, HasSubstr("3 dimensions")));
  EXPECT_THAT(ComputePdq(cv::Mat()), StatusIs(kInvalid, HasSubstr("empty")));
  EXPECT_THAT(ComputePdqOrientations(cv::Mat::zeros(4, 9, CV_8UC1)),
              StatusIs(kInvalid, HasSubstr("4")));
}

}  // namespace
}  // namespace hashvet
