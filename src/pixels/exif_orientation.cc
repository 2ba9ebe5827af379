#include "hashvet/pixels/exif_orientation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "hashvet/base/status.h"

namespace hashvet {
namespace {

// Where the shown pixel (x, y) is stored: begin + x * step_x + y * step_y,
// steps in bytes and of either sign.
struct Walk {
  const uint8_t* begin;
  ptrdiff_t step_x;
  ptrdiff_t step_y;
};

Walk WalkOf(const PictureView& stored, ExifOrientation orientation) {
  const auto pixel = static_cast<ptrdiff_t>(BytesPerPixel(stored.format()));
  const auto row = static_cast<ptrdiff_t>(stored.stride_bytes());
  const uint8_t* top_left = stored.row(0);
  const uint8_t* bottom_left = stored.row(stored.height() - 1);
  const ptrdiff_t to_right =
      (static_cast<ptrdiff_t>(stored.width()) - 1) * pixel;
  switch (orientation) {
    case ExifOrientation::kTopLeft:
      break;
    case ExifOrientation::kTopRight:
      return {top_left + to_right, -pixel, row};
    case ExifOrientation::kBottomRight:
      return {bottom_left + to_right, -pixel, -row};
    case ExifOrientation::kBottomLeft:
      return {bottom_left, pixel, -row};
    case ExifOrientation::kLeftTop:
      return {top_left, row, pixel};
    case ExifOrientation::kRightTop:
      return {bottom_left, -row, pixel};
    case ExifOrientation::kRightBottom:
      return {bottom_left + to_right, -row, -pixel};
    case ExifOrientation::kLeftBottom:
      return {top_left + to_right, row, -pixel};
  }
  return {top_left, pixel, row};
}

// In square tiles, so that a transposing walk, which strides through one stored
// row after the other, finds each row's cache line again for the next column.
template <size_t kPixelBytes>
void CopyInTiles(const Walk& walk, Picture& shown) {
  constexpr uint32_t kTile = 64;  // 64 rows x one cache line: 4 KiB of stored
  for (uint32_t tile_y = 0; tile_y < shown.height(); tile_y += kTile) {
    const uint32_t end_y = std::min(shown.height(), tile_y + kTile);
    for (uint32_t tile_x = 0; tile_x < shown.width(); tile_x += kTile) {
      const uint32_t end_x = std::min(shown.width(), tile_x + kTile);
      for (uint32_t y = tile_y; y < end_y; ++y) {
        const uint8_t* from =
            walk.begin + tile_x * walk.step_x + y * walk.step_y;
        uint8_t* to = shown.row(y) + tile_x * kPixelBytes;
        for (uint32_t x = tile_x; x < end_x; ++x) {
          std::memcpy(to, from, kPixelBytes);
          from += walk.step_x;
          to += kPixelBytes;
        }
      }
    }
  }
}

}  // namespace

absl::StatusOr<Picture> Oriented(Picture picture, ExifOrientation orientation) {
  if (orientation == ExifOrientation::kTopLeft) return picture;
  uint32_t width = picture.width();
  uint32_t height = picture.height();
  if (SwapsSides(orientation)) std::swap(width, height);
  HASHVET_ASSIGN_OR_RETURN(Picture shown,
                           Picture::Create(width, height, picture.format()));
  const Walk walk = WalkOf(picture.view(), orientation);
  switch (BytesPerPixel(picture.format())) {
    case 1:
      CopyInTiles<1>(walk, shown);
      break;
    case 3:
      CopyInTiles<3>(walk, shown);
      break;
    default:
      CopyInTiles<4>(walk, shown);
  }
  return shown;
}

}  // namespace hashvet
