#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class BenchCommandTest : public CliTest {
 protected:
  // Small and quick unless told otherwise.
  ProgramResult Bench(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"bench", "search", "--seconds", "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }

  rapidjson::Document BenchJson(std::vector<std::string> more) const {
    more.emplace_back("--json");
    const ProgramResult result = Bench(more);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(LinesOf(result.out), SizeIs(1));
    return ParseJson(result.out);
  }

  static double Number(const rapidjson::Value& json, const char* key) {
    if (!json.HasMember(key) || !json[key].IsNumber()) {
      ADD_FAILURE() << "no number " << key;
      return -1;
    }
    return json[key].GetDouble();
  }

  std::vector<uint64_t> Words(const std::string& name) const {
    const std::string bytes = ScratchFolder::Read(folder_.Path(name));
    EXPECT_EQ(bytes.size() % 8, 0u);
    std::vector<uint64_t> words(bytes.size() / 8);
    std::memcpy(words.data(), bytes.data(), words.size() * 8);
    return words;
  }
};

TEST_F(BenchCommandTest, JsonHasEveryField) {
  const auto json =
      BenchJson({"--rows", "3000", "--queries", "300", "--radius", "15",
                 "--batch", "7", "--threads", "2", "--index", "ring"});
  EXPECT_EQ(Text(json, "index"), "ring");
  EXPECT_EQ(Text(json, "data"), "uniform");
  EXPECT_THAT(Text(json, "target"),
              AnyOf("portable", "avx2", "avx512", "neon"));
  EXPECT_THAT(Text(json, "plan"), HasSubstr(" us"));
  EXPECT_EQ(Number(json, "rows"), 3000);
  EXPECT_EQ(Number(json, "width"), 256);
  EXPECT_EQ(Number(json, "queries"), 300);
  EXPECT_EQ(Number(json, "radius"), 15);
  EXPECT_EQ(Number(json, "threads"), 2);
  EXPECT_EQ(Number(json, "batch"), 7);
  EXPECT_EQ(Number(json, "seed"), 1);
  EXPECT_EQ(Number(json, "checked"), 200);
  EXPECT_EQ(Number(json, "different"), 0);
  // 128 bytes a row, and the offsets: 4 MiB.
  EXPECT_NEAR(Number(json, "bytes_per_row"), 128 + 4 * 16 * 65537 / 3000., 1);
  for (const char* positive :
       {"build_s", "mean_us", "p50_us", "p99_us", "p999_us", "processor_us",
        "read_gb_per_s", "candidates", "verified"}) {
    EXPECT_GT(Number(json, positive), 0) << positive;
  }
  EXPECT_LE(Number(json, "p50_us"), Number(json, "p99_us"));
  EXPECT_LE(Number(json, "p99_us"), Number(json, "p999_us"));
  EXPECT_GE(Number(json, "hits"), 150);  // half the queries are near a row
  EXPECT_GE(Number(json, "candidates"), Number(json, "verified"));
  EXPECT_EQ(Number(json, "scanned"), 0);
}

// (A run reads 256 MiB to measure memory: few runs, each with much in it.)
TEST_F(BenchCommandTest, EveryKindOfDataIsCheckedOnTheRing) {
  for (const char* data : {"uniform", "planted", "clustered", "hotspot",
                           "centre", "orientations"}) {
    const auto json = BenchJson({"--rows", "1500", "--queries", "64", "--data",
                                 data, "--index", "ring"});
    EXPECT_EQ(Text(json, "data"), data);
    EXPECT_EQ(Text(json, "index"), "ring");
    EXPECT_THAT(Number(json, "checked"), Ge(200)) << data;
    EXPECT_EQ(Number(json, "different"), 0) << data;
    const double hits = Number(json, "hits");
    if (std::string(data) == "planted") {
      EXPECT_EQ(hits, 64);
    } else if (std::string(data) == "centre") {
      EXPECT_EQ(hits, 64 * 750);
    } else if (std::string(data) == "orientations") {
      EXPECT_GE(hits, 6);  // one of each eight; a row may be taken twice
    } else {
      EXPECT_GE(hits, 32);
    }
  }
}

