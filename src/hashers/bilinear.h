// OpenCV's resize with INTER_LINEAR_EXACT of 8-bit pictures, then its grey,
// byte for byte: what img_hash's hashes begin with. Between its four neighbours
// and nothing else: a large picture is sampled, not averaged.
//
// Source: OpenCV 4, modules/imgproc/src/resize.cpp (resize_bitExact).

#ifndef HASHVET_SRC_HASHERS_BILINEAR_H_
#define HASHVET_SRC_HASHERS_BILINEAR_H_

#include <cstddef>

#include "hashvet/pixels/picture_view.h"
#include "src/hashers/small_plane.h"

namespace hashvet {

// The picture as width x height grey bytes. Colour is resized as colour. Float
// lumas are rounded to bytes first. Thread-safe.
SmallPlane ResizeBilinear(const PictureView& picture, size_t width,
                          size_t height);

}  // namespace hashvet

#endif  // HASHVET_SRC_HASHERS_BILINEAR_H_
