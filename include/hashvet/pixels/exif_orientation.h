// The eight values of EXIF tag 0x0112, and turning a picture as one asks.
//
// Source: EXIF 2.32 (CIPA DC-008), "Orientation": which side of the stored
// picture is the top and which the left of the scene.

#ifndef HASHVET_PIXELS_EXIF_ORIENTATION_H_
#define HASHVET_PIXELS_EXIF_ORIENTATION_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/pixels/picture.h"

namespace hashvet {

enum class ExifOrientation : uint8_t {
  kTopLeft = 1,      // as stored
  kTopRight = 2,     // mirrored left to right
  kBottomRight = 3,  // turned by 180 degrees
  kBottomLeft = 4,   // mirrored top to bottom
  kLeftTop = 5,      // transposed
  kRightTop = 6,     // to be turned by 90 degrees clockwise
  kRightBottom = 7,  // transposed along the other diagonal
  kLeftBottom = 8,   // to be turned by 90 degrees counter-clockwise
};

constexpr bool SwapsSides(ExifOrientation orientation) {
  return orientation >= ExifOrientation::kLeftTop;
}

// The picture as it should be shown. Takes `picture` and gives it back
// untouched for kTopLeft; otherwise holds two pictures for a moment.
//
// Errors: ResourceExhausted (no memory). Thread-safe.
HASHVET_EXPORT absl::StatusOr<Picture> Oriented(Picture picture,
                                                ExifOrientation orientation);

}  // namespace hashvet

#endif  // HASHVET_PIXELS_EXIF_ORIENTATION_H_
