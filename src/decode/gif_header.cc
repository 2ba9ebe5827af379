#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "src/decode/gif_layout.h"
#include "src/decode/header_readers.h"

namespace hashvet {

absl::StatusOr<PictureHeader> ReadGifHeader(std::span<const std::byte> bytes) {
  const auto layout = ReadGifLayout(bytes);
  if (!layout) {
    return absl::InvalidArgumentError("GIF header: has no frame");
  }
  PictureHeader header;
  header.width = layout->width;
  header.height = layout->height;
  header.frames = layout->frames;
  return header;
}

}  // namespace hashvet
