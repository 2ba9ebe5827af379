// The kinds beside PDQ: which of them are asked of a decoder, how their values
// lie in its record, and the digests that need no decoder.

#ifndef HASHVET_SRC_SANDBOX_KIND_SLOTS_H_
#define HASHVET_SRC_SANDBOX_KIND_SLOTS_H_

#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/picture_hashes.h"
#include "src/sandbox/record.h"

namespace hashvet {

// Of the kinds asked for, those that are computed of pixels, but for PDQ, which
// always is. A kind once.
std::vector<HashKind> PixelKinds(std::span<const HashKind> kinds);

// Appends eight slots for each of `others` that is no digest: its values, or
// the code that says why there are none. REQUIRES: the record has its showings.
void AddKinds(std::span<const KindHashes> others, Record& record);

// What AddKinds wrote of these kinds, from slot `first` on: of the picture
// itself, then of showings. REQUIRES: first <= record.slots, a multiple of 8.
//
// Errors: InvalidArgument, naming the field, when it did not.
absl::StatusOr<std::vector<KindHashes>> KindsOf(
    std::span<const HashKind> pixel_kinds, const Record& record, size_t first);

// How many slots so many kinds may take.
size_t MostKindSlots(size_t pixel_kinds, bool has_showings);

// The picture's other kinds in the order asked for, digests of its bytes among
// them. Bytes need no decoder: they are digested whatever became of it.
void AddDigests(std::span<const HashKind> kinds,
                std::span<const std::byte> bytes, PictureHashes& picture);

}  // namespace hashvet

#endif  // HASHVET_SRC_SANDBOX_KIND_SLOTS_H_
