// GIF, pixel for pixel and frame upon frame.

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/decode/decode.h"
#include "src/decode/decode_rows.h"
#include "src/decode/frame_choice.h"
#include "src/decode/whole_pictures.h"
#include "tests/decode/expect_pixels.h"
#include "tests/decode/gif_file.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::BgrOf;
using ::hashvet::testing::Bytes;
using ::hashvet::testing::ExpectDecodesTo;
using ::hashvet::testing::ExpectFades;
using ::hashvet::testing::GifFile;
using ::hashvet::testing::GifFrame;
using ::hashvet::testing::MakeGif;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::Samples;
using ::hashvet::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint16_t kWidth = 37;
constexpr uint16_t kHeight = 21;

Samples Palette() { return MakeSamples(128, 1, 3); }

Samples Indices(uint32_t width, uint32_t height) {
  Samples indices = MakeSamples(width, height, 1);
  for (uint8_t& index : indices) index &= 127;
  return indices;
}

Samples Shown(const Samples& indices, const Samples& palette) {
  Samples bgr;
  for (const uint8_t index : indices) {
    for (const size_t channel : {2, 1, 0}) {
      bgr.push_back(palette[index * size_t{3} + channel]);
    }
  }
  return bgr;
}

GifFile Sized(std::vector<GifFrame> frames) {
  return {.width = kWidth,
          .height = kHeight,
          .palette = Palette(),
          .frames = std::move(frames)};
}

GifFrame Whole() {
  return {
      .width = kWidth, .height = kHeight, .indices = Indices(kWidth, kHeight)};
}

// One colour, where the frame lies.
GifFrame Patch(uint16_t left, uint16_t top, uint8_t index, uint8_t disposal) {
  return {.left = left,
          .top = top,
          .width = 4,
          .height = 3,
          .indices = Samples(12, index),
          .disposal = disposal};
}

struct Frame {
  uint32_t number;
  bool over_black;
  Samples bgr;
};

std::vector<Frame> FramesOf(const Bytes& gif, uint32_t max_frames,
                            CodecResult* result = nullptr) {
  std::vector<Frame> frames;
  WholePictures receiver(
      ExifOrientation::kTopLeft, true,
      [&](const FrameStart& start, bool, Picture picture) {
        frames.push_back({start.frame, start.background == Background::kBlack,
                          BgrOf(picture)});
        return true;
      });
  const auto header = ReadLimitedHeader(gif, {});
  EXPECT_OK(header);
  if (!header.ok()) return {};
  const auto decoded = DecodeRows(gif, *header, max_frames, receiver);
  EXPECT_OK(decoded);
  if (decoded.ok() && result != nullptr) *result = *decoded;
  return frames;
}

TEST(GifTest, APaletteIsExpanded) {
  const GifFrame frame = Whole();
  ExpectDecodesTo(MakeGif(Sized({frame})), Shown(frame.indices, Palette()),
                  false);
}

TEST(GifTest, AFramesOwnPaletteCounts) {
  GifFrame frame = Whole();
  frame.palette = Palette();
  std::reverse(frame.palette.begin(), frame.palette.end());
  ExpectDecodesTo(MakeGif(Sized({frame})), Shown(frame.indices, frame.palette),
                  false);
}

TEST(GifTest, InterlacedRowsStandWhereTheyBelong) {
  GifFrame frame = Whole();
  frame.interlaced = true;
  ExpectDecodesTo(MakeGif(Sized({frame})), Shown(frame.indices, Palette()),
                  false);
}

TEST(GifTest, TransparentPixelsShowTheBackground) {
  GifFrame frame = Whole();
  frame.transparent = frame.indices[40];
  Samples white = Shown(frame.indices, Palette());
  Samples black = white;
  for (size_t i = 0; i < frame.indices.size(); ++i) {
    if (frame.indices[i] != *frame.transparent) continue;
    std::fill_n(&white[3 * i], 3, uint8_t{255});
    std::fill_n(&black[3 * i], 3, uint8_t{0});
  }
  const Bytes gif = MakeGif(Sized({frame}));
  ExpectDecodesTo(gif, white, true);
  const std::vector<Frame> frames = FramesOf(gif, 1);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].bgr, white);
  EXPECT_EQ(frames[1].bgr, black);
  EXPECT_TRUE(frames[1].over_black);
}

