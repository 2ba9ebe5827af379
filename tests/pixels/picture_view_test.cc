#include "hashvet/pixels/picture_view.h"

#include <array>
#include <cstdint>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

TEST(PictureViewTest, RowsBeginAStrideApart) {
  std::array<uint8_t, 20> pixels{};
  ASSERT_OK_AND_ASSIGN(
      PictureView view,
      PictureView::Create(pixels.data(), 2, 3, 7, PixelFormat::kRgb8));
  EXPECT_EQ(view.width(), 2u);
  EXPECT_EQ(view.height(), 3u);
  EXPECT_EQ(view.format(), PixelFormat::kRgb8);
  EXPECT_EQ(view.row(0), pixels.data());
  EXPECT_EQ(view.row(2), pixels.data() + 14);
}

TEST(PictureViewTest, TheShortestStrideIsAccepted) {
  std::array<float, 6> luma{};
  ASSERT_OK_AND_ASSIGN(
      PictureView view,
      PictureView::Create(luma.data(), 3, 2, 12, PixelFormat::kLuma32));
  EXPECT_EQ(view.luma_row(1), luma.data() + 3);
}

TEST(PictureViewTest, RefusesWhatIsNoPicture) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  std::array<float, 4> luma{};
  const auto grey = PixelFormat::kGrey8;
  EXPECT_THAT(PictureView::Create(nullptr, 1, 1, 1, grey),
              StatusIs(kInvalid, HasSubstr("null")));
  EXPECT_THAT(PictureView::Create(luma.data(), 0, 1, 1, grey),
              StatusIs(kInvalid, HasSubstr("0 x 1")));
  EXPECT_THAT(PictureView::Create(luma.data(), 1, 0, 1, grey),
              StatusIs(kInvalid, HasSubstr("1 x 0")));
  EXPECT_THAT(PictureView::Create(luma.data(), 2, 2, 5, PixelFormat::kBgr8),
              StatusIs(kInvalid, HasSubstr("at least 6")));
  EXPECT_THAT(PictureView::Create(luma.data(), 1, 2, 6, PixelFormat::kLuma32),
              StatusIs(kInvalid, HasSubstr("aligned")));
  const auto* odd = reinterpret_cast<const char*>(luma.data()) + 1;
  EXPECT_THAT(PictureView::Create(odd, 1, 1, 4, PixelFormat::kLuma32),
              StatusIs(kInvalid, HasSubstr("aligned")));
  EXPECT_THAT(PictureView::Create(luma.data(), 1, 3,
                                  std::numeric_limits<size_t>::max() / 2, grey),
              StatusIs(kInvalid, HasSubstr("fit")));
}

}  // namespace
}  // namespace hashvet
