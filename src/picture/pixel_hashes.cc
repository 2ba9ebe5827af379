#include "src/picture/pixel_hashes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "hashvet/hash/digest_of.h"
#include "hashvet/hashers/kind_hasher.h"
#include "hashvet/hashers/pdq.h"
#include "src/picture/showings.h"

namespace hashvet {
namespace {

// Of frames, times kinds: a part of the processor time of one picture.
constexpr uint64_t kMaxPixels = 64'000'000;

KindHashes KindHashesOf(HashKind kind,
                        absl::StatusOr<std::vector<HashValue>> values) {
  KindHashes hashes;
  hashes.kind = kind;
  hashes.status = values.status();
  if (values.ok()) hashes.orientations = *std::move(values);
  return hashes;
}

}  // namespace

void HashItself(const PictureView& picture, const HashPictureOptions& options,
                DigestFunction digest, PictureHashes& hashes) {
  hashes.width = picture.width();
  hashes.height = picture.height();
  if (std::min(hashes.width, hashes.height) < kPdqMinSide) {
    hashes.outcome = HashOutcome::kUndecodable;
    hashes.status = absl::InvalidArgumentError(absl::StrCat(
        "picture: ", hashes.width, " x ", hashes.height,
        " pixels, a hash needs at least ", kPdqMinSide, " x ", kPdqMinSide));
    for (const HashKind kind : options.kinds) {
      if (IsDigest(kind)) hashes.others.push_back(digest(kind));
    }
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
  if (options.kinds.empty()) return;
  KindHasher hasher(picture);
  for (const HashKind kind : options.kinds) {
    hashes.others.push_back(IsDigest(kind)
                                ? digest(kind)
                                : KindHashesOf(kind, hasher.Compute(kind)));
  }
}

ShowingHasher::ShowingHasher(const HashPictureOptions& options,
                             PictureHashes& hashes)
    : variant_(options.variant), hashes_(hashes) {
  std::ranges::copy_if(options.kinds, std::back_inserter(kinds_),
                       [](HashKind kind) { return !IsDigest(kind); });
}

void ShowingHasher::Hash(const FrameStart& start, const PictureView& picture) {
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

}  // namespace hashvet
