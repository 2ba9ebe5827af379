// The lowest frequencies of a small square plane, in double.

#ifndef HASHVET_SRC_HASHERS_PLANE_DCT_H_
#define HASHVET_SRC_HASHERS_PLANE_DCT_H_

#include <cstddef>
#include <span>
#include <vector>

#include "hashvet/hash/orientation.h"
#include "src/hashers/small_plane.h"

namespace hashvet {

// side x side coefficients, row-major: (i, j) is vertical frequency i and
// horizontal frequency j, the sum over y and x of
//
//   plane(x, y) cos(pi i (2 y + 1) / 2 n) cos(pi j (2 x + 1) / 2 n)
//
// first over y, ascending, then over x; nothing is scaled.
//
// REQUIRES: the plane is n x n, n is 32 or 64, and side at most 16.
std::vector<double> LowFrequencies(const SmallPlane& plane, size_t side);

// The same of a plane of other numbers, row by row.
std::vector<double> LowFrequencies(std::span<const double> plane, size_t n,
                                   size_t side);

// Those of the plane turned or mirrored: signs change, and places.
std::vector<double> Turned(const std::vector<double>& coefficients, size_t side,
                           Orientation orientation);

}  // namespace hashvet

#endif  // HASHVET_SRC_HASHERS_PLANE_DCT_H_
