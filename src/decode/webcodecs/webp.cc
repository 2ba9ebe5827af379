// WebP through libwebp: still pictures as far as their bytes go, animations
// through its own composer.

#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "src/decode/frame_choice.h"
#include "src/decode/missing_rows.h"
#include "src/decode/webcodecs/web_codec.h"

namespace hashvet::webcodecs {
namespace {

// `rows` of them are there, at least 1. False when the receiver wanted no more.
bool Give(const uint8_t* pixels, size_t row_bytes, bool has_alpha,
          uint32_t rows, uint32_t height, Rows& to) {
  MissingRows missing(pixels + (rows - 1) * row_bytes, row_bytes, has_alpha,
                      height);
  for (uint32_t y = 0; y < height; ++y) {
    if (y < rows) {
      std::memcpy(to.NextRow(), pixels + y * row_bytes, row_bytes);
    } else {
      missing.Next(to.NextRow());
    }
    if (!to.RowDone()) return false;
  }
  return true;
}

int DecodeStill(const HashvetWebcodecsRequest& request, bool has_alpha,
                HashvetCodecReply& reply) {
  Rows rows(*request.rows);
  const size_t row_bytes = size_t{request.width} * (has_alpha ? 4 : 3);
  const Memory pixels(
      static_cast<uint8_t*>(std::malloc(row_bytes * request.height)));
  if (pixels == nullptr || row_bytes > size_t{INT32_MAX}) {
    return Fail(reply, kHashvetCodecNoMemory, "no memory");
  }
  WebPDecBuffer output;
  WebPInitDecBuffer(&output);
  output.colorspace = has_alpha ? MODE_BGRA : MODE_BGR;
  output.is_external_memory = 1;
  output.u.RGBA.rgba = pixels.get();
  output.u.RGBA.stride = static_cast<int>(row_bytes);
  output.u.RGBA.size = row_bytes * request.height;
  const std::unique_ptr<WebPIDecoder, void (*)(WebPIDecoder*)> decoder(
      WebPINewDecoder(&output), WebPIDelete);
  if (decoder == nullptr) {
    return Fail(reply, kHashvetCodecNoMemory, "no memory");
  }
  const VP8StatusCode status =
      WebPIUpdate(decoder.get(), request.bytes, request.size_bytes);
  if (status == VP8_STATUS_OUT_OF_MEMORY) {
    return Fail(reply, kHashvetCodecNoMemory, "no memory");
  }
  int last_row = 0;
  int width = 0;
  int height = 0;
  int stride = 0;
  if (WebPIDecGetRGB(decoder.get(), &last_row, &width, &height, &stride) ==
          nullptr ||
      last_row <= 0) {
    return Fail(reply, kHashvetCodecDamaged,
                "damaged: its codec reads no pixel of it");
  }
  if (width != static_cast<int>(request.width) ||
      height != static_cast<int>(request.height)) {
    return Fail(reply, kHashvetCodecDamaged,
                "the codec reads another size than the header states");
  }
  const uint32_t there = status == VP8_STATUS_OK
                             ? request.height
                             : static_cast<uint32_t>(last_row);
  reply.truncated = status != VP8_STATUS_OK;
  if (!rows.Begin(0, has_alpha ? RowFormat::kBgra8 : RowFormat::kBgr8) ||
      !Give(pixels.get(), row_bytes, has_alpha, there, request.height, rows)) {
    return kHashvetCodecStopped;
  }
  return kHashvetCodecOk;
}

int DecodeAnimation(const HashvetWebcodecsRequest& request,
                    HashvetCodecReply& reply) {
  WebPAnimDecoderOptions options;
  WebPAnimDecoderOptionsInit(&options);
  options.color_mode = MODE_BGRA;  // not multiplied by alpha
  const WebPData data = {request.bytes, request.size_bytes};
  const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder(
      WebPAnimDecoderNew(&data, &options), WebPAnimDecoderDelete);
  WebPAnimInfo info;
  if (decoder == nullptr || WebPAnimDecoderGetInfo(decoder.get(), &info) == 0 ||
      info.canvas_width != request.width ||
      info.canvas_height != request.height || info.frame_count == 0) {
    return Fail(reply, kHashvetCodecDamaged,
                "damaged: its codec reads no frame of it");
  }
  Rows rows(*request.rows);
  const size_t row_bytes = size_t{request.width} * 4;
  const FrameChoice choice(info.frame_count,
                           uint64_t{request.width} * request.height,
                           request.max_frames, request.size_bytes);
  reply.frames_skipped = choice.skips();
  for (uint32_t frame = 0; frame < choice.frames(); ++frame) {
    uint8_t* canvas = nullptr;
    int timestamp = 0;
    if (WebPAnimDecoderGetNext(decoder.get(), &canvas, &timestamp) == 0) {
      if (frame == 0) {
        return Fail(reply, kHashvetCodecDamaged,
                    "damaged: its codec reads no frame of it");
      }
      reply.truncated = 1;
      break;
    }
    if (!choice.Wants(frame)) continue;
    if (!rows.Begin(frame, RowFormat::kBgra8) ||
        !Give(canvas, row_bytes, true, request.height, request.height, rows)) {
      return kHashvetCodecStopped;
    }
  }
  return kHashvetCodecOk;
}

}  // namespace

int DecodeWebp(const HashvetWebcodecsRequest& request,
               HashvetCodecReply& reply) {
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(request.bytes, request.size_bytes, &features) !=
      VP8_STATUS_OK) {
    return Fail(reply, kHashvetCodecDamaged,
                "damaged: its codec reads no pixel of it");
  }
  return features.has_animation != 0
             ? DecodeAnimation(request, reply)
             : DecodeStill(request, features.has_alpha != 0, reply);
}

}  // namespace hashvet::webcodecs
