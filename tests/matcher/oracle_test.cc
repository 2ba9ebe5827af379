// The matcher against the plainest code that could be right, over random lists
// with near copies planted at the threshold and one past it.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/executor.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::At;
using ::hashvet::testing::ExpectEqual;
using ::hashvet::testing::MakeSnapshot;
using ::hashvet::testing::MatcherOf;
using ::hashvet::testing::PdqEntry;
using ::hashvet::testing::Picture;
using ::hashvet::testing::RandomHash;
using ::hashvet::testing::Shown;
using ::hashvet::testing::ShownOf;

struct PlainList {
  ListPolicy policy;
  std::vector<ListEntry> entries;  // no two equal
};

// Every entry of every list, one by one.
std::vector<Shown> Expected(const std::vector<PlainList>& lists,
                            const PictureHashes& picture,
                            const MatchOptions& options) {
  std::vector<Shown> found;
  for (const PlainList& list : lists) {
    if (picture.pdq.quality < list.policy.min_quality) continue;
    const uint32_t limit = options.max_distance.value_or(
        KindPolicyOf(list.policy, HashKind::kPdq)->max_distance);
    for (const ListEntry& entry : list.entries) {
      std::optional<Shown> best;
      const size_t orientations = options.all_orientations ? 8 : 1;
      for (size_t o = 0; o < orientations; ++o) {
        const uint32_t distance =
            Distance(*entry.value.As<Hash256>(), picture.pdq.orientations[o]);
        if (distance > limit) continue;
        if (best.has_value() && distance >= std::get<2>(*best)) continue;
        best = Shown{list.policy.name, entry.key, distance,
                     static_cast<Orientation>(o)};
      }
      if (best.has_value()) found.push_back(*best);
    }
  }
  std::sort(found.begin(), found.end(), [](const Shown& a, const Shown& b) {
    return std::tie(std::get<2>(a), std::get<0>(a), std::get<1>(a)) <
           std::tie(std::get<2>(b), std::get<0>(b), std::get<1>(b));
  });
  return found;
}

class OracleTest : public ::testing::Test {
 protected:
  OracleTest() {
    lists_ = {{testing::Policy("strict", 8, 70), {}},
              {testing::Policy("usual", 31, 50), {}},
              {testing::Policy("wide", 60, 0), {}}};
    for (int i = 0; i < 60; ++i) {
      pictures_.push_back(Picture(random_, static_cast<int>(random_() % 101)));
    }
    int key = 0;
    for (PlainList& list : lists_) {
      const uint32_t limit =
          KindPolicyOf(list.policy, HashKind::kPdq)->max_distance;
      for (const PictureHashes& picture : pictures_) {
        if (random_() % 3 == 0) continue;
        // At exactly the threshold, one past it, and at hand.
        for (const uint32_t distance :
             {limit, limit + 1, static_cast<uint32_t>(random_() % limit)}) {
          const Hash256& hash =
              picture.pdq.orientations[random_() % kOrientations];
          list.entries.push_back(
              PdqEntry(At(hash, distance, random_), absl::StrCat("e", ++key)));
        }
        // A value that several entries carry.
        const HashValue shared = list.entries.back().value;
        list.entries.push_back({shared, absl::StrCat("e", ++key), "A1", 80});
      }
      for (int i = 0; i < 300; ++i) {
        list.entries.push_back(
            PdqEntry(RandomHash(random_), absl::StrCat("e", ++key)));
      }
      readers_.push_back(MakeSnapshot(list.policy, list.entries));
    }
  }

  std::mt19937_64 random_{20};
  std::vector<PlainList> lists_;
  std::vector<PictureHashes> pictures_;
  testing::Lists readers_;
};

