// A picture that owns its pixels: what a decoder gives back. Rows lie without
// gaps.

#ifndef HASHVET_PIXELS_PICTURE_H_
#define HASHVET_PIXELS_PICTURE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet {

// Movable, not copyable (pictures are large). Not thread-safe while written.
class HASHVET_EXPORT Picture {
 public:
  // Pixels are not initialised.
  //
  // Errors: InvalidArgument (a side is 0), ResourceExhausted (the pixels do not
  // fit in memory).
  static absl::StatusOr<Picture> Create(uint32_t width, uint32_t height,
                                        PixelFormat format);

  PictureView view() const {
    return {pixels_.get(), width_, height_, stride_bytes(), format_};
  }

  uint32_t width() const { return width_; }
  uint32_t height() const { return height_; }
  PixelFormat format() const { return format_; }
  size_t stride_bytes() const {
    return static_cast<size_t>(width_) * BytesPerPixel(format_);
  }
  uint8_t* row(uint32_t y) {  // REQUIRES: y < height()
    return pixels_.get() + static_cast<size_t>(y) * stride_bytes();
  }

 private:
  struct Free {
    void operator()(uint8_t* pixels) const;
  };
  Picture(std::unique_ptr<uint8_t[], Free> pixels, uint32_t width,
          uint32_t height, PixelFormat format)
      : pixels_(std::move(pixels)),
        width_(width),
        height_(height),
        format_(format) {}

  std::unique_ptr<uint8_t[], Free> pixels_;
  uint32_t width_;
  uint32_t height_;
  PixelFormat format_;
};

}  // namespace hashvet

#endif  // HASHVET_PIXELS_PICTURE_H_
