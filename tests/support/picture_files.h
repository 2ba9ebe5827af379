// Small picture files for tests that need bytes rather than pixels: smooth
// coloured noise, a different scene for each seed.

#ifndef HASHVET_TESTS_SUPPORT_PICTURE_FILES_H_
#define HASHVET_TESTS_SUPPORT_PICTURE_FILES_H_

#include <cstdint>
#include <string>

namespace hashvet::testing {

// A baseline JPEG. PDQ gives it a quality of 100 from about 64 x 64 on.
//
//   restart_rows  a marker after each row of blocks, which are of 16 pixels
std::string MakeJpeg(uint32_t seed, uint32_t width, uint32_t height,
                     int jpeg_quality = 90, bool restart_rows = false);

// A JPEG of one grey level: PDQ quality 0.
std::string MakeFlatJpeg(uint32_t width, uint32_t height);

// An uncompressed BMP of 24 bits a pixel.
std::string MakeBmp(uint32_t seed, uint32_t width, uint32_t height);

// A JPEG whose header claims these sides; the rest is of a small picture.
std::string MakeJpegClaiming(uint16_t width, uint16_t height);

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_SUPPORT_PICTURE_FILES_H_
