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
namespace {

class WholeOrMeans : public WholePictures {
 public:
  WholeOrMeans(ExifOrientation orientation, bool means_suffice, Take take)
      : WholePictures(orientation, /*also_over_black=*/false, std::move(take)),
        means_suffice_(means_suffice) {}
  bool means_suffice() const override { return means_suffice_; }

 private:
  const bool means_suffice_;
};

}  // namespace

absl::StatusOr<DecodedPicture> Decode(std::span<const std::byte> bytes,
                                      const DecodeOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(const PictureHeader header,
                           ReadLimitedHeader(bytes, options.limits));
  const ExifOrientation orientation = options.apply_orientation
                                          ? header.orientation
                                          : ExifOrientation::kTopLeft;
  std::optional<Picture> picture;
  bool transparent = false;
  uint32_t block = 1;
  WholeOrMeans receiver(
      orientation, options.means_suffice,
      [&](const FrameStart& start, bool has_alpha, Picture whole) {
        if (start.background == Background::kBlack) return true;
        picture = std::move(whole);
        block = start.block;
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
      .alpha_flattened = transparent,
      .block = block};
}

absl::Status CheckCodecModules() {
  // All are opened, whatever becomes of one. libheif before OpenCV, which may
  // bring it, too: heifcodecs/one_thread.cc.
  const absl::Status web = OpenWebcodecs();
  const absl::Status heif =
      HasHeifcodecs() ? OpenHeifcodecs() : absl::OkStatus();
  const absl::Status others = OpenImgcodecs();
  HASHVET_RETURN_IF_ERROR(web);
  HASHVET_RETURN_IF_ERROR(heif);
  return others;
}

}  // namespace hashvet
