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

// An AVIF of 8 x 8 grey pixels, as libheif writes it.
constexpr std::array<uint8_t, 293> kGreyAvif = {
    // ftyp: AVIF
    0, 0, 0, 0x1c, 'f', 't', 'y', 'p', 0x61, 0x76, 0x69, 0x66, 0, 0, 0, 0, 0x61,
    0x76, 0x69, 0x66, 0x6d, 0x69, 0x66, 0x31, 0x6d, 0x69, 0x61, 0x66,
    // meta: what follows but the last box
    0, 0, 0, 0xea, 'm', 'e', 't', 'a', 0, 0, 0, 0,
    // hdlr: pictures
    0, 0, 0, 0x21, 'h', 'd', 'l', 'r', 0, 0, 0, 0, 0, 0, 0, 0, 0x70, 0x69, 0x63,
    0x74, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    // pitm: item 1
    0, 0, 0, 0x0e, 'p', 'i', 't', 'm', 0, 0, 0, 0, 0, 1,
    // iloc: its 23 bytes, at 270
    0, 0, 0, 0x22, 'i', 'l', 'o', 'c', 0, 0, 0, 0, 0x44, 0x40, 0, 1, 0, 1, 0, 0,
    0, 0, 1, 0x0e, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x17,
    // iinf: one item:
    0, 0, 0, 0x23, 'i', 'i', 'n', 'f', 0, 0, 0, 0, 0, 1,
    // infe: of AV1
    0, 0, 0, 0x15, 'i', 'n', 'f', 'e', 2, 0, 0, 0, 0, 1, 0, 0, 0x61, 0x76, 0x30,
    0x31, 0,
    // iprp: properties
    0, 0, 0, 0x6a, 'i', 'p', 'r', 'p',
    // ipco: these:
    0, 0, 0, 0x4b, 'i', 'p', 'c', 'o',
    // colr: colours
    0, 0, 0, 0x13, 'c', 'o', 'l', 'r', 0x6e, 0x63, 0x6c, 0x78, 0, 2, 0, 2, 0, 6,
    0x80,
    // av1C: main profile, 4:2:0
    0, 0, 0, 0x0c, 'a', 'v', '1', 'C', 0x81, 0, 0x0c, 0,
    // ispe: 8 x 8
    0, 0, 0, 0x14, 'i', 's', 'p', 'e', 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 8,
    // pixi: 8 bits each
    0, 0, 0, 0x10, 'p', 'i', 'x', 'i', 0, 0, 0, 0, 3, 8, 8, 8,
    // ipma: all of item 1
    0, 0, 0, 0x17, 'i', 'p', 'm', 'a', 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 4, 0x81,
    0x82, 3, 0x84,
    // mdat: sequence header and one frame
    0, 0, 0, 0x1f, 'm', 'd', 'a', 't', 0x12, 0, 0x0a, 8, 0x18, 8, 0xbf, 0x60,
    0x81, 1, 3, 0x42, 0x32, 9, 0x18, 0, 0x0a, 0x28, 0xa2, 0x84, 0, 5, 0x48};

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

absl::Status WarmUpHeifCodecs() {
  const absl::Status decoded =
      Decode(std::as_bytes(std::span(kGreyAvif))).status();
  // A build, or a libheif, that reads none: whoever sends one is told.
  return absl::IsUnimplemented(decoded) ? absl::OkStatus() : decoded;
}

absl::Status WarmUpCodecs() {
  static constexpr auto kFile = GreyBmp();
  return Decode(std::as_bytes(std::span(kFile))).status();
}

}  // namespace hashvet::decoder