TEST_F(BenchCommandTest, PlantedRowsLieWhereToldAndTheNearestIsThat) {
  const auto wide = BenchJson({"--rows", "1500", "--queries", "64", "--data",
                               "planted", "--planted-at", "20"});
  EXPECT_EQ(Number(wide, "hits"), 128);  // at 20 and 21, within 31
  const auto nearest =
      BenchJson({"--rows", "1500", "--queries", "64", "--data", "planted",
                 "--planted-at", "20", "--radius", "64", "--nearest", "1"});
  EXPECT_EQ(Number(nearest, "hits"), 64);
  EXPECT_EQ(Number(nearest, "different"), 0);
}

TEST_F(BenchCommandTest, TheFlatIndexTakesOtherWidthsAndAutoChooses) {
  for (const auto& [width, data] :
       {std::pair("8", "clustered"), std::pair("100", "hotspot"),
        std::pair("1024", "centre")}) {
    const auto json =
        BenchJson({"--rows", "500", "--queries", "20", "--width", width,
                   "--radius", "7", "--data", data, "--index", "flat"});
    EXPECT_EQ(Text(json, "index"), "rows");
    EXPECT_EQ(Number(json, "different"), 0);
  }
  const auto few = BenchJson({"--rows", "1", "--queries", "1"});
  EXPECT_EQ(Text(few, "index"), "flat");
  EXPECT_EQ(Number(few, "different"), 0);
  const auto many =
      BenchJson({"--rows", "50000", "--queries", "50", "--radius", "15"});
  EXPECT_EQ(Text(many, "index"), "ring");
  EXPECT_EQ(Number(many, "different"), 0);
}

TEST_F(BenchCommandTest, TheNearestAreMeasuredToo) {
  const auto json = BenchJson({"--rows", "500", "--queries", "20", "--width",
                               "64", "--radius", "64", "--nearest", "3"});
  EXPECT_EQ(Number(json, "nearest"), 3);
  EXPECT_EQ(Number(json, "hits"), 60);
  EXPECT_EQ(Number(json, "different"), 0);
}

TEST_F(BenchCommandTest, WriteLeavesRowsQueriesAndHits) {
  std::filesystem::create_directory(folder_.Path("left"));
  const auto json =
      BenchJson({"--rows", "800", "--queries", "30", "--radius", "20", "--data",
                 "planted", "--batch", "8", "--write", "left"});
  const std::vector<uint64_t> rows = Words("left/rows");
  const std::vector<uint64_t> queries = Words("left/queries");
  ASSERT_EQ(rows.size(), 800u * 4);
  ASSERT_EQ(queries.size(), 30u * 4);
  // Triples of query, row, distance, as the definition has them.
  std::vector<uint32_t> want;
  for (uint32_t q = 0; q < 30; ++q) {
    for (uint32_t r = 0; r < 800; ++r) {
      uint32_t distance = 0;
      for (size_t w = 0; w < 4; ++w) {
        distance += static_cast<uint32_t>(
            std::popcount(rows[4 * r + w] ^ queries[4 * q + w]));
      }
      if (distance <= 20) want.insert(want.end(), {q, r, distance});
    }
  }
  ASSERT_EQ(want.size(), 30u * 3);
  EXPECT_EQ(Number(json, "hits"), 30);
  const std::string bytes = ScratchFolder::Read(folder_.Path("left/hits"));
  ASSERT_EQ(bytes.size(), want.size() * 4);
  EXPECT_EQ(std::memcmp(bytes.data(), want.data(), bytes.size()), 0);
}

TEST_F(BenchCommandTest, TheSameSeedMakesTheSameData) {
  for (const char* name : {"a", "b", "c"}) {
    std::filesystem::create_directory(folder_.Path(name));
    BenchJson({"--rows", "50", "--queries", "10", "--write", name, "--seed",
               *name == 'c' ? "2" : "1"});
  }
  EXPECT_EQ(Words("a/rows"), Words("b/rows"));
  EXPECT_EQ(Words("a/queries"), Words("b/queries"));
  EXPECT_NE(Words("a/rows"), Words("c/rows"));
}

