// Pictures, hashed.

#include "src/c/picture.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include "hashvet/base/mapped_file.h"
#include "hashvet/hash/digest_of.h"
#include "hashvet/picture/hash_picture.h"
#include "hashvet/sandbox/picture_hasher.h"
#include "src/c/decoder.h"
#include "src/c/hash_options.h"
#include "src/c/values.h"

namespace hashvet::c {
namespace {

// The numbers are promised.
constexpr bool Same(uint32_t promised, HashOutcome outcome) {
  return promised == static_cast<uint32_t>(outcome);
}
static_assert(Same(HASHVET_HASHED, HashOutcome::kHashed) &&
              Same(HASHVET_HASH_UNDECODABLE, HashOutcome::kUndecodable) &&
              Same(HASHVET_HASH_UNSUPPORTED, HashOutcome::kUnsupported) &&
              Same(HASHVET_HASH_OVER_LIMIT, HashOutcome::kOverLimit) &&
              Same(HASHVET_HASH_TIMEOUT, HashOutcome::kTimeout) &&
              Same(HASHVET_HASH_DECODER_FAILED, HashOutcome::kDecoderFailed) &&
              Same(HASHVET_HASH_OVERLOADED, HashOutcome::kOverloaded) &&
              Same(HASHVET_HASH_UNREADABLE, HashOutcome::kUnreadable));

constexpr size_t kInfoV1 = sizeof(hashvet_picture_info);

HashRequest RequestOf(const HashPictureOptions& options) {
  HashRequest request;
  request.max_pixels = options.decode.limits.max_pixels;
  request.max_input_bytes = options.decode.limits.max_input_bytes;
  request.apply_orientation = options.decode.apply_orientation;
  request.variant = options.variant;
  request.more_variants = options.more_variants;
  request.kinds = options.kinds;
  return request;
}

absl::StatusOr<PictureHashes> HashBytes(std::span<const std::byte> bytes,
                                        const Asked& asked) {
  if (asked.in_process) return HashPicture(bytes, asked.options);
  HASHVET_ASSIGN_OR_RETURN(PictureHasher* const decoder, Decoder());
  return decoder->Hash(bytes, "", RequestOf(asked.options));
}

uint32_t FlagsOf(const PictureFlags& flags) {
  uint32_t sum = 0;
  if (flags.truncated) sum += HASHVET_FLAG_TRUNCATED;
  if (flags.type_mismatch) sum += HASHVET_FLAG_TYPE_MISMATCH;
  if (flags.orientation_applied) sum += HASHVET_FLAG_ORIENTATION_APPLIED;
  if (flags.alpha_flattened) sum += HASHVET_FLAG_ALPHA_FLATTENED;
  if (flags.alpha_dual) sum += HASHVET_FLAG_ALPHA_DUAL;
  if (flags.frames_skipped) sum += HASHVET_FLAG_FRAMES_SKIPPED;
  if (flags.scan_capped) sum += HASHVET_FLAG_SCAN_CAPPED;
  return sum;
}

// Errors: InvalidArgument for an orientation that the kind has not,
// FailedPrecondition where there is no such hash.
absl::StatusOr<HashValue> ValueOf(const PictureHashes& hashes, HashKind kind,
                                  uint32_t orientation) {
  if (IsDigest(kind) && orientation != 0) {
    return absl::InvalidArgumentError(absl::StrCat("orientation: got ",
                                                   orientation, ", want 0 of ",
                                                   ToAbsl(NameOf(kind))));
  }
  const bool hashed = hashes.outcome == HashOutcome::kHashed;
  if (hashed && kind == HashKind::kPdq) {
    return HashValue::Pdq(hashes.pdq.orientations[orientation]);
  }
  std::string why;
  if (!hashed) why = absl::StrCat(": ", ToAbsl(NameOf(hashes.outcome)));
  for (const KindHashes& other : hashes.others) {
    if (other.kind != kind || IsShowing(other)) continue;
    if (other.orientations.size() > orientation) {
      return other.orientations[orientation];
    }
    why = absl::StrCat(": ", other.status.message());
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "picture: has no ", ToAbsl(NameOf(kind)), " hash",
      hashed && why.empty() ? ": it was not hashed under that kind" : why));
}

}  // namespace
}  // namespace hashvet::c

