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
using ::hashvet::testing::BgrOfGrey;
using ::hashvet::testing::BgrOfRgb;
using ::hashvet::testing::BgrOfRgba;
using ::hashvet::testing::Bytes;
using ::hashvet::testing::ExpectDecodesTo;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::MakeTiff;
using ::hashvet::testing::Samples;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::TiffFile;
using ::testing::HasSubstr;

constexpr uint32_t kWidth = 37;
constexpr uint32_t kHeight = 21;

TiffFile Sized(uint16_t bits, uint16_t samples, uint16_t photometric,
               Samples rows) {
  return {.width = kWidth,
          .height = kHeight,
          .bits = bits,
          .samples = samples,
          .photometric = photometric,
          .rows = std::move(rows)};
}

Samples Wide(const Samples& high, uint8_t low) {
  Samples wide;
  for (const uint8_t sample : high) wide.insert(wide.end(), {low, sample});
  return wide;
}

TEST(TiffTest, Rgb) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  ExpectDecodesTo(MakeTiff(Sized(8, 3, 2, rgb)), BgrOfRgb(rgb), false);
  ExpectDecodesTo(MakeTiff(Sized(16, 3, 2, Wide(rgb, 0xfe))), BgrOfRgb(rgb),
                  false);
}

TEST(TiffTest, GreyFromBlackOrFromWhite) {
  const Samples grey = MakeSamples(kWidth, kHeight, 1);
  Samples inverse;
  for (const uint8_t value : grey) {
    inverse.push_back(static_cast<uint8_t>(255 - value));
  }
  ExpectDecodesTo(MakeTiff(Sized(8, 1, 1, grey)), BgrOfGrey(grey), false);
  ExpectDecodesTo(MakeTiff(Sized(8, 1, 0, grey)), BgrOfGrey(inverse), false);
  ExpectDecodesTo(MakeTiff(Sized(16, 1, 1, Wide(grey, 3))), BgrOfGrey(grey),
                  false);
  ExpectDecodesTo(MakeTiff(Sized(16, 1, 0, Wide(grey, 3))), BgrOfGrey(inverse),
                  false);
}

TEST(TiffTest, Bilevel) {
  Samples rows(size_t{5} * kHeight, 0xa5);
  Samples grey;
  for (uint32_t i = 0; i < kWidth * kHeight; ++i) {
    grey.push_back(0xa5 >> (7 - i % kWidth % 8) & 1 ? 255 : 0);
  }
  ExpectDecodesTo(MakeTiff(Sized(1, 1, 1, rows)), BgrOfGrey(grey), false);
}

TEST(TiffTest, Palette) {
  Samples palette;
  for (int channel = 0; channel < 3; ++channel) {
    for (int i = 0; i < 256; ++i) {
      const auto value = static_cast<uint8_t>(i * (channel + 1) + channel);
      palette.insert(palette.end(), {value, value});
    }
  }
  const Samples indices = MakeSamples(kWidth, kHeight, 1);
  Samples rgb;
  for (const uint8_t index : indices) {
    for (int channel = 0; channel < 3; ++channel) {
      rgb.push_back(static_cast<uint8_t>(index * (channel + 1) + channel));
    }
  }
  TiffFile file = Sized(8, 1, 3, indices);
  file.palette = palette;
  ExpectDecodesTo(MakeTiff(file), BgrOfRgb(rgb), false);
}

TEST(TiffTest, StraightAlphaIsFlattenedExactly) {
  const Samples rgba = MakeSamples(kWidth, kHeight, 4);
  TiffFile file = Sized(8, 4, 2, rgba);
  file.extra_sample = 2;
  ExpectDecodesTo(MakeTiff(file), BgrOfRgba(rgba), true);
  file.extra_sample = -1;  // as OpenCV writes them
  ExpectDecodesTo(MakeTiff(file), BgrOfRgba(rgba), true);
  file.bits = 16;
  file.rows = Wide(rgba, 1);
  file.extra_sample = 2;
  ExpectDecodesTo(MakeTiff(file), BgrOfRgba(rgba), true);
}

