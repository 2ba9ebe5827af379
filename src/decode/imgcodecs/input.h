// What a file says that OpenCV's readers do not pass on, and the bytes to give
// them: their oddities are kept here.

#ifndef HASHVET_SRC_DECODE_IMGCODECS_INPUT_H_
#define HASHVET_SRC_DECODE_IMGCODECS_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hashvet/decode/sniff.h"

namespace hashvet::imgcodecs {

// How the fourth channel is to be understood.
enum class Alpha : uint8_t {
  kNone,                 // not at all
  kStraight,             // colours are what an opaque pixel would show
  kPremultiplied,        // colours are already multiplied by it
  kStraightOrAllOpaque,  // straight, unless it is 0 everywhere
};

struct Input {
  // Empty while the file's own bytes will do.
  std::vector<std::byte> rewritten;
  std::string unsupported;  // why the picture cannot be read; else empty
  bool truncated = false;   // known before decoding
  Alpha alpha = Alpha::kStraight;
  bool zero_is_white = false;  // and OpenCV does not see to it
};

Input PrepareInput(PictureFormat format, std::span<const std::byte> bytes,
                   uint32_t width, uint32_t height);

}  // namespace hashvet::imgcodecs

#endif  // HASHVET_SRC_DECODE_IMGCODECS_INPUT_H_