TEST_F(BenchCommandTest, AListsFileIsMeasured) {
  std::string lines;
  for (size_t digits = 0; digits < 20; ++digits) {
    lines += Changed(kSomeHash, digits) + "\n";
    lines += "pdq:" + Changed(kSomeHash, digits) + "\n";  // again: one row
  }
  folder_.Write("list.txt", lines);
  const auto json =
      BenchJson({"--data", "list.txt", "--queries", "50", "--index", "ring"});
  EXPECT_EQ(Number(json, "rows"), 20);
  EXPECT_THAT(Number(json, "checked"), Ge(200));
  EXPECT_EQ(Number(json, "different"), 0);
}

TEST_F(BenchCommandTest, TextNamesWhatJsonNames) {
  const ProgramResult result =
      Bench({"--rows", "2000", "--queries", "200", "--index", "ring"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(StartsWith("index       ring on "),
                    HasSubstr("rows        2000 uniform, 256 bits, "),
                    HasSubstr("queries     200 at 31 bits, 64 a call"),
                    HasSubstr(" us mean, "), HasSubstr(" hits; "),
                    HasSubstr("checked     200 queries against the "
                              "definition, 0 different\n")));
}

TEST_F(BenchCommandTest, WhatCannotBeMeasuredIsOneLineAndExit2) {
  folder_.Write("bad.txt", "nothing like a hash\n");
  folder_.Write("empty.txt", "\n");
  const auto refused = [&](const std::vector<std::string>& arguments,
                           const char* what) {
    const ProgramResult result = Bench(arguments);
    EXPECT_EQ(result.exit_code, 2) << what;
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(LinesOf(result.err), SizeIs(1)) << result.err;
    EXPECT_THAT(result.err, AllOf(StartsWith("hashvet: "), HasSubstr(what)));
  };
  refused({"--rows", "0"}, "--rows");
  refused({"--rows", "4294967296"}, "--rows");
  refused({"--rows", "many"}, "--rows");
  refused({"--queries", "0"}, "--queries");
  refused({"--batch", "0"}, "--batch");
  refused({"--width", "0"}, "--width");
  refused({"--width", "1025"}, "--width");
  refused({"--radius", "1025"}, "--radius");
  refused({"--radius", "-1"}, "--radius");
  refused({"--index", "tree"}, "--index");
  refused({"--frobnicate"}, "--frobnicate");
  refused({"--data", "nosuch"}, "nosuch");
  refused({"--data", "."}, "--data");
  refused({"--data", "bad.txt"}, "bad.txt");
  refused({"--data", "empty.txt"}, "want at least 1");
  const std::vector<std::string> small = {"--rows", "100", "--queries", "10"};
  const auto small_refused = [&](std::vector<std::string> more,
                                 const char* what) {
    more.insert(more.begin(), small.begin(), small.end());
    refused(more, what);
  };
  small_refused({"--radius", "257"}, "--radius 257, at most the width of 256");
  small_refused({"--width", "16"}, "--radius 31, at most the width of 16");
  small_refused({"--width", "64", "--radius", "65", "--data", "centre"},
                "--radius 65, at most the width of 64");
  for (const char* data : {"clustered", "hotspot", "centre"}) {
    small_refused({"--width", "7", "--radius", "1", "--data", data},
                  "of 7 bits, want at least 8");
  }
  small_refused({"--width", "100", "--index", "ring"},
                "rows of 100 bits, want a multiple of 16");
  small_refused({"--width", "128", "--data", "orientations"}, "want 256");
  small_refused({"--width", "128", "--data", "bad.txt"}, "--width 128");
  small_refused({"--radius", "256", "--data", "planted"},
                "planted below the width");
  small_refused({"--write", "no/such/folder"}, "no/such/folder");
  EXPECT_THAT(Bench({"--rows", "10", "--data", "planted"}).err,
              HasSubstr("want two for each of 10000 queries"));
}

TEST_F(BenchCommandTest, AnUnknownTargetIsRefused) {
  const ProgramResult result =
      Run({"bench", "search", "--rows", "10", "--queries", "1"},
          {.environment = {{"HASHVET_SIMD_TARGET", "abacus"}}});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("'abacus'"));
}

}  // namespace
}  // namespace hashvet::testing
