// What decoding a picture takes, told from its header before any of it exists.

#ifndef HASHVET_SRC_DECODE_PREDICTED_BYTES_H_
#define HASHVET_SRC_DECODE_PREDICTED_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashvet/decode/picture_header.h"

namespace hashvet {

// Memory that the picture's codec is sure to hold at once, in bytes: never more
// than it really does. 0 where rows are given as they are decoded. Of JPEG, its
// own codec knows more (src/decode/jpeg.cc), and of AVIF and HEIC.
//
// REQUIRES: `header` was read from `bytes`. Thread-safe, allocates nothing.
uint64_t PredictedBytes(const PictureHeader& header,
                        std::span<const std::byte> bytes);

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_PREDICTED_BYTES_H_
