#include "hashvet/decode/picture_header.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/decode/codec_module.h"
#include "tests/decode/make_files.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::Bytes;
using ::hashvet::testing::BytesOf;
using ::hashvet::testing::MakeBmp;
using ::hashvet::testing::MakeExif;
using ::hashvet::testing::MakeJpeg;
using ::hashvet::testing::MakePng;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::MakeTiff;
using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;
using namespace std::string_view_literals;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kUnimplemented = absl::StatusCode::kUnimplemented;

// A WebP of one chunk, "VP8 ", "VP8L" or "VP8X", with this data.
Bytes Webp(std::string_view type, std::string_view data) {
  std::string file = "RIFF";
  const auto put = [&file](size_t number) {
    for (int i = 0; i < 4; ++i) {
      file.push_back(static_cast<char>(number >> (8 * i)));
    }
  };
  put(12 + data.size());
  file.append("WEBP").append(type);
  put(data.size());
  file.append(data);
  return BytesOf(file);
}

void ExpectSize(const Bytes& file, PictureFormat format, uint32_t width,
                uint32_t height) {
  ASSERT_OK_AND_ASSIGN(const PictureHeader header, ReadPictureHeader(file));
  EXPECT_EQ(header.format, format);
  EXPECT_EQ(header.width, width);
  EXPECT_EQ(header.height, height);
  EXPECT_EQ(header.orientation, ExifOrientation::kTopLeft);
}

TEST(PictureHeaderTest, ReadsTheSizeOfEachFormat) {
  ExpectSize(
      MakeJpeg({.width = 33, .height = 17, .pixels = MakeSamples(33, 17, 3)}),
      PictureFormat::kJpeg, 33, 17);
  ExpectSize(MakeJpeg({.width = 33,
                       .height = 17,
                       .pixels = MakeSamples(33, 17, 3),
                       .progressive = true}),
             PictureFormat::kJpeg, 33, 17);
  ExpectSize(MakePng({.width = 5, .height = 3, .rows = MakeSamples(5, 3, 3)}),
             PictureFormat::kPng, 5, 3);
  ExpectSize(MakeTiff({.width = 5, .height = 3, .rows = MakeSamples(5, 3, 3)}),
             PictureFormat::kTiff, 5, 3);
  ExpectSize(MakeBmp({.width = 5, .height = 3}), PictureFormat::kBmp, 5, 3);
  ExpectSize(MakeBmp({.width = 5, .height = -3}), PictureFormat::kBmp, 5, 3);
  ExpectSize(BytesOf("BM....\0\0\0\0....\x0c\0\0\0\x05\0\x03\0"sv),
             PictureFormat::kBmp, 5, 3);
  ExpectSize(Webp("VP8 ", "\x10\0\0\x9d\x01\x2a\x05\x40\x03\x80"sv),
             PictureFormat::kWebp, 5, 3);  // with two bits of scale each
  ExpectSize(Webp("VP8L", "\x2f\x04\x80\0\0"sv), PictureFormat::kWebp, 5, 3);
  ExpectSize(Webp("VP8L", "\x2f\xff\xff\xff\x0f"sv), PictureFormat::kWebp,
             16384, 16384);
  ExpectSize(Webp("VP8X", "\0\0\0\0\x04\0\0\x02\0\0"sv), PictureFormat::kWebp,
             5, 3);
  ExpectSize(Webp("VP8X", "\0\0\0\0\x04\x03\x02\x02\x01\0"sv),
             PictureFormat::kWebp, 0x020305, 0x0103);
}

TEST(PictureHeaderTest, BigEndianTiffIsRead) {
  const Bytes exif = MakeExif(6, true);
  // EXIF data is itself a TIFF structure, without a size.
  EXPECT_THAT(ReadPictureHeader(Bytes(exif.begin() + 6, exif.end())),
              StatusIs(kInvalid, HasSubstr("states no size")));
  const Bytes tiff = BytesOf(
      "MM\0\x2a\0\0\0\x08\0\x03"
      "\x01\0\0\x03\0\0\0\x01\0\x05\0\0"
      "\x01\x01\0\x04\0\0\0\x01\0\0\0\x03"
      "\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0"sv);
  ASSERT_OK_AND_ASSIGN(const PictureHeader header, ReadPictureHeader(tiff));
  EXPECT_EQ(header.width, 5u);
  EXPECT_EQ(header.height, 3u);
  EXPECT_EQ(header.orientation, ExifOrientation::kLeftBottom);
}

// --- orientation ---

