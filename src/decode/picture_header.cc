#include "hashvet/decode/picture_header.h"

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/decode/codec_module.h"
#include "src/decode/header_readers.h"

namespace hashvet {
namespace {

absl::StatusOr<PictureHeader> ReadHeaderOf(PictureFormat format,
                                           std::span<const std::byte> bytes) {
  switch (format) {
    case PictureFormat::kJpeg:
      return ReadJpegHeader(bytes);
    case PictureFormat::kPng:
      return ReadPngHeader(bytes);
    case PictureFormat::kWebp:
      return ReadWebpHeader(bytes);
    case PictureFormat::kBmp:
      return ReadBmpHeader(bytes);
    case PictureFormat::kTiff:
      return ReadTiffHeader(bytes);
    case PictureFormat::kGif:
      return ReadGifHeader(bytes);
    case PictureFormat::kAvif:
    case PictureFormat::kHeic:
      if (HasHeifcodecs()) return ReadHeifHeader(bytes);
      return absl::UnimplementedError(absl::StrCat(
          "picture: got ", ToAbsl(NameOf(format)),
          ", this build has no codecs for it (HASHVET_WITH_HEIF is off)"));
    case PictureFormat::kUnknown:
      break;
  }
  return absl::UnimplementedError(
      "picture: its first bytes are those of no known format: JPEG, PNG, WebP, "
      "GIF, BMP, TIFF, AVIF, HEIC");
}

}  // namespace

absl::StatusOr<PictureHeader> ReadPictureHeader(
    std::span<const std::byte> bytes) {
  if (bytes.empty()) return absl::InvalidArgumentError("picture: got 0 bytes");
  const PictureFormat format = Sniff(bytes);
  HASHVET_ASSIGN_OR_RETURN(PictureHeader header, ReadHeaderOf(format, bytes));
  header.format = format;
  if (header.width == 0 || header.height == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(ToAbsl(NameOf(format)), " header: states ", header.width,
                     " x ", header.height, " pixels, want at least 1 x 1"));
  }
  return header;
}

}  // namespace hashvet
