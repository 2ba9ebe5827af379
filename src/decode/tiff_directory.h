// The first directory of a TIFF structure: in a TIFF file, and in the EXIF data
// that other formats carry.
//
// Source: TIFF 6.0 (Adobe, 1992), section 2 and 8.

#ifndef HASHVET_SRC_DECODE_TIFF_DIRECTORY_H_
#define HASHVET_SRC_DECODE_TIFF_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "hashvet/pixels/exif_orientation.h"
#include "src/decode/byte_reader.h"

namespace hashvet {

// What the first directory says, as far as it could be read. A tag that is
// absent, of another type or out of bounds is "nothing".
struct TiffDirectory {
  ByteOrder order = ByteOrder::kLittle;
  std::optional<uint32_t> width;              // 256
  std::optional<uint32_t> height;             // 257
  std::optional<uint32_t> bits_per_sample;    // 258, its first value
  std::optional<uint32_t> photometric;        // 262
  std::optional<uint32_t> orientation;        // 274
  std::optional<uint32_t> samples_per_pixel;  // 277
  std::optional<uint32_t> planar;             // 284
  std::optional<uint32_t> extra_samples;      // 338, its first value
  std::optional<uint32_t> sample_format;      // 339, its first value
  uint64_t orientation_at = 0;  // the lowest byte of that value, if it is there
};

// "Nothing" when these bytes do not begin a classic TIFF structure or its first
// directory lies outside. Thread-safe, allocates nothing, at most 65,535 steps.
std::optional<TiffDirectory> ReadTiffDirectory(
    std::span<const std::byte> bytes);

// EXIF data, with or without the leading "Exif\0\0", to its orientation:
// kTopLeft when there is none or it is not one of the eight.
ExifOrientation ExifOrientationOf(std::span<const std::byte> exif);

// The tag's number, for the same rule.
ExifOrientation OrientationFromTag(std::optional<uint32_t> value);

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_TIFF_DIRECTORY_H_
