// Bars are found whatever their colour and side, and pictures without any keep
// every pixel.

#include "src/hashers/trim.h"

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/pixels/picture.h"
#include "tests/support/scenes.h"
#include "tests/support/status_matchers.h"

namespace hashvet::pdq {
namespace {

using ::hashvet::testing::MakeNamed;
using ::hashvet::testing::MakeScene;

struct Margins {
  uint32_t left = 0, top = 0, right = 0, bottom = 0;
};

// The scene within bars of a level, with noise of up to `noise` levels.
Picture Barred(const Picture& scene, const Margins& m, uint8_t level,
               int noise = 0) {
  Picture out =
      *Picture::Create(scene.width() + m.left + m.right,
                       scene.height() + m.top + m.bottom, PixelFormat::kRgb8);
  for (uint32_t y = 0; y < out.height(); ++y) {
    for (uint32_t x = 0; x < out.width(); ++x) {
      const bool inside = x >= m.left && x < m.left + scene.width() &&
                          y >= m.top && y < m.top + scene.height();
      for (size_t c = 0; c < 3; ++c) {
        const int grain =
            noise == 0 ? 0 : static_cast<int>((x * 7 + y * 13) % (noise + 1));
        out.row(y)[3 * x + c] =
            inside ? scene.view().row(y - m.top)[3 * (x - m.left) + c]
                   : static_cast<uint8_t>(level + grain);
      }
    }
  }
  return out;
}

using Side = std::tuple<uint32_t, uint32_t>;
Side SidesOf(const PictureView& view) { return {view.width(), view.height()}; }

TEST(TrimTest, PlainBarsOfAnyColourGo) {
  const Picture scene = MakeScene(31, 160, 120);
  const Margins margins[] = {
      {0, 20, 0, 20}, {30, 0, 30, 0}, {10, 15, 20, 25}, {0, 0, 0, 40}};
  for (const Margins& m : margins) {
    for (const int level : {0, 128, 240}) {
      for (const int noise : {0, 8}) {
        const Picture barred =
            Barred(scene, m, static_cast<uint8_t>(level), noise);
        const PictureView trimmed =
            Trimmed(barred.view(), PdqVariant::kTrimmed);
        EXPECT_EQ(SidesOf(trimmed), Side(160, 120)) << level << " " << m.top;
        EXPECT_EQ(trimmed.row(0),
                  barred.view().row(m.top) + 3 * size_t{m.left});
      }
    }
  }
  EXPECT_EQ(SidesOf(Trimmed(scene.view(), PdqVariant::kTrimmed)),
            Side(160, 120));
}

TEST(TrimTest, TheReferencesRuleIsOfBlackBarsAlone) {
  const Picture scene = MakeNamed("flat-128", 100, 80);
  for (const auto& [level, trims] :
       {std::pair{0, true}, {39, true}, {40, false}}) {
    const Picture barred =
        Barred(scene, {5, 10, 5, 10}, static_cast<uint8_t>(level));
    EXPECT_EQ(SidesOf(Trimmed(barred.view(), PdqVariant::kTrimmedBlack)),
              trims ? Side(100, 80) : Side(110, 100))
        << level;
  }
}

// More than two thirds of a side gone is no bar but the picture.
TEST(TrimTest, FlatPicturesAndSmallOnesInWideMarginsStay) {
  const Picture flat = MakeNamed("flat-128", 90, 60);
  EXPECT_EQ(SidesOf(Trimmed(flat.view(), PdqVariant::kTrimmed)), Side(90, 60));
  const Picture scene = MakeScene(32, 60, 60);
  const Picture wide = Barred(scene, {61, 0, 60, 0}, 255);
  EXPECT_EQ(SidesOf(Trimmed(wide.view(), PdqVariant::kTrimmed)), Side(181, 60));
  const Picture third = Barred(scene, {60, 0, 60, 0}, 255);
  EXPECT_EQ(SidesOf(Trimmed(third.view(), PdqVariant::kTrimmed)), Side(60, 60));
}

TEST(TrimTest, AMarginWithinBarsOfAnotherColourIsThePictures) {
  const Picture scene = MakeScene(34, 120, 90);
  const Picture margined = Barred(scene, {20, 20, 20, 20}, 250);
  const Picture boxed = Barred(margined, {0, 30, 0, 30}, 0);
  EXPECT_EQ(SidesOf(Trimmed(boxed.view(), PdqVariant::kTrimmed)),
            Side(160, 130));
  EXPECT_EQ(SidesOf(Trimmed(margined.view(), PdqVariant::kTrimmed)),
            Side(120, 90));
}

// The second row ends the bar above, and is within the levels of the one below,
// as every row is.
TEST(TrimTest, BarsThatMeetLeaveThePicture) {
  Picture rows = *Picture::Create(40, 30, PixelFormat::kGrey8);
  for (uint32_t y = 0; y < 30; ++y) {
    std::fill_n(rows.row(y), 40,
                static_cast<uint8_t>(y == 0   ? 0
                                     : y == 1 ? 13
                                              : 6));
  }
  EXPECT_EQ(SidesOf(Trimmed(rows.view(), PdqVariant::kTrimmed)), Side(40, 30));
}

TEST(TrimTest, ATrimmedPictureHasTheHashOfWhatIsLeft) {
  const Picture scene = MakeScene(33, 200, 150);
  const Picture barred = Barred(scene, {0, 30, 0, 30}, 0);
  ASSERT_OK_AND_ASSIGN(const PdqHash want, ComputePdq(scene.view()));
  ASSERT_OK_AND_ASSIGN(const PdqHash plain, ComputePdq(barred.view()));
  EXPECT_GT(Distance(plain.hash, want.hash), 31u);
  for (const PdqVariant variant :
       {PdqVariant::kTrimmed, PdqVariant::kTrimmedBlack}) {
    EXPECT_TRUE(Trims(barred.view(), variant));
    EXPECT_FALSE(Trims(scene.view(), variant));
    ASSERT_OK_AND_ASSIGN(const PdqHash got, ComputePdq(barred.view(), variant));
    EXPECT_EQ(got.hash, want.hash);
    EXPECT_EQ(got.quality, want.quality);
  }
  EXPECT_FALSE(Trims(barred.view(), PdqVariant::kFull));
}

}  // namespace
}  // namespace hashvet::pdq
