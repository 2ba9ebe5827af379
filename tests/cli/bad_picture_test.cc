// Pictures that are none, or not quite: one line each, the exit code of the
// contract, and the other files of the batch still done.

#include <sys/stat.h>
#include <unistd.h>

#include "tests/cli/cli_test.h"
#include "tests/decode/gif_file.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct BadPicture {
  std::string name;
  std::string bytes;
  std::string status;
};

class BadPictureTest : public CliTest,
                       public ::testing::WithParamInterface<BadPicture> {};

TEST_P(BadPictureTest, IsOneLineAndTheOthersAreDone) {
  const BadPicture& bad = GetParam();
  if (!bad.bytes.empty() || bad.name == "empty.jpg") {
    folder_.Write(bad.name, bad.bytes);
  }
  WriteJpeg("good.jpg", 1);
  BuildList("a.hvs", HashOf("good.jpg") + "\n");

  const ProgramResult text = Run({"hash", bad.name, "good.jpg"});
  EXPECT_EQ(text.exit_code, 4);
  EXPECT_THAT(LinesOf(text.out), SizeIs(1));
  ASSERT_THAT(LinesOf(text.err), SizeIs(1)) << text.err;
  EXPECT_THAT(text.err, HasSubstr(bad.name));

  const ProgramResult json = Run({"hash", "--json", bad.name, "good.jpg"});
  EXPECT_EQ(json.exit_code, 4);
  EXPECT_THAT(json.err, IsEmpty());
  ASSERT_THAT(LinesOf(json.out), SizeIs(2));
  EXPECT_EQ(Text(ParseJson(LinesOf(json.out)[0]), "status"), bad.status);

  const ProgramResult match =
      Run({"match", "--list", "a.hvs", bad.name, "good.jpg"});
  EXPECT_EQ(match.exit_code, 5);
  ASSERT_THAT(LinesOf(match.out), SizeIs(2));
  EXPECT_EQ(LinesOf(match.out)[0], bad.status + "\t" + bad.name);
  EXPECT_THAT(LinesOf(match.err), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadPictureTest,
    ::testing::Values(
        BadPicture{"missing.jpg", "", "unreadable"},
        BadPicture{".", "", "unreadable"},
        BadPicture{"empty.jpg", "", "undecodable"},
        BadPicture{"text.jpg", "this is text\n", "unsupported"},
        BadPicture{"cut-short.jpg", MakeJpeg(1, 160, 120).substr(0, 40),
                   "undecodable"},
        BadPicture{"tiny.jpg", MakeJpeg(1, 4, 4), "undecodable"},
        BadPicture{"claims.jpg", MakeJpegClaiming(65535, 65535), "over_limit"},
        BadPicture{"nothing.gif", "GIF89a??????????", "undecodable"}));

class OddPictureTest : public CliTest {};

TEST_F(OddPictureTest, ATruncatedPictureIsHashedAndFlagged) {
  const std::string whole = MakeJpeg(1, 400, 300);
  folder_.Write("half.jpg", whole.substr(0, whole.size() / 2));
  const ProgramResult text = Run({"hash", "half.jpg"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(LinesOf(text.out), SizeIs(1));
  EXPECT_THAT(text.err, HasSubstr("truncated"));
  EXPECT_THAT(LinesOf(text.err), SizeIs(1));
  const auto json = ParseJson(Run({"hash", "--json", "half.jpg"}).out);
  EXPECT_TRUE(json["flags"]["truncated"].GetBool());
}

TEST_F(OddPictureTest, AnUnreadableFileSaysSo) {
  const RunOptions options = {.unprivileged = true};  // root reads everything
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  if (Run({"--version"}, options).exit_code != 0) {
    GTEST_SKIP() << "others may not run the program where it lies";
  }
  WriteJpeg("secret.jpg", 1);
  ASSERT_EQ(::chmod(folder_.Path("secret.jpg").c_str(), 0), 0);
  const ProgramResult result = Run({"hash", "secret.jpg"}, options);
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.err, HasSubstr("Permission denied"));
}

TEST_F(OddPictureTest, ANamedPipeDoesNotBlock) {
  ASSERT_EQ(::mkfifo(folder_.Path("pipe.jpg").c_str(), 0600), 0);
  EXPECT_EQ(Run({"hash", "pipe.jpg"}).exit_code, 4);
}

TEST_F(OddPictureTest, AWrongEndingIsNoted) {
  WriteJpeg("a.png", 1);
  const ProgramResult result = Run({"hash", "a.png"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(LinesOf(result.err), SizeIs(1));
  const auto json = ParseJson(Run({"hash", "--json", "a.png"}).out);
  EXPECT_TRUE(json["flags"]["type_mismatch"].GetBool());
}

// Forty frames, a bright square that moves.
std::string MakeAnimation() {
  constexpr uint16_t kSide = 128;
  GifFile gif = {.width = kSide, .height = kSide};
  for (int i = 0; i < 128; ++i) {
    const auto level = static_cast<uint8_t>(2 * i);
    gif.palette.insert(gif.palette.end(), {level, level, level});
  }
  for (int frame = 0; frame < 40; ++frame) {
    Samples indices(size_t{kSide} * kSide);
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const bool inside = x >= 2 * frame && x < 2 * frame + 40 &&
                            y >= frame && y < frame + 60;
        indices[static_cast<size_t>(y * kSide + x)] =
            static_cast<uint8_t>(inside ? 120 - y / 2 : (x + y * 3) / 16 % 40);
      }
    }
    gif.frames.push_back(
        {.width = kSide, .height = kSide, .indices = std::move(indices)});
  }
  const Bytes bytes = MakeGif(gif);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_F(OddPictureTest, AnAnimationIsAskedFrameByFrameAndSaysWhatWasSkipped) {
  folder_.Write("moving.gif", MakeAnimation());
  const ProgramResult text = Run({"hash", "moving.gif"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(LinesOf(text.out), SizeIs(1));
  EXPECT_THAT(text.err, HasSubstr("not all of whose frames were hashed"));
  const auto json = ParseJson(Run({"hash", "--json", "moving.gif"}).out);
  EXPECT_TRUE(json["flags"]["frames_skipped"].GetBool());
  EXPECT_FALSE(json["flags"]["alpha_dual"].GetBool());
}

}  // namespace
}  // namespace hashvet::testing
