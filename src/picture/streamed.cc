#include "src/picture/streamed.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/hash/digest_of.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/hashers/pdq_rows.h"
#include "src/decode/decode_rows.h"
#include "src/decode/shown_rows.h"
#include "src/picture/showings.h"

namespace hashvet {
namespace {

class StreamedRows : public ShownRows {
 public:
  explicit StreamedRows(PdqRows rows) : rows_(std::move(rows)) {}

  uint8_t* NextRow() override { return rows_.NextRow(); }
  bool RowDone() override { return rows_.RowDone(); }
  const uint8_t* LastRow() const override { return rows_.LastRow(); }
  PdqHashes Finish() const { return rows_.Finish(); }

 private:
  PdqRows rows_;
};

class StreamedShowings : public ShowingReceiver {
 public:
  StreamedShowings(const std::vector<PdqVariant>& trims, PictureHashes& hashes)
      : trims_(trims), hashes_(hashes) {}

  // False when it is not the picture's fault: a forced CPU target, say.
  bool works() const { return works_; }

 private:
  absl::StatusOr<std::unique_ptr<ShownRows>> Open(const FrameStart& start,
                                                  PixelFormat format) override {
    absl::StatusOr<PdqRows> rows =
        PdqRows::Create(start.width, start.height, format,
                        IsItself(start) ? trims_ : std::vector<PdqVariant>());
    works_ = rows.ok();
    if (!works_) return rows.status();
    return std::make_unique<StreamedRows>(*std::move(rows));
  }

  bool Close(const FrameStart& start, bool transparent,
             std::unique_ptr<ShownRows> rows) override {
    PdqHashes pdq = static_cast<StreamedRows&>(*rows).Finish();
    if (IsItself(start)) {
      hashes_.flags.alpha_flattened = transparent;
      hashes_.pdq = std::move(pdq);
    } else {
      AddShowing(start, std::move(pdq), hashes_);
    }
    return true;
  }

  const std::vector<PdqVariant>& trims_;
  PictureHashes& hashes_;
  bool works_ = true;
};

// Whether the rows are enough for all that is asked.
bool MayStream(const PictureHeader& header, const HashPictureOptions& options) {
  const bool turns = options.decode.apply_orientation &&
                     header.orientation != ExifOrientation::kTopLeft;
  const auto is_of_all_pixels = [](PdqVariant variant) {
    return variant != PdqVariant::kNn512;
  };
  return !turns && options.variant == PdqVariant::kFull &&
         std::ranges::all_of(options.more_variants, is_of_all_pixels) &&
         std::ranges::all_of(options.kinds, IsDigest) &&
         std::min(header.width, header.height) >= kPdqMinSide;
}

}  // namespace

std::optional<absl::StatusOr<PictureHashes>> HashStreamed(
    std::span<const std::byte> bytes, const PictureHeader& header,
    const HashPictureOptions& options) {
  if (!MayStream(header, options)) return std::nullopt;
  std::vector<PdqVariant> trims = options.more_variants;
  std::erase(trims, PdqVariant::kFull);
  PictureHashes hashes;
  StreamedShowings receiver(trims, hashes);
  const absl::StatusOr<CodecResult> result =
      DecodeRows(bytes, header, kMaxFrames, receiver);
  if (!receiver.works()) return std::nullopt;
  if (!result.ok()) return result.status();
  if (result->stopped) return std::nullopt;
  hashes.outcome = HashOutcome::kHashed;
  hashes.width = header.width;
  hashes.height = header.height;
  AddFlags(*result, hashes);
  return hashes;
}

}  // namespace hashvet
