// The bright and the dark areas of a small plane, as ImageHash finds them.

#ifndef HASHVET_SRC_HASHERS_SEGMENTS_H_
#define HASHVET_SRC_HASHERS_SEGMENTS_H_

#include <cstddef>
#include <vector>

#include "src/hashers/small_plane.h"

namespace hashvet {

struct Segment {
  size_t pixels = 0;
  // What it lies in; `right` and `bottom` are the last column and row.
  size_t left = 0;
  size_t top = 0;
  size_t right = 0;
  size_t bottom = 0;
};

// Pillow's GaussianBlur of radius 2 and its median of 3 x 3, byte for byte:
// three box filters of 1.375 pixels' reach across and three down, each rounded.
SmallPlane Smoothed(const SmallPlane& plane);

// The areas, joined at sides, of more than 500 pixels: of those above 128 by
// their first pixel, row by row, then of the others.
//
// As in ImageHash, the search ends once no more pixels of the plane are left
// than its border is long (it counts the frame as found): a dark area that
// would come last may be missing.
std::vector<Segment> SegmentsOf(const SmallPlane& plane);

}  // namespace hashvet

#endif  // HASHVET_SRC_HASHERS_SEGMENTS_H_
