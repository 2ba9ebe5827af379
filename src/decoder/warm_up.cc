#include "src/decoder/warm_up.h"

#include <array>
#include <cstdint>
#include <span>

#include "hashvet/decode/decode.h"

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
    'G', 'I', 'F', '8', '7', 'a', 1, 0, 1, 0, 0x80, 0, 0,  // screen, palette
    128, 128, 128, 0, 0, 0,                                // its colours
    0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0,                       // the frame
    2, 2, 0x44, 1, 0, 0x3b};  // codes of 2 bits: clear, 0, end

}  // namespace

absl::Status WarmUpWebCodecs() {
  return Decode(std::as_bytes(std::span(kGreyGif))).status();
}

absl::Status WarmUpCodecs() {
  static constexpr auto kFile = GreyBmp();
  return Decode(std::as_bytes(std::span(kFile))).status();
}

}  // namespace hashvet::decoder
