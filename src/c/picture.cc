// Pictures, hashed.

#include "src/c/picture.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "hashvet/base/mapped_file.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/picture/hash_picture.h"
#include "hashvet/pixels/picture.h"
#include "hashvet/pixels/picture_view.h"
#include "hashvet/sandbox/picture_hasher.h"
#include "src/c/decoder.h"
#include "src/c/guard.h"
#include "src/c/values.h"
#include "src/decode/shown_rows.h"
#include "src/picture/showings.h"

namespace hashvet::c {
namespace {

constexpr size_t kOptionsV1 = offsetof(hashvet_hash_options, in_process);

struct Asked {
  HashPictureOptions options;
  bool in_process = false;
};

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

absl::StatusOr<Asked> Options(const hashvet_hash_options* given) {
  HASHVET_ASSIGN_OR_RETURN(const hashvet_hash_options asked,
                           OptionsOf(given, kOptionsV1, "hash options"));
  Asked answer;
  answer.in_process = asked.in_process != 0;
  HashPictureOptions& options = answer.options;
  switch (asked.pdq_variant) {
    case HASHVET_PDQ_FULL:
      options.variant = PdqVariant::kFull;
      break;
    case HASHVET_PDQ_NN512:
      options.variant = PdqVariant::kNn512;
      break;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("hash options: got PDQ variant ", asked.pdq_variant,
                       ", want 0 or 1"));
  }
  DecodeLimits& limits = options.decode.limits;
  limits.max_pixels = asked.max_pixels;
  if (asked.max_input_bytes != 0) {
    limits.max_input_bytes = asked.max_input_bytes;
  }
  return answer;
}

HashRequest RequestOf(const HashPictureOptions& options) {
  HashRequest request;
  request.max_pixels = options.decode.limits.max_pixels;
  request.max_input_bytes = options.decode.limits.max_input_bytes;
  request.apply_orientation = options.decode.apply_orientation;
  request.variant = options.variant;
  return request;
}

absl::StatusOr<PictureHashes> HashBytes(std::span<const std::byte> bytes,
                                        const Asked& asked) {
  if (asked.in_process) return HashPicture(bytes, asked.options);
  HASHVET_ASSIGN_OR_RETURN(PictureHasher* const decoder, Decoder());
  return decoder->Hash(bytes, "", RequestOf(asked.options));
}

// hash: absl::StatusOr<PictureHashes>(const Asked&)
template <typename Hash>
int HashWith(const hashvet_hash_options* given, hashvet_picture** picture,
             hashvet_error** error, Hash hash) {
  return Guard(error, [&]() -> absl::Status {
    if (picture == nullptr) return Null("picture");
    *picture = nullptr;
    HASHVET_ASSIGN_OR_RETURN(const Asked asked, Options(given));
    HASHVET_ASSIGN_OR_RETURN(PictureHashes hashes, hash(asked));
    auto made = std::make_unique<hashvet_picture>();
    made->hashes = std::move(hashes);
    made->message = std::string(made->hashes.status.message());
    *picture = made.release();
    return absl::OkStatus();
  });
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

absl::StatusOr<PixelFormat> FormatOf(uint32_t format) {
  switch (format) {
    case HASHVET_PIXELS_GREY8:
      return PixelFormat::kGrey8;
    case HASHVET_PIXELS_RGB8:
      return PixelFormat::kRgb8;
    case HASHVET_PIXELS_BGR8:
      return PixelFormat::kBgr8;
    case HASHVET_PIXELS_LUMA32:
      return PixelFormat::kLuma32;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("pixels: got format ", format, ", want 0 .. 4"));
  }
}

// What is seen of pixels with alpha. Sets `transparent` where a pixel is.
absl::StatusOr<Picture> Shown(const uint8_t* pixels, uint32_t width,
                              uint32_t height, size_t stride, Background behind,
                              bool& transparent) {
  HASHVET_ASSIGN_OR_RETURN(Picture picture,
                           Picture::Create(width, height, PixelFormat::kRgb8));
  for (uint32_t y = 0; y < height; ++y) {
    const uint8_t* from = pixels + y * stride;
    uint8_t* to = picture.row(y);
    for (uint32_t x = 0; x < width; ++x, from += 4) {
      if (from[3] != 255) transparent = true;
      for (int c = 0; c < 3; ++c) {
        *to++ = hashvet::Shown(from[c], from[3], behind);
      }
    }
  }
  return picture;
}

absl::StatusOr<PictureHashes> HashView(const PictureView& view,
                                       PdqVariant variant) {
  PictureHashes hashes;
  HASHVET_ASSIGN_OR_RETURN(hashes.pdq, ComputePdqOrientations(view, variant));
  hashes.outcome = HashOutcome::kHashed;
  hashes.width = view.width();
  hashes.height = view.height();
  return hashes;
}

absl::StatusOr<PictureHashes> HashWithAlpha(const void* pixels, uint32_t width,
                                            uint32_t height, size_t stride,
                                            PdqVariant variant) {
  if (stride / 4 < width) {
    return absl::InvalidArgumentError(
        absl::StrCat("picture: ", stride, " bytes a row, want at least ",
                     4 * uint64_t{width}, " for ", width, " pixels"));
  }
  HASHVET_RETURN_IF_ERROR(
      PictureView::Create(pixels, width, height, stride, PixelFormat::kRgb8)
          .status());
  const auto* bytes = static_cast<const uint8_t*>(pixels);
  bool transparent = false;
  HASHVET_ASSIGN_OR_RETURN(
      const Picture white,
      Shown(bytes, width, height, stride, Background::kWhite, transparent));
  HASHVET_ASSIGN_OR_RETURN(PictureHashes hashes,
                           HashView(white.view(), variant));
  hashes.flags.alpha_flattened = transparent;
  if (!transparent) return hashes;
  HASHVET_ASSIGN_OR_RETURN(
      const Picture black,
      Shown(bytes, width, height, stride, Background::kBlack, transparent));
  HASHVET_ASSIGN_OR_RETURN(PdqHashes over_black,
                           ComputePdqOrientations(black.view(), variant));
  FrameStart start;
  start.background = Background::kBlack;
  AddShowing(start, std::move(over_black), hashes);
  return hashes;
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

int hashvet_hash_pixels(const void* pixels, uint32_t width, uint32_t height,
                        size_t stride, uint32_t format,
                        const hashvet_hash_options* options,
                        hashvet_picture** picture, hashvet_error** error) {
  return HashWith(
      options, picture, error,
      [&](const Asked& asked) -> absl::StatusOr<PictureHashes> {
        if (format == HASHVET_PIXELS_RGBA8) {
          return HashWithAlpha(pixels, width, height, stride,
                               asked.options.variant);
        }
        HASHVET_ASSIGN_OR_RETURN(const PixelFormat known, FormatOf(format));
        HASHVET_ASSIGN_OR_RETURN(
            const PictureView view,
            PictureView::Create(pixels, width, height, stride, known));
        return HashView(view, asked.options.variant);
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
    if (made->hashes.outcome != HashOutcome::kHashed ||
        known != HashKind::kPdq) {
      return absl::FailedPreconditionError(
          absl::StrCat("picture: has no ", ToAbsl(NameOf(known)),
                       " hash: ", ToAbsl(NameOf(made->hashes.outcome))));
    }
    const HashValue value =
        HashValue::Pdq(made->hashes.pdq.orientations[orientation]);
    std::ranges::copy(value.ToBytes(), bytes);
    return absl::OkStatus();
  });
}

void hashvet_picture_free(hashvet_picture* picture) { Free(picture); }
