// Colour to luma by PDQ's definition: Y = 0.299 R + 0.587 G + 0.114 B in 32-bit
// float, left to right, no fused multiply-add, not rounded. (ITU-R BT.601's
// weights; a codec's own grey conversion is another one and moves hashes.)

#ifndef HASHVET_PIXELS_LUMA_H_
#define HASHVET_PIXELS_LUMA_H_

#include <cstdint>
#include <span>

#include "hashvet/base/export.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet {

// Writes row y as luma, 0 .. 255. Grey and luma rows are copied as they are.
//
// REQUIRES: y < picture.height(), luma.size() == picture.width(). Thread-safe.
HASHVET_EXPORT void LumaRow(const PictureView& picture, uint32_t y,
                            std::span<float> luma);

}  // namespace hashvet

#endif  // HASHVET_PIXELS_LUMA_H_