using namespace hashvet;     // NOLINT: all of it is this interface
using namespace hashvet::c;  // NOLINT

int hashvet_hash_bytes(const void* bytes, size_t size,
                       const hashvet_hash_options* options,
                       hashvet_picture** picture, hashvet_error** error) {
  return HashWith(options, picture, error,
                  [&](const Asked& asked) -> absl::StatusOr<PictureHashes> {
                    if (bytes == nullptr && size != 0) return Null("bytes");
                    return HashBytes(
                        std::span(static_cast<const std::byte*>(bytes), size),
                        asked);
                  });
}

int hashvet_hash_file(const char* path, const hashvet_hash_options* options,
                      hashvet_picture** picture, hashvet_error** error) {
  return HashWith(options, picture, error,
                  [&](const Asked& asked) -> absl::StatusOr<PictureHashes> {
                    if (path == nullptr) return Null("path");
                    if (asked.in_process)
                      return HashPictureFile(path, asked.options);
                    HASHVET_ASSIGN_OR_RETURN(PictureHasher* const decoder,
                                             Decoder());
                    return decoder->HashFile(path, RequestOf(asked.options));
                  });
}

int hashvet_hash_fd(int descriptor, const hashvet_hash_options* options,
                    hashvet_picture** picture, hashvet_error** error) {
  return HashWith(options, picture, error,
                  [&](const Asked& asked) -> absl::StatusOr<PictureHashes> {
                    const auto bytes = ReadDescriptor(
                        descriptor, absl::StrCat("descriptor ", descriptor),
                        asked.options.decode.limits.max_input_bytes);
                    if (bytes.ok()) return HashBytes(*bytes, asked);
                    PictureHashes failed;
                    failed.outcome = absl::IsResourceExhausted(bytes.status())
                                         ? HashOutcome::kOverLimit
                                     : absl::IsInvalidArgument(bytes.status())
                                         ? HashOutcome::kUndecodable  // empty
                                         : HashOutcome::kUnreadable;
                    failed.status = bytes.status();
                    return failed;
                  });
}

int hashvet_picture_describe(const hashvet_picture* picture,
                             hashvet_picture_info* info,
                             hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const hashvet_picture* made,
                             Checked(picture, "picture"));
    const PictureHashes& hashes = made->hashes;
    const bool hashed = hashes.outcome == HashOutcome::kHashed;
    hashvet_picture_info told = {};
    told.outcome = static_cast<uint32_t>(hashes.outcome);
    told.width = hashes.width;
    told.height = hashes.height;
    told.flags = FlagsOf(hashes.flags);
    told.quality = hashed ? hashes.pdq.quality : 0;
    told.message = made->message.c_str();
    return Fill(told, kInfoV1, "picture info", info);
  });
}

int hashvet_picture_hash(const hashvet_picture* picture, uint32_t kind,
                         uint32_t orientation, uint8_t* bytes, size_t size,
                         hashvet_error** error) {
  return Guard(error, [&]() -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(const hashvet_picture* made,
                             Checked(picture, "picture"));
    HASHVET_ASSIGN_OR_RETURN(const HashKind known, KindOf(kind));
    if (orientation >= kOrientations) {
      return absl::InvalidArgumentError(absl::StrCat(
          "orientation: got ", orientation, ", want 0 .. ", kOrientations - 1));
    }
    HASHVET_RETURN_IF_ERROR(
        CheckRoom(known, bytes, size, InfoOf(known).size_bytes, "bytes"));
    HASHVET_ASSIGN_OR_RETURN(const HashValue value,
                             ValueOf(made->hashes, known, orientation));
    std::ranges::copy(value.ToBytes(), bytes);
    return absl::OkStatus();
  });
}

void hashvet_picture_free(hashvet_picture* picture) { Free(picture); }
