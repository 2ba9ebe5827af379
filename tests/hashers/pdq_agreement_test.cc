// PDQ against the plain implementation of the definition, and against itself:
// the same picture in every format, stride and place gives the same bits.

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/pixels/luma.h"
#include "hashvet/pixels/picture.h"
#include "tests/support/pdq_reference.h"
#include "tests/support/scenes.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::ComputePdqReference;
using ::hashvet::testing::MakeScene;
using ::hashvet::testing::Margin;
using ::hashvet::testing::PdqReference;
using ::hashvet::testing::ToGrey8;

// Our sums round in float where the plain implementation has doubles. Lumas are
// at most 255; the transform adds 64 rounded products of a coefficient under
// 2^12 twice: 128 * 2^12 * 2^-24 = 0.03 at worst, and far less as a rule.
constexpr double kMaxMargin = 0.03;

Picture Convert(const Picture& rgb, PixelFormat format) {
  Picture out = *Picture::Create(rgb.width(), rgb.height(), format);
  for (uint32_t y = 0; y < rgb.height(); ++y) {
    const uint8_t* in = rgb.view().row(y);
    if (format == PixelFormat::kLuma32) {
      LumaRow(rgb.view(), y,
              {reinterpret_cast<float*>(out.row(y)), rgb.width()});
      continue;
    }
    for (size_t x = 0; x < rgb.width(); ++x) {
      for (size_t c = 0; c < 3; ++c) {
        out.row(y)[3 * x + c] =
            in[3 * x + (format == PixelFormat::kBgr8 ? 2 - c : c)];
      }
    }
  }
  return out;
}

// A copy in a buffer of exactly the bytes the view may touch, with `gap` bytes
// of rubbish between rows, so that a sanitizer sees any read past the end.
struct Strided {
  Strided(const Picture& picture, size_t gap)
      : stride(picture.stride_bytes() + gap),
        size(stride * (picture.height() - 1) + picture.stride_bytes()),
        bytes(new uint8_t[size]) {
    std::memset(bytes.get(), 0xa5, size);
    for (uint32_t y = 0; y < picture.height(); ++y) {
      std::memcpy(bytes.get() + y * stride, picture.view().row(y),
                  picture.stride_bytes());
    }
    view = std::make_unique<PictureView>(
        *PictureView::Create(bytes.get(), picture.width(), picture.height(),
                             stride, picture.format()));
  }
  size_t stride;
  size_t size;
  std::unique_ptr<uint8_t[]> bytes;
  std::unique_ptr<PictureView> view;
};

TEST(PdqAgreementTest, IsTheDefinitionOnRandomSizes) {
  std::mt19937 random(20240229);
  std::uniform_int_distribution<uint32_t> any_width(5, 700);
  std::uniform_int_distribution<uint32_t> any_height(5, 500);
  int different_bits = 0;
  int different_qualities = 0;
  constexpr int kPictures = 60;
  for (int i = 0; i < kPictures; ++i) {
    const uint32_t width =
        i % 3 == 0 ? 5 + any_width(random) % 140 : any_width(random);
    const uint32_t height =
        i % 4 == 0 ? 5 + any_height(random) % 140 : any_height(random);
    SCOPED_TRACE(std::to_string(width) + " x " + std::to_string(height));
    const Picture rgb = MakeScene(random() % 1000, width, height);
    const Picture picture = i % 2 == 0
                                ? ToGrey8(rgb)
                                : Convert(rgb, i % 4 == 1 ? PixelFormat::kBgr8
                                                          : PixelFormat::kRgb8);
    const Strided strided(picture, random() % 9);
    const PdqReference want = ComputePdqReference(*strided.view);
    ASSERT_OK_AND_ASSIGN(const PdqHash got, ComputePdq(*strided.view));
    EXPECT_NEAR(got.quality, want.quality, 1);
    different_qualities += got.quality != want.quality;
    for (size_t k = 0; k < Hash256::kBits; ++k) {
      if (got.hash.bit(k) == want.hash.bit(k)) continue;
      ++different_bits;
      EXPECT_LT(Margin(want, k), kMaxMargin) << "bit " << k;
    }
  }
  std::printf("%d pictures: %d bits and %d qualities differ\n", kPictures,
              different_bits, different_qualities);
  EXPECT_LE(different_bits, 8);  // of 15,360
  EXPECT_LE(different_qualities, 1);
}

