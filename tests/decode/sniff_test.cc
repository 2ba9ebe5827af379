#include "hashvet/decode/sniff.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"
#include "tests/decode/make_files.h"

namespace hashvet {
namespace {

using ::hashvet::testing::Bytes;
using ::hashvet::testing::BytesOf;

PictureFormat SniffText(std::string_view text) { return Sniff(BytesOf(text)); }

std::string IsoMedia(std::string_view brands) {
  std::string file = {0, 0, 0, static_cast<char>(8 + brands.size())};
  return file.append("ftyp").append(brands);
}

TEST(SniffTest, KnowsEachFormatByItsFirstBytes) {
  using namespace std::string_view_literals;
  EXPECT_EQ(SniffText("\xff\xd8\xff\xe0"sv), PictureFormat::kJpeg);
  EXPECT_EQ(SniffText("\x89PNG\r\n\x1a\n"sv), PictureFormat::kPng);
  EXPECT_EQ(SniffText("RIFF\x10\0\0\0WEBPVP8 "sv), PictureFormat::kWebp);
  EXPECT_EQ(SniffText("II\x2a\0"sv), PictureFormat::kTiff);
  EXPECT_EQ(SniffText("MM\0\x2a"sv), PictureFormat::kTiff);
  EXPECT_EQ(SniffText("II\x2b\0"sv), PictureFormat::kTiff);
  EXPECT_EQ(SniffText("GIF87a"), PictureFormat::kGif);
  EXPECT_EQ(SniffText("GIF89a"), PictureFormat::kGif);
  EXPECT_EQ(SniffText("BM....\0\0\0\0....\x28\0\0\0"sv), PictureFormat::kBmp);
  EXPECT_EQ(SniffText("BM....\0\0\0\0....\x0c\0\0\0"sv), PictureFormat::kBmp);
  EXPECT_EQ(SniffText(IsoMedia("avif\0\0\0\0mif1"sv)), PictureFormat::kAvif);
  EXPECT_EQ(SniffText(IsoMedia("mif1\0\0\0\0avif"sv)), PictureFormat::kAvif);
  EXPECT_EQ(SniffText(IsoMedia("heic\0\0\0\0mif1"sv)), PictureFormat::kHeic);
  EXPECT_EQ(SniffText(IsoMedia("mif1\0\0\0\0heic"sv)), PictureFormat::kHeic);
}

TEST(SniffTest, ABrandMayStandBehindManyOthers) {
  using namespace std::string_view_literals;
  std::string brands = std::string("mif1") + std::string(4, '\0');
  for (int i = 0; i < 20; ++i) brands += "MA1" + std::string(1, char('A' + i));
  EXPECT_EQ(SniffText(IsoMedia(brands + "avif")), PictureFormat::kAvif);
  EXPECT_EQ(SniffText(IsoMedia(brands + "heic")), PictureFormat::kHeic);
}

TEST(SniffTest, TakesNothingElseForAPicture) {
  using namespace std::string_view_literals;
  EXPECT_EQ(SniffText(""), PictureFormat::kUnknown);
  EXPECT_EQ(SniffText("hello, this is text"), PictureFormat::kUnknown);
  EXPECT_EQ(SniffText("BMW is a maker of cars, and this is text"),
            PictureFormat::kUnknown);
  EXPECT_EQ(SniffText("RIFF\x10\0\0\0WAVEfmt "sv), PictureFormat::kUnknown);
  EXPECT_EQ(SniffText(IsoMedia("isom\0\0\0\0mp41"sv)), PictureFormat::kUnknown);
  EXPECT_EQ(SniffText("\xff\xd8"sv), PictureFormat::kUnknown);
  EXPECT_EQ(SniffText("\0\0\0\x0cjP  "sv), PictureFormat::kUnknown);
}

// The major brand's minor version is a number, not a brand.
TEST(SniffTest, TheVersionOfAnIsoFileIsNoBrand) {
  using namespace std::string_view_literals;
  EXPECT_EQ(SniffText(IsoMedia("isomavifmp41"sv)), PictureFormat::kUnknown);
}

// Buffers exactly as long as the data: the sanitizer sees an over-read.
TEST(SniffTest, EveryLengthOfEveryFormatIsFine) {
  using namespace std::string_view_literals;
  for (const std::string_view whole :
       {"\xff\xd8\xff\xe0"sv, "\x89PNG\r\n\x1a\n"sv, "RIFF\x10\0\0\0WEBP"sv,
        "BM....\0\0\0\0....\x28\0\0\0"sv,
        "\0\0\0\x18"
        "ftypavif\0\0\0\0mif1"sv,
        "GIF89a"sv, "II\x2a\0"sv}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      Bytes bytes = BytesOf(whole.substr(0, size));
      bytes.shrink_to_fit();
      Sniff(bytes);
    }
  }
}

TEST(SniffTest, NamesPromiseFormatsByTheirEndingInAnyCase) {
  const std::pair<std::string_view, PictureFormat> kNames[] = {
      {"a.jpg", PictureFormat::kJpeg},     {"A.JPEG", PictureFormat::kJpeg},
      {"b.c.Png", PictureFormat::kPng},    {"x.webp", PictureFormat::kWebp},
      {"x.bmp", PictureFormat::kBmp},      {"x.tif", PictureFormat::kTiff},
      {"x.TIFF", PictureFormat::kTiff},    {"x.gif", PictureFormat::kGif},
      {"x.avif", PictureFormat::kAvif},    {"x.heic", PictureFormat::kHeic},
      {"x", PictureFormat::kUnknown},      {"x.", PictureFormat::kUnknown},
      {"", PictureFormat::kUnknown},       {"-", PictureFormat::kUnknown},
      {"x.jpgx", PictureFormat::kUnknown}, {"x.jp", PictureFormat::kUnknown},
      {"x.jpg/y", PictureFormat::kUnknown}};
  for (const auto& [name, format] : kNames) {
    EXPECT_EQ(FormatOfName(name), format) << name;
  }
}

TEST(SniffTest, EveryFormatHasAName) {
  EXPECT_EQ(NameOf(PictureFormat::kJpeg), "JPEG");
  EXPECT_EQ(NameOf(PictureFormat::kHeic), "HEIC");
  EXPECT_EQ(NameOf(PictureFormat::kUnknown), "unknown");
}

}  // namespace
}  // namespace hashvet
