// WebP, lossless, pixel for pixel. In a program of its own: it links OpenCV to
// write the files.

#include <cstddef>
#include <cstdint>
#include <opencv2/imgcodecs.hpp>
#include <span>
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

using ::hashvet::testing::BgrOfRgb;
using ::hashvet::testing::BgrOfRgba;
using ::hashvet::testing::Bytes;
using ::hashvet::testing::ExpectDecodesTo;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::Samples;
using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

constexpr int kWidth = 37;
constexpr int kHeight = 21;

// `bgr` has 3 or 4 channels, as OpenCV orders them.
Bytes MakeWebp(const Samples& bgr, int channels, int quality) {
  const cv::Mat mat(kHeight, kWidth, CV_8UC(channels),
                    const_cast<uint8_t*>(bgr.data()));
  std::vector<uchar> file;
  cv::imencode(".webp", mat, file, {cv::IMWRITE_WEBP_QUALITY, quality});
  const auto* begin = reinterpret_cast<const std::byte*>(file.data());
  return {begin, begin + file.size()};
}

constexpr int kLossless = 101;

TEST(WebpTest, LosslessColour) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  ExpectDecodesTo(MakeWebp(BgrOfRgb(rgb), 3, kLossless), BgrOfRgb(rgb), false);
}

TEST(WebpTest, AlphaIsShownOverWhite) {
  Samples rgba = MakeSamples(kWidth, kHeight, 4);
  for (size_t i = 3; i < rgba.size(); i += 4) {
    // The encoder may drop colours under full transparency.
    if (rgba[i] == 0) rgba[i] = 1;
  }
  Samples bgra = rgba;
  for (size_t i = 0; i < bgra.size(); i += 4) std::swap(bgra[i], bgra[i + 2]);
  ExpectDecodesTo(MakeWebp(bgra, 4, kLossless), BgrOfRgba(rgba), true);
}

TEST(WebpTest, LossyIsRead) {
  const Samples rgb = MakeSamples(kWidth, kHeight, 3);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded,
                       Decode(MakeWebp(BgrOfRgb(rgb), 3, 80)));
  EXPECT_EQ(decoded.picture.width(), static_cast<uint32_t>(kWidth));
  EXPECT_EQ(decoded.header.format, PictureFormat::kWebp);
}

TEST(WebpTest, TruncatedIsUndecodable) {
  const Bytes webp = MakeWebp(MakeSamples(kWidth, kHeight, 3), 3, kLossless);
  for (size_t size = 30; size < webp.size(); size += 97) {
    EXPECT_THAT(
        Decode(std::span(webp).first(size)),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("WebP")));
  }
}

TEST(WebpTest, AThousandMutantsEachHaveAnAnswer) {
  const Bytes webp = MakeWebp(MakeSamples(kWidth, kHeight, 4), 4, kLossless);
  uint32_t state = 99;
  const auto random = [&state](size_t below) {
    state = state * 1664525 + 1013904223;
    return static_cast<size_t>((uint64_t{state} * below) >> 32);
  };
  int answers = 0;
  for (int i = 0; i < 1000; ++i) {
    Bytes mutant = webp;
    for (size_t hits = 1 + random(6); hits > 0; --hits) {
      mutant[random(mutant.size())] = static_cast<std::byte>(random(256));
    }
    const auto decoded = Decode(mutant, {.limits = {.max_pixels = 100'000}});
    answers += decoded.ok() || !decoded.status().message().empty();
  }
  EXPECT_EQ(answers, 1000);
}

}  // namespace
}  // namespace hashvet
