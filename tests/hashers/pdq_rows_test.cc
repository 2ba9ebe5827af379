// Row by row is the same as whole, to the last bit.

#include "hashvet/hashers/pdq_rows.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hashers/pdq.h"
#include "tests/support/scenes.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::MakeScene;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::ToGrey8;
using ::testing::HasSubstr;

constexpr PdqVariant kBoth[] = {PdqVariant::kTrimmed,
                                PdqVariant::kTrimmedBlack};

// How many rows were done when bars were found; height + 1: none were.
uint32_t Feed(const PictureView& picture, PdqRows& rows) {
  for (uint32_t y = 0; y < picture.height(); ++y) {
    uint8_t* const to = rows.NextRow();
    std::memcpy(to, picture.row(y),
                picture.width() * BytesPerPixel(picture.format()));
    if (!rows.RowDone()) return y + 1;
  }
  return picture.height() + 1;
}

void ExpectSame(const PictureView& picture) {
  SCOPED_TRACE(std::to_string(picture.width()) + " x " +
               std::to_string(picture.height()));
  ASSERT_OK_AND_ASSIGN(const PdqHashes whole, ComputePdqOrientations(picture));
  ASSERT_OK_AND_ASSIGN(
      PdqRows rows,
      PdqRows::Create(picture.width(), picture.height(), picture.format(), {}));
  Feed(picture, rows);
  const PdqHashes streamed = rows.Finish();
  EXPECT_EQ(streamed.orientations, whole.orientations);
  EXPECT_EQ(streamed.quality, whole.quality);
  EXPECT_EQ(streamed.variant, whole.variant);
}

// Sides around every change of a band's width and of how bands overlap.
TEST(PdqRowsTest, AreTheWholePictureToTheLastBit) {
  for (const uint32_t height :
       {5u, 6u, 63u, 64u, 65u, 127u, 128u, 129u, 130u, 191u, 255u, 256u, 257u,
        258u, 383u, 384u, 385u, 500u, 641u}) {
    const Picture scene = MakeScene(height, 97, height);
    ExpectSame(scene.view());
    ExpectSame(ToGrey8(scene).view());
  }
  for (const uint32_t width : {5u, 64u, 129u, 1000u}) {
    const Picture scene = MakeScene(width, width, 150);
    ExpectSame(scene.view());
    ExpectSame(ToGrey8(scene).view());
  }
}

// What a decoder writes into the next row it may have to take back.
TEST(PdqRowsTest, TheLastRowStaysUntilTheNextIsDone) {
  constexpr uint32_t kWidth = 9;
  for (const uint32_t height : {5u, 64u, 65u, 128u, 130u, 300u}) {
    ASSERT_OK_AND_ASSIGN(
        PdqRows rows, PdqRows::Create(kWidth, height, PixelFormat::kGrey8, {}));
    for (uint32_t y = 0; y < height; ++y) {
      const std::vector<uint8_t> last(kWidth, static_cast<uint8_t>(y - 1));
      std::memset(rows.NextRow(), static_cast<int>(y), kWidth);
      if (y > 0) {
        EXPECT_EQ(std::memcmp(rows.LastRow(), last.data(), kWidth), 0) << y;
      }
      EXPECT_TRUE(rows.RowDone());
      EXPECT_EQ(rows.LastRow()[kWidth - 1], static_cast<uint8_t>(y));
    }
  }
}

TEST(PdqRowsTest, BarsAreFoundWhereTrimmingFindsThem) {
  constexpr uint32_t kWidth = 120;
  constexpr uint32_t kHeight = 90;
  const auto painted = [](uint32_t left, uint32_t top, uint32_t right,
                          uint32_t bottom, uint8_t level) {
    Picture picture = ToGrey8(MakeScene(3, kWidth, kHeight));
    for (uint32_t y = 0; y < kHeight; ++y) {
      for (uint32_t x = 0; x < kWidth; ++x) {
        if (y < top || y >= kHeight - bottom || x < left ||
            x >= kWidth - right) {
          picture.row(y)[x] = level;
        }
      }
    }
    return picture;
  };
  int found = 0;
  int not_found = 0;
  for (const uint8_t level :
       {uint8_t{0}, uint8_t{39}, uint8_t{120}, uint8_t{255}}) {
    for (const auto& [left, top, right, bottom] :
         std::vector<std::array<uint32_t, 4>>{{0, 0, 0, 0},
                                              {0, 9, 0, 0},
                                              {0, 0, 0, 1},
                                              {1, 0, 0, 0},
                                              {0, 0, 7, 0},
                                              {5, 5, 5, 5},
                                              {0, 80, 0, 5}}) {
      for (const PdqVariant variant : kBoth) {
        const Picture picture = painted(left, top, right, bottom, level);
        ASSERT_OK_AND_ASSIGN(
            PdqRows rows, PdqRows::Create(kWidth, kHeight, PixelFormat::kGrey8,
                                          std::span(&variant, 1)));
        const bool bars = Feed(picture.view(), rows) <= kHeight;
        // It may be said where too little would be left: then the whole picture
        // tells. Never the other way.
        if (Trims(picture.view(), variant)) {
          EXPECT_TRUE(bars);
          ++found;
        }
        if (!bars) ++not_found;
      }
    }
  }
  EXPECT_GT(found, 20);
  EXPECT_GT(not_found, 5);
}

TEST(PdqRowsTest, ABarAtTheTopIsToldAtOnce) {
  Picture picture = ToGrey8(MakeScene(4, 100, 80));
  std::memset(picture.row(0), 200, 100);
  ASSERT_OK_AND_ASSIGN(PdqRows rows,
                       PdqRows::Create(100, 80, PixelFormat::kGrey8, kBoth));
  EXPECT_EQ(Feed(picture.view(), rows), 1u);
}

TEST(PdqRowsTest, RefusesWhatHasNoHash) {
  EXPECT_THAT(PdqRows::Create(4, 100, PixelFormat::kGrey8, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("4 x")));
  EXPECT_THAT(
      PdqRows::Create(100, 100, PixelFormat::kLuma32, {}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got floats")));
  constexpr PdqVariant kFull[] = {PdqVariant::kFull};
  EXPECT_THAT(PdqRows::Create(100, 100, PixelFormat::kGrey8, kFull),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("full")));
}

}  // namespace
}  // namespace hashvet
