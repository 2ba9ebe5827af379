// What a codec gives back, before the orientation is applied.

#ifndef HASHVET_SRC_DECODE_CODEC_H_
#define HASHVET_SRC_DECODE_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "hashvet/decode/picture_header.h"
#include "hashvet/pixels/picture.h"

namespace hashvet {

struct CodecPicture {
  Picture picture;  // header.width x header.height, divided by `block`
  bool truncated = false;
  bool alpha_flattened = false;
  uint32_t block = 1;
};

// Through libjpeg-turbo. kGrey8, the file's own Y plane, from luma and chroma
// or grey; kBgr8 from RGB, CMYK and YCCK, so that luma follows PDQ's
// definition.
//
// With `means_suffice` a picture in grey of large sides that are multiples of 4
// (so that turning it moves no block) is decoded to the means of 4 x 4 pixels.
//
// REQUIRES: `header` was read from `bytes`, and its size is within the limits.
// Errors as Decode's. Prints nothing. Thread-safe.
absl::StatusOr<CodecPicture> DecodeJpeg(std::span<const std::byte> bytes,
                                        const PictureHeader& header,
                                        bool means_suffice = false);

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_CODEC_H_
