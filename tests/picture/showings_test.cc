// Row by row or whole, over white and over black, frame by frame: what a
// picture's hashes are of.

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/picture/hash_picture.h"
#include "tests/decode/gif_file.h"
#include "tests/decode/make_files.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::Bytes;
using ::hashvet::testing::GifFile;
using ::hashvet::testing::GifFrame;
using ::hashvet::testing::JpegCoding;
using ::hashvet::testing::MakeBmp;
using ::hashvet::testing::MakeGif;
using ::hashvet::testing::MakeJpeg;
using ::hashvet::testing::MakePng;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::MakeTiff;
using ::hashvet::testing::Samples;

constexpr uint32_t kWidth = 161;
constexpr uint32_t kHeight = 130;

// Another kind needs the whole picture; PDQ is then made of that, too.
PictureHashes Whole(const Bytes& file, HashPictureOptions options) {
  options.kinds = {HashKind::kAhash64ImageHash};
  return HashPicture(file, options);
}

void ExpectSame(const PictureHashes& a, const PictureHashes& b) {
  ASSERT_EQ(a.outcome, HashOutcome::kHashed) << a.status;
  ASSERT_EQ(b.outcome, HashOutcome::kHashed) << b.status;
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.flags, b.flags);
  const auto all = [](const PictureHashes& hashes) {
    std::vector<PdqHashes> showings = {hashes.pdq};
    showings.insert(showings.end(), hashes.more_pdq.begin(),
                    hashes.more_pdq.end());
    return showings;
  };
  const std::vector<PdqHashes> of_a = all(a);
  const std::vector<PdqHashes> of_b = all(b);
  ASSERT_EQ(of_a.size(), of_b.size());
  for (size_t i = 0; i < of_a.size(); ++i) {
    EXPECT_EQ(of_a[i].orientations, of_b[i].orientations) << i;
    EXPECT_EQ(of_a[i].quality, of_b[i].quality);
    EXPECT_EQ(of_a[i].variant, of_b[i].variant);
    EXPECT_EQ(of_a[i].frame, of_b[i].frame);
    EXPECT_EQ(of_a[i].over_black, of_b[i].over_black);
  }
}

Samples Palette() {
  Samples palette;
  for (int i = 0; i < 128; ++i) {
    const auto level = static_cast<uint8_t>(2 * i);
    palette.insert(palette.end(), {level, level, level});
  }
  return palette;
}

Samples Indices(uint32_t width, uint32_t height, int turn = 0) {
  Samples indices = MakeSamples(width, height, 1);
  std::rotate(indices.begin(), indices.begin() + turn, indices.end());
  for (uint8_t& index : indices) index /= 2;
  return indices;
}

GifFrame FrameOf(Samples indices) {
  return {.width = kWidth, .height = kHeight, .indices = std::move(indices)};
}

// With an edge of transparent pixels, and a picture in the middle.
Bytes Sticker(uint8_t alpha) {
  Samples rgba = MakeSamples(kWidth, kHeight, 4);
  for (uint32_t y = 0; y < kHeight; ++y) {
    for (uint32_t x = 0; x < kWidth; ++x) {
      const bool inside = x > 40 && x < 110 && y > 20 && y < 90;
      rgba[(y * kWidth + x) * 4 + 3] = inside ? 255 : alpha;
    }
  }
  return MakePng({.width = kWidth,
                  .height = kHeight,
                  .colour_type = 6,
                  .rows = std::move(rgba)});
}

