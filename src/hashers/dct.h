// PDQ's second half: the discrete cosine transform of the 64 x 64 plane, of
// which only frequencies 1..16 along each axis are wanted.

#ifndef HASHVET_SRC_HASHERS_DCT_H_
#define HASHVET_SRC_HASHERS_DCT_H_

#include <array>
#include <cstddef>

#include "src/hashers/downsample.h"

namespace hashvet::pdq {

inline constexpr size_t kCoefficientSide = 16;

// 16 x 16 floats, row-major: element (i, j) is vertical frequency i + 1 and
// horizontal frequency j + 1.
using Coefficients = std::array<float, kCoefficientSide * kCoefficientSide>;

// D * plane * transpose(D), with D[i][k] = sqrt(2 / 64) * cos(pi / 128 *
// (i + 1) * (2 k + 1)). As in the reference, the root is rounded to float, the
// cosine to double and their product to float.
//
// Floats throughout: first T = D * plane, then T * transpose(D); every element
// is the sum over k = 0..63 in ascending order, each product and each sum
// rounded to float. This is the reference's order, and no CPU target's.
//
// Thread-safe, allocates nothing.
void Transform(const Plane& plane, Coefficients& coefficients);

}  // namespace hashvet::pdq

#endif  // HASHVET_SRC_HASHERS_DCT_H_
