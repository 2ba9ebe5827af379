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
#include "hashvet/hash/picture_file.h"
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

}  // namespace

PictureHashes HashPicture(std::span<const std::byte> bytes,
                          const HashPictureOptions& options) {
  const absl::StatusOr<DecodedPicture> decoded = Decode(bytes, options.decode);
  if (!decoded.ok()) {
    return FailedPicture(OutcomeOfDecoding(decoded.status()), decoded.status());
  }
  PictureHashes hashes;
  hashes.width = decoded->picture.width();
  hashes.height = decoded->picture.height();
  hashes.flags.truncated = decoded->truncated;
  hashes.flags.orientation_applied = decoded->orientation_applied;
  hashes.flags.alpha_flattened = decoded->alpha_flattened;
  if (std::min(hashes.width, hashes.height) < kPdqMinSide) {
    hashes.outcome = HashOutcome::kUndecodable;
    hashes.status = absl::InvalidArgumentError(absl::StrCat(
        "picture: ", hashes.width, " x ", hashes.height,
        " pixels, a hash needs at least ", kPdqMinSide, " x ", kPdqMinSide));
    return hashes;
  }
  absl::StatusOr<PdqHashes> pdq =
      ComputePdqOrientations(decoded->picture.view(), options.variant);
  if (!pdq.ok()) {  // not the picture's fault: a forced CPU target, say
    hashes.outcome = HashOutcome::kDecoderFailed;
    hashes.status = pdq.status();
    return hashes;
  }
  hashes.outcome = HashOutcome::kHashed;
  hashes.pdq = *std::move(pdq);
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
