#include "hashvet/pixels/exif_orientation.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

Picture GreyLetters(const char* letters, uint32_t width) {
  const auto height = static_cast<uint32_t>(std::strlen(letters)) / width;
  Picture picture = *Picture::Create(width, height, PixelFormat::kGrey8);
  std::memcpy(picture.row(0), letters, size_t{width} * height);
  return picture;
}

std::string Letters(const Picture& picture) {
  return {reinterpret_cast<const char*>(picture.view().row(0)),
          size_t{picture.width()} * picture.height()};
}

// The table of EXIF 2.32 on a picture one can turn by hand:
//     a b c
//     d e f
TEST(ExifOrientationTest, AllEightByHand) {
  const struct {
    ExifOrientation orientation;
    uint32_t width;
    const char* shown;
  } kCases[] = {
      {ExifOrientation::kTopLeft, 3, "abcdef"},
      {ExifOrientation::kTopRight, 3, "cbafed"},
      {ExifOrientation::kBottomRight, 3, "fedcba"},
      {ExifOrientation::kBottomLeft, 3, "defabc"},
      {ExifOrientation::kLeftTop, 2, "adbecf"},
      {ExifOrientation::kRightTop, 2, "daebfc"},
      {ExifOrientation::kRightBottom, 2, "fcebda"},
      {ExifOrientation::kLeftBottom, 2, "cfbead"},
  };
  for (const auto& expected : kCases) {
    ASSERT_OK_AND_ASSIGN(Picture shown, Oriented(GreyLetters("abcdef", 3),
                                                 expected.orientation));
    EXPECT_EQ(shown.width(), expected.width);
    EXPECT_EQ(Letters(shown), expected.shown)
        << static_cast<int>(expected.orientation);
    EXPECT_EQ(SwapsSides(expected.orientation), expected.width == 2);
  }
}

// Where the shown pixel (x, y) was stored: the standard's words, as arithmetic.
std::pair<uint32_t, uint32_t> StoredAt(ExifOrientation orientation,
                                       uint32_t width, uint32_t height,
                                       uint32_t x, uint32_t y) {
  switch (orientation) {
    case ExifOrientation::kTopLeft:
      break;
    case ExifOrientation::kTopRight:
      return {width - 1 - x, y};
    case ExifOrientation::kBottomRight:
      return {width - 1 - x, height - 1 - y};
    case ExifOrientation::kBottomLeft:
      return {x, height - 1 - y};
    case ExifOrientation::kLeftTop:
      return {y, x};
    case ExifOrientation::kRightTop:
      return {y, height - 1 - x};
    case ExifOrientation::kRightBottom:
      return {width - 1 - y, height - 1 - x};
    case ExifOrientation::kLeftBottom:
      return {width - 1 - y, x};
  }
  return {x, y};
}

TEST(ExifOrientationTest, EveryFormatAndSizesAroundATile) {
  const std::pair<uint32_t, uint32_t> kSizes[] = {
      {1, 1}, {1, 70}, {70, 1}, {63, 65}, {64, 64}, {130, 67}};
  for (const PixelFormat format : {PixelFormat::kGrey8, PixelFormat::kRgb8,
                                   PixelFormat::kBgr8, PixelFormat::kLuma32}) {
    const size_t pixel_bytes = BytesPerPixel(format);
    for (const auto& [width, height] : kSizes) {
      for (uint8_t value = 1; value <= 8; ++value) {
        const auto orientation = static_cast<ExifOrientation>(value);
        Picture stored = *Picture::Create(width, height, format);
        Picture copy = *Picture::Create(width, height, format);
        for (size_t i = 0; i < stored.stride_bytes() * height; ++i) {
          const auto byte = static_cast<uint8_t>(i * 2654435761u >> 13);
          stored.row(0)[i] = byte;
          copy.row(0)[i] = byte;
        }
        ASSERT_OK_AND_ASSIGN(Picture shown,
                             Oriented(std::move(stored), orientation));
        for (uint32_t y = 0; y < shown.height(); ++y) {
          for (uint32_t x = 0; x < shown.width(); ++x) {
            const auto [from_x, from_y] =
                StoredAt(orientation, width, height, x, y);
            ASSERT_EQ(std::memcmp(shown.row(y) + x * pixel_bytes,
                                  copy.row(from_y) + from_x * pixel_bytes,
                                  pixel_bytes),
                      0)
                << int{value} << " at " << x << ", " << y;
          }
        }
      }
    }
  }
}

TEST(ExifOrientationTest, TopLeftIsGivenBackUntouched) {
  Picture picture = GreyLetters("abcd", 2);
  const uint8_t* pixels = picture.row(0);
  ASSERT_OK_AND_ASSIGN(Picture shown,
                       Oriented(std::move(picture), ExifOrientation::kTopLeft));
  EXPECT_EQ(shown.row(0), pixels);
}

}  // namespace
}  // namespace hashvet
