// AVIF and HEIC. In a program of its own: it links libheif to write the files.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/decode/decode.h"
#include "hashvet/picture/hash_picture.h"
#include "hashvet/sandbox/decoder_pool.h"
#include "tests/decode/expect_pixels.h"
#include "tests/decode/heif_file.h"
#include "tests/decode/make_files.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::BgrOf;
using ::hashvet::testing::Box;
using ::hashvet::testing::Bytes;
using ::hashvet::testing::BytesOf;
using ::hashvet::testing::CodedPicture;
using ::hashvet::testing::HeifBoxes;
using ::hashvet::testing::MakeBoxes;
using ::hashvet::testing::MakeHeif;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::OverWhite;
using ::hashvet::testing::Samples;
using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

constexpr uint32_t kWidth = 128;
constexpr uint32_t kHeight = 96;

// A picture in the test's own hands: 3 samples a pixel, red first.
struct Plain {
  uint32_t width = 0;
  uint32_t height = 0;
  Samples rgb;

  const uint8_t* At(uint32_t x, uint32_t y) const {
    return &rgb[(size_t{y} * width + x) * 3];
  }
};

template <typename From>
Plain Make(uint32_t width, uint32_t height, const From& from) {
  Plain made = {width, height, {}};
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x) {
      const uint8_t* pixel = from(x, y);
      made.rgb.insert(made.rgb.end(), pixel, pixel + 3);
    }
  }
  return made;
}

Plain Source(uint32_t width = kWidth, uint32_t height = kHeight) {
  return {width, height, MakeSamples(width, height, 3)};
}

Plain QuarterLeft(const Plain& from) {
  return Make(from.height, from.width, [&](uint32_t x, uint32_t y) {
    return from.At(from.width - 1 - y, x);
  });
}
Plain UpsideDown(const Plain& from) {  // top and bottom exchanged
  return Make(from.width, from.height, [&](uint32_t x, uint32_t y) {
    return from.At(x, from.height - 1 - y);
  });
}
Plain Sideways(const Plain& from) {  // left and right exchanged
  return Make(from.width, from.height, [&](uint32_t x, uint32_t y) {
    return from.At(from.width - 1 - x, y);
  });
}
Plain Part(const Plain& from, uint32_t left, uint32_t top, uint32_t width,
           uint32_t height) {
  return Make(width, height, [&](uint32_t x, uint32_t y) {
    return from.At(left + x, top + y);
  });
}

// The mean difference of samples: coding loses some.
void ExpectLooksLike(const DecodedPicture& decoded, const Plain& wanted,
                     double most = 6) {
  ASSERT_EQ(decoded.picture.format(), PixelFormat::kBgr8);
  ASSERT_EQ(decoded.picture.width(), wanted.width);
  ASSERT_EQ(decoded.picture.height(), wanted.height);
  const Samples bgr = BgrOf(decoded.picture);
  double sum = 0;
  for (size_t i = 0; i < bgr.size(); ++i) {
    const size_t at = i / 3 * 3 + 2 - i % 3;
    sum += std::abs(int{bgr[i]} - int{wanted.rgb[at]});
  }
  EXPECT_LT(sum / static_cast<double>(bgr.size()), most);
}

Bytes Coded(bool heic, const Plain& plain) {
  return MakeHeif({.heic = heic,
                   .width = plain.width,
                   .height = plain.height,
                   .rgb = plain.rgb});
}

class HeifTest : public ::testing::TestWithParam<bool> {
 protected:
  static bool heic() { return GetParam(); }
  // One item of the whole picture, as its boxes say.
  static HeifBoxes OneItem(const Plain& plain) {
    return {.heic = heic(),
            .coded = {Coded(heic(), plain)},
            .width = plain.width,
            .height = plain.height};
  }
};

TEST_P(HeifTest, IsDecoded) {
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded,
                       Decode(Coded(heic(), Source())));
  ExpectLooksLike(decoded, Source());
  EXPECT_EQ(decoded.header.format,
            heic() ? PictureFormat::kHeic : PictureFormat::kAvif);
  EXPECT_EQ(decoded.header.width, kWidth);
  EXPECT_FALSE(decoded.truncated || decoded.alpha_flattened ||
               decoded.orientation_applied);
}

// libheif copies it and nobody looks into it.
TEST_P(HeifTest, AColourProfileChangesNothing) {
  const Plain plain = Source();
  CodedPicture picture = {.heic = heic(),
                          .width = plain.width,
                          .height = plain.height,
                          .rgb = plain.rgb};
  ASSERT_OK_AND_ASSIGN(const DecodedPicture without, Decode(MakeHeif(picture)));
  picture.profile = Samples(size_t{2} << 20, 0xa7);
  const Bytes file = MakeHeif(picture);
  EXPECT_GT(file.size(), picture.profile.size());
  ASSERT_OK_AND_ASSIGN(const DecodedPicture with, Decode(file));
  EXPECT_EQ(BgrOf(with.picture), BgrOf(without.picture));
}

