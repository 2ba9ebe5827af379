// PDQ against the reference's own answers, and everything its header promises
// besides.

#include "hashvet/hashers/pdq.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/text.h"
#include "hashvet/pixels/picture.h"
#include "tests/support/pdq_vectors.h"
#include "tests/support/scenes.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::ExpectVector;
using ::hashvet::testing::MakeNamed;
using ::hashvet::testing::MakeScene;
using ::hashvet::testing::PdqVector;
using ::hashvet::testing::ReadPdqVectors;
using ::hashvet::testing::SharedVectorsPath;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::ToGrey8;
using ::hashvet::testing::Turned;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

bool Mentions(const absl::Status& status, const char* text) {
  return std::string(status.message()).find(text) != std::string::npos;
}

const PdqVector kKnownAnswers[] = {
#include "tests/hashers/pdq_known_answers.inc"
};

TEST(PdqTest, IsTheReferenceBitForBit) {
  int compared = 0;
  for (const PdqVector& vector : kKnownAnswers) {
    const Picture picture = MakeNamed(vector.name, vector.width, vector.height);
    compared += ExpectVector(picture.view(), vector);
  }
  EXPECT_EQ(compared, 9 * static_cast<int>(std::size(kKnownAnswers)));
}

// Every synthetic vector there is, where the shared ones are at hand.
TEST(PdqTest, IsTheReferenceOnAllSyntheticVectors) {
  const std::vector<PdqVector> vectors =
      ReadPdqVectors(SharedVectorsPath("synthetic.csv"));
  if (vectors.empty()) GTEST_SKIP() << "no shared vectors here";
  int compared = 0, refused = 0;
  for (const PdqVector& vector : vectors) {
    const Picture picture = MakeNamed(vector.name, vector.width, vector.height);
    if (vector.width < kPdqMinSide || vector.height < kPdqMinSide) {
      EXPECT_THAT(ComputePdq(picture.view()), Not(testing::IsOk()));
      ++refused;
      continue;
    }
    compared += ExpectVector(picture.view(), vector);
  }
  std::printf("%zu rows: %d refused (a side under 5), %d hashes compared\n",
              vectors.size(), refused, compared);
  EXPECT_EQ(vectors.size(), 93u);
  EXPECT_EQ(refused, 6);
}

// What an orientation means, shown with pixels: turning the picture and hashing
// it gives the hash that the original has for that orientation, but for a few
// bits (the sampling grid is not symmetric), and no other one.
TEST(PdqTest, AnOrientationSaysWhatToDoToThePicture) {
  for (const auto& [width, height] :
       {std::pair{640u, 480u}, {300u, 421u}, {64u, 64u}, {90u, 90u}}) {
    const Picture scene = MakeScene(7, width, height);
    ASSERT_OK_AND_ASSIGN(const PdqHashes hashes,
                         ComputePdqOrientations(scene.view()));
    for (size_t o = 0; o < kOrientations; ++o) {
      SCOPED_TRACE(kOrientationNames[o]);
      const Picture turned = Turned(scene, static_cast<Orientation>(o));
      ASSERT_OK_AND_ASSIGN(const PdqHash got, ComputePdq(turned.view()));
      for (size_t other = 0; other < kOrientations; ++other) {
        const uint32_t distance =
            Distance(got.hash, hashes.orientations[other]);
        if (other == o) {
          EXPECT_LE(distance, 16u);
        } else {
          EXPECT_GT(distance, kPdqMatchMaxDistance) << kOrientationNames[other];
        }
      }
    }
  }
}

TEST(PdqTest, OrientationsAgreeWithTheSingleHash) {
  for (const PdqVariant variant : {PdqVariant::kFull, PdqVariant::kNn512}) {
    const Picture scene = MakeScene(8, 700, 300);
    ASSERT_OK_AND_ASSIGN(const PdqHash one, ComputePdq(scene.view(), variant));
    ASSERT_OK_AND_ASSIGN(const PdqHashes all,
                         ComputePdqOrientations(scene.view(), variant));
    EXPECT_EQ(one.hash, all.hash());
    EXPECT_EQ(one.quality, all.quality);
    EXPECT_EQ(all.variant, variant);
    for (const Hash256& hash : all.orientations) EXPECT_EQ(hash.ones(), 128u);
  }
}

TEST(PdqTest, TheVariantsDifferOnlyAbove512) {
  for (const auto& [width, height, differ] : {std::tuple{512u, 512u, false},
                                              {512u, 5u, false},
                                              {513u, 512u, true},
                                              {300u, 513u, true}}) {
    const Picture scene = MakeScene(9, width, height);
    ASSERT_OK_AND_ASSIGN(const PdqHash full, ComputePdq(scene.view()));
    ASSERT_OK_AND_ASSIGN(const PdqHash sampled,
                         ComputePdq(scene.view(), PdqVariant::kNn512));
    EXPECT_EQ(full.hash != sampled.hash, differ) << width << "x" << height;
  }
}

