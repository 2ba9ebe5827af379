#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/decode/decode.h"
#include "tests/decode/expect_pixels.h"
#include "tests/decode/make_files.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::BgrOf;
using ::hashvet::testing::BgrOfRgb;
using ::hashvet::testing::BgrOfRgba;
using ::hashvet::testing::BmpFile;
using ::hashvet::testing::Bytes;
using ::hashvet::testing::ExpectDecodesTo;
using ::hashvet::testing::MakeBmp;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::Samples;
using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

constexpr int kWidth = 37;
constexpr int kHeight = 21;

// `samples` samples a pixel, red first, to rows as a BMP has them: blue first,
// padded to four bytes, the lowest row first.
Samples RowsOf(const Samples& pixels, size_t samples) {
  Samples rows;
  for (int y = kHeight - 1; y >= 0; --y) {
    const size_t begin = static_cast<size_t>(y) * kWidth * samples;
    for (size_t i = begin; i < begin + kWidth * samples; i += samples) {
      rows.insert(rows.end(), {pixels[i + 2], pixels[i + 1], pixels[i]});
      if (samples == 4) rows.push_back(pixels[i + 3]);
    }
    while (rows.size() % 4 != 0) rows.push_back(0);
  }
  return rows;
}

TEST(BmpTest, TwentyFourBits) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  ExpectDecodesTo(
      MakeBmp({.width = kWidth, .height = kHeight, .rows = RowsOf(rgb, 3)}),
      BgrOfRgb(rgb), false);
}

TEST(BmpTest, TopDown) {
  Samples rgb(size_t{3} * kWidth * kHeight, 7);
  for (size_t i = 0; i < size_t{3} * kWidth; ++i) rgb[i] = 200;  // the top row
  Samples rows = RowsOf(rgb, 3);
  std::reverse(rows.begin(), rows.end());
  // Padding now leads each row: move it behind again.
  for (size_t y = 0; y < kHeight; ++y) {
    auto row = rows.begin() + static_cast<ptrdiff_t>(y * 112);
    std::rotate(row, row + 1, row + 112);
  }
  ExpectDecodesTo(MakeBmp({.width = kWidth, .height = -kHeight, .rows = rows}),
                  BgrOfRgb(rgb), false);
}

TEST(BmpTest, PaletteIsExpanded) {
  const Samples palette = MakeSamples(256, 1, 4);  // blue, green, red, unused
  const Samples indices = MakeSamples(kWidth, kHeight, 1);
  Samples rgb;
  for (const uint8_t index : indices) {
    const uint8_t* colour = &palette[size_t{index} * 4];
    rgb.insert(rgb.end(), {colour[2], colour[1], colour[0]});
  }
  Samples rows;
  for (int y = kHeight - 1; y >= 0; --y) {
    const auto row = indices.begin() + y * kWidth;
    rows.insert(rows.end(), row, row + kWidth);
    while (rows.size() % 4 != 0) rows.push_back(0);
  }
  ExpectDecodesTo(MakeBmp({.width = kWidth,
                           .height = kHeight,
                           .bits = 8,
                           .palette = palette,
                           .rows = rows}),
                  BgrOfRgb(rgb), false);
}

// The fourth byte is alpha only where the file says so.
TEST(BmpTest, TheFourthByteIsAlphaOnlyUnderAnAlphaMask) {
  const Samples rgba = MakeSamples(kWidth, kHeight, 4);
  Samples opaque = rgba;
  for (size_t i = 3; i < opaque.size(); i += 4) opaque[i] = 255;
  BmpFile file = {
      .width = kWidth, .height = kHeight, .bits = 32, .rows = RowsOf(rgba, 4)};
  ExpectDecodesTo(MakeBmp(file), BgrOfRgba(opaque), false);
  file.header_bytes = 108;
  file.compression = 3;
  ExpectDecodesTo(MakeBmp(file), BgrOfRgba(opaque), false);
  file.alpha_mask = 0xff000000;
  ExpectDecodesTo(MakeBmp(file), BgrOfRgba(rgba), true);
}

TEST(BmpTest, AlphaThatIsZeroEverywhereIsNotMeant) {
  Samples rgba = MakeSamples(kWidth, kHeight, 4);
  for (size_t i = 3; i < rgba.size(); i += 4) rgba[i] = 0;
  const BmpFile file = {.width = kWidth,
                        .height = kHeight,
                        .bits = 32,
                        .header_bytes = 108,
                        .compression = 3,
                        .alpha_mask = 0xff000000,
                        .rows = RowsOf(rgba, 4)};
  for (size_t i = 3; i < rgba.size(); i += 4) rgba[i] = 255;
  ExpectDecodesTo(MakeBmp(file), BgrOfRgba(rgba), false);
}

TEST(BmpTest, TruncatedIsWhiteWhereRowsAreMissing) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  Bytes bmp =
      MakeBmp({.width = kWidth, .height = kHeight, .rows = RowsOf(rgb, 3)});
  bmp.resize(bmp.size() - 5 * 112);  // the five highest rows stand last
  ::testing::internal::CaptureStderr();
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(bmp));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_TRUE(decoded.truncated);
  Samples expected = BgrOfRgb(rgb);
  std::fill_n(expected.begin(), 5 * kWidth * 3, uint8_t{255});
  EXPECT_EQ(BgrOf(decoded.picture), expected);
}

TEST(BmpTest, RefusesCodingsItDoesNotRead) {
  BmpFile file = {.width = kWidth, .height = kHeight, .compression = 5};
  EXPECT_THAT(Decode(MakeBmp(file)), StatusIs(absl::StatusCode::kUnimplemented,
                                              HasSubstr("compression 5")));
  file.compression = 0;
  file.bits = 7;
  EXPECT_THAT(Decode(MakeBmp(file)),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("7 bits")));
}

}  // namespace
}  // namespace hashvet
