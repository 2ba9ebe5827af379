// WebP, lossless, pixel for pixel. In a program of its own: it links OpenCV to
// write the files.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <opencv2/imgcodecs.hpp>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/decode/decode.h"
#include "src/decode/decode_rows.h"
#include "src/decode/whole_pictures.h"
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

TEST(WebpTest, TruncatedIsShownAsFarAsItGoes) {
  constexpr int kSide = 300;
  const Samples bgr = MakeSamples(kSide, kSide, 3);
  const cv::Mat mat(kSide, kSide, CV_8UC3, const_cast<uint8_t*>(bgr.data()));
  std::vector<uchar> file;
  cv::imencode(".webp", mat, file, {cv::IMWRITE_WEBP_QUALITY, kLossless});
  const auto bytes = std::as_bytes(std::span(file)).first(file.size() * 2 / 3);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(bytes));
  EXPECT_TRUE(decoded.truncated);
  const Samples shown = testing::BgrOf(decoded.picture);
  testing::ExpectFades(shown, bgr, size_t{kSide} * 3, 20);
}

TEST(WebpTest, WithoutPixelsItIsUndecodable) {
  const Bytes webp = MakeWebp(MakeSamples(kWidth, kHeight, 3), 3, kLossless);
  for (const size_t size : {size_t{30}, size_t{40}, size_t{60}}) {
    EXPECT_THAT(
        Decode(std::span(webp).first(size)),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("WebP")));
  }
}

// A still picture's chunk of pixels as one frame of an animation.
void AddChunk(Bytes& to, std::string_view type, const Bytes& body) {
  const Bytes head = testing::BytesOf(type);
  to.insert(to.end(), head.begin(), head.end());
  for (int shift = 0; shift < 32; shift += 8) {
    to.push_back(static_cast<std::byte>(body.size() >> shift));
  }
  to.insert(to.end(), body.begin(), body.end());
  if (body.size() % 2 == 1) to.push_back(std::byte{0});
}

Bytes MakeAnimation(const std::vector<Bytes>& stills) {
  const auto three = [](Bytes& to, uint32_t value) {
    for (int shift = 0; shift < 24; shift += 8) {
      to.push_back(static_cast<std::byte>(value >> shift));
    }
  };
  Bytes canvas = {std::byte{0x02}, std::byte{0}, std::byte{0}, std::byte{0}};
  three(canvas, kWidth - 1);
  three(canvas, kHeight - 1);
  Bytes body = testing::BytesOf("WEBP");
  AddChunk(body, "VP8X", canvas);
  AddChunk(body, "ANIM", Bytes(6));
  for (const Bytes& still : stills) {
    Bytes frame;
    three(frame, 0);
    three(frame, 0);
    three(frame, kWidth - 1);
    three(frame, kHeight - 1);
    three(frame, 100);                 // milliseconds
    frame.push_back(std::byte{0x02});  // over what was there, not blended
    frame.insert(frame.end(), still.begin() + 12, still.end());
    AddChunk(body, "ANMF", frame);
  }
  Bytes webp;
  AddChunk(webp, "RIFF", body);
  return webp;
}

TEST(WebpTest, OfAnAnimationTheFirstFrameIsThePicture) {
  const Samples first = MakeSamples(kWidth, kHeight, 3);
  Samples second = first;
  std::reverse(second.begin(), second.end());
  const Bytes webp = MakeAnimation(
      {MakeWebp(first, 3, kLossless), MakeWebp(second, 3, kLossless)});
  ExpectDecodesTo(webp, first, false);
  std::vector<Samples> frames;
  WholePictures receiver(ExifOrientation::kTopLeft, true,
                         [&](const FrameStart&, bool, Picture picture) {
                           frames.push_back(testing::BgrOf(picture));
                           return true;
                         });
  ASSERT_OK_AND_ASSIGN(const PictureHeader header, ReadLimitedHeader(webp, {}));
  EXPECT_EQ(header.frames, 2u);
  ASSERT_OK_AND_ASSIGN(CodecResult result,
                       DecodeRows(webp, header, 16, receiver));
  EXPECT_FALSE(result.frames_skipped);
  EXPECT_EQ(frames, std::vector({first, second}));
  ASSERT_OK_AND_ASSIGN(result, DecodeRows(webp, header, 1, receiver));
  EXPECT_TRUE(result.frames_skipped);
  EXPECT_EQ(frames.size(), 3u);
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