TEST(ShowingsTest, RowByRowIsTheSameAsWholeInEveryFormat) {
  std::vector<std::pair<std::string, Bytes>> files;
  for (const auto& [name, coding, channels] :
       {std::tuple("grey", JpegCoding::kGrey, 1u),
        std::tuple("ycc", JpegCoding::kYcc, 3u),
        std::tuple("rgb", JpegCoding::kRgb, 3u),
        std::tuple("cmyk", JpegCoding::kCmyk, 4u),
        std::tuple("ycck", JpegCoding::kYcck, 4u)}) {
    for (const bool progressive : {false, true}) {
      files.emplace_back(
          name, MakeJpeg({.width = kWidth,
                          .height = kHeight,
                          .coding = coding,
                          .pixels = MakeSamples(kWidth, kHeight, channels),
                          .progressive = progressive}));
    }
  }
  files.emplace_back("png", MakePng({.width = kWidth,
                                     .height = kHeight,
                                     .rows = MakeSamples(kWidth, kHeight, 3)}));
  files.emplace_back("png with alpha", Sticker(0));
  files.emplace_back("gif",
                     MakeGif({.width = kWidth,
                              .height = kHeight,
                              .palette = Palette(),
                              .frames = {FrameOf(Indices(kWidth, kHeight))}}));
  Samples padded;  // rows of 161 * 3 bytes, and one more
  const Samples bgr = MakeSamples(kWidth, kHeight, 3);
  for (uint32_t y = 0; y < kHeight; ++y) {
    padded.insert(padded.end(), &bgr[y * kWidth * 3],
                  &bgr[y * kWidth * 3] + kWidth * 3);
    padded.push_back(0);
  }
  files.emplace_back(
      "bmp", MakeBmp({.width = kWidth, .height = kHeight, .rows = padded}));
  files.emplace_back("tiff",
                     MakeTiff({.width = kWidth,
                               .height = kHeight,
                               .samples = 4,
                               .extra_sample = 2,
                               .rows = MakeSamples(kWidth, kHeight, 4)}));
  const HashPictureOptions options{.more_variants = {PdqVariant::kTrimmed}};
  for (auto& [name, file] : files) {
    SCOPED_TRACE(name);
    ExpectSame(HashPicture(file, options), Whole(file, options));
    if (name == "tiff") continue;  // cut short, it shows nothing
    file.resize(file.size() / 2);
    ExpectSame(HashPicture(file, options), Whole(file, options));
  }
}

TEST(ShowingsTest, BarsAreTrimmedAsEver) {
  const HashPictureOptions options{
      .more_variants = {PdqVariant::kTrimmed, PdqVariant::kTrimmedBlack}};
  for (const bool at_side : {false, true}) {
    Samples pixels = MakeSamples(kWidth, kHeight, 3);
    for (uint32_t y = 0; y < kHeight; ++y) {
      for (uint32_t x = 0; x < kWidth; ++x) {
        if (at_side ? x < 20 : y + 15 > kHeight) {
          std::fill_n(&pixels[(y * kWidth + x) * 3], 3, uint8_t{20});
        }
      }
    }
    const Bytes png =
        MakePng({.width = kWidth, .height = kHeight, .rows = pixels});
    const PictureHashes hashes = HashPicture(png, options);
    EXPECT_EQ(hashes.more_pdq.size(), 2u);
    ExpectSame(hashes, Whole(png, options));
  }
}

TEST(ShowingsTest, WhatLooksAnotherOverBlackIsHashedSoToo) {
  const PictureHashes hashes = HashPicture(Sticker(0));
  ASSERT_EQ(hashes.outcome, HashOutcome::kHashed);
  EXPECT_TRUE(hashes.flags.alpha_flattened);
  EXPECT_TRUE(hashes.flags.alpha_dual);
  ASSERT_EQ(hashes.more_pdq.size(), 1u);
  EXPECT_TRUE(hashes.more_pdq[0].over_black);

  // As a picture that stands on black.
  Samples rgb;
  const Samples rgba = MakeSamples(kWidth, kHeight, 4);
  for (uint32_t i = 0; i < kWidth * kHeight; ++i) {
    const uint32_t x = i % kWidth;
    const uint32_t y = i / kWidth;
    const bool inside = x > 40 && x < 110 && y > 20 && y < 90;
    for (size_t c = 0; c < 3; ++c) {
      rgb.push_back(inside ? rgba[i * size_t{4} + c] : uint8_t{0});
    }
  }
  const PictureHashes flat =
      HashPicture(MakePng({.width = kWidth, .height = kHeight, .rows = rgb}));
  EXPECT_EQ(hashes.more_pdq[0].orientations, flat.pdq.orientations);
}

