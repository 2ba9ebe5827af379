#include "src/decode/codec_module.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/pixels/picture.h"
#include "src/decode/module.h"

// The build says which modules are built at all.
#ifndef HASHVET_HAS_IMGCODECS
#define HASHVET_HAS_IMGCODECS 1
#endif
#ifndef HASHVET_HAS_WEBCODECS
#define HASHVET_HAS_WEBCODECS 1
#endif
#ifndef HASHVET_HAS_HEIFCODECS
#define HASHVET_HAS_HEIFCODECS 1
#endif

namespace hashvet {
namespace {

constexpr ModuleNames kImgcodecs = {
    .file = "libhashvet_imgcodecs.so",
    .formats = "BMP and TIFF",
    .version_symbol = HASHVET_IMGCODECS_VERSION_SYMBOL,
    .decode_symbol = HASHVET_IMGCODECS_DECODE_SYMBOL,
    .version = kHashvetImgcodecsVersion};

constexpr ModuleNames kWebcodecs = {
    .file = "libhashvet_webcodecs.so",
    .formats = "PNG, WebP and GIF",
    .version_symbol = HASHVET_WEBCODECS_VERSION_SYMBOL,
    .decode_symbol = HASHVET_WEBCODECS_DECODE_SYMBOL,
    .version = kHashvetWebcodecsVersion};

constexpr ModuleNames kHeifcodecs = {
    .file = "libhashvet_heifcodecs.so",
    .formats = "AVIF and HEIC",
    .version_symbol = HASHVET_HEIFCODECS_VERSION_SYMBOL,
    .decode_symbol = HASHVET_HEIFCODECS_DECODE_SYMBOL,
    .version = kHashvetHeifcodecsVersion};

// Opened once and kept. A failure is tried again: the file may appear.
template <typename Function>
absl::StatusOr<Function*> OpenOnce(const ModuleNames& names, bool is_built,
                                   const char* option) {
  static std::mutex mutex;
  static Function* decode = nullptr;
  if (!is_built) {
    return absl::UnimplementedError(
        absl::StrCat("codec module: this build has no codecs for ",
                     names.formats, " (", option, " is off)"));
  }
  const std::lock_guard lock(mutex);
  if (decode == nullptr) {
    HASHVET_ASSIGN_OR_RETURN(void* symbol, OpenModule(names));
    decode = reinterpret_cast<Function*>(symbol);
  }
  return decode;
}

absl::StatusOr<HashvetImgcodecsDecodeFunction*> Imgcodecs() {
  return OpenOnce<HashvetImgcodecsDecodeFunction>(
      kImgcodecs, HASHVET_HAS_IMGCODECS != 0, "HASHVET_WITH_OPENCV");
}

absl::StatusOr<HashvetWebcodecsDecodeFunction*> Webcodecs() {
  return OpenOnce<HashvetWebcodecsDecodeFunction>(
      kWebcodecs, HASHVET_HAS_WEBCODECS != 0, "HASHVET_WITH_WEBCODECS");
}

absl::StatusOr<HashvetHeifcodecsDecodeFunction*> Heifcodecs() {
  return OpenOnce<HashvetHeifcodecsDecodeFunction>(kHeifcodecs, HasHeifcodecs(),
                                                   "HASHVET_WITH_HEIF");
}

// What the code of a module's answer means.
absl::Status StatusOf(int code, HashvetCodecReply& reply,
                      PictureFormat format) {
  reply.message[sizeof(reply.message) - 1] = '\0';
  const std::string message =
      absl::StrCat(ToAbsl(NameOf(format)), ": ", reply.message);
  switch (code) {
    case kHashvetCodecOk:
      return absl::OkStatus();
    case kHashvetCodecUnsupported:
      return absl::UnimplementedError(message);
    case kHashvetCodecNoMemory:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::InvalidArgumentError(message);
  }
}

// A RowReceiver behind C functions.
struct Forward {
  RowReceiver& receiver;
  const PictureHeader& header;
  absl::Status status;  // of Begin