std::vector<Bytes> FilesOfOrientation(uint16_t value, bool big_endian) {
  const Bytes exif = MakeExif(value, big_endian);
  const Bytes bare(exif.begin() + 6, exif.end());
  std::string exif_chunk = "EXIF";
  for (int i = 0; i < 4; ++i) {
    exif_chunk.push_back(static_cast<char>(exif.size() >> (8 * i)));
  }
  Bytes webp = Webp("VP8X", "\x08\0\0\0\x04\0\0\x02\0\0"sv);
  const Bytes head = BytesOf(exif_chunk);
  webp.insert(webp.end(), head.begin(), head.end());
  webp.insert(webp.end(), exif.begin(), exif.end());
  return {MakeJpeg({.width = 5,
                    .height = 3,
                    .pixels = MakeSamples(5, 3, 3),
                    .app1 = exif}),
          MakePng({.width = 5,
                   .height = 3,
                   .rows = MakeSamples(5, 3, 3),
                   .chunks = {{"eXIf", bare}}}),
          MakeTiff({.width = 5,
                    .height = 3,
                    .orientation = value,
                    .rows = MakeSamples(5, 3, 3)}),
          webp};
}

TEST(PictureHeaderTest, ReadsAllEightOrientationsInEachFormat) {
  for (const bool big_endian : {false, true}) {
    for (uint16_t value = 1; value <= 8; ++value) {
      for (const Bytes& file : FilesOfOrientation(value, big_endian)) {
        ASSERT_OK_AND_ASSIGN(const PictureHeader header,
                             ReadPictureHeader(file));
        EXPECT_EQ(static_cast<int>(header.orientation), value)
            << NameOf(header.format);
      }
    }
  }
}

TEST(PictureHeaderTest, AnOrientationOutsideTheEightIsNone) {
  for (const uint16_t value : {0, 9, 255, 65535}) {
    for (const Bytes& file : FilesOfOrientation(value, false)) {
      ASSERT_OK_AND_ASSIGN(const PictureHeader header, ReadPictureHeader(file));
      EXPECT_EQ(header.orientation, ExifOrientation::kTopLeft);
    }
  }
}

TEST(PictureHeaderTest, BrokenExifDataLosesOnlyTheOrientation) {
  const Bytes whole = MakeExif(6, false);
  for (size_t size = 0; size < whole.size(); ++size) {
    const Bytes exif(whole.begin(), whole.begin() + static_cast<long>(size));
    EXPECT_OK(ReadPictureHeader(MakeJpeg({.width = 5,
                                          .height = 3,
                                          .pixels = MakeSamples(5, 3, 3),
                                          .app1 = exif})));
  }
  Bytes far_away = whole;  // the directory's offset points nowhere
  far_away[10] = far_away[11] = far_away[12] = far_away[13] = std::byte{0xff};
  ASSERT_OK_AND_ASSIGN(
      const PictureHeader header,
      ReadPictureHeader(MakeJpeg({.width = 5,
                                  .height = 3,
                                  .pixels = MakeSamples(5, 3, 3),
                                  .app1 = far_away})));
  EXPECT_EQ(header.orientation, ExifOrientation::kTopLeft);
}

TEST(PictureHeaderTest, GifTakesAFirstFrameThatIsLargerThanItsScreen) {
  const auto gif = [](std::string_view screen) {
    return BytesOf("GIF89a" + std::string(screen) +
                   // a comment, then two frames of 5 x 3 and of 9 x 9
                   std::string("\0\0\0"
                               "\x21\xfe\x02hi\0"
                               "\x2c\0\0\0\0\x05\0\x03\0\0\x02\x01\x44\0"
                               "\x2c\0\0\0\0\x09\0\x09\0\0\x02\x01\x44\0;"sv));
  };
  ASSERT_OK_AND_ASSIGN(PictureHeader header,
                       ReadPictureHeader(gif("\x07\0\x04\0"sv)));
  EXPECT_EQ(header.format, PictureFormat::kGif);
  EXPECT_EQ(header.width, 7u);
  EXPECT_EQ(header.height, 4u);
  EXPECT_EQ(header.frames, 2u);
  ASSERT_OK_AND_ASSIGN(header, ReadPictureHeader(gif("\x01\0\x04\0"sv)));
  EXPECT_EQ(header.width, 5u);
  EXPECT_EQ(header.height, 3u);
  ASSERT_OK_AND_ASSIGN(header, ReadPictureHeader(gif("\0\0\0\0"sv)));
  EXPECT_EQ(header.width, 5u);
  EXPECT_THAT(ReadPictureHeader(BytesOf("GIF89a\x07\0\x04\0\0\0\0;"sv)),
              StatusIs(kInvalid, HasSubstr("no frame")));
}

