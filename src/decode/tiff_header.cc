#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "src/decode/byte_reader.h"
#include "src/decode/header_readers.h"
#include "src/decode/tiff_directory.h"

namespace hashvet {

absl::StatusOr<PictureHeader> ReadTiffHeader(std::span<const std::byte> bytes) {
  const ByteReader reader(bytes, ByteOrder::kLittle);
  if (reader.Has(0, std::string_view("II\x2b\0", 4)) ||
      reader.Has(0, std::string_view("MM\0\x2b", 4))) {
    return absl::UnimplementedError(
        "TIFF header: BigTIFF; this build reads classic TIFF");
  }
  const auto directory = ReadTiffDirectory(bytes);
  if (!directory || !directory->width || !directory->height) {
    return absl::InvalidArgumentError(
        "TIFF header: its first directory states no size");
  }
  PictureHeader header;
  header.width = *directory->width;
  header.height = *directory->height;
  header.orientation = OrientationFromTag(directory->orientation);
  return header;
}

}  // namespace hashvet
