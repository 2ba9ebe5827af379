#include "hashvet/opencv/mat.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

std::optional<PixelFormat> FormatOf(int type) {
  switch (type) {
    case CV_8UC1:
      return PixelFormat::kGrey8;
    case CV_8UC3:
      return PixelFormat::kBgr8;
    case CV_32FC1:
      return PixelFormat::kLuma32;
    default:
      return std::nullopt;
  }
}

// "CV_16UC4", as OpenCV spells its types.
std::string NameOfType(int type) {
  constexpr const char* kDepths[] = {"8U",  "8S",  "16U", "16S",
                                     "32S", "32F", "64F", "16F"};
  return absl::StrCat("CV_", kDepths[CV_MAT_DEPTH(type)], "C", CV_MAT_CN(type));
}

}  // namespace

absl::StatusOr<PictureView> ViewOf(const cv::Mat& mat) {
  if (mat.empty()) return absl::InvalidArgumentError("cv::Mat: it is empty");
  if (mat.dims != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("cv::Mat: ", mat.dims, " dimensions, want 2"));
  }
  const std::optional<PixelFormat> format = FormatOf(mat.type());
  if (!format) {
    return absl::InvalidArgumentError(
        absl::StrCat("cv::Mat: type ", NameOfType(mat.type()),
                     ", want CV_8UC1, CV_8UC3 or CV_32FC1"));
  }
  return PictureView::Create(mat.data, static_cast<uint32_t>(mat.cols),
                             static_cast<uint32_t>(mat.rows), mat.step[0],
                             *format);
}

absl::StatusOr<PdqHash> ComputePdq(const cv::Mat& mat, PdqVariant variant) {
  HASHVET_ASSIGN_OR_RETURN(const PictureView view, ViewOf(mat));
  return ComputePdq(view, variant);
}

absl::StatusOr<PdqHashes> ComputePdqOrientations(const cv::Mat& mat,
                                                 PdqVariant variant) {
  HASHVET_ASSIGN_OR_RETURN(const PictureView view, ViewOf(mat));
  return ComputePdqOrientations(view, variant);
}

}  // namespace hashvet
