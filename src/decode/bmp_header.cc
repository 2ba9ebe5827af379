// Source: BITMAPFILEHEADER, BITMAPCOREHEADER and BITMAPINFOHEADER to V5
// (Microsoft, Windows GDI).

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/decode/byte_reader.h"
#include "src/decode/header_readers.h"

namespace hashvet {

absl::StatusOr<PictureHeader> ReadBmpHeader(std::span<const std::byte> bytes) {
  const ByteReader reader(bytes, ByteOrder::kLittle);
  PictureHeader header;
  constexpr uint32_t kCoreHeader = 12;
  if (reader.U32(14) == kCoreHeader) {
    const auto width = reader.U16(18);
    const auto height = reader.U16(20);
    if (!width || !height) {
      return absl::InvalidArgumentError("BMP header: cut short");
    }
    header.width = *width;
    header.height = *height;
    return header;
  }
  const auto width = reader.U32(18);
  const auto height = reader.U32(22);
  const auto compression = reader.U32(30);
  if (!width || !height || !compression) {
    return absl::InvalidArgumentError("BMP header: cut short");
  }
  // Not compressed, the two run-length codes, and colour masks.
  constexpr uint32_t kMostCompression = 3;
  if (*compression > kMostCompression) {
    return absl::UnimplementedError(
        absl::StrCat("BMP header: compression ", *compression,
                     ", this build reads 0 .. ", kMostCompression));
  }
  // Both are signed; rows stand top-down when the height is negative.
  constexpr uint32_t kSign = 0x80000000;
  if (*width >= kSign || *height == kSign) {
    return absl::InvalidArgumentError("BMP header: a side is out of range");
  }
  header.width = *width;
  header.height = *height >= kSign ? 0u - *height : *height;
  return header;
}

}  // namespace hashvet
