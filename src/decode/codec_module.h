// The seam to the module libhashvet_imgcodecs.so, which holds the codecs of
// PNG, WebP, BMP and TIFF (OpenCV's imgcodecs: 138 libraries) and is opened
// when the first such picture needs it. Only C crosses it.

#ifndef HASHVET_SRC_DECODE_CODEC_MODULE_H_
#define HASHVET_SRC_DECODE_CODEC_MODULE_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/decode/picture_header.h"
#include "src/decode/codec.h"

extern "C" {

// Changes whenever the two structs or the meaning of a code below change; the
// module and its user are built together, and a mismatch is refused.
enum { kHashvetImgcodecsVersion = 1 };

enum HashvetImgcodecsCode {
  kHashvetImgcodecsOk = 0,
  kHashvetImgcodecsDamaged = 1,
  kHashvetImgcodecsUnsupported = 2,
  kHashvetImgcodecsNoMemory = 3,
};

struct HashvetImgcodecsRequest {
  const uint8_t* bytes;  // size_bytes of them
  size_t size_bytes;
  uint32_t format;  // a hashvet::PictureFormat
  uint32_t width;   // as the header states them
  uint32_t height;
  // height x width x 3 bytes, rows without gaps: blue, green, red of the
  // picture as stored, expanded to 8 bits and shown over white. Undefined on an
  // error.
  uint8_t* bgr;
};

struct HashvetImgcodecsReply {
  uint8_t truncated;
  uint8_t alpha_flattened;
  char message[256];  // why, with a terminating zero, when the code is not Ok
};

// The module's two symbols. Neither throws nor prints; both are thread-safe.
typedef int HashvetImgcodecsVersionFunction(void);
typedef int HashvetImgcodecsDecodeFunction(
    const HashvetImgcodecsRequest* request, HashvetImgcodecsReply* reply);
#define HASHVET_IMGCODECS_VERSION_SYMBOL "hashvet_imgcodecs_version"
#define HASHVET_IMGCODECS_DECODE_SYMBOL "hashvet_imgcodecs_decode"

}  // extern "C"

namespace hashvet {

// kBgr8, as Decode promises.
//
// REQUIRES: `header` was read from `bytes`, is not a JPEG's, and its size is
// within the limits. Errors as Decode's. Thread-safe.
absl::StatusOr<CodecPicture> DecodeWithModule(std::span<const std::byte> bytes,
                                              const PictureHeader& header);

// Opens the module unless it is open. Errors: Unavailable, Unimplemented.
absl::Status OpenCodecModule();

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_CODEC_MODULE_H_