TEST_P(HeifTest, IsTurnedAsItsPropertiesSay) {
  HeifBoxes file = OneItem(Source());
  for (uint8_t quarters = 0; quarters < 4; ++quarters) {
    for (int mirror = -1; mirror < 2; ++mirror) {
      Plain wanted = Source();
      for (uint8_t i = 0; i < quarters; ++i) wanted = QuarterLeft(wanted);
      if (mirror == 0) wanted = UpsideDown(wanted);
      if (mirror == 1) wanted = Sideways(wanted);
      file.irot = quarters;
      file.imir.reset();
      if (mirror >= 0) file.imir = static_cast<uint8_t>(mirror);
      SCOPED_TRACE(::testing::Message() << +quarters << " " << mirror);
      ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded,
                           Decode(MakeBoxes(file)));
      ExpectLooksLike(decoded, wanted);
      EXPECT_EQ(decoded.orientation_applied, quarters != 0 || mirror >= 0);
      ASSERT_OK_AND_ASSIGN(
          const DecodedPicture stored,
          Decode(MakeBoxes(file), {.apply_orientation = false}));
      ExpectLooksLike(stored, Source());
    }
  }
}

// As libheif itself writes what it is asked to turn.
TEST_P(HeifTest, IsTurnedAsLibheifMeansIt) {
  const Plain plain = Source();
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded,
                         Decode(MakeHeif({.heic = heic(),
                                          .width = plain.width,
                                          .height = plain.height,
                                          .rgb = plain.rgb,
                                          .turn = orientation})));
    EXPECT_EQ(static_cast<int>(decoded.header.orientation), orientation);
  }
}

TEST_P(HeifTest, ItsExifOrientationTurnsNothing) {
  const Plain plain = Source();
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded,
                       Decode(MakeHeif({.heic = heic(),
                                        .width = plain.width,
                                        .height = plain.height,
                                        .rgb = plain.rgb,
                                        .exif_orientation = 6})));
  ExpectLooksLike(decoded, plain);
}

TEST_P(HeifTest, IsCroppedBeforeItIsTurned) {
  HeifBoxes file = OneItem(Source());
  // 80 x 40, its centre 8 to the right of the picture's and 12 above it.
  const auto up = static_cast<uint32_t>(-12);
  file.clap = {80, 1, 40, 1, 8, 1, up, 1};
  file.irot = 1;
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(MakeBoxes(file)));
  ExpectLooksLike(decoded, QuarterLeft(Part(Source(), 32, 16, 80, 40)));
  // A part that is not within the picture is none.
  file.clap = {80, 1, 40, 1, 80, 1, 0, 1};
  ASSERT_OK_AND_ASSIGN(const DecodedPicture whole, Decode(MakeBoxes(file)));
  ExpectLooksLike(whole, QuarterLeft(Source()));
  file.clap = {80, 0, 40, 1, 8, 1, 0, 1};
  EXPECT_THAT(
      Decode(MakeBoxes(file)),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("damaged")));
}

TEST_P(HeifTest, AGridIsPutTogether) {
  const Plain plain = Source(200, 150);
  HeifBoxes file = {.heic = heic(),
                    .tile_width = 128,
                    .tile_height = 128,
                    .grid_columns = 2,
                    .width = 200,
                    .height = 150};
  const Plain large = Source(256, 256);
  for (uint32_t i = 0; i < 4; ++i) {
    file.coded.push_back(
        Coded(heic(), Part(large, i % 2 * 128, i / 2 * 128, 128, 128)));
  }
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(MakeBoxes(file)));
  ExpectLooksLike(decoded, Part(large, 0, 0, 200, 150));
}

