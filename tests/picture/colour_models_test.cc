// One scene in every colour model and file type hashes alike: exactly, where
// the file keeps its pixels, and within 2 bits where it does not.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/picture/hash_picture.h"
#include "tests/decode/make_files.h"
#include "tests/support/pdq_vectors.h"
#include "tests/support/scenes.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::Bytes;
using ::hashvet::testing::JpegCoding;
using ::hashvet::testing::MakeJpeg;
using ::hashvet::testing::MakePng;
using ::hashvet::testing::MakeTiff;
using ::hashvet::testing::Samples;

constexpr uint32_t kWidth = 320;
constexpr uint32_t kHeight = 240;

// The scene's pixels in RGB, and in the forms the files keep.
class ColourModelsTest : public ::testing::Test {
 protected:
  ColourModelsTest() {
    const Picture scene = testing::MakeScene(7, kWidth, kHeight);
    const uint8_t* begin = scene.view().row(0);
    rgb_.assign(begin, begin + scene.stride_bytes() * kHeight);
    for (size_t i = 0; i < rgb_.size(); i += 3) {
      grey_.push_back(static_cast<uint8_t>(
          (299 * rgb_[i] + 587 * rgb_[i + 1] + 114 * rgb_[i + 2] + 500) /
          1000));
    }
  }

  static PdqHash HashOfRgb(const Samples& rgb) {
    return *ComputePdq(*PictureView::Create(
        rgb.data(), kWidth, kHeight, size_t{3} * kWidth, PixelFormat::kRgb8));
  }

  static Bytes Encoded(const char* ending, const Samples& samples, int channels,
                       std::vector<int> options = {}) {
    // OpenCV wants blue first.
    Samples swapped = samples;
    if (channels >= 3) {
      const auto step = static_cast<size_t>(channels);
      for (size_t i = 0; i < swapped.size(); i += step) {
        std::swap(swapped[i], swapped[i + 2]);
      }
    }
    const cv::Mat mat(kHeight, kWidth, CV_8UC(channels), swapped.data());
    std::vector<uchar> file;
    cv::imencode(ending, mat, file, options);
    const auto* begin = reinterpret_cast<const std::byte*>(file.data());
    return {begin, begin + file.size()};
  }

  static void ExpectWithin(const Bytes& file, const Samples& rgb,
                           uint32_t max_distance) {
    const PictureHashes hashes = HashPicture(file);
    ASSERT_EQ(hashes.outcome, HashOutcome::kHashed) << hashes.status;
    const PdqHash expected = HashOfRgb(rgb);
    ASSERT_GE(expected.quality, kPdqMinQuality);
    EXPECT_LE(Distance(hashes.pdq.hash(), expected.hash), max_distance);
    if (max_distance == 0) {
      EXPECT_EQ(hashes.pdq.quality, expected.quality);
    }
  }

  Samples WithAlpha(const Samples& rgb, bool transparent) const {
    Samples rgba;
    for (size_t i = 0; i < rgb.size(); i += 3) {
      const size_t patch = i / 3 % kWidth / 40 + i / 3 / kWidth / 30;
      rgba.insert(rgba.end(), &rgb[i], &rgb[i] + 3);
      rgba.push_back(transparent ? static_cast<uint8_t>(255 - patch % 3 * 70)
                                 : 255);
    }
    return rgba;
  }

  static Samples OverWhite(const Samples& rgba) {
    Samples rgb;
    for (size_t i = 0; i < rgba.size(); i += 4) {
      const int alpha = rgba[i + 3];
      for (size_t channel = 0; channel < 3; ++channel) {
        rgb.push_back(static_cast<uint8_t>(
            (2 * (rgba[i + channel] * alpha + 255 * (255 - alpha)) + 255) /
            510));
      }
    }
    return rgb;
  }

  static Samples Grey3(const Samples& grey) {
    Samples rgb;
    for (const uint8_t value : grey) {
      rgb.insert(rgb.end(), {value, value, value});
    }
    return rgb;
  }

  Samples rgb_;
  Samples grey_;
};

TEST_F(ColourModelsTest, LosslessFilesHashAsTheirPixelsDo) {
  ExpectWithin(Encoded(".png", rgb_, 3), rgb_, 0);
  ExpectWithin(Encoded(".bmp", rgb_, 3), rgb_, 0);
  ExpectWithin(Encoded(".tiff", rgb_, 3), rgb_, 0);  // LZW
  ExpectWithin(Encoded(".webp", rgb_, 3, {cv::IMWRITE_WEBP_QUALITY, 101}), rgb_,
               0);
  ExpectWithin(Encoded(".png", grey_, 1), Grey3(grey_), 0);
  ExpectWithin(Encoded(".bmp", grey_, 1), Grey3(grey_), 0);
  ExpectWithin(Encoded(".tiff", grey_, 1), Grey3(grey_), 0);
  // The weighted mean itself moves few bits.
  ExpectWithin(Encoded(".png", grey_, 1), rgb_, 2);
}

TEST_F(ColourModelsTest, TransparencyHashesAsThePictureOverWhite) {
  const Samples rgba = WithAlpha(rgb_, true);
  const Samples flat = OverWhite(rgba);
  ExpectWithin(Encoded(".png", rgba, 4), flat, 0);
  ExpectWithin(Encoded(".tiff", rgba, 4), flat, 0);
  ExpectWithin(Encoded(".webp", rgba, 4, {cv::IMWRITE_WEBP_QUALITY, 101}), flat,
               0);
  Samples grey_alpha;
  Samples grey_rgba;
  for (size_t i = 0; i < grey_.size(); ++i) {
    const uint8_t alpha = rgba[4 * i + 3];
    grey_alpha.insert(grey_alpha.end(), {grey_[i], alpha});
    grey_rgba.insert(grey_rgba.end(), {grey_[i], grey_[i], grey_[i], alpha});
  }
  ExpectWithin(MakePng({.width = kWidth,
                        .height = kHeight,
                        .colour_type = 4,
                        .rows = grey_alpha}),
               OverWhite(grey_rgba), 0);
  EXPECT_GT(Distance(HashOfRgb(flat).hash, HashOfRgb(rgb_).hash), 10u)
      << "the test would pass without flattening";
}

