// OpenCV's GaussianBlur of 7 x 7, then its resize with INTER_CUBIC, of 8-bit
// grey, byte for byte: what img_hash's Marr-Hildreth hash begins with.
//
// Source: OpenCV 4.6, modules/imgproc/src/{smooth.dispatch,resize}.cpp.

#ifndef HASHVET_SRC_HASHERS_BLURRED_CUBIC_H_
#define HASHVET_SRC_HASHERS_BLURRED_CUBIC_H_

#include <cstddef>

#include "hashvet/pixels/picture_view.h"
#include "src/hashers/small_plane.h"

namespace hashvet {

// The picture as side x side grey bytes. Colour becomes grey first, by OpenCV's
// rule; float lumas are rounded to bytes. Equal pixels give equal bytes on
// every CPU.
//
// REQUIRES: both sides of the picture are at least 4 pixels (the blur mirrors
// three at each edge). Thread-safe. Allocates some twelve rows of the picture.
SmallPlane ResizeBlurredCubic(const PictureView& picture, size_t side);

}  // namespace hashvet

#endif  // HASHVET_SRC_HASHERS_BLURRED_CUBIC_H_
