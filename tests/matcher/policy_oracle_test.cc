// The whole of the policies against the plainest code that could be right:
// several lists in one snapshot, of every role, with thresholds for rotated
// matches, sampling, and an overlay that adds and takes away; near copies are
// planted at every threshold and one past it.

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/metrics.h"
#include "src/matcher/sampling.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::At;
using ::hashvet::testing::ExpectEqual;
using ::hashvet::testing::GenerationOf;
using ::hashvet::testing::Listed;
using ::hashvet::testing::MakeOverlay;
using ::hashvet::testing::MakeSnapshotOf;
using ::hashvet::testing::MatcherOf;
using ::hashvet::testing::PdqEntry;
using ::hashvet::testing::Picture;
using ::hashvet::testing::RandomHash;
using ::hashvet::testing::RemovedKey;
using ::hashvet::testing::Shown;
using ::hashvet::testing::ShownOf;

struct PlainList {
  ListPolicy policy;
  std::vector<ListEntry> entries;  // those that hold, no two equal
};

// What a verdict must hold.
struct Expected {
  std::vector<Shown> matches, suppressed, ignored, shadow;
  std::vector<std::string> not_sampled;
  Outcome outcome;
};

Expected Judge(const std::vector<PlainList>& lists,
               const PictureHashes& picture, const MatchOptions& options) {
  std::vector<Shown> found[3];  // by role
  Expected expected;
  bool too_flat = false;
  bool searched = false;
  bool any_counts = false;
  for (const PlainList& list : lists) {
    const ListPolicy& policy = list.policy;
    if (!options.only_lists.empty() &&
        std::find(options.only_lists.begin(), options.only_lists.end(),
                  policy.name) == options.only_lists.end()) {
      continue;
    }
    const bool counts = policy.role == ListRole::kMatch;
    any_counts |= counts;
    if (!IsSampled(policy, HashValue::Pdq(picture.pdq.hash()))) {
      expected.not_sampled.push_back(policy.name);
      continue;
    }
    if (picture.pdq.quality < policy.min_quality) {
      too_flat |= counts;
      continue;
    }
    searched |= counts;
    const KindPolicy pdq = *KindPolicyOf(policy, HashKind::kPdq);
    for (const ListEntry& entry : list.entries) {
      std::optional<Shown> best;
      for (size_t o = 0; o < (options.all_orientations ? 8u : 1u); ++o) {
        const uint32_t limit = options.max_distance.value_or(
            o == 0 ? pdq.max_distance
                   : pdq.max_distance_rotated.value_or(pdq.max_distance));
        const uint32_t distance =
            Distance(*entry.value.As<Hash256>(), picture.pdq.orientations[o]);
        if (distance > limit) continue;
        if (best.has_value() && distance >= std::get<2>(*best)) continue;
        best = Shown{policy.name, entry.key, distance,
                     static_cast<Orientation>(o)};
      }
      if (best.has_value()) {
        found[static_cast<size_t>(policy.role)].push_back(*best);
      }
    }
  }
  for (std::vector<Shown>& each : found) {
    std::sort(each.begin(), each.end(), [](const Shown& a, const Shown& b) {
      return std::tie(std::get<2>(a), std::get<0>(a), std::get<1>(a)) <
             std::tie(std::get<2>(b), std::get<0>(b), std::get<1>(b));
    });
  }
  expected.ignored = found[1];
  expected.shadow = found[2];
  for (const Shown& match : found[0]) {
    const bool excused =
        !found[1].empty() && std::get<2>(found[1][0]) <= std::get<2>(match);
    (excused ? expected.suppressed : expected.matches).push_back(match);
  }
  expected.outcome = !expected.matches.empty() ? Outcome::kMatch
                     : !any_counts             ? Outcome::kListUnavailable
                     : too_flat                ? Outcome::kLowQuality
                     : searched                ? Outcome::kNoMatch
                                               : Outcome::kNotSampled;
  return expected;
}

ListPolicy Make(std::string name, ListRole role, uint32_t max_distance,
                std::optional<uint32_t> rotated, int min_quality,
                uint32_t sampled_ppm = 1'000'000) {
  ListPolicy policy =
      testing::Policy(std::move(name), max_distance, min_quality);
  policy.role = role;
  policy.sampled_ppm = sampled_ppm;
  policy.sample_seed = 99;
  SetKindPolicy({.max_distance = max_distance, .max_distance_rotated = rotated},
                policy);
  return policy;
}

