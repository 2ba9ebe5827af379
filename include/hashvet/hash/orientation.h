// The eight ways a picture can be turned or mirrored. A copy that was rotated
// or flipped has the hash of one of the eight orientations of the original.

#ifndef HASHVET_HASH_ORIENTATION_H_
#define HASHVET_HASH_ORIENTATION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hashvet {

// In the order and with the names of the PDQ reference. An orientation says
// what to do to the picture to get the one that was hashed (shown with pixels
// in tests/hashers/pdq_test.cc).
enum class Orientation : uint8_t {
  kOriginal = 0,
  kRotate90 = 1,  // a quarter turn counter-clockwise: the top goes left
  kRotate180 = 2,
  kRotate270 = 3,   // a quarter turn clockwise: the top goes right
  kFlipX = 4,       // top and bottom change places
  kFlipY = 5,       // left and right change places
  kFlipPlus1 = 6,   // along the main diagonal: rows become columns
  kFlipMinus1 = 7,  // along the other diagonal
};

inline constexpr size_t kOrientations = 8;

inline constexpr std::array<std::string_view, kOrientations> kOrientationNames =
    {"original", "rotate90", "rotate180",  "rotate270",
     "flip_x",   "flip_y",   "flip_plus1", "flip_minus1"};

constexpr std::string_view NameOf(Orientation orientation) {
  return kOrientationNames[static_cast<size_t>(orientation)];
}

}  // namespace hashvet

#endif  // HASHVET_HASH_ORIENTATION_H_
