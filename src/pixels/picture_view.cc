#include "hashvet/pixels/picture_view.h"

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/checked.h"

namespace hashvet {

absl::StatusOr<PictureView> PictureView::Create(const void* pixels,
                                                uint32_t width, uint32_t height,
                                                size_t stride_bytes,
                                                PixelFormat format) {
  if (width == 0 || height == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "picture: ", width, " x ", height, " pixels, want at least 1 x 1"));
  }
  if (pixels == nullptr) {
    return absl::InvalidArgumentError("picture: its pixels are a null pointer");
  }
  const size_t pixel_bytes = BytesPerPixel(format);
  const auto row_bytes = CheckedMultiply<size_t>(width, pixel_bytes);
  if (!row_bytes || !CheckedMultiply<size_t>(height, stride_bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("picture: ", width, " x ", height, " pixels with ",
                     stride_bytes, " bytes a row do not fit in memory"));
  }
  if (stride_bytes < *row_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("picture: ", stride_bytes, " bytes a row, want at least ",
                     *row_bytes, " for ", width, " pixels"));
  }
  if (format == PixelFormat::kLuma32 &&
      (stride_bytes % alignof(float) != 0 ||
       reinterpret_cast<uintptr_t>(pixels) % alignof(float) != 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("picture: float rows must be aligned to ", alignof(float),
                     " bytes; the stride is ", stride_bytes));
  }
  return PictureView(static_cast<const uint8_t*>(pixels), width, height,
                     stride_bytes, format);
}

}  // namespace hashvet
