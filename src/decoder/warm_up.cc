#include "src/decoder/warm_up.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "hashvet/decode/decode.h"
#include "hashvet/picture/hash_picture.h"

namespace hashvet::decoder {
namespace {

constexpr uint8_t kSide = 8;
constexpr size_t kHeaderBytes = 54;

// A BMP of 8 x 8 grey pixels: file header, picture header, 24 bits a pixel.
constexpr std::array<uint8_t, kHeaderBytes + kSide * kSide * 3> GreyBmp() {
  std::array<uint8_t, kHeaderBytes + kSide* kSide* 3> file = {'B', 'M'};
  file[2] = file.size();
  file[10] = kHeaderBytes;  // where the pixels begin
  file[14] = 40;            // size of the picture header
  file[18] = file[22] = kSide;
  file[26] = 1;   // plane
  file[28] = 24;  // bits a pixel
  for (size_t i = kHeaderBytes; i < file.size(); ++i) file[i] = 128;
  return file;
}

// A GIF of 1 x 1 pixels of a palette of two greys.
constexpr std::array<uint8_t, 35> kGreyGif = {
    'G',  'I', 'F',  '8', '7', 'a', 1, 0, 1, 0, 0x80, 0, 0,  // screen, palette
    128,  128, 128,  0,   0,   0,                            // its colours
    0x2c, 0,   0,    0,   0,   1,   0, 1, 0, 0,              // the frame
    2,    2,   0x44, 1,   0,   0x3b};  // codes of 2 bits: clear, 0, end

// A JPEG of 8 x 8 grey pixels: one block, whose two codes are one bit each.
constexpr size_t kQuantizers = 64;
constexpr std::array kBeforeQuantizers = {
    uint8_t{0xff}, uint8_t{0xd8},  // begin
    uint8_t{0xff}, uint8_t{0xdb}, uint8_t{0}, uint8_t{67}, uint8_t{0}};
constexpr std::array<uint8_t, 69> kAfterQuantizers = {
    0xff, 0xc0, 0,    11, 8,    0, kSide, 0,   kSide, 1,    1,    0x11,
    0,  // frame
    0xff, 0xc4, 0,    20, 0x00, 1, 0,     0,   0,     0,    0,    0,
    0,    0,    0,    0,  0,    0, 0,     0,   0,     0,    0xff, 0xc4,
    0,    20,   0x10, 1,  0,    0, 0,     0,   0,     0,    0,    0,
    0,    0,    0,    0,  0,    0, 0,     0,   0xff,  0xda, 0,    8,
    1,    1,    0x00, 0,  63,   0, 0x3f,  0xff};  // scan

constexpr auto GreyJpeg() {
  std::array<uint8_t, kBeforeQuantizers.size() + kQuantizers +
                          kAfterQuantizers.size() + 1>
      file = {};
  auto* at = std::ranges::copy(kBeforeQuantizers, file.begin()).out;
  at = std::fill_n(at, kQuantizers, uint8_t{1});
  at = std::ranges::copy(kAfterQuantizers, at).out;
  *at = 0xd9;
  return file;
}

}  // namespace

absl::Status WarmUpJpeg() {
  static constexpr auto kJpeg = GreyJpeg();
  return HashPicture(std::as_bytes(std::span(kJpeg))).status;
}

absl::Status WarmUpWebCodecs() {
  return Decode(std::as_bytes(std::span(kGreyGif))).status();
}

absl::Status WarmUpCodecs() {
  static constexpr auto kFile = GreyBmp();
  const absl::Status opened = CheckCodecModules();
  const absl::Status decoded = Decode(std::as_bytes(std::span(kFile))).status();
  return opened.ok() ? decoded : opened;
}

}  // namespace hashvet::decoder
