// Pictures that any language can make again, pixel for pixel: smooth noise from
// integer arithmetic alone. The PDQ reference's answers for them are known
// (tests/hashers/pdq_known_answers.inc).

#ifndef HASHVET_TESTS_SUPPORT_SCENES_H_
#define HASHVET_TESTS_SUPPORT_SCENES_H_

#include <cstdint>
#include <string_view>

#include "hashvet/hash/orientation.h"
#include "hashvet/pixels/picture.h"

namespace hashvet::testing {

// Scene number `seed` in 8-bit RGB. Scenes of one seed and different sizes are
// not one picture resized. About 0.2 s a megapixel.
Picture MakeScene(uint32_t seed, uint32_t width, uint32_t height);

// By the name the known answers use: "scene-3", "flat-128" (all channels 128),
// "gradient-x" (value x), "checker-32" (squares of 32 pixels).
//
// REQUIRES: the name is one of these.
Picture MakeNamed(std::string_view name, uint32_t width, uint32_t height);

// Each channel's weighted mean, rounded: a grey picture of 1 byte a pixel.
// REQUIRES: rgb.format() == kRgb8.
Picture ToGrey8(const Picture& rgb);

// The picture turned or mirrored as `orientation` says, pixel by pixel, in any
// format.
Picture Turned(const Picture& picture, Orientation orientation);

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_SUPPORT_SCENES_H_
