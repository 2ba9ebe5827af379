// What people do to a picture before they share it again.

#ifndef HASHVET_EXAMPLES_DEMO_ALTER_H_
#define HASHVET_EXAMPLES_DEMO_ALTER_H_

#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace hashvet::demo {

struct Alteration {
  std::string_view name;       // for file names: "mirrored"
  std::string_view what;       // for people
  std::string_view extension;  // of the file it is written to, with the dot
  int encoding_quality;        // of JPEG and WebP, 1 .. 100
  bool must_match;             // false: shown, whatever comes of it
  cv::Mat (*alter)(const cv::Mat& picture);  // may throw cv::Exception
};

std::span<const Alteration> Alterations();

// Where WriteCopies puts the copy altered in the i-th way.
std::string CopyPath(const std::string& prefix, size_t i);

// Decodes the picture and writes one altered copy for each of Alterations().
//
// Errors: InvalidArgument (not readable by OpenCV), Internal (not writable).
absl::Status WriteCopies(const std::string& picture, const std::string& prefix);

}  // namespace hashvet::demo

#endif  // HASHVET_EXAMPLES_DEMO_ALTER_H_
