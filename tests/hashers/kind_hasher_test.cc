// Every kind besides PDQ: the library's answers for scenes, the orientations
// against turned pixels, and what is refused.

#include "hashvet/hashers/kind_hasher.h"

#include <cmath>
#include <cstdio>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/text.h"
#include "hashvet/pixels/picture.h"
#include "tests/support/scenes.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::MakeNamed;
using ::hashvet::testing::MakeScene;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::ToGrey8;
using ::hashvet::testing::Turned;
using ::testing::HasSubstr;

struct KnownAnswer {
  std::string_view kind;
  uint32_t seed;
  uint32_t width;
  uint32_t height;
  std::string_view hex;
};
constexpr KnownAnswer kKnownAnswers[] = {
#include "tests/hashers/kind_known_answers.inc"
#include "tests/hashers/opencv_known_answers.inc"
#include "tests/hashers/zauner_known_answers.inc"
};

std::vector<HashKind> PixelKinds() {
  std::vector<HashKind> kinds;
  for (const HashKindInfo& info : AllHashKinds()) {
    if (IsHashedFromPixels(info.kind)) kinds.push_back(info.kind);
  }
  return kinds;
}

HashValue ValueOf(const PictureView& view, HashKind kind) {
  return (*KindHasher(view).Compute(kind, false))[0];
}

TEST(KindHasherTest, SaysWhatTheLibrarySays) {
  size_t compared = 0;
  for (const KnownAnswer& known : kKnownAnswers) {
    const Picture picture = MakeScene(known.seed, known.width, known.height);
    ASSERT_OK_AND_ASSIGN(const HashKind kind, ParseHashKind(known.kind));
    const HashValue value = ValueOf(picture.view(), kind);
    ++compared;
    EXPECT_EQ(ToHex(value), known.hex)
        << known.kind << ", scene " << known.seed << ", " << known.width
        << " x " << known.height;
  }
  EXPECT_EQ(compared, 154u);
}

// The small plane turned is not the small plane of the turned picture where
// resizing rounds between its passes or samples between pixels: a bit or two
// differ. Any wrong orientation differs in a third of the bits.
TEST(KindHasherTest, OrientationsAreThoseOfTurnedPixels) {
  const Picture picture = MakeScene(21, 320, 240);
  for (const HashKind kind : PixelKinds()) {
    ASSERT_OK_AND_ASSIGN(const std::vector<HashValue> values,
                         KindHasher(picture.view()).Compute(kind));
    ASSERT_EQ(values.size(), kOrientations);
    const auto bits = static_cast<uint32_t>(8 * InfoOf(kind).size_bytes);
    for (size_t o = 0; o < kOrientations; ++o) {
      const Picture turned = Turned(picture, static_cast<Orientation>(o));
      const HashValue want = ValueOf(turned.view(), kind);
      ASSERT_OK_AND_ASSIGN(const uint32_t distance, Distance(values[o], want));
      EXPECT_LE(distance, bits / 32)
          << NameOf(kind) << " " << kOrientationNames[o];
      for (size_t other = 0; other < kOrientations; ++other) {
        if (other == o) continue;
        ASSERT_OK_AND_ASSIGN(const uint32_t apart,
                             Distance(values[other], want));
        EXPECT_GT(apart, bits / 8)
            << NameOf(kind) << " " << kOrientationNames[other];
      }
    }
    EXPECT_EQ(ValueOf(picture.view(), kind), values[0]);
  }
}

// Its places are looked up anew in every orientation.
TEST(KindHasherTest, ZaunersOrientationsAreExactlyThoseOfTurnedPixels) {
  for (const auto& [width, height] :
       {std::pair(320u, 240u), std::pair(33u, 57u), std::pair(7u, 101u)}) {
    const Picture picture = MakeScene(24, width, height);
    ASSERT_OK_AND_ASSIGN(
        const std::vector<HashValue> values,
        KindHasher(picture.view()).Compute(HashKind::kPhash64Zauner));
    for (size_t o = 0; o < kOrientations; ++o) {
      const Picture turned = Turned(picture, static_cast<Orientation>(o));
      EXPECT_EQ(values[o], ValueOf(turned.view(), HashKind::kPhash64Zauner))
          << width << " x " << height << " " << kOrientationNames[o];
    }
  }
}

