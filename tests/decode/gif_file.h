// GIF files made by hand: codes of a fixed length, so that a test knows exactly
// which pixels are in them.

#ifndef HASHVET_TESTS_DECODE_GIF_FILE_H_
#define HASHVET_TESTS_DECODE_GIF_FILE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tests/decode/make_files.h"

namespace hashvet::testing {

struct GifFrame {
  uint16_t left = 0;
  uint16_t top = 0;
  uint16_t width = 0;
  uint16_t height = 0;
  Samples indices;  // of the palette, row by row as they are shown
  uint8_t disposal = 0;
  std::optional<uint8_t> transparent;
  bool interlaced = false;
  Samples palette;  // its own; of 128 colours, 3 bytes each; none when empty
};

struct GifFile {
  uint16_t width = 0;
  uint16_t height = 0;
  Samples palette;  // of 128 colours, 3 bytes each
  std::vector<GifFrame> frames;
};

inline void AddU16(Samples& file, uint16_t value) {
  file.push_back(static_cast<uint8_t>(value));
  file.push_back(static_cast<uint8_t>(value >> 8));
}

// Seven-bit indices as codes of eight bits: the table is cleared before it
// would grow past them.
inline void AddImageData(Samples& file, const Samples& indices) {
  constexpr uint8_t kClear = 128;
  constexpr uint8_t kEnd = 129;
  constexpr size_t kBetweenClears = 100;
  Samples codes;
  for (size_t i = 0; i < indices.size(); ++i) {
    if (i % kBetweenClears == 0) codes.push_back(kClear);
    codes.push_back(indices[i]);
  }
  codes.push_back(kEnd);
  file.push_back(7);
  for (size_t at = 0; at < codes.size(); at += 255) {
    const size_t size = std::min<size_t>(255, codes.size() - at);
    file.push_back(static_cast<uint8_t>(size));
    file.insert(file.end(), codes.begin() + static_cast<ptrdiff_t>(at),
                codes.begin() + static_cast<ptrdiff_t>(at + size));
  }
  file.push_back(0);
}

inline Bytes MakeGif(const GifFile& gif) {
  Samples file = {'G', 'I', 'F', '8', '9', 'a'};
  AddU16(file, gif.width);
  AddU16(file, gif.height);
  file.insert(file.end(), {0x86, 0, 0});  // a palette of 128 colours
  file.insert(file.end(), gif.palette.begin(), gif.palette.end());
  for (const GifFrame& frame : gif.frames) {
    file.insert(file.end(), {0x21, 0xf9, 4,
                             static_cast<uint8_t>(frame.disposal << 2 |
                                                  (frame.transparent ? 1 : 0)),
                             0, 0, frame.transparent.value_or(0), 0, 0x2c});
    for (const uint16_t value :
         {frame.left, frame.top, frame.width, frame.height}) {
      AddU16(file, value);
    }
    file.push_back(static_cast<uint8_t>((frame.interlaced ? 0x40 : 0) |
                                        (frame.palette.empty() ? 0 : 0x86)));
    file.insert(file.end(), frame.palette.begin(), frame.palette.end());
    Samples rows;
    const auto add_row = [&](int y) {
      const auto begin = frame.indices.begin() + y * frame.width;
      rows.insert(rows.end(), begin, begin + frame.width);
    };
    if (frame.interlaced) {
      for (const auto& [first, step] : {std::pair(0, 8), std::pair(4, 8),
                                        std::pair(2, 4), std::pair(1, 2)}) {
        for (int y = first; y < frame.height; y += step) add_row(y);
      }
    } else {
      rows = frame.indices;
    }
    AddImageData(file, rows);
  }
  file.push_back(0x3b);
  Bytes bytes;
  for (const uint8_t value : file) bytes.push_back(std::byte{value});
  return bytes;
}

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_DECODE_GIF_FILE_H_
