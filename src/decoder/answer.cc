#include "src/decoder/answer.h"

#include <algorithm>
#include <limits>
#include <new>
#include <string>

#include "absl/status/status.h"
#include "hashvet/decode/sniff.h"
#include "hashvet/hash/picture_file.h"
#include "hashvet/picture/hash_picture.h"

namespace hashvet::decoder {
namespace {

static_assert(kDefaultMostPixels ==
              std::max(kDefaultMaxPixels, kDefaultMaxSequentialPixels));

PictureHashes Hash(const Request& request, std::span<const std::byte> picture) {
  HashPictureOptions options;
  options.decode.limits.max_pixels = request.max_pixels;
  // Whoever sent it has held the bytes to the request's own limit.
  options.decode.limits.max_input_bytes = std::numeric_limits<size_t>::max();
  options.decode.apply_orientation = request.apply_orientation != 0;
  options.variant = static_cast<PdqVariant>(request.variant);
  for (size_t i = 0; i < kPdqVariantNames.size(); ++i) {
    if ((request.more_variants >> i & 1) == 0) continue;
    options.more_variants.push_back(static_cast<PdqVariant>(i));
  }
  for (const uint16_t number : request.kinds) {
    if (number == 0) break;
    const absl::StatusOr<HashKind> kind = HashKindFromNumber(number);
    if (kind.ok()) options.kinds.push_back(*kind);
  }
  PictureHashes hashes = HashPicture(picture, options);
  const std::string ending(
      request.ending.begin(),
      std::find(request.ending.begin(), request.ending.end(), '\0'));
  const PictureFormat promised = FormatOfName("." + ending);
  const PictureFormat found = Sniff(picture);
  hashes.flags.type_mismatch = promised != PictureFormat::kUnknown &&
                               found != PictureFormat::kUnknown &&
                               promised != found;
  return hashes;
}

}  // namespace

void Answer(const Request& request, std::span<const std::byte> picture,
            Record& record) {
  try {
    FillRecord(Hash(request, picture), record);
  } catch (const std::bad_alloc&) {
    record = {};
    FillRecord(
        FailedPicture(
            HashOutcome::kOverLimit,
            absl::ResourceExhaustedError(
                "picture: decoding it takes more memory than a decoder has")),
        record);
  }
}

}  // namespace hashvet::decoder