class PolicyOracleTest : public ::testing::Test {
 protected:
  PolicyOracleTest() {
    for (int i = 0; i < 80; ++i) {
      pictures_.push_back(Picture(random_, static_cast<int>(random_() % 101)));
    }
    const std::vector<ListPolicy> first = {
        Make("usual", ListRole::kMatch, 31, std::nullopt, 50),
        Make("turned", ListRole::kMatch, 31, 12, 20),
        Make("good", ListRole::kIgnore, 20, 4, 0),
        Make("trial", ListRole::kShadow, 40, 30, 60),
        Make("partly", ListRole::kMatch, 24, 24, 0, 400'000)};
    const std::vector<ListPolicy> second = {
        Make("strict", ListRole::kMatch, 8, 0, 0, 700'000)};
    parts_ = {MakePart(first), MakePart(second)};
  }

  // Values at and past the thresholds of a list, for some of the pictures.
  std::vector<ListEntry> Plant(const ListPolicy& policy, uint64_t one_in) {
    const KindPolicy pdq = *KindPolicyOf(policy, HashKind::kPdq);
    const uint32_t limit = pdq.max_distance;
    const uint32_t rotated = pdq.max_distance_rotated.value_or(limit);
    std::vector<ListEntry> entries;
    const auto add = [&](const Hash256& hash) {
      entries.push_back(PdqEntry(hash, absl::StrCat("e", ++keys_)));
    };
    for (const PictureHashes& picture : pictures_) {
      if (random_() % one_in != 0) continue;
      for (const uint32_t distance :
           {limit, limit + 1, rotated, rotated + 1,
            static_cast<uint32_t>(random_() % (limit + 1))}) {
        add(At(picture.pdq.orientations[random_() % kOrientations], distance,
               random_));
      }
      // Two orientations reach one entry.
      const Hash256 both = At(picture.pdq.hash(), rotated, random_);
      add(both);
      entries.push_back({entries[entries.size() - 2].value,
                         absl::StrCat("e", ++keys_), "A1", 80});
    }
    for (int i = 0; i < 50; ++i) add(RandomHash(random_));
    return entries;
  }

  Generation::Part MakePart(const std::vector<ListPolicy>& lists) {
    std::vector<Listed> base;
    std::vector<Listed> added;
    std::vector<RemovedKey> removed;
    for (uint16_t l = 0; l < lists.size(); ++l) {
      PlainList plain{lists[l], {}};
      for (ListEntry& entry : Plant(lists[l], 3)) {
        base.push_back({l, entry});
        if (random_() % 4 == 0) {
          removed.push_back({l, entry.key});
        } else {
          plain.entries.push_back(std::move(entry));
        }
      }
      for (ListEntry& entry : Plant(lists[l], 8)) {
        added.push_back({l, entry});
        plain.entries.push_back(std::move(entry));
      }
      // What the base has, too.
      added.push_back({l, plain.entries[0]});
      lists_.push_back(std::move(plain));
    }
    Generation::Part part;
    part.base = MakeSnapshotOf(lists, base);
    part.overlay = MakeOverlay(part.base, added, removed);
    return part;
  }

  std::mt19937_64 random_{21};
  int keys_ = 0;
  std::vector<PictureHashes> pictures_;
  std::vector<PlainList> lists_;
  std::vector<Generation::Part> parts_;
};

TEST_F(PolicyOracleTest, EveryVerdictIsThePlainCodes) {
  const Matcher matcher = MatcherOf(GenerationOf(parts_));
  std::array<size_t, 12> outcomes = {};
  size_t suppressed = 0, ignored = 0, shadows = 0, unsampled = 0;
  const std::vector<std::vector<std::string>> kOnly = {
      {}, {"usual", "good"}, {"partly", "strict"}, {"trial"}};
  for (const auto& only : kOnly) {
    for (const bool all_orientations : {true, false}) {
      for (const std::optional<uint32_t> max_distance :
           {std::optional<uint32_t>(), std::optional<uint32_t>(13),
            std::optional<uint32_t>(60)}) {
        MatchOptions options;
        options.only_lists = only;
        options.all_orientations = all_orientations;
        options.max_distance = max_distance;
        for (const PictureHashes& picture : pictures_) {
          const Verdict verdict = matcher.MatchPicture(picture, options);
          const Expected expected = Judge(lists_, picture, options);
          ASSERT_EQ(verdict.outcome, expected.outcome);
          ASSERT_EQ(ShownOf(verdict), expected.matches);
          ASSERT_EQ(ShownOf(verdict.suppressed_matches), expected.suppressed);
          ASSERT_EQ(ShownOf(verdict.ignored_by), expected.ignored);
          ASSERT_EQ(ShownOf(verdict.shadow_matches), expected.shadow);
          ASSERT_EQ(verdict.not_sampled, expected.not_sampled);
          ++outcomes[static_cast<size_t>(verdict.outcome)];
          suppressed += expected.suppressed.size();
          ignored += expected.ignored.size();
          shadows += expected.shadow.size();
          unsampled += expected.not_sampled.size();
        }
      }
    }
  }
  // Everything was met, often.
  for (const Outcome outcome :
       {Outcome::kMatch, Outcome::kNoMatch, Outcome::kLowQuality,
        Outcome::kNotSampled, Outcome::kListUnavailable}) {
    EXPECT_GT(outcomes[static_cast<size_t>(outcome)], 50u) << NameOf(outcome);
  }
  for (const size_t met : {suppressed, ignored, shadows, unsampled}) {
    EXPECT_GT(met, 50u);
  }
}

TEST_F(PolicyOracleTest, BatchesGiveWhatOneByOneGives) {
  const Matcher matcher = MatcherOf(GenerationOf(parts_));
  std::vector<PictureHashes> many;
  for (int i = 0; i < 1'500; ++i) {
    many.push_back(pictures_[random_() % pictures_.size()]);
  }
  const auto pool = MakeThreadPool(2);
  MatchOptions options;
  options.executor = pool.get();
  const std::vector<Verdict> verdicts = matcher.MatchPictures(many, options);
  for (size_t i = 0; i < many.size(); ++i) {
    ExpectEqual(verdicts[i], matcher.MatchPicture(many[i]));
    if (HasFailure()) FAIL() << "picture " << i;
  }
}

TEST_F(PolicyOracleTest, WhatIsFoundIsAllButThePlainNoMatches) {
  const Matcher matcher = MatcherOf(GenerationOf(parts_));
  std::vector<HashValue> values;
  for (int i = 0; i < 2'500; ++i) {
    const PictureHashes& picture = pictures_[random_() % pictures_.size()];
    values.push_back(i % 3 == 0 ? HashValue::Pdq(picture.pdq.hash())
                     : i % 50 == 1
                         ? testing::RandomValue(HashKind::kSha256, random_)
                         : HashValue::Pdq(RandomHash(random_)));
  }
  const auto is_plain = [](const Verdict& verdict) {
    return verdict.outcome == Outcome::kNoMatch && verdict.status.ok() &&
           verdict.matches.empty() && verdict.ignored_by.empty() &&
           verdict.suppressed_matches.empty() &&
           verdict.shadow_matches.empty() && verdict.not_sampled.empty();
  };
  size_t plain = 0, telling_no_matches = 0;
  for (const std::vector<std::string>& only : {std::vector<std::string>{},
                                               {"usual", "good"},
                                               {"usual", "trial"},
                                               {"partly", "strict"},
                                               {"trial"},
                                               {"usual", "nobody"}}) {
    for (const bool expired : {false, true}) {
      MatchOptions options;
      options.only_lists = only;
      if (expired) options.deadline = Deadline::After({});
      const std::vector<Verdict> all = matcher.MatchValues(values, options);
      Counter& counter =
          GetCounter("hashvet_verdicts_total", "outcome=\"no_match\"");
      const uint64_t counted = counter.value();
      const Findings found = matcher.FindValues(values, options);
      EXPECT_EQ(found.snapshot, all[0].snapshot);
      EXPECT_EQ(found.generation, all[0].generation);
      size_t next = 0, no_matches = 0;
      for (size_t i = 0; i < all.size(); ++i) {
        no_matches += all[i].outcome == Outcome::kNoMatch;
        if (is_plain(all[i])) {
          ++plain;
          continue;
        }
        telling_no_matches += all[i].outcome == Outcome::kNoMatch;
        ASSERT_LT(next, found.verdicts.size()) << "value " << i;
        EXPECT_EQ(found.verdicts[next].item, i);
        ExpectEqual(found.verdicts[next++].verdict, all[i]);
        if (HasFailure()) FAIL() << "value " << i;
      }
      EXPECT_EQ(next, found.verdicts.size());
      EXPECT_EQ(counter.value(), counted + no_matches);
    }
  }
  EXPECT_GT(plain, 2'000u);
  EXPECT_GT(telling_no_matches, 100u);
  EXPECT_TRUE(matcher.FindValues({}).verdicts.empty());
}

}  // namespace
}  // namespace hashvet
