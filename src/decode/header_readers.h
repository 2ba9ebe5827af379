// One reader a format, for picture_header.cc. REQUIRES of each: Sniff(bytes)
// gave its format. Errors as ReadPictureHeader's. A side of 0 is refused there.

#ifndef HASHVET_SRC_DECODE_HEADER_READERS_H_
#define HASHVET_SRC_DECODE_HEADER_READERS_H_

#include <cstddef>
#include <span>

#include "absl/status/statusor.h"
#include "hashvet/decode/picture_header.h"

namespace hashvet {

absl::StatusOr<PictureHeader> ReadJpegHeader(std::span<const std::byte> bytes);
absl::StatusOr<PictureHeader> ReadPngHeader(std::span<const std::byte> bytes);
absl::StatusOr<PictureHeader> ReadWebpHeader(std::span<const std::byte> bytes);
absl::StatusOr<PictureHeader> ReadBmpHeader(std::span<const std::byte> bytes);
absl::StatusOr<PictureHeader> ReadGifHeader(std::span<const std::byte> bytes);
absl::StatusOr<PictureHeader> ReadHeifHeader(std::span<const std::byte> bytes);
absl::StatusOr<PictureHeader> ReadTiffHeader(std::span<const std::byte> bytes);

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_HEADER_READERS_H_
