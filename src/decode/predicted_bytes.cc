#include "src/decode/predicted_bytes.h"

#include <algorithm>

#include "src/decode/byte_reader.h"
#include "src/decode/tiff_directory.h"

namespace hashvet {
namespace {

// Three colours of 8 bits, which is what all are made into.
constexpr uint64_t kColourBytes = 3;
constexpr uint64_t kCanvasBytes = 4;  // and alpha

uint64_t OfPng(std::span<const std::byte> bytes) {
  constexpr uint64_t kColourTypeAt = 25;
  constexpr uint64_t kInterlaceAt = 28;
  constexpr uint8_t kHasAlpha = 4;
  const ByteReader reader(bytes, ByteOrder::kBig);
  if (reader.U8(kInterlaceAt).value_or(0) == 0) return 0;
  const bool alpha = (reader.U8(kColourTypeAt).value_or(0) & kHasAlpha) != 0;
  return alpha ? kCanvasBytes : kColourBytes;
}

// OpenCV's own picture, beside ours, where it is of another kind.
uint64_t OfTiff(std::span<const std::byte> bytes) {
  const auto directory = ReadTiffDirectory(bytes);
  if (!directory || directory->bits_per_sample.value_or(1) != 16) {
    return kColourBytes;
  }
  const uint64_t samples =
      std::min(directory->samples_per_pixel.value_or(1), 4u);
  return kColourBytes + 2 * samples;
}

uint64_t OfWebp(std::span<const std::byte> bytes) {
  const ByteReader reader(bytes, ByteOrder::kLittle);
  // A lossless picture is decoded to words of four colours, apart from what is
  // given; a lossy one in rows.
  return reader.Has(12, "VP8L") ? kCanvasBytes + kColourBytes : kColourBytes;
}

}  // namespace

uint64_t PredictedBytes(const PictureHeader& header,
                        std::span<const std::byte> bytes) {
  const uint64_t pixels = uint64_t{header.width} * header.height;
  switch (header.format) {
    case PictureFormat::kPng:
      return pixels * OfPng(bytes);
    case PictureFormat::kWebp:
      return pixels * OfWebp(bytes);
    case PictureFormat::kBmp:
      return pixels * kColourBytes;
    case PictureFormat::kTiff:
      return pixels * OfTiff(bytes);
    case PictureFormat::kGif:
      return pixels * kCanvasBytes;
    case PictureFormat::kJpeg:
    case PictureFormat::kAvif:
    case PictureFormat::kHeic:
    case PictureFormat::kUnknown:
      break;
  }
  return 0;
}

}  // namespace hashvet
