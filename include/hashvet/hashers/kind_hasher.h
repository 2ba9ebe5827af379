// The hashes besides PDQ that lists carry, as the libraries that define them
// compute them: ImageHash's and OpenCV's img_hash's.
//
//   picture --resize, as that library does--> a small grey plane --> bits
//
// One hasher serves one picture and keeps its small planes, so that several
// kinds cost little more than one. Every kind comes in eight orientations, from
// the small plane turned (or its DCT's signs), not from the picture turned:
// within a few bits of that, as with PDQ.
//
// Definitions, and what was compared: docs/hash_definitions.md.

#ifndef HASHVET_HASHERS_KIND_HASHER_H_
#define HASHVET_HASHERS_KIND_HASHER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet {

inline constexpr uint32_t kMinKindSide = 5;  // pixels, as PDQ

// Whether KindHasher computes it: every computed kind that is neither PDQ nor a
// digest.
HASHVET_EXPORT bool IsHashedFromPixels(HashKind kind);

class HASHVET_EXPORT KindHasher {
 public:
  // The pixels must outlive the hasher.
  explicit KindHasher(const PictureView& picture);
  KindHasher(KindHasher&&) noexcept;
  KindHasher& operator=(KindHasher&&) noexcept;
  ~KindHasher();

  // The picture's kOrientations values, indexed by Orientation; or the first
  // alone. Equal pixels give equal bits on every CPU.
  //
  // Errors: InvalidArgument when the kind is not one of these, a side is below
  // kMinKindSide, a kLuma32 pixel is not finite, or HASHVET_SIMD_TARGET names
  // no target of this machine.
  //
  // Not thread-safe. Allocates the small plane, and for ImageHash's kinds its
  // width in bytes for each row of the picture.
  absl::StatusOr<std::vector<HashValue>> Compute(HashKind kind,
                                                 bool all_orientations = true);

 private:
  class Planes;
  std::unique_ptr<Planes> planes_;
};

}  // namespace hashvet

#endif  // HASHVET_HASHERS_KIND_HASHER_H_
