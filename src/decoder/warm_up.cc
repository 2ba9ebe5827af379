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

}  // namespace

absl::Status WarmUpCodecs() {
  static constexpr auto kFile = GreyBmp();
  return Decode(std::as_bytes(std::span(kFile))).status();
}

}  // namespace hashvet::decoder
