#include "src/hashers/grey_rows.h"

#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace hashvet {
namespace {

template <size_t kRed, size_t kBlue>
void ColourRow(const uint8_t* pixels, size_t width, uint8_t* out) {
  for (size_t x = 0; x < width; ++x) {
    const uint32_t red = pixels[3 * x + kRed];
    const uint32_t green = pixels[3 * x + 1];
    const uint32_t blue = pixels[3 * x + kBlue];
    out[x] = static_cast<uint8_t>(
        (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
  }
}

}  // namespace

void PillowGreyRow(const PictureView& picture, uint32_t y, uint8_t* out) {
  const size_t width = picture.width();
  switch (picture.format()) {
    case PixelFormat::kGrey8:
      std::memcpy(out, picture.row(y), width);
      return;
    case PixelFormat::kRgb8:
      return ColourRow<0, 2>(picture.row(y), width, out);
    case PixelFormat::kBgr8:
      return ColourRow<2, 0>(picture.row(y), width, out);
    case PixelFormat::kLuma32:
      for (size_t x = 0; x < width; ++x) {
        out[x] = ByteOfLuma(picture.luma_row(y)[x]);
      }
      return;
  }
}

absl::Status CheckLuma(const PictureView& picture) {
  if (picture.format() != PixelFormat::kLuma32) return absl::OkStatus();
  for (uint32_t y = 0; y < picture.height(); ++y) {
    for (uint32_t x = 0; x < picture.width(); ++x) {
      if (std::isfinite(picture.luma_row(y)[x])) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "luma32 picture: got a pixel that is no finite number: row ", y));
    }
  }
  return absl::OkStatus();
}

}  // namespace hashvet
