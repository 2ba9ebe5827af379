// Makes a JPEG of a wanted size from an installed photograph, for measuring.
//
//   make_photo IN OUT WIDTH HEIGHT QUALITY [progressive]

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr,
                 "usage: make_photo IN OUT WIDTH HEIGHT QUALITY "
                 "[progressive]\n");
    return 2;
  }
  const cv::Mat in = cv::imread(argv[1], cv::IMREAD_COLOR);
  const cv::Size size(std::atoi(argv[3]), std::atoi(argv[4]));
  if (in.empty() || size.width < 1 || size.height < 1) {
    std::fprintf(stderr, "make_photo: cannot read %s or bad size\n", argv[1]);
    return 2;
  }
  cv::Mat out;
  cv::resize(in, out, size, 0, 0, cv::INTER_CUBIC);
  const int progressive = argc > 6 && !std::strcmp(argv[6], "progressive");
  const bool written =
      cv::imwrite(argv[2], out,
                  {cv::IMWRITE_JPEG_QUALITY, std::atoi(argv[5]),
                   cv::IMWRITE_JPEG_PROGRESSIVE, progressive});
  return written ? 0 : 2;
}
