// Source: RFC 9649 (WebP container and lossless bit stream), RFC 6386 (VP8).

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "src/decode/byte_reader.h"
#include "src/decode/header_readers.h"
#include "src/decode/tiff_directory.h"

namespace hashvet {
namespace {

constexpr uint64_t kFirstChunk = 12;  // past "RIFF", the size and "WEBP"
constexpr uint64_t kChunkHeader = 8;  // type 4, length 4

absl::Status Damaged() {
  return absl::InvalidArgumentError("WebP header: cut short or damaged");
}

// The orientation that an EXIF chunk states, wherever it stands.
ExifOrientation OrientationIn(const ByteReader& reader) {
  uint64_t at = kFirstChunk;
  while (const auto length = reader.U32(at + 4)) {
    if (reader.Has(at, "EXIF")) {
      return ExifOrientationOf(reader.Part(at + kChunkHeader, *length));
    }
    at += kChunkHeader + *length + (*length & 1);  // chunks are padded to even
  }
  return ExifOrientation::kTopLeft;
}

// The frames of an animation whose heads are there.
uint32_t FramesIn(const ByteReader& reader) {
  uint32_t frames = 0;
  uint64_t at = kFirstChunk;
  while (const auto length = reader.U32(at + 4)) {
    frames += reader.Has(at, "ANMF") ? 1 : 0;
    at += kChunkHeader + *length + (*length & 1);
  }
  return frames;
}

}  // namespace

absl::StatusOr<PictureHeader> ReadWebpHeader(std::span<const std::byte> bytes) {
  const ByteReader reader(bytes, ByteOrder::kLittle);
  constexpr uint64_t kData = kFirstChunk + kChunkHeader;
  PictureHeader header;
  if (reader.Has(kFirstChunk, "VP8X")) {
    // flags 1, reserved 3, canvas width - 1 in 3 bytes, height - 1 in 3 bytes
    constexpr uint8_t kAnimated = 0x02;
    const auto flags = reader.U8(kData);
    const auto width = reader.U32(kData + 4);   // and a byte of the height
    const auto height = reader.U32(kData + 6);  // after a byte of the width
    if (!flags || !width || !height) return Damaged();
    if (*flags & kAnimated) {
      header.frames = FramesIn(reader);
      if (header.frames == 0) return Damaged();
    }
    header.width = (*width & 0xffffff) + 1;
    header.height = (*height >> 8) + 1;
    header.orientation = OrientationIn(reader);
  } else if (reader.Has(kFirstChunk, "VP8L")) {
    // signature 0x2f, then 14 bits of width - 1 and 14 bits of height - 1
    const auto sides = reader.U32(kData + 1);
    if (!sides || reader.U8(kData) != uint8_t{0x2f}) return Damaged();
    header.width = (*sides & 0x3fff) + 1;
    header.height = (*sides >> 14 & 0x3fff) + 1;
  } else if (reader.Has(kFirstChunk, "VP8 ")) {
    // frame tag 3, start code 3, 14 bits of width and 2 of scale, the same of
    // height
    const auto width = reader.U16(kData + 6);
    const auto height = reader.U16(kData + 8);
    if (!width || !height || !reader.Has(kData + 3, "\x9d\x01\x2a")) {
      return Damaged();
    }
    header.width = *width & 0x3fff;
    header.height = *height & 0x3fff;
  } else {
    return Damaged();
  }
  return header;
}

}  // namespace hashvet
