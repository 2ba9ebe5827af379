// Limits, and answers to whatever comes: the same for every format.

#include "hashvet/decode/decode.h"

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
  EXPECT_EQ(DecodeLimits{}.max_pixels, 100'000'000u);
  EXPECT_EQ(DecodeLimits{}.max_input_bytes, size_t{64} * 1024 * 1024);
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
