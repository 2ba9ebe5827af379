#include "src/decode/decode_rows.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/decode/codec_module.h"
#include "src/decode/heif_layout.h"
#include "src/decode/predicted_bytes.h"

namespace hashvet {
namespace {

// libde265 takes 20 ns a pixel of an ordinary picture, on one thread of an
// Intel Xeon; a child of hashvet-decoder has 2 s of processor time.
constexpr uint64_t kMaxHevcPixels = 60'000'000;

uint64_t MaxPixels(const PictureHeader& header, const DecodeLimits& limits) {
  if (limits.max_pixels != 0) return limits.max_pixels;
  return header.sequential ? kDefaultMaxSequentialPixels : kDefaultMaxPixels;
}

}  // namespace

absl::StatusOr<PictureHeader> ReadLimitedHeader(
    std::span<const std::byte> bytes, const DecodeLimits& limits) {
  if (bytes.size() > limits.max_input_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("picture: ", bytes.size(), " bytes, at most ",
                     limits.max_input_bytes, " are read"));
  }
  HASHVET_ASSIGN_OR_RETURN(PictureHeader header, ReadPictureHeader(bytes));
  // Before a codec runs: nothing of the size that the header claims exists yet.
  const uint64_t pixels = uint64_t{header.width} * header.height;
  const uint64_t max_pixels = MaxPixels(header, limits);
  if (pixels > max_pixels) {
    return absl::ResourceExhaustedError(
        absl::StrCat(ToAbsl(NameOf(header.format)), " header: states ",
                     header.width, " x ", header.height, " = ", pixels,
                     " pixels, at most ", max_pixels, " are decoded"));
  }
  if (pixels > kMaxSparsePixels &&
      (pixels - 1) / limits.max_pixels_per_byte >= bytes.size()) {
    return absl::ResourceExhaustedError(
        absl::StrCat(ToAbsl(NameOf(header.format)), " header: states ", pixels,
                     " pixels in ", bytes.size(), " bytes, at most ",
                     limits.max_pixels_per_byte, " a byte are decoded above ",
                     kMaxSparsePixels));
  }
  const uint64_t memory_bytes = PredictedBytes(header, bytes);
  if (memory_bytes > kMaxPredictedBytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        ToAbsl(NameOf(header.format)), ": decoding it takes ", memory_bytes,
        " bytes of memory, at most ", kMaxPredictedBytes));
  }
  if (IsHeifFormat(header.format)) {
    HASHVET_ASSIGN_OR_RETURN(const HeifLayout layout, ReadHeifLayout(bytes));
    if (layout.is_hevc && pixels > kMaxHevcPixels) {
      return absl::ResourceExhaustedError(
          absl::StrCat(ToAbsl(NameOf(header.format)), " header: states ",
                       pixels, " pixels coded by HEVC, at most ",
                       kMaxHevcPixels, " of these are decoded"));
    }
    if (layout.largest_pixels > max_pixels) {
      return absl::ResourceExhaustedError(
          absl::StrCat(ToAbsl(NameOf(header.format)), " header: a part of ",
                       layout.largest_pixels, " pixels, at most ", max_pixels,
                       " are decoded"));
    }
  }
  return header;
}

absl::StatusOr<CodecResult> DecodeRows(std::span<const std::byte> bytes,
                                       const PictureHeader& header,
                                       uint32_t max_frames,
                                       RowReceiver& receiver) {
  if (header.format == PictureFormat::kJpeg) {
    return DecodeJpeg(bytes, header, receiver);
  }
  if (IsHeifFormat(header.format)) {
    return DecodeWithHeifcodecs(bytes, header, receiver);
  }
  return IsWebFormat(header.format)
             ? DecodeWithWebcodecs(bytes, header, max_frames, receiver)
             : DecodeWithImgcodecs(bytes, header, receiver);
}

}  // namespace hashvet