TEST_P(HeifTest, AlphaIsShownOverWhiteAndOverBlack) {
  Samples rgba = MakeSamples(kWidth, kHeight, 4);
  Plain over_white = {kWidth, kHeight, {}};
  for (size_t i = 0; i < rgba.size(); i += 4) {
    const size_t x = i / 4 % kWidth;
    const size_t y = i / 4 / kWidth;
    rgba[i + 3] = (x / 32 + y / 24) % 2 == 0 ? 255 : 100;
    for (size_t c = 0; c < 3; ++c) {
      over_white.rgb.push_back(OverWhite(rgba[i + c], rgba[i + 3]));
    }
  }
  CodedPicture picture = {.heic = heic(),
                          .width = kWidth,
                          .height = kHeight,
                          .channels = 4,
                          .rgb = rgba};
  const Bytes file = MakeHeif(picture);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(file));
  ExpectLooksLike(decoded, over_white);
  EXPECT_TRUE(decoded.alpha_flattened);
  const PictureHashes hashes = HashPicture(file);
  EXPECT_EQ(hashes.outcome, HashOutcome::kHashed);
  EXPECT_TRUE(hashes.flags.alpha_flattened && hashes.flags.alpha_dual);
  ASSERT_EQ(hashes.more_pdq.size(), 1u);
  EXPECT_TRUE(hashes.more_pdq[0].over_black);

  for (size_t i = 0; i < rgba.size(); ++i) {
    if (i % 4 == 3) continue;
    picture.rgb[i] =
        static_cast<uint8_t>((rgba[i] * rgba[i / 4 * 4 + 3] + 127) / 255);
  }
  picture.premultiplied = true;
  ASSERT_OK_AND_ASSIGN(const DecodedPicture same, Decode(MakeHeif(picture)));
  ExpectLooksLike(same, over_white);
}

TEST_P(HeifTest, TenAndTwelveBitsAreCutToEight) {
  if (!heic()) GTEST_SKIP() << "libheif 1.15 with aom 3.6 writes no deep AVIF";
  for (const int bits : {10, 12}) {
    SCOPED_TRACE(bits);
    CodedPicture picture = {
        .heic = heic(), .width = kWidth, .height = kHeight, .bits = bits};
    for (const uint8_t sample : Source().rgb) {
      const uint32_t deep = uint32_t{sample} << (bits - 8);
      picture.rgb.push_back(static_cast<uint8_t>(deep));
      picture.rgb.push_back(static_cast<uint8_t>(deep >> 8));
    }
    ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded,
                         Decode(MakeHeif(picture)));
    ExpectLooksLike(decoded, Source());
  }
}

TEST_P(HeifTest, OfASequenceTheStillPictureIsTakenAndThatIsSaid) {
  HeifBoxes file = OneItem(Source());
  file.moov_samples = 12;
  ASSERT_OK_AND_ASSIGN(const PictureHeader header,
                       ReadPictureHeader(MakeBoxes(file)));
  EXPECT_EQ(header.frames, 12u);
  const PictureHashes hashes = HashPicture(MakeBoxes(file));
  EXPECT_EQ(hashes.outcome, HashOutcome::kHashed);
  EXPECT_TRUE(hashes.flags.frames_skipped);
  EXPECT_FALSE(HashPicture(MakeBoxes(OneItem(Source()))).flags.frames_skipped);
  // Browsers show the one frame of a sequence, which may be another picture.
  for (const uint32_t samples : {0u, 1u}) {
    file.moov_samples = samples;
    EXPECT_TRUE(HashPicture(MakeBoxes(file)).flags.frames_skipped) << samples;
  }
}

TEST_P(HeifTest, AWrongSizeHidesNothing) {
  const Plain plain = Source();
  HeifBoxes file = OneItem(plain);
  const PictureHashes right = HashPicture(MakeBoxes(file));
  for (const uint32_t factor : {2u, 3u}) {
    file.width = plain.width * factor;
    file.height = plain.height * factor;
    const PictureHashes wrong = HashPicture(MakeBoxes(file));
    ASSERT_EQ(wrong.outcome, HashOutcome::kHashed) << wrong.status;
    EXPECT_EQ(wrong.pdq.hash(), right.pdq.hash());
  }
  file.clap = {plain.width * 3 / 2, 1, plain.height * 3, 1, 0, 1, 0, 1};
  ASSERT_OK_AND_ASSIGN(const DecodedPicture part, Decode(MakeBoxes(file)));
  ExpectLooksLike(
      part, Part(plain, plain.width / 4, 0, plain.width / 2, plain.height));
}

TEST_P(HeifTest, WhatIsCutShortIsUndecodable) {
  const Bytes file = MakeBoxes(OneItem(Source()));
  for (size_t size = 0; size < file.size(); size += 1 + file.size() / 97) {
    const PictureHashes hashes = HashPicture(std::span(file).first(size));
    EXPECT_TRUE(hashes.outcome == HashOutcome::kUndecodable ||
                hashes.outcome == HashOutcome::kUnsupported ||
                (hashes.outcome == HashOutcome::kHashed && size > 400))
        << size << " of " << file.size() << ": " << NameOf(hashes.outcome);
  }
}

