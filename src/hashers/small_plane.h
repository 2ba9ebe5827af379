// The few grey bytes that the small hashes are read off.

#ifndef HASHVET_SRC_HASHERS_SMALL_PLANE_H_
#define HASHVET_SRC_HASHERS_SMALL_PLANE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hashvet/hash/orientation.h"

namespace hashvet {

struct SmallPlane {
  SmallPlane(size_t width_, size_t height_)
      : width(width_), height(height_), bytes(width_ * height_) {}

  uint8_t at(size_t x, size_t y) const { return bytes[y * width + x]; }
  uint8_t* row(size_t y) { return bytes.data() + y * width; }

  size_t width;
  size_t height;
  std::vector<uint8_t> bytes;  // row-major, without gaps
};

// Whether width and height change places.
constexpr bool IsSideways(Orientation orientation) {
  return orientation == Orientation::kRotate90 ||
         orientation == Orientation::kRotate270 ||
         orientation == Orientation::kFlipPlus1 ||
         orientation == Orientation::kFlipMinus1;
}

// An orientation as a transposition or none, then a mirroring of either axis.
struct Turn {
  bool sideways;   // transposed
  bool mirrors_x;  // then left and right change places
  bool mirrors_y;  // and top and bottom
};

constexpr Turn TurnOf(Orientation orientation) {
  using enum Orientation;
  return {IsSideways(orientation),
          orientation == kFlipY || orientation == kRotate180 ||
              orientation == kRotate270 || orientation == kFlipMinus1,
          orientation == kFlipX || orientation == kRotate180 ||
              orientation == kRotate90 || orientation == kFlipMinus1};
}

// The plane turned or mirrored as `orientation` says.
SmallPlane Turned(const SmallPlane& plane, Orientation orientation);

// The same for a square of bits, row by row.
std::vector<bool> TurnedBits(const std::vector<bool>& bits, size_t side,
                             Orientation orientation);

}  // namespace hashvet

#endif  // HASHVET_SRC_HASHERS_SMALL_PLANE_H_
