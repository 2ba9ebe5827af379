// PDQ: 256 bits describing how a picture looks, and a 0..100 quality score.
//
//   luma, any size   --blur, sample-------------------->  64 x 64
//                    --2-D DCT, frequencies 1..16------>  16 x 16
//                    --each coefficient > median?------>  256 bits
//
// Copies of one picture differ in few bits. The authors call 31 bits or fewer a
// match and discard hashes of quality 49 or less: flat pictures look alike.
//
// Source: facebook/ThreatExchange, hashing/hashing.pdf (the definition) and
// pdq/cpp (the reference bits, compared in tests/hashers/pdq_test.cc); how this
// implementation gets there faster: docs/hash_definitions.md.

#ifndef HASHVET_HASHERS_PDQ_H_
#define HASHVET_HASHERS_PDQ_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/bit_hash.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet {

// The authors' recommendations. Both limits are inclusive.
inline constexpr uint32_t kPdqMatchMaxDistance = 31;  // bits, of 256
inline constexpr int kPdqMinQuality = 50;             // 0..100

inline constexpr uint32_t kPdqMinSide = 5;  // pixels

struct PdqHash {
  Hash256 hash;     // bit 16 * i + j: coefficient (i, j) is above the median
  int quality = 0;  // 0 (featureless) .. 100
};

// Hashes one picture. 64 x 64 is taken as already sampled and is not blurred,
// as in the reference. A low-quality picture is hashed like any other; judging
// it is the caller's job. Equal pixels give equal bits on every CPU.
//
// Errors:
//   InvalidArgument  a side is below kPdqMinSide (the reference returns an
//                    all-zero hash instead), a kLuma32 pixel is no number
//                    within -65536 .. 65536 (kNn512 looks at those it samples
//                    only), or HASHVET_SIMD_TARGET names no target of this
//                    machine.
//
// Thread-safe. Allocates 4 bytes per column, and for kNn512 a picture of
// 512 x 512.
HASHVET_EXPORT absl::StatusOr<PdqHash> ComputePdq(
    const PictureView& picture, PdqVariant variant = PdqVariant::kFull);

// Whether the variant is of another part of the picture than kFull: false where
// it has no bars to trim.
HASHVET_EXPORT bool Trims(const PictureView& picture, PdqVariant variant);

// The same in all eight orientations, from one pass over the pixels. (Turning
// the coefficients and turning the pixels differ by a few bits where the
// sampling grid is not symmetric; this is the reference's way.)
HASHVET_EXPORT absl::StatusOr<PdqHashes> ComputePdqOrientations(
    const PictureView& picture, PdqVariant variant = PdqVariant::kFull);

// The full hash of a picture of which only the means of its blocks of `block` x
// `block` pixels are known, as a JPEG decoded at a fraction of its size gives
// them. Each mean is weighed as its pixels would be, so no sample moves: within
// 2 bits of the picture's own hash on photographs (docs/hash_definitions.md).
//
// Errors: as above; InvalidArgument too when `block` is 0 or the picture's
// sides would not fit into 32 bits.
HASHVET_EXPORT absl::StatusOr<PdqHashes> ComputePdqOrientationsOfMeans(
    const PictureView& means, uint32_t block);

}  // namespace hashvet

#endif  // HASHVET_HASHERS_PDQ_H_
