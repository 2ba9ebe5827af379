// What a picture file says about itself before any codec runs: its size, above
// all, so that limits can be applied first.

#ifndef HASHVET_DECODE_PICTURE_HEADER_H_
#define HASHVET_DECODE_PICTURE_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/decode/sniff.h"
#include "hashvet/pixels/exif_orientation.h"

namespace hashvet {

struct PictureHeader {
  PictureFormat format = PictureFormat::kUnknown;
  uint32_t width = 0;   // pixels as stored, before the orientation; at least 1
  uint32_t height = 0;  // at least 1
  ExifOrientation orientation = ExifOrientation::kTopLeft;
  // Of an animation, as far as its bytes go; 1 for a still picture.
  uint32_t frames = 1;
  // Of a JPEG: one scan of Huffman codes has all of it, and no more than three
  // colours. Its rows are decoded one after the other, in a few nanoseconds a
  // pixel and without memory for its size.
  bool sequential = false;
};

// Our own readers; they follow lengths and offsets in the file within bounds
// and look at every byte at most a fixed number of times.
//
// Errors:
//   Unimplemented    not one of the formats this build reads; the message names
//                    the format where it is known
//   InvalidArgument  the header is damaged, cut short, or states a side of 0
//
// Thread-safe; allocates nothing but the message.
HASHVET_EXPORT absl::StatusOr<PictureHeader> ReadPictureHeader(
    std::span<const std::byte> bytes);

}  // namespace hashvet

#endif  // HASHVET_DECODE_PICTURE_HEADER_H_
