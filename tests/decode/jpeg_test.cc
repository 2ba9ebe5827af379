// JPEG: what each coding decodes to, damage, and the bounds on work and memory.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
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
using ::hashvet::testing::Bytes;
using ::hashvet::testing::BytesOf;
using ::hashvet::testing::JpegCoding;
using ::hashvet::testing::JpegFile;
using ::hashvet::testing::MakeExif;
using ::hashvet::testing::MakeJpeg;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::Samples;
using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

constexpr uint32_t kWidth = 83;
constexpr uint32_t kHeight = 61;

// A picture without edges: a good coder changes its samples by little.
Samples Smooth(uint32_t channels) {
  Samples samples;
  for (uint32_t y = 0; y < kHeight; ++y) {
    for (uint32_t x = 0; x < kWidth; ++x) {
      for (uint32_t channel = 0; channel < channels; ++channel) {
        samples.push_back(static_cast<uint8_t>(30 + x + (channel + 1) * y / 2));
      }
    }
  }
  return samples;
}

JpegFile Coded(JpegCoding coding, uint32_t channels) {
  return {.width = kWidth,
          .height = kHeight,
          .coding = coding,
          .pixels = Smooth(channels),
          .quality = 100,
          .subsampled = false};
}

void ExpectNear(const Samples& got, const Samples& want, int most) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_LE(std::abs(int{got[i]} - int{want[i]}), most) << "sample " << i;
  }
}

TEST(JpegTest, GreyStaysGrey) {
  const JpegFile file = Coded(JpegCoding::kGrey, 1);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(MakeJpeg(file)));
  EXPECT_EQ(decoded.picture.format(), PixelFormat::kGrey8);
  ExpectNear(BgrOf(decoded.picture), file.pixels, 2);
  EXPECT_FALSE(decoded.truncated);
}

TEST(JpegTest, LumaAndChromaGiveTheirLuma) {
  for (const bool progressive : {false, true}) {
    JpegFile file = Coded(JpegCoding::kYcc, 3);
    file.progressive = progressive;
    ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(MakeJpeg(file)));
    EXPECT_EQ(decoded.picture.format(), PixelFormat::kGrey8);
    Samples luma;
    for (size_t i = 0; i < file.pixels.size(); i += 3) {
      luma.push_back(static_cast<uint8_t>((299 * file.pixels[i] +
                                           587 * file.pixels[i + 1] +
                                           114 * file.pixels[i + 2] + 500) /
                                          1000));
    }
    ExpectNear(BgrOf(decoded.picture), luma, 2);
  }
}

TEST(JpegTest, RgbCodedIsGivenInColour) {
  const JpegFile file = Coded(JpegCoding::kRgb, 3);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(MakeJpeg(file)));
  EXPECT_EQ(decoded.picture.format(), PixelFormat::kBgr8);
  ExpectNear(BgrOf(decoded.picture), testing::BgrOfRgb(file.pixels), 2);
}

// Inks stand inverted, 255 for none; what is shown is colour times black.
TEST(JpegTest, InksAreMixed) {
  for (const JpegCoding coding : {JpegCoding::kCmyk, JpegCoding::kYcck}) {
    const JpegFile file = Coded(coding, 4);
    ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(MakeJpeg(file)));
    ASSERT_EQ(decoded.picture.format(), PixelFormat::kBgr8);
    Samples bgr;
    for (size_t i = 0; i < file.pixels.size(); i += 4) {
      for (const size_t ink : {2, 1, 0}) {
        bgr.push_back(static_cast<uint8_t>(file.pixels[i + ink] *
                                           file.pixels[i + 3] / 255));
      }
    }
    ExpectNear(BgrOf(decoded.picture), bgr, 4);
  }
}

TEST(JpegTest, TurnedByItsExifDataUnlessAskedNotTo) {
  JpegFile file = Coded(JpegCoding::kGrey, 1);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture plain, Decode(MakeJpeg(file)));
  for (uint16_t value = 1; value <= 8; ++value) {
    file.app1 = MakeExif(value, value % 2 == 0);
    const Bytes jpeg = MakeJpeg(file);
    ASSERT_OK_AND_ASSIGN(DecodedPicture stored,
                         Decode(jpeg, {.apply_orientation = false}));
    EXPECT_EQ(BgrOf(stored.picture), BgrOf(plain.picture));
    EXPECT_FALSE(stored.orientation_applied);
    ASSERT_OK_AND_ASSIGN(const DecodedPicture shown, Decode(jpeg));
    ASSERT_OK_AND_ASSIGN(const Picture expected,
                         Oriented(std::move(stored.picture),
                                  static_cast<ExifOrientation>(value)));
    EXPECT_EQ(shown.picture.width(), expected.width());
    EXPECT_EQ(BgrOf(shown.picture), BgrOf(expected));
    EXPECT_EQ(shown.orientation_applied, value != 1);
    EXPECT_EQ(shown.header.width, kWidth);
  }
}

