// Comparing decoded pictures with the samples they were made of.

#ifndef HASHVET_TESTS_DECODE_EXPECT_PIXELS_H_
#define HASHVET_TESTS_DECODE_EXPECT_PIXELS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "gtest/gtest.h"
#include "hashvet/decode/decode.h"
#include "hashvet/pixels/picture.h"
#include "tests/decode/make_files.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {

// Blue, green, red; rows without gaps.
inline Samples BgrOf(const Picture& picture) {
  const uint8_t* begin = picture.view().row(0);
  return {begin, begin + picture.stride_bytes() * picture.height()};
}

inline Samples BgrOfRgb(const Samples& rgb) {
  Samples bgr = rgb;
  for (size_t i = 0; i + 2 < bgr.size(); i += 3) std::swap(bgr[i], bgr[i + 2]);
  return bgr;
}

inline Samples BgrOfGrey(const Samples& grey) {
  Samples bgr;
  for (const uint8_t value : grey) bgr.insert(bgr.end(), {value, value, value});
  return bgr;
}

// c * a + 255 * (255 - a), divided by 255 and rounded to the nearest.
inline uint8_t OverWhite(int colour, int alpha) {
  return static_cast<uint8_t>(
      (2 * (colour * alpha + 255 * (255 - alpha)) + 255) / 510);
}

inline Samples BgrOfRgba(const Samples& rgba) {
  Samples bgr;
  for (size_t i = 0; i + 3 < rgba.size(); i += 4) {
    for (const size_t channel : {2, 1, 0}) {
      bgr.push_back(OverWhite(rgba[i + channel], rgba[i + 3]));
    }
  }
  return bgr;
}

// Decodes `file` whole and compares it pixel for pixel.
inline void ExpectDecodesTo(const Bytes& file, const Samples& bgr,
                            bool alpha_flattened) {
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(file));
  ASSERT_EQ(decoded.picture.format(), PixelFormat::kBgr8);
  EXPECT_EQ(decoded.picture.width(), decoded.header.width);
  EXPECT_EQ(decoded.picture.height(), decoded.header.height);
  EXPECT_EQ(BgrOf(decoded.picture), bgr);
  EXPECT_EQ(decoded.alpha_flattened, alpha_flattened);
  EXPECT_FALSE(decoded.truncated);
  EXPECT_FALSE(decoded.orientation_applied);
}

// Of a picture whose end is missing: the rows that are as in `whole`, at least
// min_rows, then the last of them fading into grey, by 16 parts in the height
// with each row.
inline void ExpectFades(const Samples& shown, const Samples& whole,
                        size_t row_bytes, size_t min_rows) {
  ASSERT_EQ(shown.size(), whole.size());
  const size_t height = shown.size() / row_bytes;
  const auto row = [&](const Samples& of, size_t y) {
    return Samples(&of[y * row_bytes], &of[y * row_bytes] + row_bytes);
  };
  size_t rows = 0;
  while (rows < height && row(shown, rows) == row(whole, rows)) ++rows;
  ASSERT_GE(rows, min_rows);
  ASSERT_LT(rows, height);
  ASSERT_GT(rows, 0u);
  double left = 1;
  for (size_t y = rows; y < height; ++y) {
    left *= std::max(0.0, 1 - 16.0 / static_cast<double>(height));
    for (size_t i = 0; i < row_bytes; ++i) {
      const double wanted =
          128 + (whole[(rows - 1) * row_bytes + i] - 128.0) * left;
      ASSERT_NEAR(shown[y * row_bytes + i], wanted, 2) << y << " " << i;
    }
  }
}

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_DECODE_EXPECT_PIXELS_H_
