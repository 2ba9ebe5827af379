// Source: PNG, third edition (W3C): a signature, then chunks of a length, a
// type, data and a checksum.

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "src/decode/byte_reader.h"
#include "src/decode/header_readers.h"
#include "src/decode/tiff_directory.h"

namespace hashvet {

absl::StatusOr<PictureHeader> ReadPngHeader(std::span<const std::byte> bytes) {
  constexpr uint64_t kSignatureBytes = 8;
  constexpr uint64_t kAroundData = 12;  // length 4, type 4, checksum 4
  const ByteReader reader(bytes, ByteOrder::kBig);
  const auto width = reader.U32(16);
  const auto height = reader.U32(20);
  if (!reader.Has(12, "IHDR") || !width || !height) {
    return absl::InvalidArgumentError(
        "PNG header: does not begin with a whole IHDR chunk");
  }
  constexpr uint32_t kMostSide = 0x7fffffff;  // by the standard
  if (*width > kMostSide || *height > kMostSide) {
    return absl::InvalidArgumentError(
        "PNG header: a side is above 2,147,483,647 pixels");
  }
  PictureHeader header;
  header.width = *width;
  header.height = *height;
  uint64_t at = kSignatureBytes;
  while (true) {
    const auto length = reader.U32(at);
    if (!length || reader.Has(at + 4, "IEND")) break;
    if (reader.Has(at + 4, "eXIf")) {
      header.orientation = ExifOrientationOf(reader.Part(at + 8, *length));
      break;  // the standard allows one
    }
    at += *length + kAroundData;
  }
  return header;
}

}  // namespace hashvet
