// PDQ hashes of real pictures, many of few: of parts of photographs.
//
//   picture_parts COUNT FILE…
//
// Each part has a third to the whole of its picture's width and height, at a
// place drawn by a fixed seed. Prints COUNT lines hash,key of parts with PDQ
// quality 50 or more, which is what lists and matchers take, as a list file;
// how many others there were goes to standard error.

#include <cstdio>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <random>
#include <string>
#include <vector>

#include "hashvet/hash/text.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/opencv/mat.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: picture_parts COUNT FILE...\n");
    return 2;
  }
  const int count = std::atoi(argv[1]);
  std::vector<cv::Mat> pictures;
  for (int i = 2; i < argc; ++i) {
    pictures.push_back(cv::imread(argv[i], cv::IMREAD_COLOR));
    if (pictures.back().empty()) {
      std::fprintf(stderr, "picture_parts: cannot read %s\n", argv[i]);
      return 2;
    }
  }
  std::mt19937 random(1);
  const auto extent = [&](int whole) {
    return whole / 3 + static_cast<int>(random() % (whole - whole / 3 + 1));
  };
  std::printf("hash,key\n");
  int poor = 0;
  for (int written = 0; written < count;) {
    const cv::Mat& picture = pictures[random() % pictures.size()];
    const int width = extent(picture.cols);
    const int height = extent(picture.rows);
    const int x = static_cast<int>(random() % (picture.cols - width + 1));
    const int y = static_cast<int>(random() % (picture.rows - height + 1));
    const cv::Mat part = picture(cv::Rect(x, y, width, height));
    const auto hash = hashvet::ComputePdq(part);
    if (!hash.ok()) {
      std::fprintf(stderr, "picture_parts: %s\n",
                   hash.status().ToString().c_str());
      return 2;
    }
    if (hash->quality < hashvet::kPdqMinQuality) {
      ++poor;
      continue;
    }
    std::printf("%s,part-%d\n", hashvet::ToHex(hash->hash).c_str(), written++);
  }
  std::fprintf(stderr, "picture_parts: %d others of low quality\n", poor);
  return 0;
}
