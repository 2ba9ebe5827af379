// Crop-resistant hashes: ImageHash's answers for scenes, the areas of pictures
// drawn for it, comparison, text, and what is refused.

#include "hashvet/hashers/crop_resistant.h"

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hashers/kind_hasher.h"
#include "hashvet/pixels/picture.h"
#include "src/hashers/segments.h"
#include "tests/support/scenes.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::MakeNamed;
using ::hashvet::testing::MakeScene;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::ToGrey8;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

struct KnownAnswer {
  uint32_t seed;
  uint32_t width;
  uint32_t height;
  std::string_view text;
};
constexpr KnownAnswer kKnownAnswers[] = {
#include "tests/hashers/segments_known_answers.inc"
};

TEST(CropResistantTest, SaysWhatImageHashSays) {
  size_t compared = 0;
  for (const KnownAnswer& known : kKnownAnswers) {
    const Picture scene = MakeScene(known.seed, known.width, known.height);
    ASSERT_OK_AND_ASSIGN(const std::vector<HashValue> segments,
                         ComputeCropResistant(scene.view()));
    EXPECT_EQ(SegmentsToText(segments), known.text) << "scene " << known.seed;
    ++compared;
  }
  EXPECT_EQ(compared, 10u);
}

TEST(CropResistantTest, TheLargestSegmentsComeFirstWhereTheirNumberIsLimited) {
  const Picture scene = MakeScene(10, 1000, 700);
  ASSERT_OK_AND_ASSIGN(const std::vector<HashValue> all,
                       ComputeCropResistant(scene.view()));
  ASSERT_GT(all.size(), 3u);
  ASSERT_OK_AND_ASSIGN(const std::vector<HashValue> three,
                       ComputeCropResistant(scene.view(), 3));
  ASSERT_THAT(three, SizeIs(3));
  for (const HashValue& value : three) {
    EXPECT_THAT(all, ::testing::Contains(value));
  }
  ASSERT_OK_AND_ASSIGN(const std::vector<HashValue> one,
                       ComputeCropResistant(scene.view(), 1));
  EXPECT_EQ(one, std::vector<HashValue>{three[0]});
}

// No area stands out: the whole picture is one.
TEST(CropResistantTest, AFlatPictureIsOneSegment) {
  const Picture flat = MakeNamed("flat-128", 300, 200);
  ASSERT_OK_AND_ASSIGN(const std::vector<HashValue> segments,
                       ComputeCropResistant(flat.view()));
  ASSERT_OK_AND_ASSIGN(const std::vector<HashValue> whole,
                       KindHasher(flat.view()).Compute(kSegmentKind, false));
  EXPECT_EQ(segments, whole);
}

SmallPlane Plane300(uint8_t level) {
  SmallPlane plane(300, 300);
  plane.bytes.assign(plane.bytes.size(), level);
  return plane;
}
void Fill(SmallPlane& plane, size_t left, size_t top, size_t width,
          size_t height, uint8_t level) {
  for (size_t y = top; y < top + height; ++y) {
    for (size_t x = left; x < left + width; ++x) plane.row(y)[x] = level;
  }
}

TEST(SegmentsTest, BrightOnesFirstByWhereTheyBegin) {
  SmallPlane plane = Plane300(128);     // not bright: not above 128
  Fill(plane, 200, 10, 30, 30, 129);    // 900
  Fill(plane, 20, 12, 25, 20, 255);     // 500: too small
  Fill(plane, 50, 12, 167, 3, 255);     // 501, joined to nothing
  Fill(plane, 50, 100, 100, 100, 200);  // with a hole
  Fill(plane, 80, 130, 50, 50, 0);      // the hole, dark and enclosed
  const std::vector<Segment> segments = SegmentsOf(plane);
  ASSERT_THAT(segments, SizeIs(4));
  // 50..216 reaches into 200..229 at rows 12..14: they are one.
  EXPECT_EQ(segments[0].pixels, 900u + 3 * 150);
  EXPECT_EQ(segments[0].left, 50u);
  EXPECT_EQ(segments[0].right, 229u);
  EXPECT_EQ(segments[0].top, 10u);
  EXPECT_EQ(segments[0].bottom, 39u);
  EXPECT_EQ(segments[1].pixels, 10000u - 2500);
  EXPECT_EQ(segments[2].pixels, 90000u - 1350 - 500 - 10000);
  EXPECT_EQ(segments[2].right, 299u);
  EXPECT_EQ(segments[3].pixels, 2500u);
  EXPECT_EQ(segments[3].left, 80u);
}

TEST(SegmentsTest, CornersDoNotJoin) {
  SmallPlane plane = Plane300(0);
  Fill(plane, 0, 0, 30, 30, 255);
  Fill(plane, 30, 30, 30, 30, 255);
  EXPECT_THAT(SegmentsOf(plane), SizeIs(3));
}

// The library counts the frame around the plane as found: a dark area that
// comes when no more than its 1,200 pixels are missing is not sought.
TEST(SegmentsTest, TheSearchEndsAsTheLibrarysDoes) {
  SmallPlane plane = Plane300(0);
  Fill(plane, 0, 299 - 4, 300, 1, 255);  // cuts off four rows: 1,200 pixels
  EXPECT_THAT(SegmentsOf(plane), SizeIs(1));
  Fill(plane, 0, 299 - 4, 300, 1, 0);
  Fill(plane, 0, 299 - 5, 300, 1, 255);  // five rows
  EXPECT_THAT(SegmentsOf(plane), SizeIs(2));
}

