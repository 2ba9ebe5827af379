// Pixels that were decoded elsewhere, hashed.

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "hashvet/pixels/picture.h"
#include "hashvet/pixels/picture_view.h"
#include "src/c/hash_options.h"
#include "src/decode/shown_rows.h"
#include "src/picture/pixel_hashes.h"

namespace hashvet::c {
namespace {

absl::StatusOr<PixelFormat> FormatOf(uint32_t format) {
  switch (format) {
    case HASHVET_PIXELS_GREY8:
      return PixelFormat::kGrey8;
    case HASHVET_PIXELS_RGB8:
      return PixelFormat::kRgb8;
    case HASHVET_PIXELS_BGR8:
      return PixelFormat::kBgr8;
    case HASHVET_PIXELS_LUMA32:
      return PixelFormat::kLuma32;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("pixels: got format ", format, ", want 0 .. 4"));
  }
}

// What is seen of pixels with alpha. Sets `transparent` where a pixel is.
absl::StatusOr<Picture> Shown(const uint8_t* pixels, uint32_t width,
                              uint32_t height, size_t stride, Background behind,
                              bool& transparent) {
  HASHVET_ASSIGN_OR_RETURN(Picture picture,
                           Picture::Create(width, height, PixelFormat::kRgb8));
  for (uint32_t y = 0; y < height; ++y) {
    const uint8_t* from = pixels + y * stride;
    uint8_t* to = picture.row(y);
    for (uint32_t x = 0; x < width; ++x, from += 4) {
      if (from[3] != 255) transparent = true;
      for (int c = 0; c < 3; ++c) {
        *to++ = hashvet::Shown(from[c], from[3], behind);
      }
    }
  }
  return picture;
}

// Errors: why it has no hash, which is its caller's doing.
absl::StatusOr<PictureHashes> HashView(const PictureView& view,
                                       const HashPictureOptions& options) {
  const auto no_digest = [](HashKind kind) {
    KindHashes none;
    none.kind = kind;
    none.status = absl::FailedPreconditionError(
        "pixels have no digest, which is of the bytes of a file");
    return none;
  };
  PictureHashes hashes;
  HashItself(view, options, no_digest, hashes);
  if (hashes.outcome != HashOutcome::kHashed) return hashes.status;
  return hashes;
}

absl::StatusOr<PictureHashes> HashWithAlpha(const void* pixels, uint32_t width,
                                            uint32_t height, size_t stride,
                                            const HashPictureOptions& options) {
  if (stride / 4 < width) {
    return absl::InvalidArgumentError(
        absl::StrCat("picture: ", stride, " bytes a row, want at least ",
                     4 * uint64_t{width}, " for ", width, " pixels"));
  }
  HASHVET_RETURN_IF_ERROR(
      PictureView::Create(pixels, width, height, stride, PixelFormat::kRgb8)
          .status());
  const auto* bytes = static_cast<const uint8_t*>(pixels);
  bool transparent = false;
  HASHVET_ASSIGN_OR_RETURN(
      const Picture white,
      Shown(bytes, width, height, stride, Background::kWhite, transparent));
  HASHVET_ASSIGN_OR_RETURN(PictureHashes hashes,
                           HashView(white.view(), options));
  hashes.flags.alpha_flattened = transparent;
  if (!transparent) return hashes;
  HASHVET_ASSIGN_OR_RETURN(
      const Picture black,
      Shown(bytes, width, height, stride, Background::kBlack, transparent));
  FrameStart start;
  start.background = Background::kBlack;
  ShowingHasher(options, hashes).Hash(start, black.view());
  return hashes;
}

}  // namespace
}  // namespace hashvet::c

using namespace hashvet;     // NOLINT: all of it is this interface
using namespace hashvet::c;  // NOLINT

int hashvet_hash_pixels(const void* pixels, uint32_t width, uint32_t height,
                        size_t stride, uint32_t format,
                        const hashvet_hash_options* options,
                        hashvet_picture** picture, hashvet_error** error) {
  return HashWith(
      options, picture, error,
      [&](const Asked& asked) -> absl::StatusOr<PictureHashes> {
        if (format == HASHVET_PIXELS_RGBA8) {
          return HashWithAlpha(pixels, width, height, stride, asked.options);
        }
        HASHVET_ASSIGN_OR_RETURN(const PixelFormat known, FormatOf(format));
        HASHVET_ASSIGN_OR_RETURN(
            const PictureView view,
            PictureView::Create(pixels, width, height, stride, known));
        return HashView(view, asked.options);
      });
}
