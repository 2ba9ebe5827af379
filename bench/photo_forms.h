// A photograph in the forms that files can give it.

#ifndef HASHVET_BENCH_PHOTO_FORMS_H_
#define HASHVET_BENCH_PHOTO_FORMS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "hashvet/pixels/exif_orientation.h"
#include "tests/decode/make_files.h"

namespace hashvet::bench {

// Pixels of red, green, blue.
struct Rgb {
  uint32_t width = 0;
  uint32_t height = 0;
  testing::Samples samples;

  size_t pixels() const { return samples.size() / 3; }
};

// Ends the program where something cannot be had.
[[noreturn]] void Die(const std::string& why);

// At most 640 pixels a side.
Rgb ReadPhotograph(const std::string& file);

// Luma, rounded.
testing::Samples GreyOf(const Rgb& rgb);

// The picture that has to be turned as `orientation` says to be `shown`.
Rgb StoredFor(const Rgb& shown, ExifOrientation orientation);

// Without loss: turning is what is measured.
testing::Bytes EncodeWebp(const Rgb& rgb);
testing::Bytes MakeWebp(const Rgb& rgb, uint16_t orientation);

// Of one palette: 4 x 8 x 4 colours, errors spread to the neighbours (Floyd and
// Steinberg's way), as programs that save pictures for the web do.
struct Paletted {
  testing::Samples palette;
  testing::Samples indices;
};
Paletted ToPalette(const Rgb& rgb);

}  // namespace hashvet::bench

#endif  // HASHVET_BENCH_PHOTO_FORMS_H_
