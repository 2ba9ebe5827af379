#include "hashvet/decode/decode.h"

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "hashvet/base/status.h"
#include "hashvet/pixels/exif_orientation.h"
#include "src/decode/codec_module.h"
#include "src/decode/decode_rows.h"
#include "src/decode/whole_pictures.h"

namespace hashvet {

absl::StatusOr<DecodedPicture> Decode(std::span<const std::byte> bytes,
                                      const DecodeOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(const PictureHeader header,
                           ReadLimitedHeader(bytes, options.limits));
  const ExifOrientation orientation = options.apply_orientation
                                          ? header.orientation
                                          : ExifOrientation::kTopLeft;
  std::optional<Picture> picture;
  bool transparent = false;
  WholePictures receiver(
      orientation, /*also_over_black=*/false,
      [&](const FrameStart& start, bool has_alpha, Picture whole) {
        if (start.background == Background::kBlack) return true;
        picture = std::move(whole);
        transparent = has_alpha;
        return true;  // its codec has still to look at the end of the file
      });
  HASHVET_ASSIGN_OR_RETURN(
      const CodecResult result,
      DecodeRows(bytes, header, /*max_frames=*/1, receiver));
  HASHVET_RETURN_IF_ERROR(receiver.status());
  return DecodedPicture{
      .picture = *std::move(picture),
      .header = header,
      .truncated = result.truncated,
      .scan_capped = result.scan_capped,
      .orientation_applied = orientation != ExifOrientation::kTopLeft,
      .alpha_flattened = transparent};
}

absl::Status CheckCodecModules() {
  HASHVET_RETURN_IF_ERROR(OpenWebcodecs());
  return OpenImgcodecs();
}

}  // namespace hashvet
