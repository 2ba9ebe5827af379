// Messages of the input topic: what is taken, and what is poison and why.

#include "src/kafka/message.h"

#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/text.h"

namespace hashvet::kafka {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kHash[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

std::string With(std::string_view members) {
  return absl::StrCat("{\"v\":1,\"id\":\"a\",", std::string(members), "}");
}

const Message* Good(const std::variant<Message, Poison>& parsed) {
  return std::get_if<Message>(&parsed);
}

Poison PoisonOf(std::string_view text) {
  const auto parsed = ParseMessage(text);
  const auto* poison = std::get_if<Poison>(&parsed);
  if (poison == nullptr) {
    ADD_FAILURE() << "taken: " << text;
    return {};
  }
  return *poison;
}

TEST(MessageTest, TakesAHashUnderItsKind) {
  const auto parsed = ParseMessage(
      With(absl::StrCat("\"kind\":\"pdq\",\"hash\":\"", kHash, "\"")));
  ASSERT_NE(Good(parsed), nullptr) << std::get<Poison>(parsed).detail;
  EXPECT_EQ(Good(parsed)->id, "a");
  const auto& value = std::get<HashValue>(Good(parsed)->item);
  EXPECT_EQ(value.kind(), HashKind::kPdq);
  EXPECT_EQ(ToHex(value), kHash);
}

TEST(MessageTest, TakesAPictureAndAPath) {
  const auto picture = ParseMessage(With("\"picture\":\"AAEC/w==\""));
  ASSERT_NE(Good(picture), nullptr);
  EXPECT_EQ(std::get<PictureBytes>(Good(picture)->item).bytes,
            std::string("\0\1\2\xff", 4));
  const auto path = ParseMessage(With("\"path\":\"a/\\u00e4.jpg\""));
  ASSERT_NE(Good(path), nullptr);
  EXPECT_EQ(std::get<PicturePath>(Good(path)->item).path, "a/\xc3\xa4.jpg");
}

TEST(MessageTest, MembersComeInAnyOrder) {
  const auto parsed = ParseMessage(
      absl::StrCat("\n{ \"hash\": \"", kHash,
                   "\", \"id\": \"x\\ny\", \"kind\": \"pdq\", \"v\": 1 } "));
  ASSERT_NE(Good(parsed), nullptr);
  EXPECT_EQ(Good(parsed)->id, "x\ny");
}

TEST(MessageTest, WhatIsNoJsonIsToldByItsByte) {
  for (const char* text :
       {"", "{", "{\"v\":1", "{'v':1}", "nothing", "{\"v\":1}{\"v\":1}",
        "{\"v\":1,\"id\":\"\xff\"}", "{\"v\":1,}", "\xff\xfe"}) {
    const Poison poison = PoisonOf(text);
    EXPECT_EQ(poison.reason, PoisonReason::kNotJson) << text;
    EXPECT_THAT(poison.detail, HasSubstr("byte ")) << text;
  }
}

TEST(MessageTest, AnotherVersionIsToldAsThatWhateverElseItHolds) {
  for (const char* text :
       {R"({"v":2,"id":"a","items":[{"hash":"00"}]})", R"({"v":0})",
        R"({"v":"1","id":"a"})", R"({"v":1.5})", R"({"v":-1})", R"({"v":null})",
        R"({"x":{"v":1},"v":2})", R"({"v":[1]})"}) {
    EXPECT_EQ(PoisonOf(text).reason, PoisonReason::kUnknownVersion) << text;
  }
  EXPECT_EQ(PoisonOf(R"({"v":2})").detail, "v: got 2, want 1");
}

TEST(MessageTest, WhatVersionOneDoesNotSayIsPoison) {
  const std::string hash = absl::StrCat("\"hash\":\"", kHash, "\"");
  const std::string whole = absl::StrCat("\"kind\":\"pdq\",", hash);
  const struct {
    std::string text;
    const char* detail;
  } cases[] = {
      {"[1]", "array"},
      {"7", "single value"},
      {"\"a\"", "single value"},
      {"null", "single value"},
      {"{}", "v: is not there"},
      {"{\"v\":1," + whole + "}", "id: is not there"},
      {"{\"v\":1,\"id\":\"\"," + whole + "}", "id: got 0 bytes"},
      {"{\"v\":1,\"id\":\"" + std::string(kMaxIdBytes + 1, 'a') + "\"," +
           whole + "}",
       "id: got 513 bytes"},
      {"{\"v\":1,\"id\":7," + whole + "}", "id: no text"},
      {"{\"v\":1,\"id\":null," + whole + "}", "id: no text"},
      {"{\"v\":1,\"id\":{\"id\":\"a\"}," + whole + "}", "id: no text"},
      {"{\"v\":1,\"v\":1,\"id\":\"a\"," + whole + "}", "v: is there twice"},
      {With(whole + "," + hash), "hash: is there twice"},
      {With(whole + ",\"colour\":\"red\""), "does not have"},
      {With(whole + ",\"path\":\"a\""), "got 2 of hash"},
      {"{\"v\":1,\"id\":\"a\"}", "got 0 of hash"},
      {With(hash), "kind: goes with hash"},
      {With("\"kind\":\"pdq\",\"path\":\"a\""), "kind: goes with hash"},
      {With("\"kind\":\"nothing\"," + hash), "kind: none"},
      {With("\"kind\":\"pdq\",\"hash\":\"0123\""), "hash: "},
      {With("\"picture\":\"*\""), "base64"},
  };
  for (const auto& [text, detail] : cases) {
    const Poison poison = PoisonOf(text);
    EXPECT_EQ(poison.reason, PoisonReason::kBadMessage) << text;
    EXPECT_THAT(poison.detail, HasSubstr(detail)) << text;
  }
}

TEST(MessageTest, ADetailRepeatsNothingOfTheMessage) {
  std::string bad = kHash;
  bad[40] = 'x';
  for (const std::string& text :
       {With(absl::StrCat("\"kind\":\"pdq\",\"hash\":\"", bad, "\"")),
        With(absl::StrCat("\"kind\":\"", kHash, "\",\"hash\":\"", kHash, "\"")),
        With(absl::StrCat("\"", kHash, "\":1"))}) {
    EXPECT_THAT(PoisonOf(text).detail, Not(HasSubstr("0123456789abcdef")));
  }
}

TEST(MessageTest, DepthCostsNoStack) {
  const std::string deep = "{\"v\":1,\"id\":" + std::string(1'000'000, '[');
  EXPECT_EQ(PoisonOf(deep).reason, PoisonReason::kNotJson);
}

}  // namespace
}  // namespace hashvet::kafka
