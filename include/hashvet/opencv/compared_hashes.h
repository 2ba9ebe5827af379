// OpenCV's hashes that are no bits: 40 bytes of radial variance, compared by
// correlation, and 42 colour moments, compared by distance. No index serves
// such a comparison, so lists do not carry them and they are no HashKind: use
// them to compare two pictures that something else has brought together.
//
//   radialvariance40-opencv   how much the grey along 180 lines through the
//                             centre varies, as the lowest 40 frequencies over
//                             the angle; turning the picture shifts it
//   colourmoment42-opencv     seven moments of each channel of the picture in
//                             HSV and in YCrCb; turning changes nothing
//
// Computed by cv::img_hash itself: the bits are its own, by definition.

#ifndef HASHVET_OPENCV_COMPARED_HASHES_H_
#define HASHVET_OPENCV_COMPARED_HASHES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"

namespace hashvet {

inline constexpr int kMinComparedSide = 5;  // pixels

struct RadialVariance {
  static constexpr size_t kBytes = 40;
  std::array<uint8_t, kBytes> bytes = {};

  friend bool operator==(const RadialVariance&,
                         const RadialVariance&) = default;
};

struct ColourMoments {
  static constexpr size_t kCount = 42;
  std::array<double, kCount> values = {};  // finite

  friend bool operator==(const ColourMoments&, const ColourMoments&) = default;
};

// Of a CV_8UC1 or CV_8UC3 (blue, green, red) Mat.
//
// Errors: InvalidArgument for another type, a side below kMinComparedSide, or,
// of radial variance, a picture of one colour: OpenCV's answer is of the
// picture's outline there, and equals that of every other such picture.
// Internal when OpenCV throws; no exception leaves. Thread-safe.
HASHVET_EXPORT absl::StatusOr<RadialVariance> ComputeRadialVariance(
    const cv::Mat& mat);
HASHVET_EXPORT absl::StatusOr<ColourMoments> ComputeColourMoments(
    const cv::Mat& mat);

// The highest correlation of the two over all 40 shifts: 1 for equal ones,
// symmetric; the pHash authors take 0.9 for a match. REQUIRES: in each not all
// bytes are equal, as ComputeRadialVariance and ParseRadialVariance give them.
HASHVET_EXPORT double Correlation(const RadialVariance& a,
                                  const RadialVariance& b);

// 10,000 times the Euclidean distance, as ColorMomentHash::compare.
HASHVET_EXPORT double Distance(const ColourMoments& a, const ColourMoments& b);

// 80 hex digits, byte by byte. Parsing takes both cases.
//
// Errors: InvalidArgument for another length, another character, or bytes that
// are all equal: those of a picture in which nothing varies.
HASHVET_EXPORT std::string ToHex(const RadialVariance& hash);
HASHVET_EXPORT absl::StatusOr<RadialVariance> ParseRadialVariance(
    std::string_view hex);

// 42 decimal numbers between commas, each with as many digits as it takes to
// read the same number back.
//
// Errors: InvalidArgument for another count, or what is no finite number.
HASHVET_EXPORT std::string ToText(const ColourMoments& hash);
HASHVET_EXPORT absl::StatusOr<ColourMoments> ParseColourMoments(
    std::string_view text);

}  // namespace hashvet

#endif  // HASHVET_OPENCV_COMPARED_HASHES_H_
