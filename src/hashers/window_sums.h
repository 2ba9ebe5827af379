// What the pHash library begins with: 32 x 32 places of the picture, each the
// sum of the 7 x 7 pixels around it.

#ifndef HASHVET_SRC_HASHERS_WINDOW_SUMS_H_
#define HASHVET_SRC_HASHERS_WINDOW_SUMS_H_

#include <cstddef>
#include <vector>

#include "hashvet/hash/orientation.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet {

inline constexpr size_t kWindowSumsSide = 32;

// Row by row, whole numbers. Place (x, y) is pixel (x * width / 32, y * height
// / 32), rounded down; past an edge the edge's pixel counts again. Colour
// becomes grey as (66 R + 129 G + 25 B + 128) / 256 + 16, rounded down (the
// range of video: 16 to 235); grey bytes are taken as they are, and float lumas
// rounded to bytes.
//
// Of the picture turned as `orientation` says: exactly what the turned pixels
// would give, whose places are not these places turned. Thread-safe.
std::vector<double> WindowSums(const PictureView& picture,
                               Orientation orientation);

}  // namespace hashvet

#endif  // HASHVET_SRC_HASHERS_WINDOW_SUMS_H_