TEST(PictureHeaderTest, AnimatedWebpStatesItsFrames) {
  // flags 1, reserved 3, width - 1 in 3 bytes, height - 1 in 3; two frames
  const auto frames = "ANMF\x02\0\0\0??ANMF\x01\0\0\0?\0"sv;
  Bytes webp = Webp("VP8X", "\x02\0\0\0\x04\0\0\x02\0\0"sv);
  const Bytes more = BytesOf(frames);
  webp.insert(webp.end(), more.begin(), more.end());
  ASSERT_OK_AND_ASSIGN(const PictureHeader header, ReadPictureHeader(webp));
  EXPECT_EQ(header.width, 5u);
  EXPECT_EQ(header.height, 3u);
  EXPECT_EQ(header.frames, 2u);
  EXPECT_THAT(ReadPictureHeader(Webp("VP8X", "\x02\0\0\0\x04\0\0\x02\0\0"sv)),
              StatusIs(kInvalid, HasSubstr("WebP")));
}

// --- refusals ---

TEST(PictureHeaderTest, RefusesByName) {
  EXPECT_THAT(ReadPictureHeader({}), StatusIs(kInvalid, HasSubstr("0 bytes")));
  EXPECT_THAT(ReadPictureHeader(BytesOf("some text")),
              StatusIs(kUnimplemented, HasSubstr("no known format")));
  EXPECT_THAT(ReadPictureHeader(BytesOf("\0\0\0\x14"
                                        "ftypavif\0\0\0\0mif1"sv)),
              HasHeifcodecs()
                  ? StatusIs(kInvalid, HasSubstr("names no picture"))
                  : StatusIs(kUnimplemented, HasSubstr("got AVIF")));
  EXPECT_THAT(ReadPictureHeader(BytesOf("\0\0\0\x14"
                                        "ftypheic\0\0\0\0mif1"sv)),
              HasHeifcodecs()
                  ? StatusIs(kInvalid, HasSubstr("names no picture"))
                  : StatusIs(kUnimplemented, HasSubstr("got HEIC")));
  EXPECT_THAT(ReadPictureHeader(BytesOf("II\x2b\0\x08\0\0\0"sv)),
              StatusIs(kUnimplemented, HasSubstr("BigTIFF")));
  Bytes twelve_bits =
      MakeJpeg({.width = 5, .height = 3, .pixels = MakeSamples(5, 3, 3)});
  const Bytes start_of_frame = BytesOf("\xff\xc0\0\x11\x08"sv);
  const auto at = std::search(twelve_bits.begin(), twelve_bits.end(),
                              start_of_frame.begin(), start_of_frame.end());
  ASSERT_NE(at, twelve_bits.end());
  at[4] = std::byte{12};
  EXPECT_THAT(ReadPictureHeader(twelve_bits),
              StatusIs(kUnimplemented, HasSubstr("12 bits")));
  at[4] = std::byte{8};
  at[1] = std::byte{0xc3};  // the lossless process
  EXPECT_THAT(ReadPictureHeader(twelve_bits),
              StatusIs(kUnimplemented, HasSubstr("process 3")));
}

TEST(PictureHeaderTest, RefusesASideOfZero) {
  EXPECT_THAT(ReadPictureHeader(MakeBmp({.width = 0, .height = 3})),
              StatusIs(kInvalid, HasSubstr("0 x 3")));
  EXPECT_THAT(ReadPictureHeader(MakeTiff({.width = 3, .height = 0})),
              StatusIs(kInvalid, HasSubstr("3 x 0")));
  EXPECT_THAT(
      ReadPictureHeader(Webp("VP8 ", "\x10\0\0\x9d\x01\x2a\0\0\x03\0"sv)),
      StatusIs(kInvalid, HasSubstr("0 x 3")));
  EXPECT_THAT(ReadPictureHeader(MakeBmp({.width = 3, .height = INT32_MIN})),
              StatusIs(kInvalid, HasSubstr("out of range")));
}

// Every beginning of every format: an answer, no over-read.
TEST(PictureHeaderTest, EveryBeginningHasAnAnswer) {
  std::vector<Bytes> files = FilesOfOrientation(6, true);
  files.push_back(MakeBmp({.width = 5, .height = 3}));
  files.push_back(Webp("VP8 ", "\x10\0\0\x9d\x01\x2a\x05\0\x03\0"sv));
  files.push_back(Webp("VP8L", "\x2f\x04\x80\0\0"sv));
  for (const Bytes& file : files) {
    for (size_t size = 0; size < file.size(); ++size) {
      Bytes part(file.begin(), file.begin() + static_cast<long>(size));
      part.shrink_to_fit();
      const auto header = ReadPictureHeader(part);
      EXPECT_TRUE(header.ok() || !header.status().message().empty());
    }
  }
}

}  // namespace
}  // namespace hashvet
