// Untrusted bytes to bounded pixels.
//
//   bytes --sniff--> format --read header--> size --limits--> codec --> picture
//
// JPEG of luma and chroma is decoded straight to grey (the file's own Y plane);
// everything else in colour, transparency shown over white, 16 bits cut to
// their high byte (as cv::imread and Pillow do), palettes expanded, so that
// luma can follow PDQ's definition. What a browser would show is what comes
// out: EXIF orientation applied, the first frame of an animation, a truncated
// JPEG, PNG, WebP, GIF or BMP as far as it goes.
//
// This decodes inside the calling process: codecs are C code fed by strangers.
// Nothing is printed; to that end the module of BMP and TIFF puts a filter in
// std::cerr, which passes on everything but what its codecs write.
//
// The modules, libhashvet_webcodecs.so (PNG, WebP, GIF),
// libhashvet_heifcodecs.so (AVIF, HEIC; not in every build) and
// libhashvet_imgcodecs.so (BMP, TIFF), lie in the folder that the environment
// variable HASHVET_MODULE_DIR names (not asked by a program that runs with
// another's rights), or in hashvet/ below the library folder.

#ifndef HASHVET_DECODE_DECODE_H_
#define HASHVET_DECODE_DECODE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/decode/picture_header.h"
#include "hashvet/pixels/picture.h"

namespace hashvet {

// What max_pixels is where it is not said. The second is of a JPEG that is
// sequential (PictureHeader): phones make photographs of 200 megapixels. A
// decoder's child takes 0.4 to 0.65 s of its 2 s for one in luma and chroma, 1
// s in RGB (Intel Xeon), and can hold it twice, as it must where it is turned.
inline constexpr uint64_t kDefaultMaxPixels = 100'000'000;
inline constexpr uint64_t kDefaultMaxSequentialPixels = 210'000'000;

struct DecodeLimits {
  // width * height, inclusive, of all formats; 0: those above.
  uint64_t max_pixels = 0;
  size_t max_input_bytes = size_t{64} << 20;  // inclusive
  // Of pictures of more than kMaxSparsePixels: a few kilobytes cannot ask for
  // the work of 100 megapixels. A JPEG of one flat colour has 64 to 170 pixels
  // a byte, deflate reaches 1032; only almost blank pictures of less than a
  // byte a pixel, and the flat ones of the newest formats, have more. At
  // least 1.
  uint64_t max_pixels_per_byte = 1'100;
};

// Up to so many, any number of bytes will do: a page at 300 dots an inch, black
// and white and almost blank.
inline constexpr uint64_t kMaxSparsePixels = 10'000'000;

struct DecodeOptions {
  DecodeLimits limits;
  bool apply_orientation = true;
  // Whether the means of blocks of 4 x 4 pixels serve as well: a large JPEG in
  // luma is then decoded to them, in two thirds to four fifths of the time. For
  // pictures of your own only: they are the means of what is coded, and where
  // that is brighter than white or darker than black, as somebody can arrange,
  // it is not what is shown.
  bool means_suffice = false;
};

// Of a JPEG that is decoded to means, the shorter side in pixels: 512 means.
inline constexpr uint32_t kMinSideForMeans = 2048;

struct DecodedPicture {
  Picture picture;  // kGrey8, or kBgr8; see above
  PictureHeader header;
  bool truncated = false;    // the end was missing or damaged
  bool scan_capped = false;  // of more than 200 scans; later ones only refine
  bool orientation_applied = false;  // the picture was turned
  bool alpha_flattened = false;      // some pixel was not opaque
  // How many pixels of the header's size, each way, one of `picture` is the
  // mean of: 1, or 4 where means_suffice was said.
  uint32_t block = 1;
};

// Errors:
//   InvalidArgument    empty, or damaged beyond reading (undecodable)
//   Unimplemented      a format or a colour model this build does not read
//   ResourceExhausted  over a limit, or by its header in need of more memory
//                      than a child of hashvet-decoder has; nothing was decoded
//   Unavailable        the module with the codecs of this format cannot be
//                      opened; the message says which file and why
//
// No exception leaves. Thread-safe.
HASHVET_EXPORT absl::StatusOr<DecodedPicture> Decode(
    std::span<const std::byte> bytes, const DecodeOptions& options = {});

// Whether the modules with the codecs of PNG, WebP and GIF, of AVIF and HEIC
// (where this build has them), and of BMP and TIFF, open, for reports: OK, or
// the error Decode would return. Opens them.
HASHVET_EXPORT absl::Status CheckCodecModules();

}  // namespace hashvet

#endif  // HASHVET_DECODE_DECODE_H_
