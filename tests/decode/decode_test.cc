// Limits, and answers to whatever comes: the same for every format.

#include "hashvet/decode/decode.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/decode/decode_rows.h"
#include "src/decode/predicted_bytes.h"
#include "tests/decode/make_files.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::Bytes;
using ::hashvet::testing::BytesOf;
using ::hashvet::testing::JpegCoding;
using ::hashvet::testing::JpegFile;
using ::hashvet::testing::MakeBmp;
using ::hashvet::testing::MakeExif;
using ::hashvet::testing::MakeJpeg;
using ::hashvet::testing::MakePng;
using ::hashvet::testing::MakeSamples;
using ::hashvet::testing::MakeTiff;
using ::hashvet::testing::Samples;
using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kExhausted = absl::StatusCode::kResourceExhausted;

std::vector<Bytes> OneOfEachFormat(uint32_t width, uint32_t height) {
  const Samples rgb = MakeSamples(width, height, 3);
  Samples bmp_rows;
  for (uint32_t y = 0; y < height; ++y) {
    bmp_rows.insert(bmp_rows.end(), &rgb[y * width * 3],
                    &rgb[y * width * 3] + width * 3);
    while (bmp_rows.size() % 4 != 0) bmp_rows.push_back(0);
  }
  return {MakeJpeg({.width = width, .height = height, .pixels = rgb}),
          MakePng({.width = width, .height = height, .rows = rgb}),
          MakeTiff({.width = width, .height = height, .rows = rgb}),
          MakeBmp({.width = static_cast<int32_t>(width),
                   .height = static_cast<int32_t>(height),
                   .rows = bmp_rows})};
}

TEST(DecodeTest, EmptyIsUndecodable) {
  EXPECT_THAT(Decode({}), StatusIs(absl::StatusCode::kInvalidArgument,
                                   HasSubstr("0 bytes")));
}

TEST(DecodeTest, TheLimitOnPixelsIsInclusive) {
  for (const Bytes& file : OneOfEachFormat(20, 11)) {
    EXPECT_OK(Decode(file, {.limits = {.max_pixels = 220}}));
    EXPECT_THAT(Decode(file, {.limits = {.max_pixels = 219}}),
                StatusIs(kExhausted, HasSubstr("20 x 11 = 220 pixels")));
  }
}

TEST(DecodeTest, TheLimitOnBytesIsInclusive) {
  for (const Bytes& file : OneOfEachFormat(20, 11)) {
    EXPECT_OK(Decode(file, {.limits = {.max_input_bytes = file.size()}}));
    EXPECT_THAT(Decode(file, {.limits = {.max_input_bytes = file.size() - 1}}),
                StatusIs(kExhausted, HasSubstr("bytes, at most")));
  }
}

TEST(DecodeTest, TheStandardLimitsAre100MegapixelsAnd64MiB) {
  EXPECT_EQ(kDefaultMaxPixels, 100'000'000u);
  EXPECT_EQ(kDefaultMaxSequentialPixels, 210'000'000u);
  EXPECT_EQ(DecodeLimits{}.max_pixels, 0u);
  EXPECT_EQ(DecodeLimits{}.max_input_bytes, size_t{64} * 1024 * 1024);
}

