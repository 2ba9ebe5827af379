// Every PNG colour type and depth, pixel for pixel.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/decode/decode.h"
#include "tests/decode/expect_pixels.h"
#include "tests/decode/make_files.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::BgrOf;
using ::hashvet::testing::BgrOfGrey;
using ::hashvet::testing::BgrOfRgb;
using ::hashvet::testing::BgrOfRgba;
using ::hashvet::testing::Bytes;
using ::hashvet::testing::BytesOf;
using ::hashvet::testing::ExpectDecodesTo;
using ::hashvet::testing::ExpectFades;
using ::hashvet::testing::MakePng;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::PngFile;
using ::hashvet::testing::Samples;
using ::hashvet::testing::StatusIs;

constexpr uint32_t kWidth = 37;
constexpr uint32_t kHeight = 21;

PngFile Sized(uint8_t depth, uint8_t colour_type, Samples rows) {
  return {.width = kWidth,
          .height = kHeight,
          .depth = depth,
          .colour_type = colour_type,
          .rows = std::move(rows)};
}

Bytes Raw(const Samples& samples) {
  Bytes bytes;
  for (const uint8_t sample : samples) bytes.push_back(std::byte{sample});
  return bytes;
}

// Samples of `depth` bits each, packed row by row, the first in the high bits.
Samples Packed(const Samples& values, uint8_t depth) {
  Samples rows;
  for (uint32_t y = 0; y < kHeight; ++y) {
    uint32_t bits = 0;
    uint32_t held = 0;
    for (uint32_t x = 0; x < kWidth; ++x) {
      bits = bits << depth | values[y * kWidth + x];
      held += depth;
      if (held == 8 || x + 1 == kWidth) {
        rows.push_back(static_cast<uint8_t>(bits << (8 - held)));
        bits = held = 0;
      }
    }
  }
  return rows;
}

TEST(PngTest, Rgb8) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  ExpectDecodesTo(MakePng(Sized(8, 2, rgb)), BgrOfRgb(rgb), false);
}

TEST(PngTest, Rgba8IsShownOverWhite) {
  const Samples rgba = MakeSamples(kWidth, kHeight, 4);
  ExpectDecodesTo(MakePng(Sized(8, 6, rgba)), BgrOfRgba(rgba), true);
}

// Every colour under every alpha: 256 x 256 pixels.
TEST(PngTest, EveryColourUnderEveryAlpha) {
  Samples rgba;
  for (int i = 0; i < 65536; ++i) {
    const auto colour = static_cast<uint8_t>(i);
    const auto alpha = static_cast<uint8_t>(i >> 8);
    rgba.insert(rgba.end(), {colour, colour, colour, alpha});
  }
  ExpectDecodesTo(
      MakePng({.width = 256, .height = 256, .colour_type = 6, .rows = rgba}),
      BgrOfRgba(rgba), true);
}

TEST(PngTest, OpaqueAlphaIsNotFlagged) {
  Samples rgba = MakeSamples(kWidth, kHeight, 4);
  for (size_t i = 3; i < rgba.size(); i += 4) rgba[i] = 255;
  ExpectDecodesTo(MakePng(Sized(8, 6, rgba)), BgrOfRgba(rgba), false);
}

TEST(PngTest, Grey8) {
  const Samples grey = MakeSamples(kWidth, kHeight, 1);
  ExpectDecodesTo(MakePng(Sized(8, 0, grey)), BgrOfGrey(grey), false);
}

TEST(PngTest, GreyOfFewBitsIsSpreadOver8) {
  for (const uint8_t depth : {uint8_t{1}, uint8_t{2}, uint8_t{4}}) {
    const int most = (1 << depth) - 1;
    Samples values = MakeSamples(kWidth, kHeight, 1);
    Samples grey;
    for (uint8_t& value : values) {
      value = static_cast<uint8_t>(value & most);
      grey.push_back(static_cast<uint8_t>(value * 255 / most));
    }
    ExpectDecodesTo(MakePng(Sized(depth, 0, Packed(values, depth))),
                    BgrOfGrey(grey), false);
  }
}

TEST(PngTest, GreyWithAlpha) {
  const Samples grey_alpha = MakeSamples(kWidth, kHeight, 2);
  Samples rgba;
  for (size_t i = 0; i < grey_alpha.size(); i += 2) {
    rgba.insert(rgba.end(), {grey_alpha[i], grey_alpha[i], grey_alpha[i],
                             grey_alpha[i + 1]});
  }
  ExpectDecodesTo(MakePng(Sized(8, 4, grey_alpha)), BgrOfRgba(rgba), true);
}