TEST_F(OracleTest, EveryVerdictIsThePlainCodes) {
  const Matcher matcher = MatcherOf(readers_);
  size_t matches = 0;
  size_t misses = 0;
  for (const bool all_orientations : {true, false}) {
    for (const std::optional<uint32_t> max_distance :
         {std::optional<uint32_t>(), std::optional<uint32_t>(0),
          std::optional<uint32_t>(31), std::optional<uint32_t>(100)}) {
      MatchOptions options;
      options.all_orientations = all_orientations;
      options.max_distance = max_distance;
      for (const PictureHashes& picture : pictures_) {
        const Verdict verdict = matcher.MatchPicture(picture, options);
        const std::vector<Shown> expected = Expected(lists_, picture, options);
        ASSERT_EQ(ShownOf(verdict), expected);
        // Every list searches quality 70 and better.
        const Outcome none = picture.pdq.quality >= 70 ? Outcome::kNoMatch
                                                       : Outcome::kLowQuality;
        EXPECT_EQ(verdict.outcome, expected.empty() ? none : Outcome::kMatch);
        EXPECT_OK(verdict.status);
        ++(expected.empty() ? misses : matches);
      }
    }
  }
  EXPECT_GT(matches, 100u);
  EXPECT_GT(misses, 50u);
}

TEST_F(OracleTest, ThresholdsAreInclusiveInEveryOrientation) {
  const uint32_t limit =
      KindPolicyOf(lists_[1].policy, HashKind::kPdq)->max_distance;
  for (size_t o = 0; o < kOrientations; ++o) {
    const PictureHashes picture = Picture(random_);
    const Hash256& hash = picture.pdq.orientations[o];
    const Matcher matcher = MatcherOf({MakeSnapshot(
        lists_[1].policy, {PdqEntry(At(hash, limit, random_), "at"),
                           PdqEntry(At(hash, limit + 1, random_), "past")})});
    EXPECT_THAT(ShownOf(matcher.MatchPicture(picture)),
                ::testing::ElementsAre(
                    Shown{"usual", "at", limit, static_cast<Orientation>(o)}));
    MatchOptions upright;
    upright.all_orientations = false;
    EXPECT_EQ(matcher.MatchPicture(picture, upright).outcome,
              o == 0 ? Outcome::kMatch : Outcome::kNoMatch);
  }
}

TEST_F(OracleTest, BatchesGiveWhatOneByOneGives) {
  const Matcher matcher = MatcherOf(readers_);
  // More than one slice, with pictures that have no hash in between.
  std::vector<PictureHashes> many;
  for (int i = 0; i < 2100; ++i) {
    many.push_back(pictures_[random_() % pictures_.size()]);
    if (i % 7 == 0) {
      many.back().outcome = HashOutcome::kUndecodable;
      many.back().status = absl::InvalidArgumentError("not a picture");
    }
  }
  const auto pool = MakeThreadPool(3);
  for (Executor* executor : {static_cast<Executor*>(nullptr), pool.get()}) {
    MatchOptions options;
    options.executor = executor;
    const std::vector<Verdict> verdicts = matcher.MatchPictures(many, options);
    ASSERT_EQ(verdicts.size(), many.size());
    for (size_t i = 0; i < many.size(); ++i) {
      ExpectEqual(verdicts[i], matcher.MatchPicture(many[i]));
      if (HasFailure()) FAIL() << "picture " << i;
    }
  }
  EXPECT_TRUE(matcher.MatchPictures({}).empty());
}

TEST_F(OracleTest, BatchesOfMixedValuesGiveWhatOneByOneGives) {
  std::vector<ListEntry> entries = testing::MixedEntries(400, 3);
  readers_.push_back(MakeSnapshot(testing::PolicyNamed("mixed"), entries));
  const Matcher matcher = MatcherOf(readers_);
  std::vector<HashValue> values;
  for (size_t i = 0; i < 1500; ++i) {
    values.push_back(
        i % 2 == 0
            ? entries[i % entries.size()].value
            : testing::RandomValue(
                  AllHashKinds()[i % AllHashKinds().size()].kind, random_));
  }
  const std::vector<Verdict> verdicts = matcher.MatchValues(values);
  ASSERT_EQ(verdicts.size(), values.size());
  std::map<Outcome, size_t> outcomes;
  for (size_t i = 0; i < values.size(); ++i) {
    ExpectEqual(verdicts[i], matcher.MatchValue(values[i]));
    ++outcomes[verdicts[i].outcome];
    if (HasFailure()) FAIL() << "value " << i;
  }
  EXPECT_GT(outcomes[Outcome::kMatch], 100u);
  EXPECT_GT(outcomes[Outcome::kNoMatch], 100u);
  EXPECT_GT(outcomes[Outcome::kListUnavailable], 100u);
}

}  // namespace
}  // namespace hashvet