TEST(PdqAgreementTest, AllColourFormatsAndLumaGiveTheSameBits) {
  for (const auto& [width, height] :
       {std::pair{5u, 5u}, {64u, 64u}, {129u, 77u}, {515u, 333u}}) {
    const Picture rgb = MakeScene(11, width, height);
    ASSERT_OK_AND_ASSIGN(const PdqHashes want,
                         ComputePdqOrientations(rgb.view()));
    for (const PixelFormat format :
         {PixelFormat::kRgb8, PixelFormat::kBgr8, PixelFormat::kLuma32}) {
      for (const size_t gap : {0, 4, 4 * 97}) {
        const Strided strided(Convert(rgb, format), gap);
        ASSERT_OK_AND_ASSIGN(const PdqHashes got,
                             ComputePdqOrientations(*strided.view));
        EXPECT_EQ(got.orientations, want.orientations);
        EXPECT_EQ(got.quality, want.quality);
        ASSERT_OK_AND_ASSIGN(const PdqHash nn,
                             ComputePdq(*strided.view, PdqVariant::kNn512));
        ASSERT_OK_AND_ASSIGN(const PdqHash want_nn,
                             ComputePdq(rgb.view(), PdqVariant::kNn512));
        EXPECT_EQ(nn.hash, want_nn.hash);
      }
    }
  }
}

// Grey bytes and the same bytes as float are the same lumas: equal bits. Spread
// to three equal channels they are lumas of 0.299 v + 0.587 v + 0.114 v, which
// is v but for the last float bit: a bit at the median may fall the other way.
TEST(PdqAgreementTest, AGreyPictureHashesAlikeInEveryFormat) {
  for (const auto& [width, height] :
       {std::pair{64u, 64u}, {129u, 77u}, {515u, 333u}, {1000u, 700u}}) {
    const Picture grey = ToGrey8(MakeScene(12, width, height));
    Picture rgb = *Picture::Create(width, height, PixelFormat::kRgb8);
    for (uint32_t y = 0; y < height; ++y) {
      for (size_t x = 0; x < 3 * size_t{width}; ++x) {
        rgb.row(y)[x] = grey.view().row(y)[x / 3];
      }
    }
    ASSERT_OK_AND_ASSIGN(const PdqHash want, ComputePdq(grey.view()));
    const Strided floats(Convert(grey, PixelFormat::kLuma32), 4);
    ASSERT_OK_AND_ASSIGN(const PdqHash from_floats, ComputePdq(*floats.view));
    EXPECT_EQ(from_floats.hash, want.hash);
    EXPECT_EQ(from_floats.quality, want.quality);
    const Strided channels(rgb, 1);
    ASSERT_OK_AND_ASSIGN(const PdqHash from_rgb, ComputePdq(*channels.view));
    EXPECT_LE(Distance(from_rgb.hash, want.hash), 2u);
    EXPECT_NEAR(from_rgb.quality, want.quality, 1);
  }
}

// A window into a larger picture is a picture: same bits as its copy.
TEST(PdqAgreementTest, ASubViewIsAPicture) {
  const Picture rgb = MakeScene(13, 400, 300);
  constexpr uint32_t kLeft = 37, kTop = 21, kWidth = 301, kHeight = 222;
  ASSERT_OK_AND_ASSIGN(
      const PictureView window,
      PictureView::Create(rgb.view().row(kTop) + 3 * kLeft, kWidth, kHeight,
                          rgb.stride_bytes(), PixelFormat::kRgb8));
  Picture copy = *Picture::Create(kWidth, kHeight, PixelFormat::kRgb8);
  for (uint32_t y = 0; y < kHeight; ++y) {
    std::memcpy(copy.row(y), window.row(y), copy.stride_bytes());
  }
  ASSERT_OK_AND_ASSIGN(const PdqHash of_window, ComputePdq(window));
  ASSERT_OK_AND_ASSIGN(const PdqHash of_copy, ComputePdq(copy.view()));
  ASSERT_OK_AND_ASSIGN(const PdqHash of_all, ComputePdq(rgb.view()));
  EXPECT_EQ(of_window.hash, of_copy.hash);
  EXPECT_NE(of_window.hash, of_all.hash);
}

}  // namespace
}  // namespace hashvet