// Where a picture is its blocks' means anyway, the means say all of it.
TEST(PdqTest, MeansOfBlocksAreWeighedAsTheirPixels) {
  for (const uint32_t block : {2u, 4u, 8u}) {
    for (const auto& [width, height] :
         {std::pair(300u, 200u), std::pair(77u, 131u), std::pair(16u, 9u)}) {
      const Picture means = ToGrey8(MakeScene(6, width, height));
      Picture whole =
          *Picture::Create(width * block, height * block, PixelFormat::kGrey8);
      for (uint32_t y = 0; y < height * block; ++y) {
        for (uint32_t x = 0; x < width * block; ++x) {
          whole.row(y)[x] = means.view().row(y / block)[x / block];
        }
      }
      ASSERT_OK_AND_ASSIGN(const PdqHashes of_means,
                           ComputePdqOrientationsOfMeans(means.view(), block));
      ASSERT_OK_AND_ASSIGN(const PdqHashes of_pixels,
                           ComputePdqOrientations(whole.view()));
      EXPECT_EQ(of_means.quality, of_pixels.quality);
      EXPECT_EQ(of_means.orientations, of_pixels.orientations)
          << block << ": " << width << " x " << height;
      // Hashed as if they were the picture they are another one.
      ASSERT_OK_AND_ASSIGN(const PdqHash alone, ComputePdq(means.view()));
      if (width == 300) {
        EXPECT_NE(alone.hash, of_pixels.hash());
      }
    }
  }
}

TEST(PdqTest, BlocksOfNothingOrOfTooMuchAreRefused) {
  const Picture means = ToGrey8(MakeScene(6, 64, 64));
  EXPECT_THAT(ComputePdqOrientationsOfMeans(means.view(), 0),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("blocks of 0 pixels")));
  EXPECT_THAT(ComputePdqOrientationsOfMeans(means.view(), 1u << 26),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("4294967296 pixels a side")));
}

TEST(PdqTest, ASideUnderFiveIsRefused) {
  for (const auto& [width, height] :
       {std::pair{4u, 200u}, {200u, 4u}, {1u, 1u}, {4u, 4u}, {4u, 600u}}) {
    const Picture scene = MakeScene(1, width, height);
    for (const PdqVariant variant : {PdqVariant::kFull, PdqVariant::kNn512}) {
      EXPECT_THAT(ComputePdq(scene.view(), variant),
                  StatusIs(kInvalid, AllOf(HasSubstr(std::to_string(width)),
                                           HasSubstr(std::to_string(height)),
                                           HasSubstr("at least 5"))));
      EXPECT_THAT(ComputePdqOrientations(scene.view(), variant),
                  StatusIs(kInvalid, HasSubstr("at least 5")));
    }
  }
  EXPECT_OK(ComputePdq(MakeScene(1, 5, 5).view()));
}

// Wherever the pixel lies: in a band, in the gap between two, in the last row.
TEST(PdqTest, ALumaThatIsNoNumberIsRefused) {
  constexpr uint32_t kWidth = 150, kHeight = 250;
  const float kWrong[] = {std::numeric_limits<float>::quiet_NaN(),
                          -std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::max(),
                          65537.0f};
  std::vector<float> luma(kWidth * kHeight, 100.0f);
  ASSERT_OK_AND_ASSIGN(const PictureView view,
                       PictureView::Create(luma.data(), kWidth, kHeight,
                                           kWidth * 4, PixelFormat::kLuma32));
  for (uint32_t y = 0; y < kHeight; ++y) {
    const uint32_t x = y * 7 % kWidth;
    luma[y * kWidth + x] = kWrong[y % std::size(kWrong)];
    EXPECT_THAT(ComputePdq(view),
                StatusIs(kInvalid, HasSubstr("row " + std::to_string(y))));
    luma[y * kWidth + x] = 100.0f;
  }
  EXPECT_THAT(ComputePdqOrientations(view), testing::IsOk());
  luma.back() = -65536.0f;  // strange, but a number
  EXPECT_OK(ComputePdq(view));
}

TEST(PdqTest, AFlatPictureHasNoQuality) {
  for (const int value : {0, 128, 255}) {
    std::vector<uint8_t> grey(200 * 100, static_cast<uint8_t>(value));
    ASSERT_OK_AND_ASSIGN(
        const PictureView view,
        PictureView::Create(grey.data(), 200, 100, 200, PixelFormat::kGrey8));
    ASSERT_OK_AND_ASSIGN(const PdqHash hash, ComputePdq(view));
    EXPECT_EQ(hash.quality, 0);
    if (value == 0) {
      EXPECT_EQ(hash.hash, Hash256());
    }
  }
}

// The target is chosen once, so the wrong name needs a process of its own.
TEST(PdqDeathTest, AnUnknownForcedTargetIsAnErrorAndNoFallback) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto hash_with_unknown_target = [] {
    setenv("HASHVET_SIMD_TARGET", "mmx", 1);
    const Picture scene = MakeScene(1, 20, 20);
    const auto one = ComputePdq(scene.view());
    const auto all = ComputePdqOrientations(scene.view());
    const bool refused =
        one.status().code() == kInvalid && all.status().code() == kInvalid &&
        Mentions(one.status(), "'mmx'") && Mentions(one.status(), "portable");
    std::exit(refused ? 0 : 1);
  };
  EXPECT_EXIT(hash_with_unknown_target(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace hashvet
