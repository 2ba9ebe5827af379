// A picture's rows as grey bytes, by the rule of the library whose hashes are
// to be met.

#ifndef HASHVET_SRC_HASHERS_GREY_ROWS_H_
#define HASHVET_SRC_HASHERS_GREY_ROWS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet {

// Row y as Pillow's convert("L") makes it: (19595 R + 38470 G + 7471 B + 32768)
// / 65536, rounded down. Grey bytes are taken as they are, float lumas rounded
// to the nearest and cut to 0 .. 255 (CheckLuma holds them finite).
//
//   out  picture.width() bytes. REQUIRES: y < picture.height()
void PillowGreyRow(const PictureView& picture, uint32_t y, uint8_t* out);

// OpenCV's BGR2GRAY: (9798 R + 19235 G + 3735 B + 16384) / 32768, rounded down.
constexpr uint8_t OpenCvGrey(uint32_t red, uint32_t green, uint32_t blue) {
  return static_cast<uint8_t>(
      (9798 * red + 19235 * green + 3735 * blue + 16384) >> 15);
}

// A float luma as a byte.
constexpr uint8_t ByteOfLuma(float luma) {
  return luma <= 0 ? 0 : luma >= 255 ? 255 : static_cast<uint8_t>(luma + 0.5f);
}

// Errors: InvalidArgument when a kLuma32 pixel is no finite number.
absl::Status CheckLuma(const PictureView& picture);

}  // namespace hashvet

#endif  // HASHVET_SRC_HASHERS_GREY_ROWS_H_
