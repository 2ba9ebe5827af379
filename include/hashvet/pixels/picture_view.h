// A picture in memory that somebody else owns: where its rows lie and what a
// pixel is. Every hasher takes one.

#ifndef HASHVET_PIXELS_PICTURE_VIEW_H_
#define HASHVET_PIXELS_PICTURE_VIEW_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"

namespace hashvet {

enum class PixelFormat : uint8_t {
  kGrey8,   // 1 byte: luma, 0 (black) .. 255 (white)
  kRgb8,    // 3 bytes: red, green, blue
  kBgr8,    // 3 bytes: blue, green, red, as OpenCV keeps them
  kLuma32,  // 1 float: luma, 0 .. 255
};

constexpr size_t BytesPerPixel(PixelFormat format) {
  switch (format) {
    case PixelFormat::kGrey8:
      return 1;
    case PixelFormat::kRgb8:
    case PixelFormat::kBgr8:
      return 3;
    case PixelFormat::kLuma32:
      return 4;
  }
  return 0;
}

// Copyable, 32 bytes. Does not own the pixels; they must outlive it.
class HASHVET_EXPORT PictureView {
 public:
  // pixels        height rows of width pixels; row y begins at
  //               pixels + y * stride_bytes. Rows are as aligned as a pixel.
  // stride_bytes  at least width * BytesPerPixel(format).
  //
  // Errors: InvalidArgument: pixels is null, a side is 0, the stride is too
  // short or misaligned, or the size in bytes does not fit size_t.
  static absl::StatusOr<PictureView> Create(const void* pixels, uint32_t width,
                                            uint32_t height,
                                            size_t stride_bytes,
                                            PixelFormat format);

  uint32_t width() const { return width_; }
  uint32_t height() const { return height_; }
  size_t stride_bytes() const { return stride_bytes_; }
  PixelFormat format() const { return format_; }

  // The first byte of row y. REQUIRES: y < height()
  const uint8_t* row(uint32_t y) const {
    return pixels_ + static_cast<size_t>(y) * stride_bytes_;
  }
  const float* luma_row(uint32_t y) const {  // REQUIRES: format() == kLuma32
    return reinterpret_cast<const float*>(row(y));
  }

 private:
  friend class Picture;
  PictureView(const uint8_t* pixels, uint32_t width, uint32_t height,
              size_t stride_bytes, PixelFormat format)
      : pixels_(pixels),
        stride_bytes_(stride_bytes),
        width_(width),
        height_(height),
        format_(format) {}

  const uint8_t* pixels_;
  size_t stride_bytes_;
  uint32_t width_;
  uint32_t height_;
  PixelFormat format_;
};

}  // namespace hashvet

#endif  // HASHVET_PIXELS_PICTURE_VIEW_H_
