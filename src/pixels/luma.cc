#include "hashvet/pixels/luma.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "hashvet/base/dcheck.h"

namespace hashvet {
namespace {

// Left to right, each product and each sum rounded to float by itself: the
// build forbids fused multiply-add (-ffp-contract=off).
template <size_t kRed, size_t kGreen, size_t kBlue>
void ColourRow(const uint8_t* pixels, std::span<float> luma) {
  for (float& value : luma) {
    value = 0.299f * static_cast<float>(pixels[kRed]) +
            0.587f * static_cast<float>(pixels[kGreen]) +
            0.114f * static_cast<float>(pixels[kBlue]);
    pixels += 3;
  }
}

}  // namespace

void LumaRow(const PictureView& picture, uint32_t y, std::span<float> luma) {
  HASHVET_DCHECK(y < picture.height() && luma.size() == picture.width());
  const uint8_t* pixels = picture.row(y);
  switch (picture.format()) {
    case PixelFormat::kGrey8:
      for (float& value : luma) value = static_cast<float>(*pixels++);
      return;
    case PixelFormat::kRgb8:
      return ColourRow<0, 1, 2>(pixels, luma);
    case PixelFormat::kBgr8:
      return ColourRow<2, 1, 0>(pixels, luma);
    case PixelFormat::kLuma32:
      std::memcpy(luma.data(), pixels, luma.size_bytes());
      return;
  }
}

}  // namespace hashvet