// Where a small frame lies, and what is there when it is gone.
TEST(GifTest, FramesAreComposedAndDisposedOf) {
  const Bytes gif = MakeGif(
      Sized({Whole(), Patch(5, 6, 9, /*keep*/ 1),
             Patch(20, 2, 10, /*to background*/ 2),
             Patch(30, 12, 11, /*to what was before*/ 3), Patch(1, 1, 12, 0)}));
  const std::vector<Frame> frames = FramesOf(gif, 16);
  const Samples palette = Palette();
  Samples canvas = Shown(Whole().indices, palette);
  const auto fill = [&](Samples& picture, size_t left, size_t top,
                        const uint8_t* rgb) {
    for (size_t y = top; y < top + 3; ++y) {
      for (size_t x = left; x < left + 4; ++x) {
        for (size_t c = 0; c < 3; ++c) {
          picture[(y * kWidth + x) * 3 + c] = rgb[2 - c];
        }
      }
    }
  };
  constexpr uint8_t kWhite[] = {255, 255, 255};
  std::vector<Samples> over_white = {canvas};
  fill(canvas, 5, 6, &palette[9 * 3]);
  over_white.push_back(canvas);
  Samples with_patch = canvas;
  fill(with_patch, 20, 2, &palette[10 * 3]);
  over_white.push_back(with_patch);
  fill(canvas, 20, 2, kWhite);  // cleared
  with_patch = canvas;
  fill(with_patch, 30, 12, &palette[11 * 3]);
  over_white.push_back(with_patch);
  fill(canvas, 1, 1, &palette[12 * 3]);  // the patch before it has gone
  over_white.push_back(canvas);
  std::vector<Samples> seen;
  int over_black = 0;
  for (const Frame& frame : frames) {
    if (frame.over_black) ++over_black;
    if (!frame.over_black) seen.push_back(frame.bgr);
  }
  EXPECT_EQ(seen, over_white);
  EXPECT_EQ(over_black, 2);  // those with the cleared part
}

TEST(GifTest, OfManyFramesSomeComeEvenlySpaced) {
  std::vector<GifFrame> frames(10, Patch(0, 0, 3, 1));
  const Bytes gif = MakeGif(Sized(frames));
  CodecResult result;
  std::vector<uint32_t> numbers;
  for (const Frame& frame : FramesOf(gif, 4, &result)) {
    if (!frame.over_black) numbers.push_back(frame.number);
  }
  EXPECT_THAT(numbers, ElementsAre(0, 2, 5, 7));
  EXPECT_TRUE(result.frames_skipped);
  FramesOf(gif, 10, &result);
  EXPECT_FALSE(result.frames_skipped);
}

constexpr uint64_t kManyBytes = 1 << 20;