TEST(PngTest, PaletteOfEveryDepthIsExpanded) {
  for (const uint8_t depth : {uint8_t{1}, uint8_t{2}, uint8_t{4}, uint8_t{8}}) {
    for (const bool with_alpha : {false, true}) {
      const size_t colours = size_t{1} << depth;
      const Samples palette = MakeSamples(static_cast<uint32_t>(colours), 1, 3);
      Samples alphas;  // fewer than there are colours: the others are opaque
      for (size_t i = 0; i + 1 < colours; ++i) {
        alphas.push_back(static_cast<uint8_t>(i * 90));
      }
      Samples indices = MakeSamples(kWidth, kHeight, 1);
      Samples rgba;
      for (uint8_t& index : indices) {
        index = static_cast<uint8_t>(index & (colours - 1));
        rgba.insert(rgba.end(), &palette[index * 3], &palette[index * 3] + 3);
        rgba.push_back(with_alpha && index < alphas.size() ? alphas[index]
                                                           : uint8_t{255});
      }
      PngFile file = Sized(depth, 3, Packed(indices, depth));
      file.chunks = {{"PLTE", Raw(palette)}};
      if (with_alpha) file.chunks.emplace_back("tRNS", Raw(alphas));
      ExpectDecodesTo(MakePng(file), BgrOfRgba(rgba), with_alpha);
    }
  }
}

TEST(PngTest, SixteenBitsAreCutToTheirHighByte) {
  const Samples high = MakeSamples(kWidth, kHeight, 4);
  Samples rows;
  for (size_t i = 0; i < high.size(); ++i) {
    rows.push_back(high[i]);
    rows.push_back(static_cast<uint8_t>(i * 83));
  }
  ExpectDecodesTo(MakePng(Sized(16, 6, rows)), BgrOfRgba(high), true);

  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  rows.clear();
  for (const uint8_t sample : rgb) rows.insert(rows.end(), {sample, 0xff});
  ExpectDecodesTo(MakePng(Sized(16, 2, rows)), BgrOfRgb(rgb), false);

  const Samples grey = MakeSamples(kWidth, kHeight, 1);
  rows.clear();
  for (const uint8_t sample : grey) rows.insert(rows.end(), {sample, 0x7f});
  ExpectDecodesTo(MakePng(Sized(16, 0, rows)), BgrOfGrey(grey), false);
}

TEST(PngTest, TheTransparentColourOfRgbIsHonoured) {
  Samples rgb = MakeSamples(kWidth, kHeight, 3);
  Samples rgba;
  for (size_t i = 0; i < rgb.size(); i += 3) {
    const bool key = i % 9 == 0;
    if (key) rgb[i] = 10, rgb[i + 1] = 20, rgb[i + 2] = 30;
    rgba.insert(rgba.end(), {rgb[i], rgb[i + 1], rgb[i + 2],
                             key ? uint8_t{0} : uint8_t{255}});
  }
  PngFile file = Sized(8, 2, rgb);
  file.chunks = {{"tRNS", Raw({0, 10, 0, 20, 0, 30})}};
  ExpectDecodesTo(MakePng(file), BgrOfRgba(rgba), true);
}

TEST(PngTest, TheTransparentValueOfGreyIsHonouredAtEveryDepth) {
  for (const uint8_t depth : {uint8_t{1}, uint8_t{2}, uint8_t{4}, uint8_t{8}}) {
    const int most = (1 << depth) - 1;
    const auto key = static_cast<uint8_t>(most / 2);
    Samples values = MakeSamples(kWidth, kHeight, 1);
    values[5] = key;
    Samples grey;
    for (uint8_t& value : values) {
      value = static_cast<uint8_t>(value & most);
      grey.push_back(value == key ? uint8_t{255}
                                  : static_cast<uint8_t>(value * 255 / most));
    }
    PngFile file = Sized(depth, 0, Packed(values, depth));
    file.chunks = {{"tRNS", Raw({0, key})}};
    ExpectDecodesTo(MakePng(file), BgrOfGrey(grey), true);
  }
}

// The key of 16-bit grey is the whole value: a pixel that shares only the high
// byte stays.
TEST(PngTest, TheTransparentValueOfSixteenBitGreyIsTheWholeValue) {
  Samples rows;
  Samples grey;
  for (uint32_t i = 0; i < kWidth * kHeight; ++i) {
    const auto low = static_cast<uint8_t>(i % 3);
    rows.insert(rows.end(), {100, low});
    grey.push_back(low == 1 ? uint8_t{255} : uint8_t{100});
  }
  PngFile file = Sized(16, 0, rows);
  file.chunks = {{"tRNS", Raw({100, 1})}};
  ExpectDecodesTo(MakePng(file), BgrOfGrey(grey), true);
}

