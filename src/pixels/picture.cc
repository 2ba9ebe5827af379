#include "hashvet/pixels/picture.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/checked.h"

namespace hashvet {

void Picture::Free::operator()(uint8_t* pixels) const { std::free(pixels); }

absl::StatusOr<Picture> Picture::Create(uint32_t width, uint32_t height,
                                        PixelFormat format) {
  if (width == 0 || height == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "picture: ", width, " x ", height, " pixels, want at least 1 x 1"));
  }
  const auto row_bytes = CheckedMultiply<size_t>(width, BytesPerPixel(format));
  const auto size_bytes =
      row_bytes ? CheckedMultiply<size_t>(*row_bytes, height) : row_bytes;
  // malloc and not new: pages of a large picture that no codec reaches are
  // never touched, and a refusal is a null pointer.
  std::unique_ptr<uint8_t[], Free> pixels(
      size_bytes ? static_cast<uint8_t*>(std::malloc(*size_bytes)) : nullptr);
  if (pixels == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("picture: no memory for ", width, " x ", height,
                     " pixels of ", BytesPerPixel(format), " bytes"));
  }
  return Picture(std::move(pixels), width, height, format);
}

}  // namespace hashvet