// --- damage ---

Bytes Large(uint32_t width, uint32_t height, JpegCoding coding,
            uint16_t orientation = 0) {
  const uint32_t channels = coding == JpegCoding::kGrey ? 1 : 3;
  return MakeJpeg(
      {.width = width,
       .height = height,
       .coding = coding,
       .pixels = MakeSamples(width, height, channels),
       .quality = 75,
       .app1 = orientation ? MakeExif(orientation, true) : Bytes()});
}

// A block's mean, and no pixel of it, is what hashing at a coarse grid needs.
TEST(JpegTest, ALargeOneIsDecodedToMeansWhereTheseSuffice) {
  const Bytes file = Large(2048, 2052, JpegCoding::kYcc, 6);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture whole, Decode(file));
  EXPECT_EQ(whole.block, 1u);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture means,
                       Decode(file, {.means_suffice = true}));
  ASSERT_EQ(means.block, 4u);
  EXPECT_TRUE(means.orientation_applied);
  ASSERT_EQ(means.picture.width(), 513u);
  ASSERT_EQ(means.picture.height(), 512u);
  uint32_t furthest = 0;
  uint64_t apart = 0;
  for (uint32_t y = 0; y < 512; ++y) {
    for (uint32_t x = 0; x < 513; ++x) {
      uint32_t sum = 0;
      for (uint32_t k = 0; k < 16; ++k) {
        sum += whole.picture.view().row(4 * y + k / 4)[4 * x + k % 4];
      }
      const int difference =
          static_cast<int>((sum + 8) / 16) - means.picture.view().row(y)[x];
      furthest =
          std::max(furthest, static_cast<uint32_t>(std::abs(difference)));
      apart += static_cast<uint32_t>(std::abs(difference));
    }
  }
  // A block shifted by a pixel would be tens of levels off at an edge.
  EXPECT_LE(furthest, 40u);
  EXPECT_LE(apart, 512 * 513 / 2);  // half a level on average
}

TEST(JpegTest, WhatIsNoPictureForMeansIsDecodedWhole) {
  for (const Bytes& file :
       {Large(2044, 4096, JpegCoding::kGrey),  // the shorter side
        Large(2050, 2048, JpegCoding::kGrey),  // a block over the edge
        Large(2048, 2048, JpegCoding::kRgb)}) {
    ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded,
                         Decode(file, {.means_suffice = true}));
    EXPECT_EQ(decoded.block, 1u);
    EXPECT_EQ(decoded.picture.width(), decoded.header.width);
  }
}

TEST(JpegTest, TruncatedIsDecodedAsFarAsItGoesAndFlagged) {
  for (const bool progressive : {false, true}) {
    JpegFile file = {.width = 640,
                     .height = 480,
                     .pixels = MakeSamples(640, 480, 3),
                     .progressive = progressive};
    const Bytes whole = MakeJpeg(file);
    ASSERT_OK_AND_ASSIGN(const DecodedPicture all, Decode(whole));
    EXPECT_FALSE(all.truncated);
    ::testing::internal::CaptureStderr();
    ASSERT_OK_AND_ASSIGN(const DecodedPicture half,
                         Decode(std::span(whole).first(whole.size() * 2 / 3)));
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    EXPECT_TRUE(half.truncated);
    EXPECT_EQ(half.picture.height(), 480u);
    if (!progressive) {  // the top rows are whole
      testing::ExpectFades(BgrOf(half.picture), BgrOf(all.picture), 640,
                           480 / 4);
    }
  }
}

TEST(JpegTest, OnlyTheEndMarkerMissingIsFlaggedToo) {
  Bytes jpeg = MakeJpeg(Coded(JpegCoding::kYcc, 3));
  ASSERT_OK_AND_ASSIGN(const DecodedPicture whole, Decode(jpeg));
  jpeg.resize(jpeg.size() - 2);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(jpeg));
  EXPECT_TRUE(decoded.truncated);
  EXPECT_EQ(BgrOf(decoded.picture), BgrOf(whole.picture));
}

