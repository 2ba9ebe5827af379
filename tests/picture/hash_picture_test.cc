#include "hashvet/picture/hash_picture.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/digest_of.h"
#include "hashvet/hashers/kind_hasher.h"
#include "hashvet/hashers/pdq.h"
#include "tests/decode/make_files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tall_jpeg.h"

namespace hashvet {
namespace {

using ::hashvet::testing::Bytes;
using ::hashvet::testing::BytesOf;
using ::hashvet::testing::JpegFile;
using ::hashvet::testing::MakeExif;
using ::hashvet::testing::MakeJpeg;
using ::hashvet::testing::MakePng;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::MakeTallJpeg;
using ::hashvet::testing::RowOfStrip;
using ::hashvet::testing::Samples;
using ::testing::HasSubstr;

constexpr uint32_t kWidth = 160;
constexpr uint32_t kHeight = 120;

Bytes Photo(uint16_t orientation = 0) {
  return MakeJpeg(
      {.width = kWidth,
       .height = kHeight,
       .pixels = MakeSamples(kWidth, kHeight, 3),
       .app1 = orientation ? MakeExif(orientation, true) : Bytes()});
}

void ExpectRefused(const PictureHashes& hashes, HashOutcome outcome,
                   const std::string& why) {
  EXPECT_EQ(hashes.outcome, outcome) << NameOf(hashes.outcome);
  EXPECT_FALSE(hashes.status.ok());
  EXPECT_THAT(std::string(hashes.status.message()), HasSubstr(why));
}

class HashPictureFileTest : public ::testing::Test {
 protected:
  HashPictureFileTest() {
    folder_ = std::filesystem::temp_directory_path() /
              ("hashvet_picture_" + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
  }
  ~HashPictureFileTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, std::span<const std::byte> bytes) {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return path;
  }

  std::filesystem::path folder_;
};

TEST(HashPictureTest, GivesOtherKindsOfTheSamePixels) {
  const Bytes jpeg = Photo();
  const HashPictureOptions options{
      .kinds = {HashKind::kWhash64ImageHash, HashKind::kMd5}};
  const PictureHashes hashes = HashPicture(jpeg, options);
  ASSERT_EQ(hashes.outcome, HashOutcome::kHashed);
  EXPECT_EQ(hashes.pdq.hash(), HashPicture(jpeg).pdq.hash());
  ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(jpeg));
  ASSERT_OK_AND_ASSIGN(
      const std::vector<HashValue> whash,
      KindHasher(decoded.picture.view()).Compute(HashKind::kWhash64ImageHash));
  ASSERT_OK_AND_ASSIGN(const HashValue md5, DigestOf(HashKind::kMd5, jpeg));
  ASSERT_EQ(hashes.others.size(), 2u);
  EXPECT_EQ(hashes.others[0].kind, HashKind::kWhash64ImageHash);
  EXPECT_EQ(hashes.others[0].orientations, whash);
  EXPECT_EQ(hashes.others[1].orientations, std::vector{md5});
}

// Large and soft, as photographs of so many pixels are.
Samples Soft(uint32_t width, uint32_t height) {
  const uint32_t small = width / 16 + 1;
  const Samples few = MakeSamples(small, height / 16 + 1, 1);
  Samples samples;
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x) {
      samples.push_back(few[size_t{y / 16} * small + x / 16]);
    }
  }
  return samples;
}

Bytes LargeJpeg(const Samples& samples, uint32_t width, uint32_t height) {
  return MakeJpeg({.width = width,
                   .height = height,
                   .coding = testing::JpegCoding::kGrey,
                   .pixels = samples});
}

