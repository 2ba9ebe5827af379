#include <algorithm>
#include <map>

#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class HashCommandTest : public CliTest {};

TEST_F(HashCommandTest, PrintsHashQualityFileInOrder) {
  WriteJpeg("a.jpg", 1);
  WriteJpeg("b,c.jpg", 2);
  const ProgramResult result = Run({"hash", "b,c.jpg", "a.jpg"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_THAT(LinesOf(result.out),
              ElementsAre(MatchesRegex("[0-9a-f]{64},100,b,c.jpg"),
                          MatchesRegex("[0-9a-f]{64},100,a.jpg")));
}

TEST_F(HashCommandTest, JsonHasTheFieldsOfTheContract) {
  WriteJpeg("a.jpg", 1, 160, 120);
  const ProgramResult result = Run({"hash", "--json", "--dihedral", "a.jpg"});
  EXPECT_EQ(result.exit_code, 0);
  const auto json = ParseJson(result.out);
  EXPECT_EQ(Text(json, "file"), "a.jpg");
  EXPECT_EQ(Text(json, "kind"), "pdq");
  EXPECT_EQ(Text(json, "hash"), HashOf("a.jpg"));
  EXPECT_EQ(json["quality"].GetInt(), 100);
  EXPECT_EQ(json["width"].GetInt(), 160);
  EXPECT_EQ(json["height"].GetInt(), 120);
  EXPECT_EQ(Text(json, "status"), "hashed");
  EXPECT_EQ(json["orientations"].MemberCount(), 8u);
  EXPECT_EQ(Text(json["orientations"], "original"), Text(json, "hash"));
  EXPECT_NE(Text(json["orientations"], "flip_minus1"), Text(json, "hash"));
  EXPECT_FALSE(json["flags"]["truncated"].GetBool());
}

TEST_F(HashCommandTest, DihedralTextNamesTheOrientationLast) {
  WriteJpeg("a.jpg", 1);
  const ProgramResult result = Run({"hash", "--dihedral", "a.jpg"});
  const std::vector<std::string> lines = LinesOf(result.out);
  ASSERT_THAT(lines, SizeIs(8));
  EXPECT_THAT(lines[0], EndsWith(",a.jpg,original"));
  EXPECT_THAT(lines[1], EndsWith(",a.jpg,rotate90"));
}

TEST_F(HashCommandTest, BadPicturesAreToldAndTheOthersDone) {
  WriteJpeg("a.jpg", 1);
  folder_.Write("text.jpg", "this is no picture");
  const ProgramResult result =
      Run({"hash", "missing.jpg", "a.jpg", "text.jpg", "."});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(LinesOf(result.out), ElementsAre(EndsWith(",a.jpg")));
  EXPECT_THAT(
      LinesOf(result.err),
      ElementsAre(AllOf(HasSubstr("unreadable"), EndsWith("missing.jpg")),
                  EndsWith("text.jpg"), HasSubstr("--file-list")));

  const ProgramResult json = Run({"hash", "--json", "missing.jpg", "a.jpg"});
  EXPECT_EQ(json.exit_code, 4);
  EXPECT_THAT(json.err, IsEmpty());
  ASSERT_THAT(LinesOf(json.out), SizeIs(2));
  const auto missing = ParseJson(LinesOf(json.out)[0]);
  EXPECT_EQ(Text(missing, "status"), "unreadable");
  EXPECT_THAT(Text(missing, "reason"), HasSubstr("No such file"));
  EXPECT_FALSE(missing.HasMember("hash"));
}

TEST_F(HashCommandTest, OrderHoldsForManyFilesOnManyThreads) {
  // Large and small pictures in turn, so that threads finish out of order.
  WriteJpeg("large.jpg", 1, 900, 900);
  for (int i = 0; i < 8; ++i) WriteJpeg(std::to_string(i) + ".jpg", i, 64, 64);
  std::string names;
  std::vector<std::string> order;
  for (int i = 0; i < 400; ++i) {
    order.push_back(i % 50 == 0   ? "large.jpg"
                    : i % 37 == 0 ? "missing.jpg"
                                  : std::to_string(i % 8) + ".jpg");
    names += order.back() + "\n";
  }
  const ProgramResult result =
      Run({"hash", "--json", "--threads", "8", "--file-list", "-"},
          {.input = names});
  EXPECT_EQ(result.exit_code, 4);
  std::vector<std::string> files;
  std::map<std::string, std::string> hashes;
  for (const std::string& line : LinesOf(result.out)) {
    const auto json = ParseJson(line);
    files.push_back(Text(json, "file"));
    const auto [at, is_new] = hashes.emplace(files.back(), Text(json, "hash"));
    EXPECT_EQ(at->second, Text(json, "hash"));
  }
  EXPECT_EQ(files, order);
  EXPECT_EQ(Run({"hash", "--json", "--threads", "1", "--file-list", "-"},
                {.input = names})
                .out,
            result.out);
}

TEST_F(HashCommandTest, ReadsOnePictureFromStandardInput) {
  WriteJpeg("a.jpg", 1);
  const ProgramResult result =
      Run({"hash", "-"}, {.input = MakeJpeg(1, 160, 120)});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, HashOf("a.jpg") + ",100,-\n");
}

TEST_F(HashCommandTest, FileListsMayBeNulSeparatedAndNameAFileCalledDash) {
  WriteJpeg("a\nb.jpg", 1);
  WriteJpeg("-", 2);
  folder_.Write("names", std::string("a\nb.jpg\0-\0", 10));
  const ProgramResult result = Run({"hash", "-0", "--file-list", "names"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(LinesOf(result.out),
              ElementsAre(EndsWith(",a\\nb.jpg"), EndsWith(",./-")));
}

TEST_F(HashCommandTest, CommandWordsAreFilesToo) {
  WriteJpeg("match", 1);
  WriteJpeg("--json", 2);
  const ProgramResult result = Run({"hash", "match", "--", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(LinesOf(result.out),
              ElementsAre(EndsWith(",match"), EndsWith(",./--json")));
}

TEST_F(HashCommandTest, NamesThatAreNotUtf8StayExactInJson) {
  WriteJpeg("\xFFx.jpg", 1);
  const auto json = ParseJson(Run({"hash", "--json", "\xFFx.jpg"}).out);
  EXPECT_EQ(Text(json, "file"), "\uFFFDx.jpg");
  EXPECT_EQ(Text(json, "file_base64"), "/3guanBn");
}

TEST_F(HashCommandTest, KindsThatAreNotComputedAreUsageErrors) {
  const ProgramResult unknown = Run({"hash", "--kind", "wavelet", "a.jpg"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(LinesOf(unknown.err), SizeIs(1));
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("pdq"), HasSubstr("md5")));
  const ProgramResult known = Run({"hash", "--kind", "photodna", "a.jpg"});
  EXPECT_EQ(known.exit_code, 2);
  EXPECT_THAT(known.err, HasSubstr("photodna is not computed"));
}

TEST_F(HashCommandTest, SeveralKindsOfOnePictureSayTheirNames) {
  WriteJpeg("a.jpg", 1);
  folder_.Write("text", "abc");
  const ProgramResult result =
      Run({"hash", "--kind", "pdq,dhash64-imagehash,sha1", "a.jpg", "text"});
  EXPECT_EQ(result.exit_code, 4);  // a text has no look
  EXPECT_THAT(
      LinesOf(result.out),
      ElementsAre("pdq:" + HashOf("a.jpg") + ",100,a.jpg",
                  MatchesRegex("dhash64-imagehash:[0-9a-f]{16},,a.jpg"),
                  MatchesRegex("sha1:[0-9a-f]{40},,a.jpg"),
                  "sha1:a9993e364706816aba3e25717850c26c9cd0d89d,,text"));
  const ProgramResult turned =
      Run({"hash", "--kind", "sha1,phash64-imagehash", "--dihedral", "a.jpg"});
  EXPECT_EQ(turned.exit_code, 0);
  EXPECT_THAT(LinesOf(turned.out), SizeIs(9));
  const std::vector<std::string> json = LinesOf(
      Run({"hash", "--json", "--kind", "md5,ahash64-imagehash", "text"}).out);
  ASSERT_THAT(json, SizeIs(2));
  EXPECT_EQ(Text(ParseJson(json[0]), "status"), "hashed");
  EXPECT_EQ(Text(ParseJson(json[1]), "status"), "unsupported");
}

TEST_F(HashCommandTest, LimitsApplyAndVariantsDiffer) {
  WriteJpeg("a.jpg", 1, 1000, 700);
  const ProgramResult pixels =
      Run({"hash", "--max-pixels", "699999", "--json", "a.jpg"});
  EXPECT_EQ(pixels.exit_code, 4);
  EXPECT_EQ(Text(ParseJson(pixels.out), "status"), "over_limit");
  EXPECT_EQ(Run({"hash", "--max-pixels", "700000", "a.jpg"}).exit_code, 0);
  const ProgramResult bytes =
      Run({"hash", "--max-bytes", "1KiB", "--json", "a.jpg"});
  EXPECT_EQ(Text(ParseJson(bytes.out), "status"), "over_limit");
  const ProgramResult nn512 = Run({"hash", "--variant", "nn512", "a.jpg"});
  EXPECT_EQ(nn512.exit_code, 0);
  EXPECT_NE(nn512.out, Run({"hash", "a.jpg"}).out);
}

TEST_F(HashCommandTest, ExifOrientationIsAppliedUnlessIgnored) {
  const std::string photo = MakeJpeg(1, 300, 200);
  using std::string_literals::operator""s;
  const std::string exif =
      "\xFF\xE1\0\x22"  // APP1 of 34 bytes: an Exif directory of one entry,
      "Exif\0\0MM\0\x2A\0\0\0\x08\0\x01"
      "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"s;  // orientation 6
  folder_.Write("turned.jpg", photo.substr(0, 2) + exif + photo.substr(2));
  folder_.Write("plain.jpg", photo);
  const auto turned = ParseJson(Run({"hash", "--json", "turned.jpg"}).out);
  EXPECT_EQ(turned["width"].GetInt(), 200);
  EXPECT_EQ(turned["height"].GetInt(), 300);
  EXPECT_TRUE(turned["flags"]["orientation_applied"].GetBool());
  const auto ignored = ParseJson(
      Run({"hash", "--json", "--ignore-orientation", "turned.jpg"}).out);
  const auto plain = ParseJson(Run({"hash", "--json", "plain.jpg"}).out);
  EXPECT_EQ(ignored["width"].GetInt(), 300);
  EXPECT_FALSE(ignored["flags"]["orientation_applied"].GetBool());
  EXPECT_EQ(Text(ignored, "hash"), Text(plain, "hash"));
  EXPECT_NE(Text(turned, "hash"), Text(plain, "hash"));
}

TEST_F(HashCommandTest, OtherFormatsComeThroughTheModule) {
  folder_.Write("a.bmp", MakeBmp(1, 160, 120));
  const ProgramResult result = Run({"hash", "a.bmp"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, EndsWith(",100,a.bmp\n"));
}

}  // namespace
}  // namespace hashvet::testing
