#include "hashvet/picture/hash_picture.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

bool IsTrimmed(PdqVariant variant) {
  return variant == PdqVariant::kTrimmed ||
         variant == PdqVariant::kTrimmedBlack;
}

// Whether PDQ of the whole picture is all that is asked of its pixels; bars are
// looked for in means too, and where there are some it is decoded again.
bool MeansSuffice(const HashPictureOptions& options) {
  return options.variant == PdqVariant::kFull &&
         std::ranges::all_of(options.more_variants, IsTrimmed) &&
         std::ranges::all_of(options.kinds, IsDigest);
}

bool HasBars(const PictureView& picture, const HashPictureOptions& options) {
  return std::ranges::any_of(options.more_variants, [&](PdqVariant variant) {
    return Trims(picture, variant);
  });
}

absl::StatusOr<DecodedPicture> DecodeFor(std::span<const std::byte> bytes,
                                         const HashPictureOptions& options) {
  DecodeOptions decode = options.decode;
  decode.means_suffice = MeansSuffice(options);
  absl::StatusOr<DecodedPicture> decoded = Decode(bytes, decode);
  if (!decoded.ok() || decoded->block == 1 ||
      !HasBars(decoded->picture.view(), options)) {
    return decoded;
  }
  decode.means_suffice = false;
  return Decode(bytes, decode);
}

}  // namespace

PictureHashes HashPicture(std::span<const std::byte> bytes,
                          const HashPictureOptions& options) {
  const absl::StatusOr<DecodedPicture> decoded = DecodeFor(bytes, options);
  if (!decoded.ok()) {
    PictureHashes failed =
        FailedPicture(OutcomeOfDecoding(decoded.status()), decoded.status());
    failed.others = OnlyDigestsOf(options.kinds, bytes);
    return failed;
  }
  PictureHashes hashes;
  hashes.width = decoded->picture.width() * decoded->block;
  hashes.height = decoded->picture.height() * decoded->block;
  hashes.flags.truncated = decoded->truncated;
  hashes.flags.orientation_applied = decoded->orientation_applied;
  hashes.flags.alpha_flattened = decoded->alpha_flattened;
  if (std::min(hashes.width, hashes.height) < kPdqMinSide) {
    hashes.outcome = HashOutcome::kUndecodable;
    hashes.status = absl::InvalidArgumentError(absl::StrCat(
        "picture: ", hashes.width, " x ", hashes.height,
        " pixels, a hash needs at least ", kPdqMinSide, " x ", kPdqMinSide));
    hashes.others = OnlyDigestsOf(options.kinds, bytes);
    return hashes;
  }
  absl::StatusOr<PdqHashes> pdq =
      decoded->block > 1
          ? ComputePdqOrientationsOfMeans(decoded->picture.view(),
                                          decoded->block)
          : ComputePdqOrientations(decoded->picture.view(), options.variant);
  if (!pdq.ok()) {  // not the picture's fault: a forced CPU target, say
    hashes.outcome = HashOutcome::kDecoderFailed;
    hashes.status = pdq.status();
    return hashes;
  }
  hashes.outcome = HashOutcome::kHashed;
  hashes.pdq = *std::move(pdq);
  for (const PdqVariant variant : options.more_variants) {
    if (IsTrimmed(variant) && !Trims(decoded->picture.view(), variant)) {
      continue;
    }
    absl::StatusOr<PdqHashes> more =
        ComputePdqOrientations(decoded->picture.view(), variant);
    if (!more.ok() || more->hash() == hashes.pdq.hash()) continue;
    hashes.more_pdq.push_back(*std::move(more));
  }
  if (!options.kinds.empty()) {
    hashes.others = OthersOf(options.kinds, bytes, decoded->picture.view());
  }
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