TEST(KindHasherTest, GreyInEveryFormatIsTheSamePicture) {
  const Picture grey = ToGrey8(MakeScene(22, 131, 97));
  Picture rgb = *Picture::Create(131, 97, PixelFormat::kRgb8);
  Picture luma = *Picture::Create(131, 97, PixelFormat::kLuma32);
  for (uint32_t y = 0; y < 97; ++y) {
    for (uint32_t x = 0; x < 131; ++x) {
      const uint8_t byte = grey.view().row(y)[x];
      for (size_t c = 0; c < 3; ++c) rgb.row(y)[3 * x + c] = byte;
      reinterpret_cast<float*>(luma.row(y))[x] =
          static_cast<float>(byte) + (x % 2 == 0 ? 0.4f : -0.4f);
    }
  }
  for (const HashKind kind : PixelKinds()) {
    const HashValue want = ValueOf(grey.view(), kind);
    EXPECT_EQ(ValueOf(rgb.view(), kind), want) << NameOf(kind);
    EXPECT_EQ(ValueOf(luma.view(), kind), want) << NameOf(kind);
  }
}

TEST(KindHasherTest, RedAndBlueAreNotMistaken) {
  Picture rgb = MakeScene(23, 200, 150);
  Picture bgr = *Picture::Create(200, 150, PixelFormat::kBgr8);
  for (uint32_t y = 0; y < 150; ++y) {
    for (uint32_t x = 0; x < 200; ++x) {
      for (size_t c = 0; c < 3; ++c) {
        bgr.row(y)[3 * x + 2 - c] = rgb.row(y)[3 * x + c];
      }
    }
  }
  for (const HashKind kind : PixelKinds()) {
    EXPECT_EQ(ValueOf(bgr.view(), kind), ValueOf(rgb.view(), kind))
        << NameOf(kind);
  }
}

// Flat pictures have no bit above a mean, a median or a neighbour; blocks are
// not below theirs.
TEST(KindHasherTest, FlatPicturesAreAllZeroOrAllOne) {
  const Picture flat = MakeNamed("flat-128", 300, 200);
  EXPECT_EQ(ToHex(ValueOf(flat.view(), HashKind::kAhash64ImageHash)),
            "0000000000000000");
  EXPECT_EQ(ToHex(ValueOf(flat.view(), HashKind::kDhash64ImageHash)),
            "0000000000000000");
  EXPECT_EQ(ToHex(ValueOf(flat.view(), HashKind::kWhash64ImageHash)),
            "0000000000000000");
  const std::string blocks =
      ToHex(ValueOf(flat.view(), HashKind::kBlockMean968OpenCv));
  EXPECT_EQ(blocks, std::string(240, 'f') + "01");  // 961 of 968 bits
}

TEST(KindHasherTest, WhatCannotBeHashedIsRefused) {
  const Picture small = MakeScene(1, 4, 200);
  for (const HashKind kind : PixelKinds()) {
    EXPECT_THAT(
        KindHasher(small.view()).Compute(kind),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("4 x 200")));
  }
  const Picture picture = MakeScene(1, 20, 20);
  for (const HashKind kind :
       {HashKind::kPdq, HashKind::kMd5, HashKind::kPhotoDna}) {
    EXPECT_FALSE(IsHashedFromPixels(kind));
    EXPECT_THAT(KindHasher(picture.view()).Compute(kind),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("not computed")));
  }
  Picture luma = *Picture::Create(8, 8, PixelFormat::kLuma32);
  for (uint32_t y = 0; y < 8; ++y) {
    for (uint32_t x = 0; x < 8; ++x) {
      reinterpret_cast<float*>(luma.row(y))[x] = 1;
    }
  }
  reinterpret_cast<float*>(luma.row(7))[3] =
      std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(KindHasher(luma.view()).Compute(HashKind::kPhash64OpenCv),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("row 7")));
}

}  // namespace
}  // namespace hashvet