// Only what makes the picture is passed on: neither gamma nor a colour profile,
// however broken, changes a pixel.
TEST(PngTest, GammaAndProfilesChangeNothing) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  PngFile file = Sized(8, 2, rgb);
  file.chunks = {{"gAMA", Raw({0, 0, 0x10, 0})},
                 {"iCCP", BytesOf("broken")},
                 {"zTXt", BytesOf("also broken")}};
  ExpectDecodesTo(MakePng(file), BgrOfRgb(rgb), false);
}

TEST(PngTest, TurnedByItsExifChunk) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  PngFile file = Sized(8, 2, rgb);
  const Bytes exif = testing::MakeExif(3, true);
  file.chunks = {{"eXIf", Bytes(exif.begin() + 6, exif.end())}};
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(MakePng(file)));
  EXPECT_TRUE(decoded.orientation_applied);
  const Samples bgr = BgrOfRgb(rgb);
  const uint8_t* last =
      decoded.picture.view().row(kHeight - 1) + (kWidth - 1) * size_t{3};
  EXPECT_EQ(Samples(last, last + 3), Samples(bgr.begin(), bgr.begin() + 3));
}

// The rows of Adam7's seven passes, packed as they are in a file.
Samples Interlaced(const Samples& rgb, uint32_t width, uint32_t height) {
  static constexpr uint32_t kPasses[][4] = {
      {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
      {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};  // x, y, step x, step y
  Samples rows;
  for (const auto& [x0, y0, step_x, step_y] : kPasses) {
    for (uint32_t y = y0; y < height && x0 < width; y += step_y) {
      rows.push_back(0);  // no filter
      for (uint32_t x = x0; x < width; x += step_x) {
        const uint8_t* pixel = &rgb[(y * width + x) * size_t{3}];
        rows.insert(rows.end(), pixel, pixel + 3);
      }
    }
  }
  return rows;
}

TEST(PngTest, InterlacedIsPutTogether) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  PngFile file = Sized(8, 2, Interlaced(rgb, kWidth, kHeight));
  file.interlaced = true;
  ExpectDecodesTo(MakePng(file), BgrOfRgb(rgb), false);
}

TEST(PngTest, InterlacedAndTruncatedIsShownCoarsely) {
  constexpr uint32_t kSide = 200;
  const Samples grey(size_t{3} * kSide * kSide, 90);
  PngFile file = {
      .width = kSide, .height = kSide, .rows = Interlaced(grey, kSide, kSide)};
  file.interlaced = true;
  Bytes png = MakePng(file);
  png.resize(png.size() / 3);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(png));
  EXPECT_TRUE(decoded.truncated);
  EXPECT_EQ(BgrOf(decoded.picture), grey);  // each pixel from a coarse one
}

TEST(PngTest, AWrongChecksumOfPixelsIsFlaggedAndThePixelsAreShown) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  Bytes png = MakePng(Sized(8, 2, rgb));
  png[png.size() - 13] ^= std::byte{1};  // the last byte before IEND's chunk
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(png));
  EXPECT_TRUE(decoded.truncated);
  EXPECT_EQ(BgrOf(decoded.picture), BgrOfRgb(rgb));
}

Bytes Number(uint32_t value) {
  return {std::byte(value >> 24), std::byte(value >> 16), std::byte(value >> 8),
          std::byte(value)};
}

Bytes Joined(const std::vector<Bytes>& parts) {
  Bytes all;
  for (const Bytes& part : parts)
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

// acTL: frames, and how often they are played.
Bytes AnimationControl(uint32_t frames) {
  return Joined({Number(frames), Number(0)});
}

Bytes FrameControl(uint32_t width, uint32_t height, uint32_t left,
                   uint32_t top) {
  return Joined({Number(0), Number(width), Number(height), Number(left),
                 Number(top), Bytes(6)});
}

TEST(PngTest, OfAnAnimationTheFirstFrameIsThePicture) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  PngFile file = Sized(8, 2, rgb);
  file.chunks = {{"acTL", AnimationControl(2)},
                 {"fcTL", FrameControl(kWidth, kHeight, 0, 0)}};
  ExpectDecodesTo(MakePng(file), BgrOfRgb(rgb), false);
}

