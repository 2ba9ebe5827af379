// The small pictures that files carry beside the one they show are never what
// is hashed: whoever writes a file writes its thumbnail too, and may put a
// harmless picture there.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/bit_hash.h"
#include "hashvet/picture/hash_picture.h"
#include "tests/decode/make_files.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::Bytes;
using ::hashvet::testing::BytesOf;
using ::hashvet::testing::MakeJpeg;
using ::hashvet::testing::MakePng;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::Samples;

constexpr uint32_t kWidth = 320;
constexpr uint32_t kHeight = 240;

void Append(Bytes& to, const Bytes& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void PutBig(Bytes& to, uint64_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) {
    to.push_back(static_cast<std::byte>(number >> (8 * i)));
  }
}

// Another picture than MakeSamples': its mirror image, turned to its negative,
// so that its hash is far away in every orientation.
Bytes Thumbnail(uint32_t width, uint32_t height) {
  Samples pixels = MakeSamples(width, height, 3);
  for (size_t i = 0; i < pixels.size(); ++i) {
    const size_t x = i / 3 % width;
    pixels[i] = static_cast<uint8_t>(255 - pixels[i] * x / width);
  }
  return MakeJpeg({.width = width, .height = height, .pixels = pixels});
}

// "Exif\0\0" and big-endian TIFF: a first directory for the picture, which asks
// for no turning, and a second for the thumbnail, which asks for one.
Bytes ExifWith(const Bytes& thumbnail) {
  Bytes exif = BytesOf(std::string_view("Exif\0\0MM\0\x2a", 10));
  PutBig(exif, 8, 4);
  const auto entry = [&](uint32_t tag, uint32_t type, uint32_t value) {
    PutBig(exif, tag, 2);
    PutBig(exif, type, 2);
    PutBig(exif, 1, 4);
    PutBig(exif, type == 3 ? uint64_t{value} << 16 : value, 4);
  };
  constexpr uint32_t kSecond = 8 + 2 + 12 + 4;
  PutBig(exif, 1, 2);
  entry(274, 3, 1);
  PutBig(exif, kSecond, 4);
  PutBig(exif, 4, 2);
  entry(259, 3, 6);  // JPEG
  entry(274, 3, 6);
  entry(513, 4, kSecond + 2 + 4 * 12 + 4);  // where it begins
  entry(514, 4, static_cast<uint32_t>(thumbnail.size()));
  PutBig(exif, 0, 4);
  Append(exif, thumbnail);
  return exif;
}

