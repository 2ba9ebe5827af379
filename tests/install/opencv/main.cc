// A user's program on hashvet::opencv: a cv::Mat to a hash.

#include <cstdio>
#include <opencv2/core.hpp>

#include "hashvet/opencv/mat.h"

int main() {
  cv::Mat mat(128, 128, CV_8UC3);
  cv::randu(mat, 0, 256);
  const auto pdq = hashvet::ComputePdq(mat);
  if (!pdq.ok()) return 1;
  std::printf("hashed, %zu bits set\n", pdq->hash.ones());
}