// Old viewers show the picture in IDAT, which browsers do not when no fcTL
// stands before it: they show the first frame, here a part of the canvas.
TEST(PngTest, APictureThatBrowsersDoNotShowIsNotTheOneThatIsDecoded) {
  constexpr uint32_t kLeft = 5;
  constexpr uint32_t kTop = 3;
  constexpr uint32_t kFrameWidth = 20;
  constexpr uint32_t kFrameHeight = 10;
  const Samples frame = MakeSamples(kFrameWidth, kFrameHeight, 3);
  const Bytes still =
      MakePng({.width = kFrameWidth, .height = kFrameHeight, .rows = frame});
  constexpr size_t kDataAt = 8 + 25 + 8;  // past IHDR and IDAT's head
  const Bytes data(still.begin() + kDataAt, still.end() - 12 - 4);
  PngFile file = Sized(8, 2, Samples(size_t{3} * kWidth * kHeight, 77));
  file.chunks = {{"acTL", AnimationControl(1)}};
  file.chunks_after = {
      {"fcTL", FrameControl(kFrameWidth, kFrameHeight, kLeft, kTop)},
      {"fdAT", Joined({Number(1), data})}};
  Samples shown(size_t{3} * kWidth * kHeight, 255);
  const Samples bgr = BgrOfRgb(frame);
  for (uint32_t y = 0; y < kFrameHeight; ++y) {
    std::copy_n(bgr.begin() + y * kFrameWidth * 3, kFrameWidth * 3,
                shown.begin() + ((y + kTop) * kWidth + kLeft) * 3);
  }
  ExpectDecodesTo(MakePng(file), shown, true);

  // A frame beyond the canvas is none: what libpng reads is shown.
  file.chunks_after[0].second = FrameControl(kWidth, kHeight, 1, 0);
  ExpectDecodesTo(MakePng(file), Samples(size_t{3} * kWidth * kHeight, 77),
                  false);
}

// Cut anywhere: the rows that are there, the last one fading below, flagged.
TEST(PngTest, TruncatedIsShownAsFarAsItGoes) {
  constexpr uint32_t kSide = 400;  // several blocks of the stream
  const Samples rgb = MakeSamples(kSide, kSide, 3);
  const Samples bgr = BgrOfRgb(rgb);
  Samples rgba;
  for (size_t i = 0; i < rgb.size(); i += 3) {
    rgba.insert(rgba.end(), {rgb[i], rgb[i + 1], rgb[i + 2], 255});
  }
  for (const bool alpha : {false, true}) {
    Bytes png = MakePng({.width = kSide,
                         .height = kSide,
                         .colour_type = static_cast<uint8_t>(alpha ? 6 : 2),
                         .rows = alpha ? rgba : rgb});
    png.resize(png.size() / 2);
    ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(png));
    EXPECT_TRUE(decoded.truncated);
    const Samples shown = BgrOf(decoded.picture);
    ExpectFades(shown, bgr, size_t{kSide} * 3, kSide / 3);
  }
}

TEST(PngTest, OnlyItsEndMissingKeepsEveryPixel) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  Bytes png = MakePng(Sized(8, 2, rgb));
  png.resize(png.size() - 12);  // IEND
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(png));
  EXPECT_TRUE(decoded.truncated);
  EXPECT_EQ(BgrOf(decoded.picture), BgrOfRgb(rgb));
}

TEST(PngTest, NothingButAHeaderIsUndecodable) {
  Bytes png = MakePng(Sized(8, 2, MakeSamples(kWidth, kHeight, 3)));
  png.resize(60);
  EXPECT_THAT(Decode(png), StatusIs(absl::StatusCode::kInvalidArgument,
                                    ::testing::HasSubstr("PNG")));
}

TEST(PngTest, WhiteAllOverIsAPictureAndNotTakenForDamage) {
  const Samples white(size_t{3} * kWidth * kHeight, 255);
  ExpectDecodesTo(MakePng(Sized(8, 2, white)), white, false);
}

TEST(PngTest, AHeaderWithAWrongChecksumIsUndecodable) {
  Bytes png = MakePng(Sized(8, 2, MakeSamples(kWidth, kHeight, 3)));
  png[23] = std::byte{200};  // the height
  EXPECT_THAT(Decode(png), StatusIs(absl::StatusCode::kInvalidArgument,
                                    ::testing::HasSubstr("no pixel")));
}

TEST(PngTest, DamagedFilesPrintNothing) {
  Bytes png = MakePng(Sized(8, 2, MakeSamples(kWidth, kHeight, 3)));
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  for (size_t size = 40; size < png.size(); size += 50) {
    Decode(Bytes(png.begin(), png.begin() + static_cast<ptrdiff_t>(size)))
        .IgnoreError();
  }
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace hashvet
