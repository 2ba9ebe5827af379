// What happens to a picture between two uploads: the transforms of the
// robustness table, each with its recipe in code and in words.

#ifndef HASHVET_BENCH_ROBUSTNESS_TRANSFORMS_H_
#define HASHVET_BENCH_ROBUSTNESS_TRANSFORMS_H_

#include <opencv2/core/mat.hpp>
#include <span>
#include <string>
#include <vector>

namespace hashvet::robustness {

struct Transform {
  const char* name;    // "jpeg_75"
  const char* recipe;  // one line
  // Of an 8-bit BGR picture, to another. May throw cv::Exception. `seed` is the
  // scene's: noise differs between scenes and not between runs.
  cv::Mat (*apply)(const cv::Mat& picture, uint32_t seed);
};

std::span<const Transform> Transforms();

// A picture of one of the classes that are drawn rather than found.
struct Drawn {
  std::string name;
  std::string kind;  // "caption", "text_page", "screenshot", "flat"
  cv::Mat picture;   // 8-bit BGR
};

// Always the same, in the same order.
std::vector<Drawn> DrawnPictures();

}  // namespace hashvet::robustness

#endif  // HASHVET_BENCH_ROBUSTNESS_TRANSFORMS_H_
