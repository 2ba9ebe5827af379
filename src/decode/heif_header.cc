#include <algorithm>
#include <cstddef>
#include <span>

#include "hashvet/base/status.h"
#include "src/decode/header_readers.h"
#include "src/decode/heif_layout.h"

namespace hashvet {

absl::StatusOr<PictureHeader> ReadHeifHeader(std::span<const std::byte> bytes) {
  HASHVET_ASSIGN_OR_RETURN(const HeifLayout layout, ReadHeifLayout(bytes));
  PictureHeader header;
  header.width = layout.width;
  header.height = layout.height;
  header.orientation = layout.turn;
  header.frames = layout.frames;
  return header;
}

}  // namespace hashvet