TEST(JpegTest, WithoutAScanItIsUndecodable) {
  Bytes jpeg = MakeJpeg(Coded(JpegCoding::kYcc, 3));
  const Bytes start_of_scan = BytesOf("\xff\xda");
  const auto at = std::search(jpeg.begin(), jpeg.end(), start_of_scan.begin(),
                              start_of_scan.end());
  jpeg.erase(at, jpeg.end());
  EXPECT_THAT(Decode(jpeg), StatusIs(absl::StatusCode::kInvalidArgument,
                                     HasSubstr("JPEG: damaged")));
}

TEST(JpegTest, TextCalledJpegIsUnsupported) {
  EXPECT_THAT(Decode(BytesOf("this is not a picture")),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("format")));
  EXPECT_THAT(Decode(BytesOf("\xff\xd8\xff and then text")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("JPEG")));
}

// --- bounds ---

// A progressive file whose last scan is repeated until there are `scans`.
Bytes WithScans(size_t scans) {
  JpegFile file = Coded(JpegCoding::kGrey, 1);
  file.progressive = true;
  Bytes jpeg = MakeJpeg(file);
  const Bytes start_of_scan = BytesOf("\xff\xda");
  size_t count = 0;
  auto last = jpeg.begin();
  for (auto at = jpeg.begin();; ++at) {
    at =
        std::search(at, jpeg.end(), start_of_scan.begin(), start_of_scan.end());
    if (at == jpeg.end()) break;
    last = at;
    ++count;
  }
  const Bytes scan(last, jpeg.end() - 2);
  jpeg.resize(jpeg.size() - 2);
  for (; count < scans; ++count) {
    jpeg.insert(jpeg.end(), scan.begin(), scan.end());
  }
  jpeg.insert(jpeg.end(), {std::byte{0xff}, std::byte{0xd9}});
  return jpeg;
}

TEST(JpegTest, TwoHundredScansAreReadAndNoMore) {
  const Bytes most = WithScans(200);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture whole, Decode(most));
  EXPECT_FALSE(whole.scan_capped);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture capped, Decode(WithScans(600)));
  EXPECT_TRUE(capped.scan_capped);
  EXPECT_EQ(BgrOf(capped.picture), BgrOf(whole.picture));
}

// A small file that claims 9,900 x 9,900 pixels, within the limit on pixels,
// and would be held as 588 MB of coefficients.
TEST(JpegTest, CoefficientsAreBounded) {
  JpegFile file = Coded(JpegCoding::kYcc, 3);
  file.progressive = true;
  Bytes jpeg = MakeJpeg(file);
  const Bytes start_of_frame =
      BytesOf(std::string_view("\xff\xc2\0\x11\x08", 5));
  const auto at = std::search(jpeg.begin(), jpeg.end(), start_of_frame.begin(),
                              start_of_frame.end());
  ASSERT_NE(at, jpeg.end());
  for (const int i : {5, 7}) {
    at[i] = std::byte{9900 >> 8};
    at[i + 1] = std::byte{9900 & 255};
  }
  EXPECT_THAT(Decode(jpeg, {.limits = {.max_pixels_per_byte = 1'000'000}}),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("coefficients")));
}

TEST(JpegTest, ScansOverManyBlocksAreFewer) {
  // 4:4:4 of 3 x 90,000 blocks: the limit of 16 million is met at 62 scans.
  constexpr uint32_t kSide = 2400;
  JpegFile file = {.width = kSide,
                   .height = kSide,
                   .pixels = Samples(size_t{kSide} * kSide * 3, 90),
                   .subsampled = false,
                   .progressive = true};
  const Bytes jpeg = MakeJpeg(file);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture few, Decode(jpeg));
  EXPECT_FALSE(few.scan_capped);
  // The last scan's bytes, again and again, before the end.
  const Bytes scan_start = BytesOf(std::string_view("\xff\xda", 2));
  const auto last = std::find_end(jpeg.begin(), jpeg.end(), scan_start.begin(),
                                  scan_start.end());
  const Bytes scan(last, jpeg.end() - 2);
  for (const int more : {40, 60}) {
    Bytes many(jpeg.begin(), jpeg.end() - 2);
    for (int i = 0; i < more; ++i) {
      many.insert(many.end(), scan.begin(), scan.end());
    }
    many.insert(many.end(), jpeg.end() - 2, jpeg.end());
    ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(many));
    EXPECT_EQ(decoded.scan_capped, more == 60) << more;
    EXPECT_EQ(std::memcmp(few.picture.view().row(0),
                          decoded.picture.view().row(0), size_t{kSide} * kSide),
              0);
  }
}

}  // namespace
}  // namespace hashvet
