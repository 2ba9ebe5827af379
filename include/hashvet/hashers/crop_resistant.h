// A picture by its bright and its dark areas: each hashed alone, so that what
// crops, frames or adds to the picture leaves some of them as they were.
// ImageHash's crop_resistant_hash, with its defaults.
//
// A hash is a list of values of one kind, dhash64-imagehash. No index serves
// two such lists directly: hold single values in a list of that kind and ask
// with each, or compare two pictures with SegmentsInCommon.
//
// Source: Steinebach, Liu, Yannikos: Efficient Cropping-Resistant Robust Image
// Hashing (ARES 2014); the bits are ImageHash's. docs/hash_definitions.md.

#ifndef HASHVET_HASHERS_CROP_RESISTANT_H_
#define HASHVET_HASHERS_CROP_RESISTANT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet {

inline constexpr HashKind kSegmentKind = HashKind::kDhash64ImageHash;
// An area has more than 500 pixels of the 90,000 in which areas are sought.
inline constexpr size_t kMaxSegments = 90000 / 501;

// ImageHash's: a quarter of the bits. Inclusive.
inline constexpr uint32_t kSegmentMaxDistance = 16;

// One value for each area: the bright ones by where they begin, then the dark
// ones; or, with max_segments, so many of the largest, these first. Where no
// area is large enough, the one value of the whole picture. At least one, at
// most kMaxSegments.
//
// Errors: InvalidArgument when a side is below 5 pixels, the picture is so
// small that an area has no pixel of it, a kLuma32 pixel is not finite, or
// HASHVET_SIMD_TARGET names no target of this machine.
//
// Thread-safe. Allocates 1 MB and 300 bytes for each row of the picture.
HASHVET_EXPORT absl::StatusOr<std::vector<HashValue>> ComputeCropResistant(
    const PictureView& picture, size_t max_segments = kMaxSegments);

struct CommonSegments {
  size_t segments = 0;    // of `a` that have one within the distance in `b`
  uint32_t distance = 0;  // bits, from each of these to its nearest, summed up

  friend bool operator==(const CommonSegments&,
                         const CommonSegments&) = default;
};

// ImageHash's hash_diff, which is not symmetric; it calls one segment in common
// a match.
//
// Errors: InvalidArgument when a value is not of kSegmentKind, or a list is
// empty.
HASHVET_EXPORT absl::StatusOr<CommonSegments> SegmentsInCommon(
    std::span<const HashValue> a, std::span<const HashValue> b,
    uint32_t max_distance = kSegmentMaxDistance);

// The values' hex between commas: str() of an ImageMultiHash. Parsing refuses
// (InvalidArgument) what is no such list of 1 to kMaxSegments values.
HASHVET_EXPORT std::string SegmentsToText(std::span<const HashValue> segments);
HASHVET_EXPORT absl::StatusOr<std::vector<HashValue>> ParseSegments(
    std::string_view text);

}  // namespace hashvet

#endif  // HASHVET_HASHERS_CROP_RESISTANT_H_
