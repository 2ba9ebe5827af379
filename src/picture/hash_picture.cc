#include "hashvet/picture/hash_picture.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/decode/sniff.h"
#include "hashvet/hash/digest_of.h"
#include "hashvet/hash/picture_file.h"
#include "hashvet/hashers/kind_hasher.h"
#include "hashvet/hashers/pdq.h"
#include "src/decode/decode_rows.h"
#include "src/decode/whole_pictures.h"
#include "src/picture/showings.h"
#include "src/picture/streamed.h"

namespace hashvet {
namespace {

HashOutcome OutcomeOfDecoding(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return HashOutcome::kUndecodable;
    case absl::StatusCode::kUnimplemented:
      return HashOutcome::kUnsupported;
    case absl::StatusCode::kResourceExhausted:
      return HashOutcome::kOverLimit;
    default:  // the codec module is missing, or our own fault
      return HashOutcome::kDecoderFailed;
  }
}

KindHashes KindHashesOf(HashKind kind,
                        absl::StatusOr<std::vector<HashValue>> values) {
  KindHashes hashes;
  hashes.kind = kind;
  hashes.status = values.status();
  if (values.ok()) hashes.orientations = *std::move(values);
  return hashes;
}

std::vector<KindHashes> OthersOf(std::span<const HashKind> kinds,
                                 std::span<const std::byte> bytes,
                                 const PictureView& picture) {
  std::vector<KindHashes> others;
  KindHasher hasher(picture);
  for (const HashKind kind : kinds) {
    others.push_back(IsDigest(kind) ? DigestHashes(kind, bytes)
                                    : KindHashesOf(kind, hasher.Compute(kind)));
  }
  return others;
}

// Of bytes that are no picture.
std::vector<KindHashes> OnlyDigestsOf(std::span<const HashKind> kinds,
                                      std::span<const std::byte> bytes) {
  std::vector<KindHashes> others;
  for (const HashKind kind : kinds) {
    if (IsDigest(kind)) others.push_back(DigestHashes(kind, bytes));
  }
  return others;
}

// All that is asked of the picture itself.
void HashItself(const PictureView& picture, std::span<const std::byte> bytes,
                const HashPictureOptions& options, PictureHashes& hashes) {
  hashes.width = picture.width();
  hashes.height = picture.height();
  if (std::min(hashes.width, hashes.height) < kPdqMinSide) {
    hashes.outcome = HashOutcome::kUndecodable;
    hashes.status = absl::InvalidArgumentError(absl::StrCat(
        "picture: ", hashes.width, " x ", hashes.height,
        " pixels, a hash needs at least ", kPdqMinSide, " x ", kPdqMinSide));
    hashes.others = OnlyDigestsOf(options.kinds, bytes);
    return;
  }
  absl::StatusOr<PdqHashes> pdq =
      ComputePdqOrientations(picture, options.variant);
  if (!pdq.ok()) {  // not the picture's fault: a forced CPU target, say
    hashes.outcome = HashOutcome::kDecoderFailed;
    hashes.status = pdq.status();
    return;
  }
  hashes.outcome = HashOutcome::kHashed;
  hashes.pdq = *std::move(pdq);
  for (const PdqVariant variant : options.more_variants) {
    const bool trims =
        variant == PdqVariant::kTrimmed || variant == PdqVariant::kTrimmedBlack;
    if (trims && !Trims(picture, variant)) continue;
    absl::StatusOr<PdqHashes> more = ComputePdqOrientations(picture, variant);
    if (!more.ok() || more->hash() == hashes.pdq.hash()) continue;
    hashes.more_pdq.push_back(*std::move(more));
  }
  if (!options.kinds.empty()) {
    hashes.others = OthersOf(options.kinds, bytes, picture);
  }
}

// What is asked of the picture over black and of its further frames.
class ShowingHasher {
 public:
  ShowingHasher(const HashPictureOptions& options, PictureHashes& hashes)
      : variant_(options.variant), hashes_(hashes) {
    std::ranges::copy_if(options.kinds, std::back_inserter(kinds_),
                         [](HashKind kind) { return !IsDigest(kind); });
  }

