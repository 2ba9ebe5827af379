#include "hashvet/pixels/picture.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

TEST(PictureTest, RowsLieWithoutGaps) {
  for (const PixelFormat format : {PixelFormat::kGrey8, PixelFormat::kRgb8,
                                   PixelFormat::kBgr8, PixelFormat::kLuma32}) {
    ASSERT_OK_AND_ASSIGN(Picture picture, Picture::Create(7, 3, format));
    const size_t row_bytes = 7 * BytesPerPixel(format);
    EXPECT_EQ(picture.stride_bytes(), row_bytes);
    for (uint32_t y = 0; y < 3; ++y) {
      std::memset(picture.row(y), static_cast<int>(y), row_bytes);
    }
    const PictureView view = picture.view();
    EXPECT_EQ(view.width(), 7u);
    EXPECT_EQ(view.height(), 3u);
    EXPECT_EQ(view.format(), format);
    EXPECT_EQ(view.row(1), view.row(0) + row_bytes);
    EXPECT_EQ(view.row(2)[row_bytes - 1], 2);
  }
}

TEST(PictureTest, MovingKeepsThePixelsWhereTheyAre) {
  ASSERT_OK_AND_ASSIGN(Picture first,
                       Picture::Create(2, 2, PixelFormat::kGrey8));
  const uint8_t* pixels = first.row(0);
  const Picture second = std::move(first);
  EXPECT_EQ(second.view().row(0), pixels);
}

TEST(PictureTest, RefusesNoSideAndMoreThanMemory) {
  EXPECT_THAT(Picture::Create(0, 5, PixelFormat::kGrey8),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 x 5")));
  EXPECT_THAT(Picture::Create(5, 0, PixelFormat::kGrey8),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("5 x 0")));
  constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();
  EXPECT_THAT(
      Picture::Create(kMost, kMost, PixelFormat::kBgr8),
      StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("memory")));
}

}  // namespace
}  // namespace hashvet