TEST(ShowingsTest, WhatLooksTheSameOverBlackIsOnePicture) {
  const PictureHashes hashes = HashPicture(Sticker(254));
  EXPECT_TRUE(hashes.flags.alpha_flattened);
  EXPECT_FALSE(hashes.flags.alpha_dual);
  EXPECT_TRUE(hashes.more_pdq.empty());
}

TEST(ShowingsTest, FramesOfAnAnimationAreHashedEachOnce) {
  GifFile gif = {.width = kWidth, .height = kHeight, .palette = Palette()};
  for (const int turn : {0, 0, 5000, 5000, 9000}) {
    gif.frames.push_back(FrameOf(Indices(kWidth, kHeight, turn)));
  }
  const Bytes file = MakeGif(gif);
  const PictureHashes hashes = HashPicture(file);
  ASSERT_EQ(hashes.outcome, HashOutcome::kHashed) << hashes.status;
  EXPECT_FALSE(hashes.flags.frames_skipped);
  ASSERT_EQ(hashes.more_pdq.size(), 2u);
  EXPECT_EQ(hashes.more_pdq[0].frame, 2u);
  EXPECT_EQ(hashes.more_pdq[1].frame, 4u);
  const PictureHashes whole = Whole(file, {});
  ExpectSame(hashes, whole);
  ASSERT_EQ(whole.others.size(), 3u);  // and each under the other kind
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(whole.others[i].frame, 2 * i);
    GifFile one = gif;
    one.frames = {gif.frames[2 * i]};
    EXPECT_EQ(whole.others[i].orientations,
              Whole(MakeGif(one), {}).others[0].orientations);
  }
  gif.frames = {gif.frames[4]};
  EXPECT_EQ(hashes.more_pdq[1].orientations,
            HashPicture(MakeGif(gif)).pdq.orientations);
}

TEST(ShowingsTest, AnAnimationOfManyFramesIsHashedInPartAndSaysSo) {
  GifFile gif = {.width = kWidth, .height = kHeight, .palette = Palette()};
  for (int i = 0; i < 40; ++i) {
    gif.frames.push_back(FrameOf(Indices(kWidth, kHeight, 450 * i)));
  }
  const PictureHashes hashes = HashPicture(MakeGif(gif));
  EXPECT_TRUE(hashes.flags.frames_skipped);
  EXPECT_EQ(hashes.more_pdq.size(), kMaxFrames - 1);
}

// Under several other kinds there is not room for all, and that is told.
TEST(ShowingsTest, FramesThatOtherKindsLackAreTold) {
  GifFile gif = {.width = kWidth, .height = kHeight, .palette = Palette()};
  for (int i = 0; i < 10; ++i) {
    gif.frames.push_back(FrameOf(Indices(kWidth, kHeight, 1800 * i)));
  }
  const Bytes file = MakeGif(gif);
  const auto skipped = [&](std::vector<HashKind> kinds) {
    const PictureHashes hashes = HashPicture(file, {.kinds = std::move(kinds)});
    EXPECT_EQ(hashes.more_pdq.size(), 9u);
    return hashes.flags.frames_skipped;
  };
  EXPECT_FALSE(skipped({}));
  EXPECT_FALSE(skipped({HashKind::kSha256}));
  EXPECT_FALSE(skipped({HashKind::kAhash64ImageHash}));
  EXPECT_TRUE(
      skipped({HashKind::kAhash64ImageHash, HashKind::kDhash64ImageHash}));
}

}  // namespace
}  // namespace hashvet
