// The seams to the modules that hold codecs, each opened when the first picture
// needs it. Only C crosses them.
//
//   libhashvet_webcodecs.so   PNG, WebP and GIF by their own libraries: six
//                             small ones, rows given as they are decoded
//   libhashvet_imgcodecs.so   BMP and TIFF by OpenCV's imgcodecs: 138 libraries
//   libhashvet_heifcodecs.so  AVIF and HEIC by libheif, its decoders and, since
//                             it is linked to these, its encoders

#ifndef HASHVET_SRC_DECODE_CODEC_MODULE_H_
#define HASHVET_SRC_DECODE_CODEC_MODULE_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <new>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/decode/picture_header.h"
#include "src/decode/codec.h"
#include "src/decode/row_receiver.h"

extern "C" {

// Change whenever a struct or the meaning of a code below changes; a module and
// its user are built together, and a mismatch is refused.
enum {
  kHashvetImgcodecsVersion = 2,
  kHashvetWebcodecsVersion = 2,
  kHashvetHeifcodecsVersion = 2
};

enum HashvetCodecCode {
  kHashvetCodecOk = 0,
  kHashvetCodecDamaged = 1,
  kHashvetCodecUnsupported = 2,
  kHashvetCodecNoMemory = 3,
  kHashvetCodecStopped = 4,  // the receiver wanted no more
};

struct HashvetCodecReply {
  uint8_t truncated;
  uint8_t alpha_flattened;  // imgcodecs: some pixel was not opaque
  uint8_t frames_skipped;   // webcodecs, heifcodecs
  char message[256];  // why, with a terminating zero, when the code is not Ok
};

struct HashvetImgcodecsRequest {
  const uint8_t* bytes;  // size_bytes of them
  size_t size_bytes;
  uint32_t format;  // a hashvet::PictureFormat
  uint32_t width;   // as the header states them
  uint32_t height;
  uint32_t background;  // a hashvet::Background
  // height x width x 3 bytes, rows without gaps: blue, green, red of the
  // picture as stored, expanded to 8 bits and shown over the background.
  // Undefined on an error.
  uint8_t* bgr;
};

// Who takes the rows; as hashvet::RowReceiver. None of them throws.
struct HashvetRows {
  void* receiver;
  int (*begin)(void* receiver, uint32_t frame, uint32_t row_format);  // 0: stop
  uint8_t* (*next_row)(void* receiver);
  int (*row_done)(void* receiver);  // 0: stop
  const uint8_t* (*last_row)(void* receiver);
};

struct HashvetWebcodecsRequest {
  const uint8_t* bytes;
  size_t size_bytes;
  uint32_t format;
  uint32_t width;
  uint32_t height;
  uint32_t max_frames;
  const HashvetRows* rows;
};

struct HashvetHeifcodecsRequest {
  const uint8_t* bytes;
  size_t size_bytes;
  uint64_t max_memory_bytes;  // that decoding may be expected to take
  const HashvetRows* rows;    // whose own begin is not called
  // A file may state another size than its picture has, which is known late. 0:
  // stop.
  int (*begin)(void* receiver, uint32_t width, uint32_t height,
               uint32_t row_format);
};

// Each module's symbols. None throws or prints; all are thread-safe.
typedef int HashvetImgcodecsDecodeFunction(
    const HashvetImgcodecsRequest* request, HashvetCodecReply* reply);
typedef int HashvetWebcodecsDecodeFunction(
    const HashvetWebcodecsRequest* request, HashvetCodecReply* reply);
typedef int HashvetHeifcodecsDecodeFunction(
    const HashvetHeifcodecsRequest* request, HashvetCodecReply* reply);
#define HASHVET_IMGCODECS_VERSION_SYMBOL "hashvet_imgcodecs_version"
#define HASHVET_IMGCODECS_DECODE_SYMBOL "hashvet_imgcodecs_decode"
#define HASHVET_WEBCODECS_VERSION_SYMBOL "hashvet_webcodecs_version"
#define HASHVET_WEBCODECS_DECODE_SYMBOL "hashvet_webcodecs_decode"
#define HASHVET_HEIFCODECS_VERSION_SYMBOL "hashvet_heifcodecs_version"
#define HASHVET_HEIFCODECS_DECODE_SYMBOL "hashvet_heifcodecs_decode"

}  // extern "C"

namespace hashvet {

// A module's answer that is not Ok: the code, and why.
inline int Fail(HashvetCodecReply& reply, HashvetCodecCode code,
                std::string_view why) {
  std::snprintf(reply.message, sizeof(reply.message), "%.*s",
                static_cast<int>(why.size()), why.data());
  return code;
}

// A module's decode(request, reply) behind its C function: nothing thrown
// leaves it.
template <auto kDecode, typename Request>
int Answer(const Request* request, HashvetCodecReply* reply) {
  try {
    return kDecode(*request, *reply);
  } catch (const std::bad_alloc&) {
    return Fail(*reply, kHashvetCodecNoMemory, "no memory");
  } catch (...) {
    return Fail(*reply, kHashvetCodecDamaged, "damaged");
  }
}

// Whether a format is one of libhashvet_webcodecs.so's.
constexpr bool IsWebFormat(PictureFormat format) {
  return format == PictureFormat::kPng || format == PictureFormat::kWebp ||
         format == PictureFormat::kGif;
}

// Whether a format is one of libhashvet_heifcodecs.so's.
constexpr bool IsHeifFormat(PictureFormat format) {
  return format == PictureFormat::kAvif || format == PictureFormat::kHeic;
}

// Whether this build has that module at all.
bool HasHeifcodecs();

// kBgr8 of BMP and TIFF, twice where it has transparent parts: over white, then
// over black.
//
// REQUIRES: `header` was read from `bytes`, and its size is within the limits.
// Errors as Decode's, and the receiver's. Thread-safe.
absl::StatusOr<CodecResult> DecodeWithImgcodecs(
    std::span<const std::byte> bytes, const PictureHeader& header,
    RowReceiver& receiver);

// kBgr8 or kBgra8 of PNG, WebP and GIF; of the latter two up to max_frames
// frames. As DecodeWithImgcodecs otherwise.
absl::StatusOr<CodecResult> DecodeWithWebcodecs(
    std::span<const std::byte> bytes, const PictureHeader& header,
    uint32_t max_frames, RowReceiver& receiver);

// kBgr8 or kBgra8 of the primary picture of AVIF and HEIC. It is of another
// size than the header's where the file stated a wrong one. As
// DecodeWithImgcodecs otherwise.
absl::StatusOr<CodecResult> DecodeWithHeifcodecs(
    std::span<const std::byte> bytes, const PictureHeader& header,
    RowReceiver& receiver);

// Open the modules unless they are open. Errors: Unavailable, Unimplemented.
absl::Status OpenImgcodecs();
absl::Status OpenWebcodecs();
absl::Status OpenHeifcodecs();

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_CODEC_MODULE_H_
