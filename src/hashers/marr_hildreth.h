// OpenCV's Marr-Hildreth hash: where the picture's edges are denser than around
// them. 576 bits.

#ifndef HASHVET_SRC_HASHERS_MARR_HILDRETH_H_
#define HASHVET_SRC_HASHERS_MARR_HILDRETH_H_

#include <vector>

#include "hashvet/pixels/picture_view.h"
#include "src/hashers/small_plane.h"

namespace hashvet {

// The picture blurred, as 512 x 512 grey bytes, its levels spread evenly.
// REQUIRES: as ResizeBlurredCubic. Thread-safe.
SmallPlane MarrHildrethPlane(const PictureView& picture);

// 8 x 8 groups of 3 x 3 blocks; a bit is 1 where a block's sum is above the
// mean of its group. In whole numbers: sums that tie are told to tie.
// REQUIRES: a plane of 512 x 512. Allocates 2 MB.
std::vector<bool> MarrHildrethBits(const SmallPlane& plane);

}  // namespace hashvet

#endif  // HASHVET_SRC_HASHERS_MARR_HILDRETH_H_
