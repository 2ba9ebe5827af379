// cv::Mat to PDQ, without copying the pixels. The only public header that
// includes OpenCV.

#ifndef HASHVET_OPENCV_MAT_H_
#define HASHVET_OPENCV_MAT_H_

#include <opencv2/core/mat.hpp>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet {

// A view of a two-dimensional Mat: CV_8UC1 as kGrey8, CV_8UC3 as kBgr8 (the
// order cv::imread gives), CV_32FC1 as kLuma32 with values 0 .. 255. Regions of
// interest are fine: the Mat's step is the stride.
//
// The Mat must outlive the view. Errors: InvalidArgument for an empty Mat or
// another type; the message names it. No exception leaves.
HASHVET_EXPORT absl::StatusOr<PictureView> ViewOf(const cv::Mat& mat);

// ComputePdq(*ViewOf(mat), variant), with the errors of both. Thread-safe.
HASHVET_EXPORT absl::StatusOr<PdqHash> ComputePdq(
    const cv::Mat& mat, PdqVariant variant = PdqVariant::kFull);
HASHVET_EXPORT absl::StatusOr<PdqHashes> ComputePdqOrientations(
    const cv::Mat& mat, PdqVariant variant = PdqVariant::kFull);

}  // namespace hashvet

#endif  // HASHVET_OPENCV_MAT_H_
