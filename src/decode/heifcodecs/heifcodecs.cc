// The module's two symbols: the primary picture of an AVIF or HEIC file through
// libheif, as it is coded; cropping and turning are not libheif's to do.

#include <libheif/heif.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "hashvet/base/export.h"
#include "hashvet/decode/decode.h"
#include "src/decode/codec_module.h"
#include "src/decode/heif_layout.h"
#include "src/decode/row_receiver.h"

namespace hashvet::heifcodecs {
namespace {

template <auto kFree>
struct FreeBy {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Context = std::unique_ptr<heif_context, FreeBy<heif_context_free>>;
using Handle =
    std::unique_ptr<heif_image_handle, FreeBy<heif_image_handle_release>>;
using Image = std::unique_ptr<heif_image, FreeBy<heif_image_release>>;
using Options =
    std::unique_ptr<heif_decoding_options, FreeBy<heif_decoding_options_free>>;

using hashvet::Fail;

// What libheif's own words are about is in the file: they are not repeated.
int Fail(HashvetCodecReply& reply, const heif_error& error) {
  switch (error.code) {
    case heif_error_Memory_allocation_error:
      return Fail(reply, kHashvetCodecNoMemory, "no memory");
    case heif_error_Unsupported_filetype:
    case heif_error_Unsupported_feature:
      return Fail(reply, kHashvetCodecUnsupported,
                  "coded in a way that this build does not read");
    case heif_error_Decoder_plugin_error:
      if (error.subcode == heif_suberror_Unsupported_codec) {
        return Fail(reply, kHashvetCodecUnsupported,
                    "coded in a way that this build does not read");
      }
      break;
    default:
      break;
  }
  return Fail(reply, kHashvetCodecDamaged,
              "damaged: its codec reads no pixel of it");
}

// Bytes that decoding takes for each pixel, beyond what exists already: the
// decoder's planes, libheif's copy of them, and the colours made of these.
uint64_t BytesPerPixel(int bits, bool alpha) {
  const uint64_t sample_bytes = bits > 8 ? 2 : 1;
  const uint64_t colours = alpha ? 4 : 3;
  // Of half the chroma each way, at least: 3 samples for 2 pixels, twice.
  const uint64_t planes = sample_bytes * 3;
  return planes + colours * sample_bytes + (bits > 8 ? colours : 0);
}

// Straight colours of those that are multiplied by `alpha`, 1 to 255.
uint8_t Straight(uint32_t colour, uint32_t alpha) {
  return static_cast<uint8_t>(
      std::min<uint32_t>(255, (colour * 255 + alpha / 2) / alpha));
}

void SwapRow(const uint8_t* from, uint32_t pixels, bool alpha,
             bool premultiplied, uint8_t* to) {
  const size_t step = alpha ? 4 : 3;
  for (uint32_t x = 0; x < pixels; ++x, from += step, to += step) {
    for (size_t c = 0; c < 3; ++c) to[c] = from[2 - c];
    if (!alpha) continue;
    to[3] = from[3];
    if (!premultiplied || from[3] == 0) continue;
    for (size_t c = 0; c < 3; ++c) to[c] = Straight(to[c], from[3]);
  }
}

// Where the file's own size of the picture was wrong, the part that is shown is
// the same part of what is there, as if that were stretched to the size.
HeifLayout OfWhatIsThere(HeifLayout layout, uint32_t width, uint32_t height) {
  const auto scaled = [](uint32_t at, uint32_t coded, uint32_t there) {
    return static_cast<uint32_t>(uint64_t{at} * there / coded);
  };
  if (layout.coded_width != width) {
    layout.left = scaled(layout.left, layout.coded_width, width);
    layout.width =
        std::max(1u, scaled(layout.width, layout.coded_width, width));
  }
  if (layout.coded_height != height) {
    layout.top = scaled(layout.top, layout.coded_height, height);
    layout.height =
        std::max(1u, scaled(layout.height, layout.coded_height, height));
  }
  return layout;
}

int GiveRows(const heif_image& image, const HeifLayout& layout, bool alpha,
             bool premultiplied, const HashvetHeifcodecsRequest& request) {
  int stride = 0;
  const uint8_t* pixels =
      heif_image_get_plane_readonly(&image, heif_channel_interleaved, &stride);
  const HashvetRows& rows = *request.rows;
  const auto format =
      static_cast<uint32_t>(alpha ? RowFormat::kBgra8 : RowFormat::kBgr8);
  if (request.begin(rows.receiver, layout.width, layout.height, format) == 0) {
    return kHashvetCodecStopped;
  }
  const size_t pixel_bytes = alpha ? 4 : 3;
  for (uint32_t y = 0; y < layout.height; ++y) {
    const uint8_t* from = pixels +
                          size_t{layout.top + y} * static_cast<size_t>(stride) +
                          layout.left * pixel_bytes;
    SwapRow(from, layout.width, alpha, premultiplied,
            rows.next_row(rows.receiver));
    if (rows.row_done(rows.receiver) == 0) return kHashvetCodecStopped;
  }
  return kHashvetCodecOk;
}

int Decode(const HashvetHeifcodecsRequest& request, HashvetCodecReply& reply) {
  const auto layout = ReadHeifLayout(
      {reinterpret_cast<const std::byte*>(request.bytes), request.size_bytes});
  const Context context(heif_context_alloc());
  const Options options(heif_decoding_options_alloc());
  if (!layout.ok() || context == nullptr || options == nullptr) {
    return Fail(reply, kHashvetCodecDamaged, "damaged header");
  }
  heif_context_set_max_decoding_threads(context.get(), 0);
  options->ignore_transformations = 1;
  options->convert_hdr_to_8bit = 1;
  heif_error error = heif_context_read_from_memory_without_copy(
      context.get(), request.bytes, request.size_bytes, nullptr);
  if (error.code != heif_error_Ok) return Fail(reply, error);
  heif_image_handle* made_handle = nullptr;
  error = heif_context_get_primary_image_handle(context.get(), &made_handle);
  if (error.code != heif_error_Ok) return Fail(reply, error);
  const Handle handle(made_handle);
  // What was held to the limits is what is decoded.
  if (heif_image_handle_get_ispe_width(made_handle) !=
          static_cast<int>(layout->coded_width) ||
      heif_image_handle_get_ispe_height(made_handle) !=
          static_cast<int>(layout->coded_height)) {
    return Fail(reply, kHashvetCodecDamaged,
                "the codec reads another size than the header states");
  }
  const bool alpha = heif_image_handle_has_alpha_channel(made_handle) != 0;
  const int bits = heif_image_handle_get_luma_bits_per_pixel(made_handle);
  const uint64_t memory_bytes = uint64_t{layout->coded_width} *
                                layout->coded_height *
                                BytesPerPixel(bits, alpha);
  if (memory_bytes > request.max_memory_bytes) {
    return Fail(reply, kHashvetCodecNoMemory,
                "decoding it takes more memory than a decoder has");
  }
  heif_image* made_image = nullptr;
  error = heif_decode_image(
      made_handle, &made_image, heif_colorspace_RGB,
      alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
      options.get());
  if (error.code != heif_error_Ok) return Fail(reply, error);
  const Image image(made_image);
  const int width = heif_image_get_width(made_image, heif_channel_interleaved);
  const int height =
      heif_image_get_height(made_image, heif_channel_interleaved);
  if (width <= 0 || height <= 0 ||
      uint64_t{static_cast<uint32_t>(width)} * static_cast<uint32_t>(height) >
          kDefaultMaxPixels) {
    return Fail(reply, kHashvetCodecDamaged,
                "the codec reads another size than the header states");
  }
  reply.frames_skipped = layout->has_sequence;
  return GiveRows(*made_image,
                  OfWhatIsThere(*layout, static_cast<uint32_t>(width),
                                static_cast<uint32_t>(height)),
                  alpha,
                  heif_image_handle_is_premultiplied_alpha(made_handle) != 0,
                  request);
}

}  // namespace
}  // namespace hashvet::heifcodecs

extern "C" {

HASHVET_EXPORT int hashvet_heifcodecs_version() {
  return kHashvetHeifcodecsVersion;
}

HASHVET_EXPORT int hashvet_heifcodecs_decode(
    const HashvetHeifcodecsRequest* request, HashvetCodecReply* reply) {
  return hashvet::Answer<hashvet::heifcodecs::Decode>(request, reply);
}

}  // extern "C"