// Never by means of blocks: what is coded beyond black and white has others
// than what is shown.
TEST(HashPictureTest, ALargeJpegIsHashedByItsPixels) {
  const Bytes file = LargeJpeg(Soft(2304, 2048), 2304, 2048);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture pixels, Decode(file));
  ASSERT_OK_AND_ASSIGN(const PdqHash of_pixels,
                       ComputePdq(pixels.picture.view()));
  for (const std::vector<PdqVariant>& more :
       {std::vector<PdqVariant>(), {PdqVariant::kTrimmed}}) {
    const PictureHashes hashes = HashPicture(file, {.more_variants = more});
    ASSERT_EQ(hashes.outcome, HashOutcome::kHashed);
    EXPECT_EQ(hashes.width, 2304u);
    EXPECT_EQ(hashes.pdq.hash(), of_pixels.hash);
  }
  ASSERT_OK_AND_ASSIGN(const DecodedPicture means,
                       Decode(file, {.means_suffice = true}));
  ASSERT_EQ(means.block, 4u);
  ASSERT_OK_AND_ASSIGN(
      const PdqHashes of_means,
      ComputePdqOrientationsOfMeans(means.picture.view(), means.block));
  EXPECT_LE(Distance(of_means.hash(), of_pixels.hash), 2u);
}

TEST(HashPictureTest, ALargeJpegWithBarsIsHashedWhole) {
  constexpr uint32_t kSide = 2048;
  Samples samples = Soft(kSide, kSide);
  std::fill_n(samples.begin(), 303 * kSide, uint8_t{0});
  std::fill_n(samples.end() - 301 * kSide, 301 * kSide, uint8_t{0});
  const Bytes file = LargeJpeg(samples, kSide, kSide);
  const PictureHashes hashes =
      HashPicture(file, {.more_variants = {PdqVariant::kTrimmed}});
  ASSERT_OK_AND_ASSIGN(const DecodedPicture pixels, Decode(file));
  ASSERT_OK_AND_ASSIGN(const PdqHash whole, ComputePdq(pixels.picture.view()));
  ASSERT_OK_AND_ASSIGN(const PdqHash trimmed,
                       ComputePdq(pixels.picture.view(), PdqVariant::kTrimmed));
  EXPECT_EQ(hashes.pdq.hash(), whole.hash);
  ASSERT_THAT(hashes.more_pdq, ::testing::SizeIs(1));
  EXPECT_EQ(hashes.more_pdq[0].hash(), trimmed.hash);
}

TEST(HashPictureTest, FurtherVariantsAreThoseThatDiffer) {
  const HashPictureOptions options{
      .more_variants = {PdqVariant::kNn512, PdqVariant::kTrimmed}};
  Samples pixels = MakeSamples(kWidth, kHeight, 3);
  const auto hashed = [&] {
    return HashPicture(
        MakePng({.width = kWidth, .height = kHeight, .rows = pixels}), options);
  };
  // Not over 512 pixels, no bars: nothing to add.
  EXPECT_TRUE(hashed().more_pdq.empty());
  std::fill_n(pixels.begin(), 20 * 3 * kWidth, uint8_t{90});
  const PictureHashes barred = hashed();
  ASSERT_EQ(barred.outcome, HashOutcome::kHashed);
  ASSERT_EQ(barred.more_pdq.size(), 1u);
  EXPECT_EQ(barred.more_pdq[0].variant, PdqVariant::kTrimmed);
}

TEST(HashPictureTest, WhatIsNoPictureHasDigestsAlone) {
  Bytes text(100);
  const HashPictureOptions options{
      .kinds = {HashKind::kWhash64ImageHash, HashKind::kSha1}};
  const PictureHashes hashes = HashPicture(text, options);
  EXPECT_EQ(hashes.outcome, HashOutcome::kUnsupported);
  ASSERT_EQ(hashes.others.size(), 1u);
  ASSERT_OK_AND_ASSIGN(const HashValue sha1, DigestOf(HashKind::kSha1, text));
  EXPECT_EQ(hashes.others[0].orientations, std::vector{sha1});
}