TEST(SegmentsTest, SmoothingKeepsAPlainPlaneAndDropsASpeck) {
  SmallPlane plane = Plane300(77);
  EXPECT_EQ(Smoothed(plane).bytes, plane.bytes);
  plane.row(100)[100] = 255;
  const SmallPlane smooth = Smoothed(plane);
  EXPECT_LT(smooth.at(100, 100), 90);
  EXPECT_GT(smooth.at(100, 100), 77);
}

HashValue Segment64(const char* hex) { return ParseSegments(hex)->front(); }

TEST(CropResistantTest, SegmentsInCommonAreCountedWithinTheDistance) {
  const std::vector<HashValue> a = {Segment64("000000000000ffff"),
                                    Segment64("ffffffffffffffff"),
                                    Segment64("0000000000000000")};
  const std::vector<HashValue> b = {Segment64("0000000000000000"),
                                    Segment64("000000000000fff0")};
  // 4 bits, 52 bits, 0 bits to the nearest.
  ASSERT_OK_AND_ASSIGN(const CommonSegments common, SegmentsInCommon(a, b));
  EXPECT_EQ(common, (CommonSegments{2, 4}));
  ASSERT_OK_AND_ASSIGN(const CommonSegments at_4, SegmentsInCommon(a, b, 4));
  EXPECT_EQ(at_4, (CommonSegments{2, 4}));
  ASSERT_OK_AND_ASSIGN(const CommonSegments at_3, SegmentsInCommon(a, b, 3));
  EXPECT_EQ(at_3, (CommonSegments{1, 0}));
  ASSERT_OK_AND_ASSIGN(const CommonSegments other, SegmentsInCommon(b, a));
  EXPECT_EQ(other, (CommonSegments{2, 4}));
}

TEST(CropResistantTest, ValuesOfAnotherKindAreNotCompared) {
  const Picture scene = MakeScene(3, 64, 64);
  ASSERT_OK_AND_ASSIGN(
      const std::vector<HashValue> ahash,
      KindHasher(scene.view()).Compute(HashKind::kAhash64ImageHash, false));
  ASSERT_OK_AND_ASSIGN(const std::vector<HashValue> segments,
                       ComputeCropResistant(scene.view()));
  EXPECT_THAT(SegmentsInCommon(ahash, segments),
              StatusIs(kInvalid, HasSubstr("ahash64-imagehash")));
  EXPECT_THAT(SegmentsInCommon(segments, ahash),
              StatusIs(kInvalid, HasSubstr("want dhash64-imagehash")));
  EXPECT_THAT(SegmentsInCommon(segments, {}),
              StatusIs(kInvalid, HasSubstr("no segment")));
}

TEST(CropResistantTest, TextComesBackAndWhatIsNoneIsRefused) {
  const std::string text = "0123456789abcdef,fedcba9876543210";
  ASSERT_OK_AND_ASSIGN(const std::vector<HashValue> segments,
                       ParseSegments(text));
  EXPECT_THAT(segments, SizeIs(2));
  EXPECT_EQ(SegmentsToText(segments), text);
  EXPECT_THAT(ParseSegments(""), StatusIs(kInvalid, HasSubstr("segment 1")));
  EXPECT_THAT(ParseSegments(text + ","),
              StatusIs(kInvalid, HasSubstr("segment 3")));
  EXPECT_THAT(ParseSegments("0123456789abcdeg"),
              StatusIs(kInvalid, HasSubstr("position 16")));
  std::string many = "0123456789abcdef";
  for (size_t i = 1; i < kMaxSegments; ++i) many += ",0123456789abcdef";
  EXPECT_OK(ParseSegments(many).status());
  EXPECT_THAT(ParseSegments(many + ",0123456789abcdef"),
              StatusIs(kInvalid, HasSubstr("more than 179")));
}

TEST(CropResistantTest, WhatCannotBeHashedIsRefused) {
  EXPECT_THAT(ComputeCropResistant(MakeScene(1, 4, 200).view()),
              StatusIs(kInvalid, HasSubstr("4 x 200")));
  Picture luma = *Picture::Create(8, 8, PixelFormat::kLuma32);
  for (uint32_t y = 0; y < 8; ++y) {
    for (uint32_t x = 0; x < 8; ++x) {
      reinterpret_cast<float*>(luma.row(y))[x] = 1;
    }
  }
  reinterpret_cast<float*>(luma.row(7))[3] =
      std::numeric_limits<float>::infinity();
  EXPECT_THAT(ComputeCropResistant(luma.view()),
              StatusIs(kInvalid, HasSubstr("row 7")));
}

// Every size is answered, in a picture's own memory (the sanitizers' to see):
// with segments, or by saying that one has no pixel.
TEST(CropResistantTest, EverySmallSizeIsHashedOrRefused) {
  size_t hashed = 0;
  for (const auto& [width, height] :
       {std::pair(5u, 5u), std::pair(5u, 800u), std::pair(800u, 5u),
        std::pair(6u, 7u), std::pair(37u, 5u), std::pair(301u, 299u)}) {
    for (uint32_t seed = 1; seed <= 6; ++seed) {
      const Picture scene = ToGrey8(MakeScene(seed, width, height));
      const auto segments = ComputeCropResistant(scene.view());
      if (segments.ok()) {
        EXPECT_FALSE(segments->empty());
        EXPECT_LE(segments->size(), kMaxSegments);
        ++hashed;
      } else {
        EXPECT_THAT(segments, StatusIs(kInvalid, HasSubstr("no pixel of it")));
      }
    }
  }
  EXPECT_GT(hashed, 0u);
}

}  // namespace
}  // namespace hashvet
