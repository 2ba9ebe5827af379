// Source: ITU-T T.81, annex B: a file is a chain of marker segments up to the
// first scan.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/decode/byte_reader.h"
#include "src/decode/header_readers.h"
#include "src/decode/tiff_directory.h"

namespace hashvet {
namespace {

constexpr uint8_t kStartOfScan = 0xda;
constexpr uint8_t kEndOfImage = 0xd9;
constexpr uint8_t kApp1 = 0xe1;
constexpr uint8_t kLastSequential = 0xc1;  // by Huffman codes

// SOF0 .. SOF15, without DHT, JPG and DAC, which share their numbers.
bool IsStartOfFrame(uint8_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
         marker != 0xcc;
}

// Baseline, extended and progressive, Huffman or arithmetic.
bool IsReadable(uint8_t start_of_frame) {
  return start_of_frame <= 0xc2 || start_of_frame == 0xc9 ||
         start_of_frame == 0xca;
}

bool StandsAlone(uint8_t marker) {  // has no length
  return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

absl::Status CutShort() {
  return absl::InvalidArgumentError(
      "JPEG header: ends before it states a size");
}

}  // namespace

absl::StatusOr<PictureHeader> ReadJpegHeader(std::span<const std::byte> bytes) {
  const ByteReader reader(bytes, ByteOrder::kBig);
  PictureHeader header;
  bool has_size = false;
  bool sequential = false;
  uint8_t components = 0;
  uint64_t at = 2;  // past SOI
  while (true) {
    // Codecs skip what stands between segments, and any number of fill bytes.
    std::optional<uint8_t> byte = reader.U8(at);
    while (byte && *byte != 0xff) byte = reader.U8(++at);
    while (byte && *byte == 0xff) byte = reader.U8(++at);
    if (!byte) break;
    const uint8_t marker = *byte;
    ++at;
    if (marker == 0 || StandsAlone(marker)) continue;
    if (marker == kStartOfScan) {
      header.sequential = sequential && reader.U8(at + 2) == components;
      break;
    }
    if (marker == kEndOfImage) break;
    const auto length = reader.U16(at);
    if (!length || *length < 2) break;
    if (IsStartOfFrame(marker) && !has_size) {
      const auto precision = reader.U8(at + 2);
      const auto height = reader.U16(at + 3);
      const auto width = reader.U16(at + 5);
      if (!precision || !height || !width) return CutShort();
      if (!IsReadable(marker) || *precision != 8) {
        return absl::UnimplementedError(absl::StrCat(
            "JPEG header: process ", marker - 0xc0, " with ", *precision,
            " bits a sample; this build reads the baseline, extended and "
            "progressive processes with 8"));
      }
      header.width = *width;
      header.height = *height;
      components = reader.U8(at + 7).value_or(0);
      sequential = marker <= kLastSequential && components <= 3;
      has_size = true;
    } else if (marker == kApp1 &&
               header.orientation == ExifOrientation::kTopLeft &&
               reader.Has(at + 2, std::string_view("Exif\0\0", 6))) {
      header.orientation =
          ExifOrientationOf(reader.Part(at + 2, *length - uint64_t{2}));
    }
    at += *length;
  }
  if (!has_size) return CutShort();
  return header;
}

}  // namespace hashvet
