// PDQ on the reference's own photographs, where the shared vectors are at hand.
// They are decoded as those who made the vectors decoded them, by OpenCV.

#include <cstdio>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/pdq_vectors.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::ExpectVector;
using ::hashvet::testing::PdqVector;
using ::hashvet::testing::ReadPdqVectors;
using ::hashvet::testing::SharedVectorsPath;

TEST(PdqPhotosTest, IsTheReferenceOnItsPhotographs) {
  const std::vector<PdqVector> vectors =
      ReadPdqVectors(SharedVectorsPath("photos.csv"));
  if (vectors.empty()) GTEST_SKIP() << "no shared vectors here";
  int compared = 0;
  for (const PdqVector& vector : vectors) {
    const cv::Mat photo =
        cv::imread(SharedVectorsPath("images/" + vector.name),
                   cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
    ASSERT_FALSE(photo.empty()) << vector.name;
    ASSERT_OK_AND_ASSIGN(
        const PictureView view,
        PictureView::Create(photo.data, static_cast<uint32_t>(photo.cols),
                            static_cast<uint32_t>(photo.rows), photo.step[0],
                            PixelFormat::kBgr8));
    compared += ExpectVector(view, vector);
  }
  std::printf("%zu rows: %d hashes compared\n", vectors.size(), compared);
  EXPECT_EQ(vectors.size(), 33u);
}

}  // namespace
}  // namespace hashvet