// The file with a segment of its own before all others.
Bytes WithSegment(const Bytes& jpeg, uint8_t marker, const Bytes& data) {
  EXPECT_LT(data.size(), 65'534u);
  Bytes file(jpeg.begin(), jpeg.begin() + 2);
  PutBig(file, 0xff00u + marker, 2);
  PutBig(file, data.size() + 2, 2);
  Append(file, data);
  file.insert(file.end(), jpeg.begin() + 2, jpeg.end());
  return file;
}

Bytes Joined(std::string_view head, const Bytes& rest) {
  Bytes all = BytesOf(head);
  Append(all, rest);
  return all;
}

const HashPictureOptions& Options() {
  static const HashPictureOptions options{
      .kinds = {HashKind::kPhash64ImageHash, HashKind::kBlockMean256OpenCv}};
  return options;
}

void ExpectSameHashes(const PictureHashes& hashes, const PictureHashes& want,
                      const std::string& what) {
  ASSERT_EQ(hashes.outcome, HashOutcome::kHashed) << what << hashes.status;
  EXPECT_EQ(hashes.width, want.width) << what;
  EXPECT_EQ(hashes.height, want.height) << what;
  EXPECT_EQ(hashes.pdq.orientations, want.pdq.orientations) << what;
  EXPECT_EQ(hashes.pdq.quality, want.pdq.quality) << what;
  EXPECT_TRUE(hashes.more_pdq.empty()) << what;
  ASSERT_EQ(hashes.others.size(), want.others.size()) << what;
  for (size_t i = 0; i < want.others.size(); ++i) {
    EXPECT_EQ(hashes.others[i].orientations, want.others[i].orientations)
        << what;
  }
}

// Smaller than the picture, and larger: size is no reason to prefer one.
const std::vector<Bytes>& Thumbnails() {
  static const std::vector<Bytes> thumbnails = {Thumbnail(160, 120),
                                                Thumbnail(640, 480)};
  return thumbnails;
}

TEST(ThumbnailTest, OfAJpegIsNeverHashed) {
  for (const bool progressive : {false, true}) {
    const Bytes jpeg = MakeJpeg({.width = kWidth,
                                 .height = kHeight,
                                 .pixels = MakeSamples(kWidth, kHeight, 3),
                                 .progressive = progressive});
    const PictureHashes own = HashPicture(jpeg, Options());
    ASSERT_EQ(own.outcome, HashOutcome::kHashed);
    for (const Bytes& thumbnail : Thumbnails()) {
      const PictureHashes other = HashPicture(thumbnail, Options());
      ASSERT_EQ(other.outcome, HashOutcome::kHashed);
      for (const Hash256& turned : other.pdq.orientations) {
        ASSERT_GT(Distance(turned, own.pdq.hash()), 31u);
      }
      Bytes preview = jpeg;  // a second picture behind the first's end
      Append(preview, thumbnail);
      // A resource of Photoshop's: its thumbnail.
      Bytes resource;
      PutBig(resource, 0x040c, 2);
      PutBig(resource, 0, 2);  // no name
      PutBig(resource, thumbnail.size() + 28, 4);
      resource.resize(resource.size() + 28);
      Append(resource, thumbnail);
      for (const auto& [what, file] :
           {std::pair("EXIF", WithSegment(jpeg, 0xe1, ExifWith(thumbnail))),
            std::pair("JFXX",
                      WithSegment(jpeg, 0xe0,
                                  Joined(std::string_view("JFXX\0\x10", 6),
                                         thumbnail))),
            std::pair("Photoshop",
                      WithSegment(jpeg, 0xed,
                                  Joined(std::string_view("Photoshop 3.0\0"
                                                          "8BIM",
                                                          18),
                                         resource))),
            std::pair("behind the end", preview)}) {
        const PictureHashes hashes = HashPicture(file, Options());
        ExpectSameHashes(hashes, own, what);
        EXPECT_FALSE(hashes.flags.orientation_applied) << what;
      }
    }
  }
}

// What is left of the picture is hashed and said to be a part, or it is
// refused.
TEST(ThumbnailTest, OfAJpegThatIsCutOffIsNotHashedInstead) {
  const Bytes& thumbnail = Thumbnails()[0];
  const PictureHashes other = HashPicture(thumbnail);
  const Bytes file =
      WithSegment(MakeJpeg({.width = kWidth,
                            .height = kHeight,
                            .pixels = MakeSamples(kWidth, kHeight, 3)}),
                  0xe1, ExifWith(thumbnail));
  for (const size_t left : {size_t{4000}, size_t{600}, size_t{0}}) {
    const size_t end = thumbnail.size() + 200 + left;
    ASSERT_LT(end, file.size());
    const PictureHashes hashes =
        HashPicture(Bytes(file.begin(), file.begin() + static_cast<long>(end)));
    if (left >= 4000) {
      ASSERT_EQ(hashes.outcome, HashOutcome::kHashed) << hashes.status;
    }
    if (hashes.outcome != HashOutcome::kHashed) continue;
    EXPECT_TRUE(hashes.flags.truncated) << left;
    EXPECT_EQ(hashes.width, kWidth);
    EXPECT_GT(Distance(hashes.pdq.hash(), other.pdq.hash()), 31u) << left;
  }
}

TEST(ThumbnailTest, OfAPngIsNeverHashed) {
  const Samples pixels = MakeSamples(kWidth, kHeight, 3);
  const PictureHashes own = HashPicture(
      MakePng({.width = kWidth, .height = kHeight, .rows = pixels}), Options());
  for (const Bytes& thumbnail : Thumbnails()) {
    const Bytes exif = ExifWith(thumbnail);
    ExpectSameHashes(
        HashPicture(MakePng({.width = kWidth,
                             .height = kHeight,
                             .rows = pixels,
                             .chunks = {{"eXIf", Bytes(exif.begin() + 6,
                                                       exif.end())}}}),
                    Options()),
        own, "eXIf");
  }
}

}  // namespace
}  // namespace hashvet
