#include "hashvet/decode/decode.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/pixels/exif_orientation.h"
#include "src/decode/codec.h"
#include "src/decode/codec_module.h"

namespace hashvet {
namespace {

// Before a codec runs: nothing of the size that the header claims exists yet.
absl::Status CheckPixels(const PictureHeader& header,
                         const DecodeLimits& limits) {
  const uint64_t pixels = uint64_t{header.width} * header.height;
  if (pixels <= limits.max_pixels) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat(ToAbsl(NameOf(header.format)), " header: states ",
                   header.width, " x ", header.height, " = ", pixels,
                   " pixels, at most ", limits.max_pixels, " are decoded"));
}

}  // namespace

absl::StatusOr<DecodedPicture> Decode(std::span<const std::byte> bytes,
                                      const DecodeOptions& options) {
  if (bytes.size() > options.limits.max_input_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("picture: ", bytes.size(), " bytes, at most ",
                     options.limits.max_input_bytes, " are read"));
  }
  HASHVET_ASSIGN_OR_RETURN(PictureHeader header, ReadPictureHeader(bytes));
  HASHVET_RETURN_IF_ERROR(CheckPixels(header, options.limits));
  HASHVET_ASSIGN_OR_RETURN(
      CodecPicture decoded,
      header.format == PictureFormat::kJpeg
          ? DecodeJpeg(bytes, header, options.means_suffice)
          : DecodeWithModule(bytes, header));
  const bool turn = options.apply_orientation &&
                    header.orientation != ExifOrientation::kTopLeft;
  if (turn) {
    HASHVET_ASSIGN_OR_RETURN(
        decoded.picture,
        Oriented(std::move(decoded.picture), header.orientation));
  }
  return DecodedPicture{.picture = std::move(decoded.picture),
                        .header = header,
                        .truncated = decoded.truncated,
                        .orientation_applied = turn,
                        .alpha_flattened = decoded.alpha_flattened,
                        .block = decoded.block};
}

absl::Status CheckCodecModule() { return OpenCodecModule(); }

}  // namespace hashvet
