#include "src/decode/gif_layout.h"

#include <algorithm>

#include "src/decode/byte_reader.h"

namespace hashvet {
namespace {

constexpr uint8_t kExtension = 0x21;
constexpr uint8_t kImage = 0x2c;

// Bytes of the palette that a flags byte announces.
uint64_t PaletteBytes(uint8_t flags) {
  return (flags & 0x80) != 0 ? uint64_t{3} << ((flags & 7) + 1) : 0;
}

// Past a chain of blocks, each of a length byte and so many; a length of 0 ends
// it.
uint64_t AfterBlocks(const ByteReader& reader, uint64_t at) {
  while (const auto length = reader.U8(at)) {
    at += 1 + uint64_t{*length};
    if (*length == 0) break;
  }
  return at;
}

}  // namespace

std::optional<GifLayout> ReadGifLayout(std::span<const std::byte> bytes) {
  const ByteReader reader(bytes, ByteOrder::kLittle);
  const auto width = reader.U16(6);
  const auto height = reader.U16(8);
  const auto flags = reader.U8(10);
  if (!width || !height || !flags) return std::nullopt;
  GifLayout layout = {.width = *width, .height = *height};
  uint64_t at = 13 + PaletteBytes(*flags);
  while (const auto kind = reader.U8(at)) {
    if (*kind == kExtension) {
      at = AfterBlocks(reader, at + 2);
    } else if (*kind == kImage) {
      const auto frame_width = reader.U16(at + 5);
      const auto frame_height = reader.U16(at + 7);
      const auto frame_flags = reader.U8(at + 9);
      if (!frame_width || !frame_height || !frame_flags) break;
      if (layout.frames == 0 &&
          (*frame_width > layout.width || *frame_height > layout.height)) {
        layout.width = *frame_width;
        layout.height = *frame_height;
        layout.first_frame_is_screen = true;
      }
      ++layout.frames;
      layout.largest_frame_pixels = std::max(
          layout.largest_frame_pixels, uint64_t{*frame_width} * *frame_height);
      at = AfterBlocks(reader, at + 11 + PaletteBytes(*frame_flags));
    } else {
      break;  // the end, or damage
    }
  }
  if (layout.frames == 0) return std::nullopt;
  return layout;
}

}  // namespace hashvet