// A JPEG whose header states another size, with bytes enough for it.
Bytes Claiming(const JpegFile& file, uint16_t width, uint16_t height) {
  Bytes jpeg = MakeJpeg(file);
  const auto frame = std::adjacent_find(
      jpeg.begin(), jpeg.end(), [](std::byte a, std::byte b) {
        return a == std::byte{0xff} &&
               (b == std::byte{0xc0} || b == std::byte{0xc2} ||
                b == std::byte{0xc9});
      });
  const uint16_t sides[] = {height, width};
  for (const int i : {0, 1}) {
    frame[5 + 2 * i] = std::byte(sides[i] >> 8);
    frame[6 + 2 * i] = std::byte(sides[i] & 255);
  }
  jpeg.resize(200'000);
  return jpeg;
}

TEST(DecodeTest, ASequentialJpegMayHaveMorePixels) {
  const auto pixels = [](uint32_t channels) {
    return MakeSamples(16, 16, channels);
  };
  const auto status = [](const Bytes& jpeg, const DecodeLimits& limits) {
    return ReadLimitedHeader(jpeg, limits).status();
  };
  const JpegFile ycc = {.width = 16, .height = 16, .pixels = pixels(3)};
  JpegFile grey = {.width = 16,
                   .height = 16,
                   .coding = JpegCoding::kGrey,
                   .pixels = pixels(1)};
  for (const JpegFile& file : {ycc, grey}) {
    EXPECT_OK(status(Claiming(file, 14'000, 15'000), {}));
    EXPECT_THAT(status(Claiming(file, 14'000, 15'001), {}),
                StatusIs(kExhausted, HasSubstr("at most 210000000 are")));
    // Whatever a caller says holds for it, too.
    EXPECT_THAT(
        status(Claiming(file, 10'001, 10'000), {.max_pixels = 100'000'000}),
        StatusIs(kExhausted, HasSubstr("at most 100000000 are")));
    EXPECT_OK(
        status(Claiming(file, 14'000, 15'001), {.max_pixels = 214'000'000}));
  }
  JpegFile progressive = ycc;
  progressive.progressive = true;
  JpegFile arithmetic = ycc;
  arithmetic.arithmetic = true;
  JpegFile scans = ycc;
  scans.scan_each = true;
  const JpegFile inks = {.width = 16,
                         .height = 16,
                         .coding = JpegCoding::kCmyk,
                         .pixels = pixels(4)};
  for (const JpegFile& file : {progressive, arithmetic, scans, inks}) {
    EXPECT_OK(status(Claiming(file, 10'000, 10'000), {}));
    EXPECT_THAT(status(Claiming(file, 10'001, 10'000), {}),
                StatusIs(kExhausted, HasSubstr("at most 100000000 are")));
  }
}

// Headers alone: were a codec or an allocation reached, this would be neither
// fast nor ResourceExhausted.
TEST(DecodeTest, AHeaderClaiming65535SquareIsRefusedAtOnceInEveryFormat) {
  using namespace std::string_view_literals;
  const std::string_view kHeaders[] = {
      "\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01"sv,
      "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0"sv,
      "BM....\0\0\0\0\x36\0\0\0\x28\0\0\0\xff\xff\0\0\xff\xff\0\0\x01\0\x18\0\0\0\0\0"sv,
      "II\x2a\0\x08\0\0\0\x02\0\0\x01\x04\0\x01\0\0\0\xff\xff\0\0"
      "\x01\x01\x04\0\x01\0\0\0\xff\xff\0\0\0\0\0\0"sv,
      "RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xfe\xff\0\xfe\xff\0"sv,
  };
  for (const std::string_view header : kHeaders) {
    EXPECT_THAT(Decode(BytesOf(header)),
                StatusIs(kExhausted, HasSubstr("65535 x 65535 = 4294836225")));
  }
}

// Damage of every kind to a small file of every format: an answer each time.
TEST(DecodeTest, ThousandsOfMutantsEachHaveAnAnswer) {
  std::vector<Bytes> files = OneOfEachFormat(24, 16);
  files.push_back(MakeJpeg({.width = 24,
                            .height = 16,
                            .pixels = MakeSamples(24, 16, 3),
                            .progressive = true,
                            .app1 = MakeExif(6, false)}));
  files.push_back(MakePng({.width = 24,
                           .height = 16,
                           .colour_type = 6,
                           .rows = MakeSamples(24, 16, 4)}));
  uint32_t state = 12345;
  const auto random = [&state](size_t below) {
    state = state * 1664525 + 1013904223;
    return static_cast<size_t>((uint64_t{state} * below) >> 32);
  };
  // Small, so that a mutated size is refused before it costs time.
  const DecodeOptions options = {.limits = {.max_pixels = 100'000}};
  ::testing::internal::CaptureStderr();
  for (const Bytes& file : files) {
    int answers = 0;
    for (int i = 0; i < 1000; ++i) {
      Bytes mutant = file;
      if (i % 4 == 0) mutant.resize(random(file.size()));
      for (size_t hits = random(8); hits > 0 && !mutant.empty(); --hits) {
        mutant[random(mutant.size())] = static_cast<std::byte>(random(256));
      }
      mutant.shrink_to_fit();
      const auto decoded = Decode(mutant, options);
      answers += decoded.ok() || !decoded.status().message().empty();
      if (decoded.ok()) {
        EXPECT_LE(
            uint64_t{decoded->picture.width()} * decoded->picture.height(),
            options.limits.max_pixels);
      }
    }
    EXPECT_EQ(answers, 1000);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

// A file of `size_bytes` whose header states a size.
Bytes Stating(uint32_t width, uint32_t height, size_t size_bytes) {
  Bytes png = MakePng(
      {.width = width, .height = height, .rows = MakeSamples(width, 1, 3)});
  png.resize(size_bytes);
  return png;
}

TEST(DecodeTest, AFewBytesMayNotStateManyPixels) {
  const auto refused = [](uint32_t width, uint32_t height, size_t size_bytes,
                          const DecodeLimits& limits = {}) {
    const absl::Status status =
        ReadLimitedHeader(Stating(width, height, size_bytes), limits).status();
    if (!status.ok()) {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                                   HasSubstr("pixels in")));
    }
    return !status.ok();
  };
  // Any number of bytes will do for 10 million.
  EXPECT_FALSE(refused(10'000, 1'000, 100));
  EXPECT_TRUE(refused(10'000, 1'001, 100));
  // 1100 for each byte, inclusive.
  EXPECT_FALSE(refused(11'000, 5'000, 50'000));
  EXPECT_TRUE(refused(11'000, 5'001, 50'000));
  EXPECT_FALSE(refused(11'000, 5'001, 50'011));
  EXPECT_FALSE(refused(11'000, 5'001, 100, {.max_pixels_per_byte = 1'000'000}));
}

TEST(DecodeTest, MemoryIsPredictedFromTheHeader) {
  constexpr uint32_t kWide = 10'000;
  const auto predicted = [](const Bytes& file, uint32_t height) {
    absl::StatusOr<PictureHeader> header = ReadPictureHeader(file);
    EXPECT_OK(header);
    header->width = kWide;
    header->height = height;
    return PredictedBytes(*header, file);
  };
  const Samples row = MakeSamples(8, 8, 4);
  const auto png = [&](uint8_t colour_type, bool interlaced) {
    return MakePng({.width = 8,
                    .height = 8,
                    .colour_type = colour_type,
                    .interlaced = interlaced,
                    .rows = row});
  };
  // Rows as they come need none; a picture that is kept whole is.
  EXPECT_EQ(predicted(png(2, false), 9'000), 0u);
  EXPECT_EQ(predicted(png(2, true), 9'000), 270'000'000u);
  EXPECT_EQ(predicted(png(6, true), 9'000), 360'000'000u);
  const auto tiff = [&](uint16_t bits, uint16_t samples) {
    return MakeTiff({.width = 2,
                     .height = 2,
                     .bits = bits,
                     .samples = samples,
                     .rows = MakeSamples(8, 8, 4)});
  };
  EXPECT_EQ(predicted(tiff(8, 3), 1'000), 30'000'000u);
  EXPECT_EQ(predicted(tiff(16, 3), 1'000), 90'000'000u);
  EXPECT_EQ(predicted(tiff(16, 4), 1'000), 110'000'000u);

  // What does not fit a child is refused before a codec sees it.
  Bytes large = Stating(kWide, 10'000, 100'000);
  EXPECT_OK(ReadLimitedHeader(large, {}));
  large = MakeTiff({.width = kWide,
                    .height = 5'000,
                    .bits = 16,
                    .samples = 4,
                    .rows = Samples(100'000, 7)});
  EXPECT_THAT(ReadLimitedHeader(large, {}),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("550000000 bytes of memory")));
}

TEST(DecodeTest, AModuleThatIsNotThereIsSaidToBe) {
  // Once opened the module stays open: asked in a program of its own.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const Bytes png =
      MakePng({.width = 8, .height = 8, .rows = MakeSamples(8, 8, 3)});
  const Bytes jpeg =
      MakeJpeg({.width = 8, .height = 8, .pixels = MakeSamples(8, 8, 3)});
  EXPECT_EXIT(
      {
        setenv("HASHVET_MODULE_DIR", "/no/such/folder", 1);
        const absl::Status refused = Decode(png).status();
        const bool said =
            refused.code() == absl::StatusCode::kUnavailable &&
            std::string(refused.message())
                    .find("/no/such/folder/libhashvet_webcodecs.so") !=
                std::string::npos &&
            CheckCodecModules() == refused;
        std::exit(said && Decode(jpeg).ok() ? 7 : 1);
      },
      ::testing::ExitedWithCode(7), "");
}

TEST(DecodeTest, TheModuleOpens) { EXPECT_OK(CheckCodecModules()); }

}  // namespace
}  // namespace hashvet