TEST(HashPictureTest, GivesTheHashesOfTheDecodedPixels) {
  const Bytes jpeg = Photo();
  for (const PdqVariant variant : {PdqVariant::kFull, PdqVariant::kNn512}) {
    const PictureHashes hashes = HashPicture(jpeg, {.variant = variant});
    ASSERT_EQ(hashes.outcome, HashOutcome::kHashed) << hashes.status;
    EXPECT_OK(hashes.status);
    EXPECT_EQ(hashes.width, kWidth);
    EXPECT_EQ(hashes.height, kHeight);
    EXPECT_EQ(hashes.flags, PictureFlags{});
    ASSERT_OK_AND_ASSIGN(const DecodedPicture decoded, Decode(jpeg));
    ASSERT_OK_AND_ASSIGN(
        const PdqHashes pdq,
        ComputePdqOrientations(decoded.picture.view(), variant));
    EXPECT_EQ(hashes.pdq.orientations, pdq.orientations);
    EXPECT_EQ(hashes.pdq.quality, pdq.quality);
    EXPECT_EQ(hashes.pdq.variant, variant);
  }
}

// 200 megapixels, as phones make them, and 102 that are to be turned.
TEST(HashPictureTest, ALargeSequentialJpegHasTheHashOfItsPixels) {
  JpegFile strip = {.width = 16'320, .height = 256, .restart_rows = true};
  strip.pixels = MakeSamples(strip.width, strip.height, 3);
  ASSERT_OK_AND_ASSIGN(const DecodedPicture rows, Decode(MakeJpeg(strip)));
  for (const bool turn : {false, true}) {
#ifdef __SANITIZE_ADDRESS__
    const uint32_t height = 6'256;
#else
    const uint32_t height = turn ? 6'256 : 12'240;
#endif
    ASSERT_GT(uint64_t{strip.width} * height, kDefaultMaxPixels);
    ASSERT_OK_AND_ASSIGN(Picture whole, Picture::Create(strip.width, height,
                                                        PixelFormat::kGrey8));
    for (uint32_t i = 0; i < height / 16; ++i) {
      const uint32_t row = RowOfStrip(i, strip.height / 16);
      std::memcpy(whole.row(16 * i), rows.picture.view().row(16 * row),
                  size_t{16} * strip.width);
    }
    if (turn) {
      strip.app1 = MakeExif(6, true);
      ASSERT_OK_AND_ASSIGN(
          whole, Oriented(std::move(whole), ExifOrientation::kRightTop));
    }
    const PictureHashes hashes =
        HashPicture(MakeTallJpeg(MakeJpeg(strip), height / 16, height));
    ASSERT_EQ(hashes.outcome, HashOutcome::kHashed) << hashes.status;
    EXPECT_EQ(hashes.width, whole.width());
    EXPECT_EQ(hashes.height, whole.height());
    EXPECT_FALSE(hashes.flags.truncated);
    EXPECT_EQ(hashes.flags.orientation_applied, turn);
    ASSERT_OK_AND_ASSIGN(const PdqHashes pdq,
                         ComputePdqOrientations(whole.view()));
    EXPECT_EQ(hashes.pdq.orientations, pdq.orientations);
    EXPECT_EQ(hashes.pdq.quality, pdq.quality);
  }
}

TEST(HashPictureTest, SaysWhatWasUnusual) {
  const PictureHashes turned = HashPicture(Photo(6));
  ASSERT_EQ(turned.outcome, HashOutcome::kHashed);
  EXPECT_TRUE(turned.flags.orientation_applied);
  EXPECT_EQ(turned.width, kHeight);
  EXPECT_EQ(turned.height, kWidth);

  const PictureHashes as_stored =
      HashPicture(Photo(6), {.decode = {.apply_orientation = false}});
  EXPECT_FALSE(as_stored.flags.orientation_applied);
  EXPECT_EQ(as_stored.width, kWidth);

  const Bytes whole = Photo();
  const PictureHashes cut =
      HashPicture(std::span(whole).first(whole.size() * 3 / 4));
  ASSERT_EQ(cut.outcome, HashOutcome::kHashed);
  EXPECT_TRUE(cut.flags.truncated);

  const PictureHashes transparent =
      HashPicture(MakePng({.width = kWidth,
                           .height = kHeight,
                           .colour_type = 6,
                           .rows = MakeSamples(kWidth, kHeight, 4)}));
  ASSERT_EQ(transparent.outcome, HashOutcome::kHashed);
  EXPECT_TRUE(transparent.flags.alpha_flattened);
}

TEST(HashPictureTest, APictureUnderFivePixelsIsUndecodable) {
  const auto png = [](uint32_t width, uint32_t height) {
    return MakePng({.width = width,
                    .height = height,
                    .rows = MakeSamples(width, height, 3)});
  };
  ExpectRefused(HashPicture(png(4, 200)), HashOutcome::kUndecodable,
                "4 x 200 pixels, a hash needs at least 5 x 5");
  ExpectRefused(HashPicture(png(200, 4)), HashOutcome::kUndecodable, "200 x 4");
  EXPECT_EQ(HashPicture(png(5, 5)).outcome, HashOutcome::kHashed);
}

TEST(HashPictureTest, EachRefusalHasItsOutcome) {
  ExpectRefused(HashPicture({}), HashOutcome::kUndecodable, "0 bytes");
  ExpectRefused(HashPicture(BytesOf("some text")), HashOutcome::kUnsupported,
                "no known format");
  ExpectRefused(HashPicture(BytesOf("GIF89a......")), HashOutcome::kUndecodable,
                "GIF");
  ExpectRefused(HashPicture(BytesOf("\xff\xd8\xff text")),
                HashOutcome::kUndecodable, "JPEG");
  ExpectRefused(
      HashPicture(Photo(), {.decode = {.limits = {.max_pixels = 100}}}),
      HashOutcome::kOverLimit, "at most 100");
}

// --- files ---

TEST_F(HashPictureFileTest, HashesWhatIsInTheFile) {
  const PictureHashes hashes = HashPictureFile(Write("a.jpg", Photo()));
  ASSERT_EQ(hashes.outcome, HashOutcome::kHashed) << hashes.status;
  EXPECT_EQ(hashes.pdq.hash(), HashPicture(Photo()).pdq.hash());
  EXPECT_FALSE(hashes.flags.type_mismatch);
}

TEST_F(HashPictureFileTest, ThePromiseOfANameIsCheckedAndNotBelieved) {
  const PictureHashes hashes = HashPictureFile(Write("a.png", Photo()));
  EXPECT_EQ(hashes.outcome, HashOutcome::kHashed);
  EXPECT_TRUE(hashes.flags.type_mismatch);
  EXPECT_FALSE(HashPictureFile(Write("a.bin", Photo())).flags.type_mismatch);
  EXPECT_TRUE(
      HashPictureFile(Write("b.jpg", BytesOf("GIF89a"))).flags.type_mismatch);
}

TEST_F(HashPictureFileTest, WhatCannotBeReadSaysWhy) {
  ExpectRefused(HashPictureFile(folder_ / "missing.jpg"),
                HashOutcome::kUnreadable, "missing.jpg");
  ExpectRefused(HashPictureFile(folder_), HashOutcome::kUnreadable,
                "directory");
  ExpectRefused(HashPictureFile(Write("empty.jpg", {})),
                HashOutcome::kUndecodable, "empty");
  ExpectRefused(HashPictureFile(Write("text.jpg", BytesOf("hello, world"))),
                HashOutcome::kUnsupported, "no known format");
  if (geteuid() != 0) {  // root may read everything
    const std::string path = Write("closed.jpg", Photo());
    chmod(path.c_str(), 0);
    ExpectRefused(HashPictureFile(path), HashOutcome::kUnreadable, "closed");
  }
}

TEST_F(HashPictureFileTest, TheLimitOnBytesIsInclusiveAndAskedBeforeReading) {
  const Bytes photo = Photo();
  const std::string path = Write("a.jpg", photo);
  HashPictureOptions options;
  options.decode.limits.max_input_bytes = photo.size();
  EXPECT_EQ(HashPictureFile(path, options).outcome, HashOutcome::kHashed);
  --options.decode.limits.max_input_bytes;
  ExpectRefused(HashPictureFile(path, options), HashOutcome::kOverLimit,
                "limit");
}

}  // namespace
}  // namespace hashvet
