// A picture's hashes from its rows as they are decoded, without the picture in
// memory: the same bits, and most of what a fresh process pays is memory.

#ifndef HASHVET_SRC_PICTURE_STREAMED_H_
#define HASHVET_SRC_PICTURE_STREAMED_H_

#include <cstddef>
#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "hashvet/decode/picture_header.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/picture/hash_picture.h"

namespace hashvet {

// Nothing when the picture has to be decoded whole: it is to be turned, has
// bars to be trimmed, is asked for under other kinds or variants, or is too
// small.
//
// Errors: DecodeRows's.
std::optional<absl::StatusOr<PictureHashes>> HashStreamed(
    std::span<const std::byte> bytes, const PictureHeader& header,
    const HashPictureOptions& options);

}  // namespace hashvet

#endif  // HASHVET_SRC_PICTURE_STREAMED_H_