  void Hash(const FrameStart& start, const PictureView& picture) {
    absl::StatusOr<PdqHashes> pdq = ComputePdqOrientations(picture, variant_);
    if (!pdq.ok() || !AddShowing(start, *std::move(pdq), hashes_)) return;
    if (kinds_.empty()) return;
    // The picture itself over black is hashed whatever it costs.
    const uint64_t pixels =
        uint64_t{picture.width()} * picture.height() * kinds_.size();
    if (made_ + kinds_.size() > kMaxKindShowings ||
        (start.frame != 0 && pixels_ + pixels > kMaxPixels)) {
      skipped_ = true;
      return;
    }
    made_ += kinds_.size();
    pixels_ += pixels;
    KindHasher hasher(picture);
    for (const HashKind kind : kinds_) {
      KindHashes& made =
          hashes_.others.emplace_back(KindHashesOf(kind, hasher.Compute(kind)));
      made.frame = start.frame;
      made.over_black = start.background == Background::kBlack;
    }
  }

  // Whether some that were hashed under PDQ were not under other kinds.
  bool skipped() const { return skipped_; }

 private:
  // Of frames, times kinds: a part of the processor time of one picture.
  static constexpr uint64_t kMaxPixels = 64'000'000;

  const PdqVariant variant_;
  std::vector<HashKind> kinds_;  // of pixels, beside PDQ
  PictureHashes& hashes_;
  size_t made_ = 0;
  uint64_t pixels_ = 0;
  bool skipped_ = false;
};

PictureHashes Failed(const absl::Status& status,
                     std::span<const std::byte> bytes,
                     const HashPictureOptions& options) {
  PictureHashes failed = FailedPicture(OutcomeOfDecoding(status), status);
  failed.others = OnlyDigestsOf(options.kinds, bytes);
  return failed;
}

}  // namespace

PictureHashes HashPicture(std::span<const std::byte> bytes,
                          const HashPictureOptions& options) {
  const absl::StatusOr<PictureHeader> header =
      ReadLimitedHeader(bytes, options.decode.limits);
  if (!header.ok()) return Failed(header.status(), bytes, options);
  if (auto streamed = HashStreamed(bytes, *header, options)) {
    if (!streamed->ok()) return Failed(streamed->status(), bytes, options);
    (*streamed)->others = OnlyDigestsOf(options.kinds, bytes);
    return **std::move(streamed);
  }
  const ExifOrientation orientation = options.decode.apply_orientation
                                          ? header->orientation
                                          : ExifOrientation::kTopLeft;
  PictureHashes hashes;
  ShowingHasher showings(options, hashes);
  WholePictures receiver(
      orientation, /*also_over_black=*/true,
      [&](const FrameStart& start, bool transparent, Picture picture) {
        if (IsItself(start)) {
          hashes.flags.alpha_flattened = transparent;
          HashItself(picture.view(), bytes, options, hashes);
        } else if (hashes.outcome == HashOutcome::kHashed) {
          showings.Hash(start, picture.view());
        }
        return true;
      });
  const absl::StatusOr<CodecResult> result =
      DecodeRows(bytes, *header, kMaxFrames, receiver);
  if (!result.ok()) return Failed(result.status(), bytes, options);
  if (!receiver.status().ok()) {
    return Failed(receiver.status(), bytes, options);
  }
  AddFlags(*result, hashes);
  hashes.flags.frames_skipped |= showings.skipped();
  hashes.flags.orientation_applied = orientation != ExifOrientation::kTopLeft;
  return hashes;
}

PictureHashes HashPictureFile(const std::string& path,
                              const HashPictureOptions& options) {
  const auto read =
      ReadPictureFile(path, options.decode.limits.max_input_bytes);
  const auto* bytes = std::get_if<std::vector<std::byte>>(&read);
  if (bytes == nullptr) return std::get<PictureHashes>(read);
  PictureHashes hashes = HashPicture(*bytes, options);
  const PictureFormat promised = FormatOfName(path);
  const PictureFormat found = Sniff(*bytes);
  hashes.flags.type_mismatch = promised != PictureFormat::kUnknown &&
                               found != PictureFormat::kUnknown &&
                               promised != found;
  return hashes;
}

}  // namespace hashvet