TEST(FrameChoiceTest, AFewBytesAskForLess) {
  // 10 million pixels in any case, then 1100 for each byte.
  EXPECT_EQ(FrameChoice(100, 1'000'000, 100, 4'000).frames(), 10u);
  EXPECT_EQ(FrameChoice(100, 1'000'000, 100, 20'000).frames(), 22u);
  EXPECT_EQ(FrameChoice(100, 1'000'000, 100, kManyBytes).frames(), 67u);
  EXPECT_TRUE(FrameChoice(100, 1'000'000, 100, 20'000).skips());
}

TEST(FrameChoiceTest, TheFirstAndOthersEvenlySpacedWithinTheWork) {
  for (const uint64_t frames : {1u, 2u, 15u, 16u, 17u, 100u, 9999u}) {
    const FrameChoice choice(frames, 1000, 16, kManyBytes);
    uint64_t wanted = 0;
    uint64_t last = 0;
    for (uint64_t frame = 0; frame < choice.frames(); ++frame) {
      if (!choice.Wants(frame)) continue;
      EXPECT_LE(frame - last, frames / 16 + 1);
      last = frame;
      ++wanted;
    }
    EXPECT_EQ(wanted, std::min<uint64_t>(frames, 16)) << frames;
    EXPECT_TRUE(choice.Wants(0));
    EXPECT_EQ(choice.skips(), frames > 16);
  }
  // 64 million pixels: no more than six frames of ten million.
  EXPECT_LE(FrameChoice(100, 10'000'000, 16, kManyBytes).frames(), 6u);
  EXPECT_TRUE(FrameChoice(100, 10'000'000, 16, kManyBytes).skips());
  EXPECT_EQ(FrameChoice(5, 500'000'000, 16, kManyBytes).frames(), 1u);
}

TEST(GifTest, AFrameBeyondTheScreenIsCut) {
  GifFile file = Sized({Whole(), Patch(35, 20, 7, 1), Patch(60, 60, 7, 1)});
  const std::vector<Frame> frames = FramesOf(MakeGif(file), 16);
  ASSERT_EQ(frames.size(), 3u);
  Samples shown = Shown(Whole().indices, Palette());
  for (const size_t x : {35u, 36u}) {
    for (size_t c = 0; c < 3; ++c) {
      shown[(20 * kWidth + x) * 3 + c] = Palette()[7 * 3 + 2 - c];
    }
  }
  EXPECT_EQ(frames[1].bgr, shown);
  EXPECT_EQ(frames[2].bgr, shown);
}

TEST(GifTest, AFirstFrameLargerThanTheScreenIsTheScreen) {
  GifFile file = Sized({Whole()});
  file.width = 3;
  file.frames[0].left = 2;
  ExpectDecodesTo(MakeGif(file), Shown(Whole().indices, Palette()), false);
}

TEST(GifTest, TruncatedIsShownAsFarAsItGoes) {
  Bytes gif = MakeGif(Sized({Whole()}));
  gif.erase(gif.end() - 300, gif.end());
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(gif));
  EXPECT_TRUE(decoded.truncated);
  const Samples whole = Shown(Whole().indices, Palette());
  const Samples shown = BgrOf(decoded.picture);
  // giflib reads blocks of 255 bytes, here of as many pixels, whole or not.
  ExpectFades(shown, whole, size_t{kWidth} * 3, 255 / kWidth);
}

TEST(GifTest, OnlyTheEndMarkerMissingIsFlaggedToo) {
  Bytes gif = MakeGif(Sized({Whole()}));
  gif.pop_back();
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(gif));
  EXPECT_TRUE(decoded.truncated);
  EXPECT_EQ(BgrOf(decoded.picture), Shown(Whole().indices, Palette()));
}

TEST(GifTest, WithoutAFrameItIsUndecodable) {
  EXPECT_THAT(Decode(MakeGif(Sized({}))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("GIF")));
}

TEST(GifTest, AThousandMutantsEachHaveAnAnswer) {
  const Bytes gif =
      MakeGif(Sized({Whole(), Patch(5, 6, 9, 1), Patch(20, 2, 10, 2)}));
  uint32_t state = 7;
  const auto random = [&state](size_t below) {
    state = state * 1664525 + 1013904223;
    return static_cast<size_t>((uint64_t{state} * below) >> 32);
  };
  int decoded = 0;
  for (int i = 0; i < 1000; ++i) {
    Bytes mutant = gif;
    for (size_t hits = 1 + random(6); hits > 0; --hits) {
      mutant[random(mutant.size())] = static_cast<std::byte>(random(256));
    }
    const auto picture = Decode(mutant, {.limits = {.max_pixels = 100'000}});
    decoded += picture.ok();
    EXPECT_TRUE(picture.ok() || !picture.status().message().empty());
  }
  EXPECT_GT(decoded, 500);
}

}  // namespace
}  // namespace hashvet