TEST(TiffTest, PremultipliedAlphaOnlyAddsTheWhite) {
  Samples rgba = MakeSamples(kWidth, kHeight, 4);
  Samples rgb;
  for (size_t i = 0; i < rgba.size(); i += 4) {
    for (size_t channel = 0; channel < 3; ++channel) {
      rgba[i + channel] = std::min(rgba[i + channel], rgba[i + 3]);
      rgb.push_back(
          static_cast<uint8_t>(rgba[i + channel] + 255 - rgba[i + 3]));
    }
  }
  TiffFile file = Sized(8, 4, 2, rgba);
  file.extra_sample = 1;
  ExpectDecodesTo(MakeTiff(file), BgrOfRgb(rgb), true);
  file.bits = 16;
  file.rows = Wide(rgba, 200);
  ExpectDecodesTo(MakeTiff(file), BgrOfRgb(rgb), true);
}

TEST(TiffTest, AFourthSampleThatIsNotAlphaIsIgnored) {
  const Samples rgba = MakeSamples(kWidth, kHeight, 4);
  Samples opaque = rgba;
  for (size_t i = 3; i < opaque.size(); i += 4) opaque[i] = 255;
  TiffFile file = Sized(8, 4, 2, rgba);
  file.extra_sample = 0;
  ExpectDecodesTo(MakeTiff(file), BgrOfRgba(opaque), false);
}

TEST(TiffTest, InksAreNotTakenForAlpha) {
  const Samples inks(size_t{4} * kWidth * kHeight, 0);  // no ink at all: white
  ExpectDecodesTo(MakeTiff(Sized(8, 4, 5, inks)),
                  Samples(size_t{3} * kWidth * kHeight, 255), false);
}

// OpenCV turns TIFFs by itself; ours are turned once, and not at all when asked
// not to.
TEST(TiffTest, OrientationIsAppliedOnceForAllEight) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  for (const uint16_t bits : {uint16_t{8}, uint16_t{16}}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      TiffFile file = Sized(bits, 3, 2, bits == 8 ? rgb : Wide(rgb, 9));
      file.orientation = orientation;
      const Bytes tiff = MakeTiff(file);
      ASSERT_OK_AND_ASSIGN(const DecodedPicture stored,
                           Decode(tiff, {.apply_orientation = false}));
      EXPECT_FALSE(stored.orientation_applied);
      EXPECT_EQ(BgrOf(stored.picture), BgrOfRgb(rgb));
      ASSERT_OK_AND_ASSIGN(DecodedPicture shown, Decode(tiff));
      Picture picture = *Picture::Create(kWidth, kHeight, PixelFormat::kBgr8);
      const Samples bgr = BgrOfRgb(rgb);
      std::copy(bgr.begin(), bgr.end(), picture.row(0));
      ASSERT_OK_AND_ASSIGN(const Picture expected,
                           Oriented(std::move(picture),
                                    static_cast<ExifOrientation>(orientation)));
      EXPECT_EQ(shown.picture.width(), expected.width());
      EXPECT_EQ(BgrOf(shown.picture), BgrOf(expected)) << orientation;
      EXPECT_EQ(shown.orientation_applied, orientation != 1);
    }
  }
}

// It is never looked into, however large it is or says it is.
TEST(TiffTest, AColourProfileChangesNothing) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  TiffFile file = Sized(8, 3, 2, rgb);
  file.profile = Samples(size_t{2} << 20, 0xa7);
  ExpectDecodesTo(MakeTiff(file), BgrOfRgb(rgb), false);
  file.profile_says = 0x7fffffff;
  ExpectDecodesTo(MakeTiff(file), BgrOfRgb(rgb), false);
}

TEST(TiffTest, RefusesSamplesItDoesNotReadAndPrintsNothing) {
  const Samples rows(size_t{8} * kWidth * kHeight, 1);
  const auto refuses = [](TiffFile file, const char* why) {
    EXPECT_THAT(Decode(MakeTiff(file)),
                StatusIs(absl::StatusCode::kUnimplemented, HasSubstr(why)));
  };
  ::testing::internal::CaptureStderr();
  TiffFile file = Sized(32, 1, 1, rows);
  refuses(file, "32 bits");
  file.sample_format = 3;
  refuses(file, "sample format 3");
  refuses(Sized(4, 1, 1, rows), "4 bits");
  refuses(Sized(8, 2, 1, rows), "2 samples");
  refuses(Sized(16, 4, 5, rows), "colour model 5");
  Bytes cut = MakeTiff(Sized(8, 3, 2, MakeSamples(kWidth, kHeight, 3)));
  cut.resize(cut.size() / 2);
  EXPECT_THAT(Decode(cut), StatusIs(absl::StatusCode::kInvalidArgument,
                                    HasSubstr("TIFF: damaged")));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace hashvet
