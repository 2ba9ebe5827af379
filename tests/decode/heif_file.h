// AVIF and HEIC files: pictures coded by libheif's own encoders, and boxes put
// around the coded bytes by hand, so that a test knows what they say.

#ifndef HASHVET_TESTS_DECODE_HEIF_FILE_H_
#define HASHVET_TESTS_DECODE_HEIF_FILE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/decode/make_files.h"

namespace hashvet::testing {

// Through libheif.
struct CodedPicture {
  bool heic = false;  // else AVIF
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t channels = 3;  // 4: with alpha
  int bits = 8;           // 10 and 12: samples are low byte first, two each
  Samples rgb;            // or of four channels
  bool premultiplied = false;
  int exif_orientation = 0;  // none
  Samples profile;           // of colours; none when empty
  int turn = 1;              // by properties, as EXIF numbers them
};
// Empty, with a failed test, where an encoder is missing.
Bytes MakeHeif(const CodedPicture& picture);

// One item, or a grid of items of one size, in boxes made here.
struct HeifBoxes {
  bool heic = false;
  std::vector<Bytes> coded;  // what MakeHeif gave, for each tile
  uint32_t tile_width = 0;
  uint32_t tile_height = 0;
  uint32_t grid_columns = 0;  // 0: no grid, one item
  // What "ispe" of the primary item says.
  uint32_t width = 0;
  uint32_t height = 0;
  std::optional<uint8_t> irot;
  std::optional<uint8_t> imir;
  std::optional<std::array<uint32_t, 8>> clap;
  std::string brands = "mif1";           // after the major one
  std::optional<uint32_t> moov_samples;  // a track beside it
};
Bytes MakeBoxes(const HeifBoxes& file);

// Its head, content, and nothing else.
std::string Box(const std::string& type, const std::string& content);
std::string BigEndian(uint64_t value, int bytes);

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_DECODE_HEIF_FILE_H_
