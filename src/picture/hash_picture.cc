#include "hashvet/picture/hash_picture.h"

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/decode/sniff.h"
#include "hashvet/hash/digest_of.h"
#include "hashvet/hash/picture_file.h"
#include "src/decode/decode_rows.h"
#include "src/decode/whole_pictures.h"
#include "src/picture/pixel_hashes.h"
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

// Of bytes that are no picture.
std::vector<KindHashes> OnlyDigestsOf(std::span<const HashKind> kinds,
                                      std::span<const std::byte> bytes) {
  std::vector<KindHashes> others;
  for (const HashKind kind : kinds) {
    if (IsDigest(kind)) others.push_back(DigestHashes(kind, bytes));
  }
  return others;
}

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
  const auto digest = [&](HashKind kind) { return DigestHashes(kind, bytes); };
  PictureHashes hashes;
  ShowingHasher showings(options, hashes);
  WholePictures receiver(
      orientation, /*also_over_black=*/true,
      [&](const FrameStart& start, bool transparent, Picture picture) {
        if (IsItself(start)) {
          hashes.flags.alpha_flattened = transparent;
          HashItself(picture.view(), options, digest, hashes);
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
