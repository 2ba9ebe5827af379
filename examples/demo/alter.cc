#include "examples/demo/alter.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet::demo {
namespace {

cv::Mat Resized(const cv::Mat& picture, int width, int height) {
  cv::Mat out;
  cv::resize(picture, out, {std::max(width, 1), std::max(height, 1)}, 0, 0,
             cv::INTER_AREA);
  return out;
}

cv::Mat Half(const cv::Mat& picture) {
  return Resized(picture, picture.cols / 2, picture.rows / 2);
}

cv::Mat Small(const cv::Mat& picture) {
  return Resized(picture, 300, picture.rows * 300 / picture.cols);
}

cv::Mat Watermarked(const cv::Mat& picture) {
  constexpr int kFont = cv::FONT_HERSHEY_DUPLEX;
  const std::string text = "sample of a copy";
  int baseline = 0;
  const cv::Size size = cv::getTextSize(text, kFont, 1.0, 2, &baseline);
  const double scale = 0.9 * picture.cols / size.width;
  const cv::Point at(picture.cols / 20,
                     static_cast<int>(picture.rows + size.height * scale) / 2);
  cv::Mat written = picture.clone();
  cv::putText(written, text, at, kFont, scale, {255, 255, 255},
              std::max(1, static_cast<int>(2 * scale)), cv::LINE_AA);
  cv::Mat out;
  cv::addWeighted(written, 0.35, picture, 0.65, 0, out);
  return out;
}

cv::Mat Grey(const cv::Mat& picture) {
  cv::Mat out;
  cv::cvtColor(picture, out, cv::COLOR_BGR2GRAY);
  return out;
}

cv::Mat Rotated(const cv::Mat& picture) {
  cv::Mat out;
  cv::rotate(picture, out, cv::ROTATE_90_CLOCKWISE);
  return out;
}

cv::Mat Mirrored(const cv::Mat& picture) {
  cv::Mat out;
  cv::flip(picture, out, 1);
  return out;
}

cv::Mat Blurred(const cv::Mat& picture) {
  cv::Mat out;
  cv::GaussianBlur(picture, out, {}, 2.0);
  return out;
}

cv::Mat Cropped(const cv::Mat& picture) {
  const int x = static_cast<int>(std::lround(picture.cols * 0.02));
  const int y = static_cast<int>(std::lround(picture.rows * 0.02));
  return picture({x, y, picture.cols - 2 * x, picture.rows - 2 * y});
}

// PDQ is made to survive the first six; of the others it survives most, some
// and few.
constexpr Alteration kAlterations[] = {
    {"recompressed", "recompressed, JPEG quality 30", ".jpg", 30, true,
     [](const cv::Mat& picture) { return picture; }},
    {"half", "resized to half its sides", ".png", 0, true, Half},
    {"300px", "resized to 300 pixels wide", ".webp", 90, true, Small},
    {"grey", "made grey", ".png", 0, true, Grey},
    {"rotated", "rotated by 90 degrees", ".webp", 90, true, Rotated},
    {"mirrored", "mirrored, left to right", ".jpg", 95, true, Mirrored},
    {"blurred", "blurred, sigma 2 pixels", ".jpg", 95, false, Blurred},
    {"watermark", "a line of text across it", ".png", 0, false, Watermarked},
    {"cropped", "2 % cropped off every side", ".jpg", 95, false, Cropped},
};

std::vector<int> EncodingOf(const Alteration& alteration) {
  if (alteration.extension == ".png") {
    return {cv::IMWRITE_PNG_COMPRESSION, 1};  // fast
  }
  return {alteration.extension == ".webp" ? cv::IMWRITE_WEBP_QUALITY
                                          : cv::IMWRITE_JPEG_QUALITY,
          alteration.encoding_quality};
}

}  // namespace

std::span<const Alteration> Alterations() { return kAlterations; }

std::string CopyPath(const std::string& prefix, size_t i) {
  return absl::StrCat(prefix, "-", ToAbsl(kAlterations[i].name),
                      ToAbsl(kAlterations[i].extension));
}

absl::Status WriteCopies(const std::string& picture,
                         const std::string& prefix) try {
  const cv::Mat original = cv::imread(picture);  // in colour, EXIF applied
  if (original.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("picture: OpenCV cannot read it: ", picture));
  }
  for (size_t i = 0; i < std::size(kAlterations); ++i) {
    const Alteration& alteration = kAlterations[i];
    const std::string path = CopyPath(prefix, i);
    if (!cv::imwrite(path, alteration.alter(original),
                     EncodingOf(alteration))) {
      return absl::InternalError(
          absl::StrCat("altered copy: cannot be written: ", path));
    }
  }
  return absl::OkStatus();
} catch (const cv::Exception& error) {
  return absl::InternalError(
      absl::StrCat("altered copies: OpenCV: ", error.err, ": ", picture));
}

}  // namespace hashvet::demo
