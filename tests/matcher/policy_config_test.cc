#include "hashvet/matcher/policy_config.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::ScratchFolder;
using ::hashvet::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::vector<std::string> ProblemsOf(std::string_view text) {
  std::vector<std::string> problems;
  const auto config = ParsePolicyConfig(text, "f", &problems);
  EXPECT_EQ(config.ok(), problems.empty());
  if (!config.ok()) {
    EXPECT_EQ(config.status().message(), problems.front());
  }
  return problems;
}

// Of fields in a list's table, which begins in line 3.
std::vector<std::string> ProblemsOfList(std::string_view fields) {
  return ProblemsOf("[[list]]\nname = \"a\"\n" + std::string(fields) + "\n");
}

TEST(PolicyConfigTest, TheDocumentedExampleIsRead) {
  const std::string text =
      ScratchFolder::Read(HASHVET_SOURCE_DIR "/docs/hashvet.toml");
  ASSERT_OK_AND_ASSIGN(const PolicyConfig config,
                       ParsePolicyConfig(text, "hashvet.toml"));
  EXPECT_EQ(config.selftest_every_s, 60u);
  ASSERT_THAT(config.lists, SizeIs(2));
  const ListOverride& list = config.lists[0];
  EXPECT_EQ(list.name, "ncmec/industry");
  EXPECT_EQ(list.place, "hashvet.toml:10");
  EXPECT_EQ(list.role, ListRole::kMatch);
  EXPECT_EQ(list.action, "block");
  EXPECT_EQ(list.min_quality, 50);
  EXPECT_EQ(list.sampled_ppm, 250'000u);
  EXPECT_EQ(list.sample_seed, 7u);
  EXPECT_EQ(list.late_after_s, 7'200u);
  EXPECT_EQ(list.stale_after_s, 259'200u);
  EXPECT_EQ(list.expired_after_s, 2'592'000u);
  EXPECT_EQ(list.refuse_stale, false);
  EXPECT_EQ(list.serve_expired, false);
  EXPECT_THAT(
      list.kinds,
      ElementsAre(KindOverride{.kind = HashKind::kPdq,
                               .max_distance = 31,
                               .max_distance_rotated = 23},
                  KindOverride{.kind = HashKind::kPhotoDna,
                               .max_distance = 5000,
                               .metric = ByteVectorMetric::kSquaredL2}));
  EXPECT_EQ(config.lists[1].role, ListRole::kIgnore);
  EXPECT_EQ(config.lists[1].action, std::nullopt);
}

TEST(PolicyConfigTest, AnEmptyFileOverridesNothing) {
  for (const char* text : {"", "# nothing\n", "[matcher]\n"}) {
    ASSERT_OK_AND_ASSIGN(const PolicyConfig config,
                         ParsePolicyConfig(text, "f"));
    EXPECT_THAT(config.lists, IsEmpty());
    EXPECT_EQ(config.selftest_every_s, std::nullopt);
  }
}

TEST(PolicyConfigTest, EachMistakeIsToldWithItsPlace) {
  const struct {
    const char* fields;
    const char* told;
  } kMistakes[] = {
      {"max_distanec = 31",
       "f:3:1: list: got an unknown field 'max_distanec', want one of name, "
       "action, role, min_quality, sampled, sample_seed, late_after, "
       "stale_after, expired_after, when_stale, when_expired"},
      {"role = \"mach\"",
       "f:3:8: list.role: got 'mach', want one of match, ignore, shadow"},
      {"role = 1",
       "f:3:8: list.role: got an integer, want one of match, ignore, shadow"},
      {"action = \"a b\"",
       "f:3:10: list.action: policy action: the character at position 2 is "
       "none of A-Z a-z 0-9 . _ - /"},
      {"action = [\"block\"]",
       "f:3:10: list.action: got an array, want a string"},
      {"min_quality = 101", "f:3:15: list.min_quality: got 101, want 0 to 100"},
      {"min_quality = -1", "f:3:15: list.min_quality: got -1, want 0 to 100"},
      {"min_quality = 50.0",
       "f:3:15: list.min_quality: got a number with a point, want an integer "
       "from 0 to 100"},
      {"min_quality = \"50\"",
       "f:3:15: list.min_quality: got a string, want an integer from 0 to 100"},
      {"sampled = 1.5",
       "f:3:11: list.sampled: got 1.5, want a number from 0 to 1, in steps of "
       "a millionth"},
      {"sampled = -0.1",
       "f:3:11: list.sampled: got -0.1, want a number from 0 to 1, in steps of "
       "a millionth"},
      {"sampled = nan",
       "f:3:11: list.sampled: got nan, want a number from 0 to 1, in steps of "
       "a millionth"},
      {"sampled = 1e-9",
       "f:3:11: list.sampled: got 1e-09, which would be never, want a number "
       "from 0 to 1, in steps of a millionth"},
      {"sampled = true",
       "f:3:11: list.sampled: got a boolean, want a number from 0 to 1, in "
       "steps of a millionth"},
      {"sample_seed = -7",
       "f:3:15: list.sample_seed: got -7, want 0 to 9223372036854775807"},
      {"late_after = \"2 hours\"",
       "f:3:14: list.late_after: got '2 hours', want a duration from 1s to "
       "3650d, such as 90s, 15m, 2h or 3d, or never"},
      {"when_stale = \"maybe\"",
       "f:3:14: list.when_stale: got 'maybe', want one of serve, refuse"},
      {"stale_after = \"2d\"\nlate_after = \"3d\"",
       "f:1:1: policy staleness: got 172800 s after 259200 s, want late, stale "
       "and expired in this order"},
      {"name = \"b\"", "not TOML"},
      {"[list.sift]\nmax_distance = 1",
       "f:3:7: list: got an unknown kind 'sift', want one of pdq, "},
      {"[list.pdq]\nmax_distance = 300",
       "f:4:16: list.pdq.max_distance: got 300, want 0 to 128"},
      {"[list.pdq]\nmax_distance = 20\nmax_distance_rotated = 21",
       "f:5:24: list.pdq.max_distance_rotated: got 21, want 0 to 20"},
      {"[list.pdq]\nmetric = \"l1\"",
       "f:4:10: list.pdq.metric: got one, but such values are not compared "
       "under a metric"},
      {"[list.pdq]\nthreshold = 31",
       "f:4:1: list.pdq: got an unknown field 'threshold', want one of metric, "
       "max_distance, max_distance_rotated"},
      {"[list.md5]\nmax_distance = 1",
       "f:4:16: list.md5.max_distance: got 1, want 0 to 0"},
      {"[list.photodna]\nmax_distance = 5000",
       "f:3:1: list.photodna.metric: got none, want one"},
      {"[list.photodna]\nmetric = \"l2\"",
       "f:3:1: list.photodna.max_distance: got none, want one"},
      {"[list.photodna]\nmetric = \"cosine\"\nmax_distance = 1",
       "f:4:10: list.photodna.metric: got 'cosine', want one of l1, l2, "
       "squared_l2"},
      {"[list.photodna]\nmetric = \"l2\"\nmax_distance = 100000",
       "f:5:16: list.photodna.max_distance: got 100000, want 0 to "},
      {"[list.pdq]\n[list.pdq_hash]\n",
       "f:4:7: list.pdq_hash: got a second table of the same kind, want one"},
      {"[[list.pdq]]\nmax_distance = 1",
       "f:3:8: list: got an unknown field 'pdq'"},
  };
  for (const auto& mistake : kMistakes) {
    EXPECT_THAT(ProblemsOfList(mistake.fields),
                ElementsAre(HasSubstr(mistake.told)))
        << mistake.fields;
  }
}

TEST(PolicyConfigTest, MistakesOfTheFileAsAWholeAreTold) {
  const struct {
    const char* text;
    const char* told;
  } kMistakes[] = {
      {"[list]\nname = \"a\"",
       "f:1:1: list: got a table, want [[list]] tables"},
      {"list = 3", "f:1:8: list: got an integer, want [[list]] tables"},
      {"matcher = 3", "f:1:11: matcher: got an integer, want a table"},
      {"[lists]\n",
       "f:1:2: got an unknown field 'lists', want one of matcher, list"},
      {"[matcher]\nselftest_every_s = 0",
       "f:2:20: matcher.selftest_every_s: got 0, want 1 to 86400"},
      {"[matcher]\nselftest = 1",
       "f:2:1: matcher: got an unknown field 'selftest', want one of "
       "selftest_every_s"},
      {"[[list]]\nrole = \"match\"", "f:1:1: list: got no name, want one"},
      {"[[list]]\nname = \"\"",
       "f:2:8: list.name: policy name: got 0 characte"},
      {"[[list]]\nname = \"a\"\n[[list]]\nname = \"b\"\n[[list]]\nname=\"a\"",
       "f:5:1: list: got a second table of the same name, want one a list: the "
       "first is f:1"},
      {"[[list]\n", "f:1:8: not TOML: "},
      {"[|ist]\n", "f:1:2: not TOML: "},
      {"a = \"\xFF\"", "f:1:5: not TOML: "},
      {"a = 99999999999999999999", "not TOML: "},
  };
  for (const auto& mistake : kMistakes) {
    EXPECT_THAT(ProblemsOf(mistake.text), ElementsAre(HasSubstr(mistake.told)))
        << mistake.text;
  }
}

TEST(PolicyConfigTest, AllProblemsComeInTheOrderOfTheFile) {
  EXPECT_THAT(ProblemsOf("[[list]]\n"
                         "sampled = 2\n"
                         "name = \"a\"\n"
                         "action = 1\n"
                         "[list.pdq]\n"
                         "max_distance = 300\n"
                         "[matcher]\n"
                         "zzz = 1\n"
                         "[other]\n"),
              ElementsAre(StartsWith("f:2:11: list.sampled"),
                          StartsWith("f:4:10: list.action"),
                          StartsWith("f:6:16: list.pdq.max_distance"),
                          StartsWith("f:8:1: matcher"),
                          StartsWith("f:9:2: got an unknown field 'other'")));
}

TEST(PolicyConfigTest, DurationsHaveOneUnit) {
  const auto seconds = [](const std::string& word) {
    const auto config = ParsePolicyConfig(
        absl::StrCat("[[list]]\nname = \"a\"\nlate_after = \"", word, "\""),
        "f");
    return config.ok() ? config->lists[0].late_after_s : std::nullopt;
  };
  EXPECT_EQ(seconds("1s"), 1u);
  EXPECT_EQ(seconds("90s"), 90u);
  EXPECT_EQ(seconds("15m"), 900u);
  EXPECT_EQ(seconds("2h"), 7'200u);
  EXPECT_EQ(seconds("3d"), 259'200u);
  EXPECT_EQ(seconds("3650d"), 315'360'000u);
  EXPECT_EQ(seconds("never"), 0u);
  for (const char* bad :
       {"", "s", "0s", "3651d", "99999999999999999999s", "-1s", "+1s", " 1s",
        "1.5h", "2h30m", "5", "5w", "1S", "0x10s"}) {
    EXPECT_EQ(seconds(bad), std::nullopt) << bad;
  }
}

TEST(PolicyConfigTest, NoMessageRepeatsWhatMayBeAHash) {
  const std::string hash(64, 'a');
  for (const std::string& text :
       {hash, hash + " = 1", "[" + hash + "]",
        "[[list]]\nname = \"a\"\nrole = \"" + hash + "\"",
        "[[list]]\nname = \"a\"\nmin_quality = 0x" + hash,
        "[[list]]\nname = \"a\"\nlate_after = \"" + hash + "\"",
        "[[list]]\nname = \"a\"\n[list." + hash + "]",
        "[[list]]\nname = \"a\"\n" + hash + ".x = 1",
        "[[list]]\nname = \"a\"\nname = \"" + hash + "\""}) {
    EXPECT_THAT(ProblemsOf(text),
                ElementsAre(Not(HasSubstr(hash.substr(0, 16)))))
        << text;
  }
}

TEST(PolicyConfigTest, AMessageIsOneLineWhateverTheTextHolds) {
  for (const char* text :
       {"a = t\x1e", "\x1b = 1", "\"a\\nb\" = 1", "\"\\u007f\" = 1",
        "[[list]]\nname = \"a\"\nrole = \"a\\nb\"",
        "[[list]]\nname = \"a\"\n\"x\\ty\".z = 1"}) {
    const std::vector<std::string> problems = ProblemsOf(text);
    ASSERT_THAT(problems, SizeIs(1)) << text;
    for (const char c : problems[0]) {
      EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)
          << problems[0];
    }
  }
}

TEST(PolicyConfigTest, OversizedTextsAreRefusedBeforeTheyAreRead) {
  EXPECT_THAT(ProblemsOf(std::string(kPolicyConfigMaxBytes + 1, '\n')),
              ElementsAre("f:1:1: got 1048577 bytes, want at most 1048576"));
  EXPECT_THAT(ProblemsOf(std::string(kPolicyConfigMaxBytes, '\n')), IsEmpty());
  const std::string longest = "#" + std::string(511, 'x');
  EXPECT_THAT(ProblemsOf(longest + "\n" + longest), IsEmpty());
  EXPECT_THAT(ProblemsOf("\n" + longest + "x\n"),
              ElementsAre("f:2:1: got a line of 513 bytes, want at most 512"));
  std::string deep = "a";
  for (int i = 0; i < 100'000; ++i) deep += ".a";
  EXPECT_THAT(ProblemsOf(deep + " = 1"), SizeIs(1));
  std::string nested = "a = ";
  for (int i = 0; i < 20'000; ++i) nested += "[\n";
  EXPECT_THAT(ProblemsOf(nested), SizeIs(1));
}

ListPolicy Loaded(std::string name) {
  ListPolicy policy{.name = std::move(name),
                    .action = "review",
                    .role = ListRole::kShadow,
                    .min_quality = 60,
                    .staleness = {.late_after_s = 10, .stale_after_s = 20}};
  SetKindPolicy(
      {.kind = HashKind::kPdq, .max_distance = 30, .max_distance_rotated = 25},
      policy);
  return policy;
}

absl::StatusOr<std::vector<ListPolicy>> ApplyText(
    std::string_view text, const std::vector<ListPolicy>& lists,
    std::vector<std::string>* unknown = nullptr) {
  auto config = ParsePolicyConfig(text, "f");
  if (!config.ok()) return config.status();
  return Apply(*config, lists, unknown);
}

TEST(ApplyTest, OnlyGivenFieldsOfNamedListsChange) {
  const std::vector<ListPolicy> lists = {Loaded("a"), Loaded("b")};
  ListPolicy want = Loaded("b");
  want.role = ListRole::kMatch;
  ASSERT_OK_AND_ASSIGN(
      const auto one,
      ApplyText("[[list]]\nname = \"b\"\nrole = \"match\"", lists));
  EXPECT_THAT(one, ElementsAre(Loaded("a"), want));

  want = {.name = "b",
          .action = "block",
          .role = ListRole::kIgnore,
          .min_quality = 0,
          .sampled_ppm = 500'000,
          .sample_seed = 9,
          .staleness = {.late_after_s = 1,
                        .stale_after_s = 0,
                        .expired_after_s = 3,
                        .refuse_stale = true,
                        .serve_expired = true},
          .kinds = {{.kind = HashKind::kPdq,
                     .max_distance = 12,
                     .max_distance_rotated = 11},
                    {.kind = HashKind::kPhash64ImageHash, .max_distance = 6},
                    {.kind = HashKind::kPhotoDna,
                     .max_distance = 40,
                     .metric = ByteVectorMetric::kL1}}};
  ASSERT_OK_AND_ASSIGN(
      const auto all,
      ApplyText(
          "[[list]]\nname = \"b\"\naction = \"block\"\n"
          "role = \"ignore\"\nmin_quality = 0\nsampled = 0.5\n"
          "sample_seed = 9\nlate_after = \"1s\"\nstale_after = \"never\"\n"
          "expired_after = \"3s\"\nwhen_stale = \"refuse\"\n"
          "when_expired = \"serve\"\n"
          "[list.photodna]\nmetric = \"l1\"\nmax_distance = 40\n"
          "[list.pdq]\nmax_distance = 12\nmax_distance_rotated = 11\n"
          "[list.phash64-imagehash]\nmax_distance = 6\n",
          lists));
  EXPECT_THAT(all, ElementsAre(Loaded("a"), want));
}

TEST(ApplyTest, ALoweredThresholdHoldsForRotatedMatchesToo) {
  ASSERT_OK_AND_ASSIGN(
      const auto lists,
      ApplyText("[[list]]\nname = \"a\"\n[list.pdq]\nmax_distance = 20",
                {Loaded("a")}));
  EXPECT_THAT(lists[0].kinds,
              ElementsAre(KindPolicy{.kind = HashKind::kPdq,
                                     .max_distance = 20,
                                     .max_distance_rotated = 20}));
}

TEST(ApplyTest, AnotherMetricForgetsTheListsOtherThreshold) {
  ListPolicy list = Loaded("a");
  SetKindPolicy({.kind = HashKind::kPhotoDna,
                 .max_distance = 9000,
                 .max_distance_rotated = 8000,
                 .metric = ByteVectorMetric::kSquaredL2},
                list);
  ASSERT_OK_AND_ASSIGN(const auto lists,
                       ApplyText("[[list]]\nname = \"a\"\n[list.photodna]\n"
                                 "metric = \"l2\"\nmax_distance = 90",
                                 {list}));
  EXPECT_EQ(*KindPolicyOf(lists[0], HashKind::kPhotoDna),
            (KindPolicy{.kind = HashKind::kPhotoDna,
                        .max_distance = 90,
                        .metric = ByteVectorMetric::kL2}));
}

TEST(ApplyTest, WhatDoesNotFitTheListIsToldWithThePlace) {
  EXPECT_THAT(ApplyText("\n[[list]]\nname = \"a\"\n[list.pdq]\n"
                        "max_distance_rotated = 31",
                        {Loaded("a")}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(StartsWith("f:2: list a, "), HasSubstr("got 31"),
                             HasSubstr("want 0 to 30"))));
  EXPECT_THAT(
      ApplyText("[[list]]\nname = \"a\"\nlate_after = \"1m\"", {Loaded("a")}),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("late, stale and expired in this order")));
  EXPECT_THAT(ApplyText("[[list]]\nname = \"a\"\n[list.phash64-imagehash]\n",
                        {Loaded("a")}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("phash64-imagehash max_distance: got none")));
}

TEST(ApplyTest, EveryProblemAndEveryUnknownListIsReported) {
  ASSERT_OK_AND_ASSIGN(
      const PolicyConfig config,
      ParsePolicyConfig(
          "[[list]]\nname = \"a\"\nlate_after = \"1m\"\n[[list]]\n"
          "name = \"gone\"\n[[list]]\nname = \"b\"\nlate_after = \"1m\"",
          "f"));
  const std::vector<ListPolicy> lists = {Loaded("a"), Loaded("b")};
  std::vector<std::string> unknown;
  std::vector<std::string> problems;
  EXPECT_FALSE(Apply(config, lists, &unknown, &problems).ok());
  EXPECT_THAT(unknown,
              ElementsAre("f:4: list gone: no list of this name is loaded"));
  EXPECT_THAT(problems, ElementsAre(StartsWith("f:1: list a"),
                                    StartsWith("f:6: list b")));
}

}  // namespace
}  // namespace hashvet