TEST_F(ColourModelsTest, OpaqueAlphaChangesNothing) {
  const Samples rgba = WithAlpha(rgb_, false);
  ExpectWithin(Encoded(".png", rgba, 4), rgb_, 0);
  ExpectWithin(Encoded(".webp", rgba, 4, {cv::IMWRITE_WEBP_QUALITY, 101}), rgb_,
               0);
}

// 6 x 6 x 6 colours, as the index of a palette and spelled out.
TEST_F(ColourModelsTest, APaletteHashesAsItsColours) {
  Bytes palette;
  for (int i = 0; i < 216; ++i) {
    for (const int level : {i / 36, i / 6 % 6, i % 6}) {
      palette.push_back(static_cast<std::byte>(level * 51));
    }
  }
  Samples indices;
  Samples rgb;
  for (size_t i = 0; i < rgb_.size(); i += 3) {
    int index = 0;
    for (size_t channel = 0; channel < 3; ++channel) {
      const int level = (rgb_[i + channel] + 25) / 51;
      index = index * 6 + level;
      rgb.push_back(static_cast<uint8_t>(level * 51));
    }
    indices.push_back(static_cast<uint8_t>(index));
  }
  ExpectWithin(MakePng({.width = kWidth,
                        .height = kHeight,
                        .colour_type = 3,
                        .rows = indices,
                        .chunks = {{"PLTE", palette}}}),
               rgb, 0);
}

TEST_F(ColourModelsTest, SixteenBitsHashAsTheirHighBytes) {
  Samples high_first;
  Samples low_first;
  for (size_t i = 0; i < rgb_.size(); ++i) {
    const auto low = static_cast<uint8_t>(i * 37);
    high_first.insert(high_first.end(), {rgb_[i], low});
    low_first.insert(low_first.end(), {low, rgb_[i]});
  }
  ExpectWithin(MakePng({.width = kWidth,
                        .height = kHeight,
                        .depth = 16,
                        .rows = high_first}),
               rgb_, 0);
  ExpectWithin(
      MakeTiff(
          {.width = kWidth, .height = kHeight, .bits = 16, .rows = low_first}),
      rgb_, 0);
}

TEST_F(ColourModelsTest, OneBitIsExpanded) {
  Samples rows;
  Samples grey;
  for (size_t i = 0; i < grey_.size(); ++i) {
    const uint8_t bit = grey_[i] > 127;
    if (i % 8 == 0) rows.push_back(0);
    rows.back() = static_cast<uint8_t>(rows.back() | bit << (7 - i % 8));
    grey.push_back(bit ? 255 : 0);
  }
  ExpectWithin(MakePng({.width = kWidth,
                        .height = kHeight,
                        .depth = 1,
                        .colour_type = 0,
                        .rows = rows}),
               Grey3(grey), 0);
  ExpectWithin(MakeTiff({.width = kWidth,
                         .height = kHeight,
                         .bits = 1,
                         .samples = 1,
                         .photometric = 1,
                         .rows = rows}),
               Grey3(grey), 0);
}

TEST_F(ColourModelsTest, JpegOfEveryCodingIsWithinTwoBits) {
  Samples inks;  // the complement of the colours, no black, stored inverted
  for (size_t i = 0; i < rgb_.size(); i += 3) {
    inks.insert(inks.end(), &rgb_[i], &rgb_[i] + 3);
    inks.push_back(255);
  }
  const auto jpeg = [](JpegCoding coding, const Samples& pixels,
                       bool progressive) {
    return MakeJpeg({.width = kWidth,
                     .height = kHeight,
                     .coding = coding,
                     .pixels = pixels,
                     .quality = 95,
                     .progressive = progressive});
  };
  ExpectWithin(jpeg(JpegCoding::kYcc, rgb_, false), rgb_, 2);
  ExpectWithin(jpeg(JpegCoding::kYcc, rgb_, true), rgb_, 2);
  ExpectWithin(jpeg(JpegCoding::kGrey, grey_, false), rgb_, 2);
  ExpectWithin(jpeg(JpegCoding::kRgb, rgb_, false), rgb_, 2);
  ExpectWithin(jpeg(JpegCoding::kCmyk, inks, false), rgb_, 2);
  ExpectWithin(jpeg(JpegCoding::kYcck, inks, false), rgb_, 2);
}

// The reference's own picture in 13 colour modes, where it is at hand.
TEST(ColourModelsSharedTest, EachModeIsWithinTwoBitsOfTheOriginal) {
  const std::string folder =
      testing::SharedVectorsPath("images/misc-images/modes");
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    GTEST_SKIP() << "no shared vectors here";
  }
  const PictureHashes original = HashPictureFile(folder + "/original.jpg");
  ASSERT_EQ(original.outcome, HashOutcome::kHashed) << original.status;
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const PictureHashes hashes = HashPictureFile(entry.path());
    ASSERT_EQ(hashes.outcome, HashOutcome::kHashed)
        << entry.path() << " " << hashes.status;
    EXPECT_LE(Distance(hashes.pdq.hash(), original.pdq.hash()), 2u)
        << entry.path();
    ++compared;
  }
  EXPECT_EQ(compared, 14);
}

}  // namespace
}  // namespace hashvet
