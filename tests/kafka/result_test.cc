// Answers and dead letters: keys that nothing can forge, bytes that depend on
// the message and the lists alone.

#include "src/kafka/result.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hashvet::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(ResultTest, KeysOfDifferentItemsDiffer) {
  EXPECT_EQ(ResultKey("a", "7"), R"(["a","7"])");
  EXPECT_EQ(ResultKey("a\",\"b", "7"), R"(["a\",\"b","7"])");
  EXPECT_NE(ResultKey("a\",\"b", "7"), ResultKey("a", "b\",\"7"));
}

TEST(ResultTest, TellsTheVerdictAndNotWhoFoundIt) {
  Verdict verdict;
  verdict.outcome = Outcome::kMatch;
  verdict.snapshot = "7";
  verdict.generation = 3;  // of one process
  verdict.matches.push_back({.list = "known",
                             .list_version = "7",
                             .entry = "e-1",
                             .category = "c",
                             .distance = 4,
                             .action = "review"});
  const std::string value = ResultValue("a", verdict, nullptr);
  EXPECT_EQ(value,
            R"({"v":1,"id":"a","outcome":"match","matches":[{"list":"known",)"
            R"("list_version":"7","entry":"e-1","category":"c","kind":"pdq",)"
            R"("distance":4,"orientation":"original","action":"review"}],)"
            R"("snapshot":"7"})");
  verdict.generation = 9;
  EXPECT_EQ(ResultValue("a", verdict, nullptr), value);
}

TEST(ResultTest, AFailureIsAnOutcomeWithItsReason) {
  Verdict verdict;
  verdict.outcome = Outcome::kListUnavailable;
  verdict.status = absl::UnavailableError("too old");
  EXPECT_EQ(ResultValue("a", verdict, nullptr),
            R"({"v":1,"id":"a","outcome":"list_unavailable","matches":[],)"
            R"("snapshot":"","status":"too old"})");
}

TEST(ResultTest, ADeadLetterSaysWhereItCameFromAndWhy) {
  const Origin origin = {"uploads", 3, 17, 20};
  EXPECT_EQ(DeadLetterKey(origin), R"(["uploads",3,17])");
  EXPECT_THAT(
      DeadLetterHeaders(origin, {PoisonReason::kNotJson, "byte 3"}),
      ElementsAre(
          Pair("hashvet-reason", "not_json"), Pair("hashvet-detail", "byte 3"),
          Pair("hashvet-topic", "uploads"), Pair("hashvet-partition", "3"),
          Pair("hashvet-offset", "17"), Pair("hashvet-bytes", "20")));
}

}  // namespace
}  // namespace hashvet::kafka
