// From a small plane to a hash's bits, one rule a function. The first bit is
// that of the top left pixel, area or coefficient; then row by row.

#ifndef HASHVET_SRC_HASHERS_PLANE_BITS_H_
#define HASHVET_SRC_HASHERS_PLANE_BITS_H_

#include <vector>

#include "src/hashers/small_plane.h"

namespace hashvet {

// Above the median; of an even number of values, the mean of the middle two.
std::vector<bool> AboveMedian(const std::vector<double>& values);

// OpenCV's pHash: the coefficients, scaled to an orthonormal transform and
// rounded to float, above their mean, the constant one counting as 0.
std::vector<bool> AboveOpenCvMean(const std::vector<double>& coefficients,
                                  size_t side);

// Each pixel above the mean of all.
std::vector<bool> AboveMean(const SmallPlane& plane);

// Each pixel against its left neighbour, or the one above: brighter. One
// column, or row, fewer than the plane.
std::vector<bool> BrighterThanLeft(const SmallPlane& plane);
std::vector<bool> BrighterThanAbove(const SmallPlane& plane);

// The mean of each of 8 x 8 equal areas above the median of these means. A Haar
// wavelet's lowest band is these means, scaled; taking the mean of all away, as
// ImageHash does, changes no comparison.
// REQUIRES: a square plane, its side a multiple of 8.
std::vector<bool> HaarAboveMedian(const SmallPlane& plane);

// The mean of each block of 16 x 16 pixels, blocks `step` pixels apart, against
// the mean of all: not below it. REQUIRES: a plane of 256 x 256.
std::vector<bool> BlocksNotBelowMean(const SmallPlane& plane, size_t step);

}  // namespace hashvet

#endif  // HASHVET_SRC_HASHERS_PLANE_BITS_H_
