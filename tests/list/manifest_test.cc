#include "hashvet/list/manifest.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/list/refusal.h"
#include "tests/list/publish_support.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::ScratchFolder;
using testing::SomeSigningKey;
using testing::StatusIs;

StoredFile FileOf(uint8_t seed) {
  StoredFile file;
  file.sha256.fill(seed);
  file.file = ContentName(file.sha256);
  file.size_bytes = 1000 + seed;
  file.snapshot = "0123456789abcdef";
  return file;
}

Manifest SomeManifest() {
  Manifest manifest;
  manifest.publication = "ncmec/industry";
  manifest.version = 7;
  manifest.published_at = 1'764'072'000;
  manifest.expires_at = 1'764'676'800;
  manifest.current = {7, 1'764'072'000, FileOf(1), FileOf(2)};
  manifest.kept = {{6, 1'764'071'000, FileOf(3), std::nullopt},
                   {4, 1'764'070'000, FileOf(4), FileOf(5)}};
  return manifest;
}

TEST(ManifestTest, IsOneLineThatComesBackTheSame) {
  const Manifest manifest = SomeManifest();
  const std::string text = ManifestText(manifest);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(text, ManifestText(manifest));
  EXPECT_THAT(text, ::testing::StartsWith(
                        R"({"format":1,"publication":"ncmec/industry",)"
                        R"("version":7,"published_at":1764072000,)"
                        R"("expires_at":1764676800,"current":{"version":7,)"));
  ASSERT_OK_AND_ASSIGN(const Manifest parsed, ParseManifest(text, "m"));
  EXPECT_EQ(parsed, manifest);
}

// Every change to the text has its own answer.
TEST(ManifestTest, WhatIsNotExactlyAManifestIsToldByItsMember) {
  const std::string text = ManifestText(SomeManifest());
  const std::string name = FileOf(1).file;
  const std::string sha256 = Sha256Text(FileOf(1).sha256);
  struct Change {
    std::string from, to, told;
  };
  const std::vector<Change> changes = {
      {"{\"format\":1,", "{", "format: want a number"},
      {"\"format\":1", "\"format\":\"1\"", "format: want a number"},
      {"\"version\":7,\"published_at\":1764072000,\"exp",
       "\"version\":7,\"published_at\":1764072000,\"version\":7,\"exp",
       "manifest: version: there twice"},
      {"\"version\":7,\"published_at\":1764072000,\"exp",
       "\"version\":7,\"published_at\":1764072000,\"colour\":7,\"exp",
       "manifest: colour: unknown member"},
      {"\"version\":7,\"published_at\":1764072000,\"exp",
       "\"published_at\":1764072000,\"exp", "manifest: version: missing"},
      {"\"version\":7,\"published_at\":1764072000,\"exp",
       "\"version\":0,\"published_at\":1764072000,\"exp",
       "manifest: version: out of range"},
      {"\"version\":7,\"published_at\":1764072000,\"exp",
       "\"version\":-7,\"published_at\":1764072000,\"exp",
       "manifest: version: out of range"},
      {"\"version\":7,\"published_at\":1764072000,\"exp",
       "\"version\":7.5,\"published_at\":1764072000,\"exp",
       "manifest: version: out of range"},
      {"\"version\":7,\"published_at\":1764072000,\"exp",
       "\"version\":18446744073709551616,\"published_at\":1764072000,\"exp",
       "manifest: version: out of range"},
      {"\"version\":7,\"published_at\":1764072000,\"exp",
       "\"version\":\"7\",\"published_at\":1764072000,\"exp",
       "manifest: version: got no number"},
      {"\"expires_at\":1764676800", "\"expires_at\":5",
       "expires_at: out of range"},
      {"ncmec/industry", "ncmec industry", "publication's name"},
      {"ncmec/industry", "", "publication's name"},
      {"ncmec/industry", std::string(129, 'a'), "publication's name"},
      {"ncmec/industry", "\\u0000", "publication's name"},
      {name, "../" + name, "current.base.file: a path"},
      {name, "/etc/passwd", "current.base.file: a path"},
      {name, "..", "current.base.file: begins with a dot"},
      {name, ".hidden.hvs", "current.base.file: begins with a dot"},
      {name, "other.hvs", "current.base.file: not the name of its content"},
      {"\"size_bytes\":1001", "\"size_bytes\":0",
       "current.base.size_bytes: out of range"},
      {"\"size_bytes\":1001", "\"size_bytes\":17592186044417",
       "current.base.size_bytes: out of range"},
      {sha256, sha256.substr(1), "current.base.sha256: want 64"},
      {sha256, std::string(64, 'A'), "current.base.sha256: want 64"},
      {"\"snapshot\":\"0123456789abcdef\"}", "\"snapshot\":\"0123\"}",
       "current.base.snapshot: want 16"},
      {"\"base\":{\"file\":\"" + name, "\"base\":[{\"file\":\"" + name,
       "no JSON"},
      {"\"kept\":[", "\"kept\":[7,", "kept[0]: want a JSON object"},
      {"{\"version\":6,", "{\"version\":7,", "kept[0].version: want them"},
      {"{\"version\":4,", "{\"version\":6,", "kept[1].version: want them"},
      {"\"current\":{\"version\":7", "\"current\":{\"version\":8",
       "current.version: above the manifest's"},
  };
  for (const Change& change : changes) {
    const size_t at = text.find(change.from);
    ASSERT_NE(at, std::string::npos) << change.from;
    std::string changed = text;
    changed.replace(at, change.from.size(), change.to);
    EXPECT_THAT(
        ParseManifest(changed, "lists/manifest"),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 AllOf(HasSubstr(change.told), HasSubstr("lists/manifest"))))
        << change.to;
  }
  EXPECT_THAT(
      ParseManifest(
          absl::StrReplaceAll(text, {{"\"format\":1", "\"format\":2"}}), "m"),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               HasSubstr("format 2, this build reads 1")));
}

TEST(ManifestTest, NoCutAndNoNestingBreaksTheParser) {
  const std::string text = ManifestText(SomeManifest());
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(ParseManifest(text.substr(0, length), "m").ok()) << length;
  }
  EXPECT_FALSE(ParseManifest(std::string(65'000, '['), "m").ok());
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "{\"a\":";
  EXPECT_FALSE(ParseManifest(deep, "m").ok());
}

TEST(ManifestTest, IsOneLineOfBoundedLength) {
  const std::string text = ManifestText(SomeManifest());
  EXPECT_THAT(SplitManifest("", "m"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty")));
  EXPECT_THAT(
      SplitManifest(text, "m"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cut off")));
  EXPECT_THAT(SplitManifest(text + "\n\n", "m"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("more than one line")));
  std::string longest(kMaxManifestBytes - 1, ' ');
  longest += '\n';
  EXPECT_OK(SplitManifest(longest, "m"));
  const auto longer = SplitManifest(" " + longest, "m");
  EXPECT_EQ(RefusalOf(longer.status()), Refusal::kEndlessData);
}

TEST(ManifestTest, SignaturesHoldForTheirTextAndKeyAlone) {
  const std::string text = ManifestText(SomeManifest());
  const SigningKey key = SomeSigningKey(1);
  ASSERT_OK_AND_ASSIGN(const std::string file, ManifestFileOf(text, &key));
  ASSERT_OK_AND_ASSIGN(ManifestLine line, SplitManifest(file, "m"));
  EXPECT_EQ(line.text, text);
  ASSERT_TRUE(line.signature.has_value());
  EXPECT_EQ(line.signature->key_id, key.public_key().id());
  EXPECT_OK(CheckSignature(line, {key.public_key()}, "m"));
  EXPECT_OK(CheckSignature(
      line, {SomeSigningKey(2).public_key(), key.public_key()}, "m"));

  const auto refusal = [&](const std::vector<PublicKey>& trusted) {
    return RefusalOf(CheckSignature(line, trusted, "m"));
  };
  EXPECT_EQ(refusal({SomeSigningKey(2).public_key()}), Refusal::kWrongKey);
  line.text[20] ^= 1;
  EXPECT_EQ(refusal({key.public_key()}), Refusal::kWrongKey);
  line.text[20] ^= 1;
  line.signature->signature[0] ^= 1;
  EXPECT_EQ(refusal({key.public_key()}), Refusal::kWrongKey);
  line.signature.reset();
  EXPECT_EQ(refusal({key.public_key()}), Refusal::kUnsigned);
}

// What was signed for something else is no manifest's signature.
TEST(ManifestTest, ASignatureOfTheBareTextDoesNotCount) {
  const std::string text = ManifestText(SomeManifest());
  const SigningKey key = SomeSigningKey(1);
  ManifestLine line{text, {}};
  ASSERT_OK_AND_ASSIGN(const Signature bare, key.Sign(text));
  line.signature = ManifestLine::Signed{key.public_key().id(), bare};
  EXPECT_EQ(RefusalOf(CheckSignature(line, {key.public_key()}, "m")),
            Refusal::kWrongKey);
}

TEST(ManifestTest, WhatIsNoSignatureIsTold) {
  const std::string text = ManifestText(SomeManifest());
  const SigningKey key = SomeSigningKey(1);
  ASSERT_OK_AND_ASSIGN(const std::string file, ManifestFileOf(text, &key));
  const std::string tail = file.substr(text.size());  // " ed25519:…\n"
  for (const std::string& bad :
       {std::string(" \n"), std::string(" rsa:1:2\n"),
        std::string(" ed25519:\n"), std::string(" ed25519:a:\n"), " " + tail,
        tail.substr(1), tail.substr(0, tail.size() - 2) + "\n",
        tail.substr(0, tail.size() - 1) + " \n"}) {
    EXPECT_THAT(SplitManifest(text + bad, "m"),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("after the text, want")))
        << bad;
  }
}

}  // namespace
}  // namespace hashvet
