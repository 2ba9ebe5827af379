// What an AVIF or HEIC file says of its primary picture, without decoding any:
// its size, what of it is shown, and how it is turned.
//
// Sources: ISO/IEC 14496-12 (boxes), 23008-12 (HEIF: items and properties),
// 23000-22 (MIAF: cropped, then rotated, then mirrored).

#ifndef HASHVET_SRC_DECODE_HEIF_LAYOUT_H_
#define HASHVET_SRC_DECODE_HEIF_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "hashvet/pixels/exif_orientation.h"

namespace hashvet {

struct HeifLayout {
  // As it is coded, property "ispe".
  uint32_t coded_width = 0;
  uint32_t coded_height = 0;
  // The part of it that is shown ("clap"), within the above; at least 1 x 1.
  uint32_t left = 0;
  uint32_t top = 0;
  uint32_t width = 0;
  uint32_t height = 0;
  // "irot" and "imir" as one turn of that part. A file's EXIF orientation only
  // repeats them, and is not looked at, as in browsers.
  ExifOrientation turn = ExifOrientation::kTopLeft;
  uint32_t frames = 1;  // of a sequence beside it, as far as its tables go
  // Whether there is one: of one frame, too, browsers show that instead.
  bool has_sequence = false;
  bool is_hevc = false;  // some item is coded so, which takes long to decode
  // Of the largest picture that any item of the file is said to be: a tile of a
  // grid is decoded whole, however little of it is shown.
  uint64_t largest_pixels = 0;
};

// Looks at every byte at most a few times; allocates nothing but the message.
//
// Errors:
//   InvalidArgument  damaged, or cut short
//   Unimplemented    a sequence without a still picture
//
// Thread-safe.
absl::StatusOr<HeifLayout> ReadHeifLayout(std::span<const std::byte> bytes);

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_HEIF_LAYOUT_H_