  static Forward& Of(void* forward) { return *static_cast<Forward*>(forward); }
  static int Begin(void* forward, uint32_t frame, uint32_t format) {
    const PictureHeader& header = Of(forward).header;
    return Start(forward, {.frame = frame,
                           .width = header.width,
                           .height = header.height,
                           .format = static_cast<RowFormat>(format)});
  }
  static int BeginSized(void* forward, uint32_t width, uint32_t height,
                        uint32_t format) {
    return Start(forward, {.width = width,
                           .height = height,
                           .format = static_cast<RowFormat>(format)});
  }
  static int Start(void* forward, const FrameStart& start) {
    Forward& self = Of(forward);
    try {
      self.status = self.receiver.Begin(start);
    } catch (const std::exception&) {
      self.status = absl::ResourceExhaustedError("picture: no memory for it");
    }
    return self.status.ok() ? 1 : 0;
  }
  static uint8_t* NextRow(void* forward) {
    return Of(forward).receiver.NextRow();
  }
  static int RowDone(void* forward) {
    return Of(forward).receiver.RowDone() ? 1 : 0;
  }
  static const uint8_t* LastRow(void* forward) {
    return Of(forward).receiver.LastRow();
  }
};

// False when the receiver wanted no more.
absl::StatusOr<bool> PassOn(Picture& picture, Background background,
                            bool transparent, RowReceiver& receiver) {
  HASHVET_RETURN_IF_ERROR(receiver.Begin({.width = picture.width(),
                                          .height = picture.height(),
                                          .format = RowFormat::kBgr8,
                                          .background = background,
                                          .transparent = transparent}));
  for (uint32_t y = 0; y < picture.height(); ++y) {
    std::memcpy(receiver.NextRow(), picture.row(y), picture.stride_bytes());
    if (!receiver.RowDone()) return false;
  }
  return true;
}

}  // namespace

absl::Status OpenImgcodecs() { return Imgcodecs().status(); }
absl::Status OpenWebcodecs() { return Webcodecs().status(); }
absl::Status OpenHeifcodecs() { return Heifcodecs().status(); }
bool HasHeifcodecs() { return HASHVET_HAS_HEIFCODECS != 0; }

absl::StatusOr<CodecResult> DecodeWithImgcodecs(
    std::span<const std::byte> bytes, const PictureHeader& header,
    RowReceiver& receiver) {
  HASHVET_ASSIGN_OR_RETURN(HashvetImgcodecsDecodeFunction * decode,
                           Imgcodecs());
  HASHVET_ASSIGN_OR_RETURN(
      Picture picture,
      Picture::Create(header.width, header.height, PixelFormat::kBgr8));
  CodecResult result;
  for (const Background background : {Background::kWhite, Background::kBlack}) {
    const HashvetImgcodecsRequest request = {
        .bytes = reinterpret_cast<const uint8_t*>(bytes.data()),
        .size_bytes = bytes.size(),
        .format = static_cast<uint32_t>(header.format),
        .width = header.width,
        .height = header.height,
        .background = static_cast<uint32_t>(background),
        .bgr = picture.row(0),
    };
    HashvetCodecReply reply = {};
    const int code = decode(&request, &reply);
    HASHVET_RETURN_IF_ERROR(StatusOf(code, reply, header.format));
    result.truncated = reply.truncated != 0;
    HASHVET_ASSIGN_OR_RETURN(
        const bool more,
        PassOn(picture, background, reply.alpha_flattened != 0, receiver));
    result.stopped = !more;
    if (!more || reply.alpha_flattened == 0) break;
  }
  return result;
}

absl::StatusOr<CodecResult> DecodeWithWebcodecs(
    std::span<const std::byte> bytes, const PictureHeader& header,
    uint32_t max_frames, RowReceiver& receiver) {
  HASHVET_ASSIGN_OR_RETURN(HashvetWebcodecsDecodeFunction * decode,
                           Webcodecs());
  Forward forward = {receiver, header, absl::OkStatus()};
  const HashvetRows rows = {.receiver = &forward,
                            .begin = &Forward::Begin,
                            .next_row = &Forward::NextRow,
                            .row_done = &Forward::RowDone,
                            .last_row = &Forward::LastRow};
  const HashvetWebcodecsRequest request = {
      .bytes = reinterpret_cast<const uint8_t*>(bytes.data()),
      .size_bytes = bytes.size(),
      .format = static_cast<uint32_t>(header.format),
      .width = header.width,
      .height = header.height,
      .max_frames = max_frames,
      .rows = &rows,
  };
  HashvetCodecReply reply = {};
  const int code = decode(&request, &reply);
  HASHVET_RETURN_IF_ERROR(forward.status);
  CodecResult result = {.truncated = reply.truncated != 0,
                        .frames_skipped = reply.frames_skipped != 0,
                        .stopped = code == kHashvetCodecStopped};
  if (result.stopped) return result;
  HASHVET_RETURN_IF_ERROR(StatusOf(code, reply, header.format));
  return result;
}

absl::StatusOr<CodecResult> DecodeWithHeifcodecs(
    std::span<const std::byte> bytes, const PictureHeader& header,
    RowReceiver& receiver) {
  HASHVET_ASSIGN_OR_RETURN(HashvetHeifcodecsDecodeFunction * decode,
                           Heifcodecs());
  Forward forward = {receiver, header, absl::OkStatus()};
  const HashvetRows rows = {.receiver = &forward,
                            .begin = &Forward::Begin,
                            .next_row = &Forward::NextRow,
                            .row_done = &Forward::RowDone,
                            .last_row = &Forward::LastRow};
  const HashvetHeifcodecsRequest request = {
      .bytes = reinterpret_cast<const uint8_t*>(bytes.data()),
      .size_bytes = bytes.size(),
      .max_memory_bytes = kMaxPredictedBytes,
      .rows = &rows,
      .begin = &Forward::BeginSized,
  };
  HashvetCodecReply reply = {};
  const int code = decode(&request, &reply);
  HASHVET_RETURN_IF_ERROR(forward.status);
  CodecResult result = {.frames_skipped = reply.frames_skipped != 0,
                        .stopped = code == kHashvetCodecStopped};
  if (result.stopped) return result;
  HASHVET_RETURN_IF_ERROR(StatusOf(code, reply, header.format));
  return result;
}

}  // namespace hashvet