TEST_P(HeifTest, WhatASizePromisesIsHeldToTheLimits) {
  HeifBoxes file = OneItem(Source());
  file.width = file.height = 60'000;
  EXPECT_THAT(Decode(MakeBoxes(file)),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("3600000000 pixels")));
  file.width = file.height = 9'999;  // within the limit, in a few kilobytes
  EXPECT_THAT(
      Decode(MakeBoxes(file)),
      StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("a byte")));
  // As many as such a picture would have, but more than HEVC's decoder has time
  // for; another's not.
  file.width = file.height = 7'800;
  Bytes slow = MakeBoxes(file);
  slow.resize(100'000);
  const absl::Status status = Decode(slow).status();
  EXPECT_EQ(status.code() == absl::StatusCode::kResourceExhausted, heic())
      << status;
  // And, of the other, memory.
  file.width = file.height = 9'999;
  Bytes long_file = MakeBoxes(file);
  long_file.resize(200'000);
  EXPECT_THAT(Decode(long_file),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr(heic() ? "coded by HEVC" : "memory")));
  // A small picture put together of large ones.
  const Bytes tile = Coded(heic(), Source());
  const HeifBoxes grid = {.heic = heic(),
                          .coded = {tile, tile},
                          .tile_width = 30'000,
                          .tile_height = 30'000,
                          .grid_columns = 2,
                          .width = 64,
                          .height = 64};
  EXPECT_THAT(Decode(MakeBoxes(grid)),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("a part of 900000000 pixels")));
}

TEST_P(HeifTest, TheDecodersChildReadsIt) {
  auto pool = DecoderPool::Start(
      {.program = HASHVET_DECODER_PROGRAM, .breaker_crashes = 0});
  ASSERT_OK(pool);
  HeifBoxes file = OneItem(Source());
  file.irot = 3;
  const Bytes bytes = MakeBoxes(file);
  const PictureHashes here = HashPicture(bytes);
  const PictureHashes there = (*pool)->Hash(bytes, "x.jpg", {});
  ASSERT_EQ(there.outcome, HashOutcome::kHashed) << there.status;
  EXPECT_EQ(there.pdq.orientations, here.pdq.orientations);
  EXPECT_TRUE(there.flags.orientation_applied && there.flags.type_mismatch);
}

TEST_P(HeifTest, MutantsGetOneAnswerEach) {
  auto pool = DecoderPool::Start(
      {.program = HASHVET_DECODER_PROGRAM, .breaker_crashes = 0});
  ASSERT_OK(pool);
  const Bytes file = MakeBoxes(OneItem(Source()));
  uint64_t state = 7;
  const auto random = [&state](uint64_t below) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return (state >> 33) % below;
  };
  int hashed = 0;
  int failed = 0;
  constexpr int kMutants = 250;
  for (int i = 0; i < kMutants; ++i) {
    Bytes mutant = file;
    for (uint64_t k = 0; k <= random(6); ++k) {
      // Half of them among the boxes.
      const uint64_t at = random(i % 2 == 0 ? 500 : mutant.size());
      mutant[std::min<uint64_t>(at, mutant.size() - 1)] =
          static_cast<std::byte>(random(256));
    }
    const PictureHashes hashes = (*pool)->Hash(mutant, "", {});
    EXPECT_EQ(hashes.outcome == HashOutcome::kHashed, hashes.status.ok());
    hashed += hashes.outcome == HashOutcome::kHashed;
    failed += hashes.outcome == HashOutcome::kDecoderFailed ||
              hashes.outcome == HashOutcome::kTimeout;
    EXPECT_NE(hashes.outcome, HashOutcome::kOverloaded);
  }
  EXPECT_GT(hashed, 0);
  EXPECT_LT(hashed, kMutants);
  std::printf("%d mutants: %d hashed, %d broke their child\n", kMutants, hashed,
              failed);
  EXPECT_EQ((*pool)->Hash(file, "", {}).outcome, HashOutcome::kHashed);
}

std::string NameOfParam(const ::testing::TestParamInfo<bool>& of) {
  return of.param ? "Heic" : "Avif";
}
INSTANTIATE_TEST_SUITE_P(Both, HeifTest, ::testing::Bool(), NameOfParam);

TEST(HeifLayoutTest, ASequenceAloneIsUnsupported) {
  EXPECT_THAT(Decode(BytesOf(Box("ftyp", std::string("avis\0\0\0\0msf1", 12)) +
                             Box("moov", Box("trak", "")))),
              StatusIs(absl::StatusCode::kUnimplemented,
                       HasSubstr("a sequence without a still picture")));
}

}  // namespace
}  // namespace hashvet
