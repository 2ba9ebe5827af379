#include "hashvet/base/safe_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hashvet {
namespace {

TEST(SafeTextTest, LongRunsOfHexDigitsAreReplaced) {
  EXPECT_EQ(WithoutHashes("got 0123456789abcdef, want a1b2"),
            "got <16 hex digits>, want a1b2");
  EXPECT_EQ(WithoutHashes("x0123456789ABCDEF"), "x<16 hex digits>");
  EXPECT_EQ(WithoutHashes("0123456789abcde"), "0123456789abcde");
  EXPECT_EQ(WithoutHashes("4611686018427387904", 32), "4611686018427387904");
  EXPECT_EQ(WithoutHashes(std::string(32, 'a') + "/k", 32),
            "<32 hex digits>/k");
  EXPECT_EQ(WithoutHashes(""), "");
}

TEST(SafeTextTest, WhatIsNotUtf8IsReplaced) {
  for (const char* bad :
       {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\x80", "\xE2\x82", "\xFF"}) {
    EXPECT_THAT(ToUtf8(bad), ::testing::StartsWith("\uFFFD"));
  }
  for (const char* good :
       {"", "plain", "\u00e9", "\u20ac", "\U0001F600", "\x7F", "a\x01\n"}) {
    EXPECT_EQ(ToUtf8(good), good);
  }
  EXPECT_EQ(ToUtf8("a\xFF\u00e9"), "a\uFFFD\u00e9");
}

}  // namespace
}  // namespace hashvet
