// The program's parts that are easier to test by themselves.

#include <atomic>
#include <filesystem>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "hashvet/matcher/list_source.h"
#include "hashvet/matcher/matcher.h"
#include "src/cli/inputs.h"
#include "src/cli/json_line.h"
#include "src/cli/match_picture.h"
#include "src/cli/ordered_work.h"
#include "src/cli/output.h"
#include "tests/cli/cli_test.h"
#include "tests/list/snapshot_support.h"
#include "tests/matcher/matcher_support.h"
#include "tests/support/status_matchers.h"

namespace hashvet::cli {
namespace {

using ::hashvet::testing::ParseJson;
using ::hashvet::testing::ScratchFolder;
using ::hashvet::testing::StatusIs;
using ::hashvet::testing::Text;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> ReadAll(LineReader reader) {
  std::vector<std::string> lines;
  while (std::optional<std::string> line = reader.Next()) {
    lines.push_back(*line);
  }
  return lines;
}

std::vector<std::string> ReadAll(const std::string& text, char separator) {
  ScratchFolder folder;
  auto reader = LineReader::Open(folder.Write("lines", text), separator);
  EXPECT_TRUE(reader.ok());
  return ReadAll(*std::move(reader));
}

TEST(LineReaderTest, LinesEndAtTheSeparatorOrTheEnd) {
  EXPECT_THAT(ReadAll("", '\n'), IsEmpty());
  EXPECT_THAT(ReadAll("\n", '\n'), ElementsAre(""));
  EXPECT_THAT(ReadAll("a\n\nb", '\n'), ElementsAre("a", "", "b"));
  EXPECT_THAT(ReadAll("a\nb\n", '\n'), ElementsAre("a", "b"));
  EXPECT_THAT(ReadAll(std::string("a\nb\0c\0", 6), '\0'),
              ElementsAre("a\nb", "c"));
}

TEST(LineReaderTest, LinesOfEverySizeAroundTheBufferAreWhole) {
  for (const size_t size : {65534u, 65535u, 65536u}) {
    EXPECT_THAT(ReadAll("x\n" + std::string(size, 'y') + "\nz\n", '\n'),
                ElementsAre("x", std::string(size, 'y'), "z"));
  }
  // Beyond kMaxBytes the end is dropped, and the next line is still right.
  EXPECT_THAT(ReadAll(std::string(300000, 'y') + "\nz", '\n'),
              ElementsAre(std::string(LineReader::kMaxBytes, 'y'), "z"));
}

TEST(LineReaderTest, WhatCannotBeOpenedSaysWhy) {
  EXPECT_THAT(LineReader::Open("/nowhere/at/all"),
              StatusIs(absl::StatusCode::kNotFound,
                       ::testing::HasSubstr("/nowhere/at/all")));
  EXPECT_THAT(LineReader::Open("/"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       ::testing::HasSubstr("directory")));
}

TEST(JsonLineTest, EveryStringIsValidUtf8) {
  for (const char* bad :
       {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\x80", "\xE2\x82", "\xFF"}) {
    JsonLine json;
    json.Field("text", bad);
    EXPECT_THAT(Text(ParseJson(json.Finish()), "text"),
                ::testing::StartsWith("\uFFFD"));
  }
  for (const char* good : {"plain", "\u00e9", "\u20ac", "\U0001F600", "\x7F",
                           "quote\" back\\ line\n tab\t\x01"}) {
    JsonLine json;
    json.FileField(good);
    const auto parsed = ParseJson(json.Finish());
    EXPECT_EQ(Text(parsed, "file"), good);
    EXPECT_FALSE(parsed.HasMember("file_base64"));
  }
}

TEST(OutputTest, EscapingKeepsLinesAndTerminalsSafe) {
  EXPECT_EQ(Escaped("plain \u00e9.jpg"), "plain \u00e9.jpg");
  // Controls of Unicode's, and what turns the direction of a line.
  EXPECT_EQ(Escaped("a\u009bb\u202ec\u2066d\u00a0e\u2019"),
            "a\\xc2\\x9bb\\xe2\\x80\\xaec\\xe2\\x81\\xa6d\u00a0e\u2019");
  EXPECT_EQ(Escaped("a\nb\tc\rd\\e\x1b\x7f"), "a\\nb\\tc\\rd\\\\e\\x1b\\x7f");
  EXPECT_EQ(Field(""), "-");
}

std::optional<int> CountTo(int& next, int end) {
  if (next == end) return std::nullopt;
  return next++;
}

TEST(WorkInOrderTest, ResultsComeInOrderOnAnyNumberOfThreads) {
  for (const size_t threads : {0, 1, 2, 7}) {
    for (const int count : {0, 1, 2, 3, 1000}) {
      int next = 0;
      std::vector<int> results;
      WorkInOrder(
          threads, [&] { return CountTo(next, count); },
          [](int item) {
            if (item % 10 == 3) std::this_thread::yield();
            return 2 * item;
          },
          [&](int result) {
            results.push_back(result);
            return true;
          });
      ASSERT_EQ(results.size(), static_cast<size_t>(count));
      for (int i = 0; i < count; ++i) EXPECT_EQ(results[i], 2 * i);
    }
  }
}

TEST(WorkInOrderTest, StopsWhenNobodyListens) {
  for (const size_t threads : {1, 4}) {
    int next = 0;
    int emitted = 0;
    WorkInOrder(
        threads, [&] { return CountTo(next, 1000000); },
        [](int item) { return item; }, [&](int) { return ++emitted < 10; });
    EXPECT_EQ(emitted, 10);
    EXPECT_LT(next, 1000);
  }
}

TEST(WorkInOrderTest, ASlowItemHoldsUpOnlyABoundedNumber) {
  int next = 0;
  std::atomic<int> done = 0;
  int done_before_first = -1;
  WorkInOrder(
      4, [&] { return CountTo(next, 100000); },
      [&](int item) {
        if (item == 0) std::this_thread::sleep_for(std::chrono::seconds(1));
        return done++;
      },
      [&](int) {
        if (done_before_first < 0) done_before_first = done;
        return true;
      });
  EXPECT_EQ(done, 100000);
  EXPECT_LE(done_before_first, static_cast<int>(4 * kAheadPerThread));
}

// A list of another kind may come between the two steps.
TEST(HashAndMatchTest, ListsThatAreExchangedMeanwhileAreNoFailure) {
  const ScratchFolder folder;
  const std::string path = folder.Path("a.hvs");
  std::mt19937_64 random(3);
  const HashValue md5 = testing::RandomValue(HashKind::kMd5, random);
  std::vector<ListEntry> entries = {
      {testing::RandomValue(HashKind::kPdq, random), "far", "", {}}};
  ASSERT_OK(testing::WriteSnapshot(path, testing::PolicyNamed("a"), entries));
  ASSERT_OK_AND_ASSIGN(Matcher matcher,
                       Matcher::Follow(MakeListSource({.files = {path}})));
  entries.push_back({md5, "file", "", {}});

  std::vector<size_t> kinds;  // of each time it was hashed
  bool has_digest = true;
  const auto hash = [&](std::span<const HashKind> asked) {
    if (kinds.empty()) {
      const std::string next = folder.Path("next");
      EXPECT_OK(
          testing::WriteSnapshot(next, testing::PolicyNamed("a"), entries));
      std::filesystem::rename(next, path);
      EXPECT_OK(matcher.Reload());
    }
    kinds.push_back(asked.size());
    PictureHashes picture = testing::Picture(random);
    if (has_digest && !asked.empty()) {
      EXPECT_EQ(asked[0], HashKind::kMd5);
      picture.others.push_back({HashKind::kMd5, {md5}});
    }
    return picture;
  };
  PictureAnswer answer = HashAndMatch(matcher, {}, hash);
  EXPECT_EQ(answer.verdict.outcome, Outcome::kMatch);
  EXPECT_EQ(answer.picture.others.size(), 1u);
  EXPECT_THAT(kinds, ElementsAre(0u, 1u));
  // What cannot be hashed is not tried for ever.
  has_digest = false;
  answer = HashAndMatch(matcher, {}, hash);
  EXPECT_EQ(answer.verdict.outcome, Outcome::kListUnavailable);
  EXPECT_THAT(kinds, ElementsAre(0u, 1u, 1u));
}

}  // namespace
}  // namespace hashvet::cli
