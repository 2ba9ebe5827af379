#include "hashvet/pixels/luma.h"

#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::Pointwise;

// The definition, each step stored so that nothing can be fused or reordered.
float LumaOf(uint8_t red, uint8_t green, uint8_t blue) {
  volatile float r = 0.299f * static_cast<float>(red);
  volatile float g = 0.587f * static_cast<float>(green);
  volatile float b = 0.114f * static_cast<float>(blue);
  volatile float rg = r + g;
  return rg + b;
}

std::vector<float> FirstRow(const void* pixels, uint32_t width,
                            PixelFormat format) {
  std::vector<float> luma(width);
  LumaRow(*PictureView::Create(pixels, width, 1, width * BytesPerPixel(format),
                               format),
          0, luma);
  return luma;
}

// Every red and green with a step of blues: 256 rows of every width modulo a
// vector's length.
TEST(LumaTest, ColourFollowsTheDefinitionToTheLastBit) {
  for (uint32_t red = 0; red < 256; ++red) {
    std::vector<uint8_t> rgb;
    std::vector<uint8_t> bgr;
    std::vector<float> expected;
    for (uint32_t green = 0; green < 256 - red % 32; ++green) {
      const auto r = static_cast<uint8_t>(red);
      const auto g = static_cast<uint8_t>(green);
      const auto b = static_cast<uint8_t>(green * 37 + red * 11);
      rgb.insert(rgb.end(), {r, g, b});
      bgr.insert(bgr.end(), {b, g, r});
      expected.push_back(LumaOf(r, g, b));
    }
    const auto width = static_cast<uint32_t>(expected.size());
    ASSERT_EQ(FirstRow(rgb.data(), width, PixelFormat::kRgb8), expected);
    ASSERT_EQ(FirstRow(bgr.data(), width, PixelFormat::kBgr8), expected);
  }
}

TEST(LumaTest, TheWeightsAreKnownAnswers) {
  const uint8_t rgb[] = {255, 0, 0, 0, 255, 0, 0, 0, 255};
  EXPECT_THAT(FirstRow(rgb, 3, PixelFormat::kRgb8),
              Pointwise(FloatEq(), {76.245f, 149.685f, 29.07f}));
}

TEST(LumaTest, GreyAndLumaAreCopied) {
  const uint8_t grey[] = {0, 1, 128, 255};
  EXPECT_THAT(FirstRow(grey, 4, PixelFormat::kGrey8),
              ElementsAre(0.0f, 1.0f, 128.0f, 255.0f));
  const float luma[] = {0.25f, 254.75f};
  EXPECT_THAT(FirstRow(luma, 2, PixelFormat::kLuma32),
              ElementsAre(0.25f, 254.75f));
}

TEST(LumaTest, RowsAreFoundByTheStride) {
  const uint8_t grey[] = {1, 2, 99, 3, 4};
  std::vector<float> luma(2);
  LumaRow(*PictureView::Create(grey, 2, 2, 3, PixelFormat::kGrey8), 1, luma);
  EXPECT_THAT(luma, ElementsAre(3.0f, 4.0f));
}

}  // namespace
}  // namespace hashvet
