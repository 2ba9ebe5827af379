// What each part of a list's policy does to a verdict, case by case.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/matcher/sampling.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::At;
using ::hashvet::testing::GenerationOf;
using ::hashvet::testing::Listed;
using ::hashvet::testing::MakeOverlay;
using ::hashvet::testing::MakeSnapshot;
using ::hashvet::testing::MakeSnapshotOf;
using ::hashvet::testing::MatcherOf;
using ::hashvet::testing::PdqEntry;
using ::hashvet::testing::Picture;
using ::hashvet::testing::RandomHash;
using ::hashvet::testing::RandomValue;
using ::hashvet::testing::Shown;
using ::hashvet::testing::ShownOf;
using ::hashvet::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;
constexpr auto kOriginal = Orientation::kOriginal;

class PolicyTest : public ::testing::Test {
 protected:
  PolicyTest() : picture_(Picture(random_)), hash_(picture_.pdq.hash()) {}

  static ListPolicy Role(std::string name, ListRole role) {
    ListPolicy policy = testing::Policy(std::move(name), 31, 50);
    policy.role = role;
    return policy;
  }
  Listed Near(uint16_t list, uint32_t distance, std::string key) {
    return {list, PdqEntry(At(hash_, distance, random_), std::move(key))};
  }
  Listed Far(uint16_t list) {
    return {list, PdqEntry(RandomHash(random_), "far")};
  }
  static Matcher MatcherOfOne(
      const std::shared_ptr<const SnapshotReader>& snapshot,
      uint64_t now_s = 1'000'000) {
    return MatcherOf(GenerationOf({{snapshot, nullptr}}), now_s);
  }

  std::mt19937_64 random_{14};
  const PictureHashes picture_;
  const Hash256 hash_;
};

TEST_F(PolicyTest, EachListOfASnapshotJudgesByItsOwnPolicy) {
  ListPolicy wide = testing::Policy("wide", 60, 0, "log");
  ListPolicy strict = testing::Policy("strict", 8, 0, "block");
  const Matcher matcher = MatcherOfOne(
      MakeSnapshotOf({wide, strict}, {Near(0, 60, "w60"), Near(0, 61, "w61"),
                                      Near(1, 8, "s8"), Near(1, 9, "s9")}));
  const Verdict verdict = matcher.MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kMatch);
  EXPECT_THAT(ShownOf(verdict),
              ElementsAre(Shown{"strict", "s8", 8, kOriginal},
                          Shown{"wide", "w60", 60, kOriginal}));
  EXPECT_EQ(verdict.matches[0].action, "block");
  EXPECT_EQ(verdict.matches[1].action, "log");

  MatchOptions only;
  only.only_lists = {"wide"};
  EXPECT_THAT(ShownOf(matcher.MatchPicture(picture_, only)),
              ElementsAre(Shown{"wide", "w60", 60, kOriginal}));
  only.max_distance = 61;
  EXPECT_EQ(matcher.MatchPicture(picture_, only).matches.size(), 2u);
}

TEST_F(PolicyTest, AnEntrySaysWhatItsListSays) {
  ListEntry entry = PdqEntry(hash_, "e");
  entry.category = "B2";
  entry.category_scheme = "ncmec";
  entry.opinion = Opinion::kDisputed;
  const Verdict verdict =
      MatcherOfOne(MakeSnapshot(testing::Policy("a", 31, 50), {entry}))
          .MatchPicture(picture_);
  ASSERT_EQ(verdict.matches.size(), 1u);
  EXPECT_EQ(verdict.matches[0].category, "B2");
  EXPECT_EQ(verdict.matches[0].category_scheme, "ncmec");
  EXPECT_EQ(verdict.matches[0].opinion, Opinion::kDisputed);
}

TEST_F(PolicyTest, RotatedMatchesMustBeNearer) {
  ListPolicy policy = testing::Policy("a", 31, 50);
  SetKindPolicy({.max_distance = 31, .max_distance_rotated = 20}, policy);
  for (size_t o = 0; o < kOrientations; ++o) {
    const Hash256& turned = picture_.pdq.orientations[o];
    const Matcher matcher = MatcherOfOne(
        MakeSnapshot(policy, {PdqEntry(At(turned, 20, random_), "20"),
                              PdqEntry(At(turned, 21, random_), "21"),
                              PdqEntry(At(turned, 31, random_), "31")}));
    EXPECT_EQ(matcher.MatchPicture(picture_).matches.size(), o == 0 ? 3u : 1u);
  }
  // Nearer, but not allowed: the original is what matches.
  PictureHashes picture = picture_;
  const Hash256 entry = At(hash_, 30, random_);
  picture.pdq.orientations[5] = At(entry, 25, random_);
  const Matcher matcher =
      MatcherOfOne(MakeSnapshot(policy, {PdqEntry(entry, "e")}));
  EXPECT_THAT(ShownOf(matcher.MatchPicture(picture)),
              ElementsAre(Shown{"a", "e", 30, kOriginal}));
}

TEST_F(PolicyTest, KnownGoodExcusesWhatIsNoNearer) {
  const auto lists = {Role("bad", ListRole::kMatch),
                      Role("good", ListRole::kIgnore)};
  const Matcher excused = MatcherOfOne(MakeSnapshotOf(
      lists, {Near(0, 20, "b20"), Near(0, 5, "b5"), Near(1, 5, "g5")}));
  Verdict verdict = excused.MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kNoMatch);
  EXPECT_OK(verdict.status);
  EXPECT_THAT(verdict.matches, IsEmpty());
  EXPECT_THAT(ShownOf(verdict.suppressed_matches),
              ElementsAre(Shown{"bad", "b5", 5, kOriginal},
                          Shown{"bad", "b20", 20, kOriginal}));
  EXPECT_THAT(ShownOf(verdict.ignored_by),
              ElementsAre(Shown{"good", "g5", 5, kOriginal}));

  const Matcher nearer = MatcherOfOne(MakeSnapshotOf(
      lists, {Near(0, 20, "b20"), Near(0, 4, "b4"), Near(1, 5, "g5")}));
  verdict = nearer.MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kMatch);
  EXPECT_THAT(ShownOf(verdict), ElementsAre(Shown{"bad", "b4", 4, kOriginal}));
  EXPECT_EQ(verdict.suppressed_matches.size(), 1u);
  EXPECT_EQ(verdict.ignored_by.size(), 1u);

  // A request that may not see the good list gets no excuse from it.
  MatchOptions only;
  only.only_lists = {"bad"};
  EXPECT_EQ(excused.MatchPicture(picture_, only).outcome, Outcome::kMatch);
  // Nothing that counts was asked.
  only.only_lists = {"good"};
  verdict = excused.MatchPicture(picture_, only);
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_EQ(verdict.ignored_by.size(), 1u);
}

TEST_F(PolicyTest, DigestsOfKnownGoodFilesExcuse) {
  const HashValue md5 = RandomValue(HashKind::kMd5, random_);
  const Matcher matcher = MatcherOfOne(MakeSnapshotOf(
      {Role("bad", ListRole::kMatch), Role("good", ListRole::kIgnore)},
      {{0, {md5, "b", "", {}}}, {1, {md5, "g", "", {}}}}));
  const Verdict verdict = matcher.MatchValue(md5);
  EXPECT_EQ(verdict.outcome, Outcome::kNoMatch);
  EXPECT_EQ(verdict.suppressed_matches.size(), 1u);
}

TEST_F(PolicyTest, ShadowsAreRecordedAndChangeNothing) {
  const Matcher matcher = MatcherOfOne(MakeSnapshotOf(
      {Role("bad", ListRole::kMatch), Role("trial", ListRole::kShadow),
       Role("good", ListRole::kIgnore)},
      {Far(0), Near(1, 3, "t3"), Near(2, 0, "g")}));
  Verdict verdict = matcher.MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kNoMatch);
  EXPECT_THAT(ShownOf(verdict.shadow_matches),
              ElementsAre(Shown{"trial", "t3", 3, kOriginal}));
  EXPECT_THAT(verdict.suppressed_matches, IsEmpty());
  MatchOptions only;
  only.only_lists = {"trial"};
  verdict = matcher.MatchPicture(picture_, only);
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_EQ(verdict.shadow_matches.size(), 1u);

  // Neither does a shadow list that finds the picture too flat, or is too old.
  ListPolicy trial = Role("trial", ListRole::kShadow);
  trial.min_quality = 100;
  trial.current_at = 1;
  trial.staleness.expired_after_s = 1;
  PictureHashes flat = picture_;
  flat.pdq.quality = 60;
  verdict = MatcherOfOne(MakeSnapshotOf({Role("bad", ListRole::kMatch), trial},
                                        {Far(0), Near(1, 3, "t3")}))
                .MatchPicture(flat);
  EXPECT_EQ(verdict.outcome, Outcome::kNoMatch);
  EXPECT_OK(verdict.status);
  EXPECT_THAT(verdict.shadow_matches, IsEmpty());
}

TEST_F(PolicyTest, AListThatSamplesSaysWhatItLeftOut) {
  ListPolicy sampled = testing::Policy("sampled", 31, 50);
  sampled.sampled_ppm = 500'000;
  const auto everything = testing::Policy("everything", 31, 50);
  int in = 0;
  int out = 0;
  for (int i = 0; i < 40; ++i) {
    PictureHashes picture = Picture(random_);
    const HashValue item = HashValue::Pdq(picture.pdq.hash());
    sampled.sample_seed = static_cast<uint64_t>(i);
    const ListEntry entry = PdqEntry(picture.pdq.hash(), "e");
    const Matcher alone = MatcherOfOne(MakeSnapshot(sampled, {entry}));
    const Matcher both = MatcherOfOne(
        MakeSnapshotOf({sampled, everything}, {{0, entry}, Far(1)}));
    for (const Matcher* matcher : {&alone, &both}) {
      for (const Verdict& verdict :
           {matcher->MatchPicture(picture), matcher->MatchValue(item)}) {
        if (IsSampled(sampled, item)) {
          EXPECT_EQ(verdict.outcome, Outcome::kMatch);
          EXPECT_THAT(verdict.not_sampled, IsEmpty());
          ++in;
        } else {
          EXPECT_EQ(verdict.outcome, matcher == &alone ? Outcome::kNotSampled
                                                       : Outcome::kNoMatch);
          EXPECT_THAT(verdict.not_sampled, ElementsAre("sampled"));
          ++out;
        }
        EXPECT_OK(verdict.status);
      }
    }
  }
  EXPECT_GT(in, 20);
  EXPECT_GT(out, 20);
}

TEST_F(PolicyTest, AListThatIsTooOldIsNoAnswer) {
  constexpr uint64_t kConfirmed = 1'000'000;
  ListPolicy aging = testing::Policy("aging", 31, 50);
  aging.current_at = kConfirmed;
  aging.staleness.expired_after_s = 100;
  const auto snapshot = MakeSnapshotOf(
      {aging, testing::Policy("steady", 31, 50)}, {Near(0, 3, "a"), Far(1)});
  EXPECT_EQ(
      MatcherOfOne(snapshot, kConfirmed + 100).MatchPicture(picture_).outcome,
      Outcome::kMatch);
  const Matcher late = MatcherOfOne(snapshot, kConfirmed + 101);
  const Verdict verdict = late.MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_THAT(verdict.status, StatusIs(kFailed, HasSubstr("list aging: exp")));
  EXPECT_THAT(verdict.matches, IsEmpty());
  MatchOptions only;
  only.only_lists = {"steady"};
  EXPECT_EQ(late.MatchPicture(picture_, only).outcome, Outcome::kNoMatch);

  const MatcherStatus status = late.status();
  ASSERT_EQ(status.lists.size(), 2u);
  EXPECT_EQ(status.lists[0].staleness, Staleness::kExpired);
  EXPECT_EQ(status.lists[0].age_s, 101u);
  EXPECT_EQ(status.lists[0].answers.code(), kFailed);
  EXPECT_EQ(status.lists[1].staleness, Staleness::kFresh);
  EXPECT_OK(status.lists[1].answers);
}

TEST_F(PolicyTest, AKnownGoodListThatIsTooOldIsToldBesideAMatch) {
  ListPolicy good = Role("good", ListRole::kIgnore);
  good.current_at = 1;
  good.staleness.expired_after_s = 1;
  const auto bad = Role("bad", ListRole::kMatch);
  Verdict verdict = MatcherOfOne(MakeSnapshotOf({bad, good}, {Near(0, 3, "b"),
                                                              Near(1, 0, "g")}))
                        .MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kMatch);
  EXPECT_THAT(verdict.status, StatusIs(kFailed, HasSubstr("list good")));
  // It hides no match that is not there.
  verdict = MatcherOfOne(MakeSnapshotOf({bad, good}, {Far(0), Near(1, 0, "g")}))
                .MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kNoMatch);
  EXPECT_OK(verdict.status);
}

TEST_F(PolicyTest, AnOverlayAddsAndTakesAway) {
  const auto base = MakeSnapshotOf(
      {testing::Policy("a", 31, 50), testing::Policy("b", 31, 50)},
      {{0, PdqEntry(hash_, "gone")},
       {1, PdqEntry(hash_, "gone")},
       Near(0, 4, "stays")});
  const auto overlay = MakeOverlay(
      base, {Near(0, 2, "new"), {0, PdqEntry(hash_, "new")}}, {{0, "gone"}});
  const Matcher matcher = MatcherOf(GenerationOf({{base, overlay}}));
  const Verdict verdict = matcher.MatchPicture(picture_);
  EXPECT_THAT(ShownOf(verdict), ElementsAre(Shown{"a", "new", 0, kOriginal},
                                            Shown{"b", "gone", 0, kOriginal},
                                            Shown{"a", "new", 2, kOriginal},
                                            Shown{"a", "stays", 4, kOriginal}));
  EXPECT_EQ(verdict.snapshot, base->version() + "." + overlay->version());
  EXPECT_EQ(verdict.matches[0].list_version, verdict.snapshot);
}

TEST_F(PolicyTest, WhatBaseAndOverlayBothHaveIsOneMatch) {
  const ListEntry entry = PdqEntry(hash_, "e");
  ListEntry other = entry;
  other.category = "other";
  const auto base = MakeSnapshot(testing::Policy("a", 31, 50), {entry});
  const auto overlay = MakeOverlay(base, {{0, entry}, {0, other}}, {});
  const Matcher matcher = MatcherOf(GenerationOf({{base, overlay}}));
  EXPECT_EQ(matcher.MatchPicture(picture_).matches.size(), 2u);
  // Taken away and added again.
  const auto again = MakeOverlay(base, {{0, entry}}, {{0, "e"}});
  EXPECT_EQ(MatcherOf(GenerationOf({{base, again}}))
                .MatchPicture(picture_)
                .matches.size(),
            1u);
}

TEST_F(PolicyTest, AnOverlayMayBringAKindTheBaseHasNot) {
  const HashValue md5 = RandomValue(HashKind::kMd5, random_);
  const auto base =
      MakeSnapshot(testing::Policy("a", 31, 50), {PdqEntry(hash_, "e")});
  EXPECT_EQ(MatcherOfOne(base).MatchValue(md5).outcome,
            Outcome::kListUnavailable);
  const auto overlay = MakeOverlay(base, {{0, {md5, "m", "", {}}}}, {});
  const Matcher matcher = MatcherOf(GenerationOf({{base, overlay}}));
  EXPECT_EQ(matcher.MatchValue(md5).outcome, Outcome::kMatch);
}

TEST_F(PolicyTest, CanariesNeverSurface) {
  std::vector<ListEntry> entries = testing::MixedEntries(80, 9);
  ListPolicy policy = testing::Policy("a", 128, 0);
  SetKindPolicy({.kind = HashKind::kPhash64ImageHash, .max_distance = 32},
                policy);
  SetKindPolicy({.kind = HashKind::kPhotoDna,
                 .max_distance = 3'000'000,
                 .metric = ByteVectorMetric::kSquaredL2},
                policy);
  const auto base = MakeSnapshot(policy, entries);
  const auto overlay =
      MakeOverlay(base, {{0, PdqEntry(RandomHash(random_), "new")}}, {});
  const Matcher matcher = MatcherOf(GenerationOf({{base, overlay}}));
  size_t canaries = 0;
  for (const auto& file : {base, overlay}) {
    for (const HashKindInfo& info : AllHashKinds()) {
      for (const HashValue& canary : file->canaries(info.kind)) {
        const Verdict verdict = matcher.MatchValue(canary);
        for (const Match& match : verdict.matches) {
          EXPECT_EQ(match.list, "a");
          EXPECT_GT(match.distance, 0u);
        }
        ++canaries;
      }
    }
  }
  EXPECT_GE(canaries, 2 * AllHashKinds().size() + 2);
}

// Beside the 64 and 256 bits of pictures' own hashes.
TEST_F(PolicyTest, EveryKindOfBitsIsComparedWhereAThresholdIsGiven) {
  const HashValue phash = RandomValue(HashKind::kPhash64ImageHash, random_);
  const auto turned = [&](uint32_t bits) {
    std::vector<uint8_t> bytes = phash.ToBytes();
    for (uint32_t i = 0; i < bits; ++i) bytes[i / 8] ^= 1u << (i % 8);
    return *HashValue::FromBytes(phash.kind(), bytes);
  };
  ListPolicy policy = testing::Policy("a", 31, 50);
  SetKindPolicy({.kind = phash.kind(), .max_distance = 6}, policy);
  const Matcher matcher = MatcherOfOne(MakeSnapshot(
      policy, {{turned(6), "6", "", {}}, {turned(7), "7", "", {}}}));
  EXPECT_THAT(ShownOf(matcher.MatchValue(phash)),
              ElementsAre(Shown{"a", "6", 6, kOriginal}));
  MatchOptions wider;
  wider.max_distance = 7;
  EXPECT_EQ(matcher.MatchValue(phash, wider).matches.size(), 2u);
  wider.max_distance = 65;
  EXPECT_EQ(matcher.MatchValue(phash, wider).outcome,
            Outcome::kListUnavailable);
}

TEST_F(PolicyTest, ByteVectorsAreComparedUnderEachListsMetric) {
  const std::vector<uint8_t> zero(ByteVector144::kBytes);
  // 3 and 4 in two bytes: 7 under L1, 25 squared, 5 under L2.
  std::vector<uint8_t> moved = zero;
  moved[10] = 3;
  moved[90] = 4;
  const auto photodna = [](const std::vector<uint8_t>& bytes) {
    return *HashValue::FromBytes(HashKind::kPhotoDna, bytes);
  };
  const auto list = [](std::string name, ByteVectorMetric metric,
                       uint32_t max_distance) {
    ListPolicy policy = testing::Policy(std::move(name), 31, 50);
    SetKindPolicy({.kind = HashKind::kPhotoDna,
                   .max_distance = max_distance,
                   .metric = metric},
                  policy);
    return policy;
  };
  std::vector<ListPolicy> lists;
  std::vector<Listed> entries;
  const struct {
    std::string name;
    ByteVectorMetric metric;
    uint32_t distance;
  } kMetrics[] = {{"l1", ByteVectorMetric::kL1, 7},
                  {"l2", ByteVectorMetric::kL2, 5},
                  {"squared", ByteVectorMetric::kSquaredL2, 25}};
  for (const auto& [name, metric, distance] : kMetrics) {
    for (const bool within : {true, false}) {
      const auto number = static_cast<uint16_t>(lists.size());
      lists.push_back(list(name + (within ? "-at" : "-below"), metric,
                           within ? distance : distance - 1));
      entries.push_back({number, {photodna(moved), name, "", {}}});
    }
  }
  const Matcher matcher = MatcherOfOne(MakeSnapshotOf(lists, entries));
  EXPECT_THAT(ShownOf(matcher.MatchValue(photodna(zero))),
              ElementsAre(Shown{"l2-at", "l2", 5, kOriginal},
                          Shown{"l1-at", "l1", 7, kOriginal},
                          Shown{"squared-at", "squared", 25, kOriginal}));
  // A root that is no integer is rounded up, and judged before.
  moved[91] = 1;
  const Matcher rounded =
      MatcherOfOne(MakeSnapshotOf({list("five", ByteVectorMetric::kL2, 5),
                                   list("six", ByteVectorMetric::kL2, 6)},
                                  {{0, {photodna(moved), "5", "", {}}},
                                   {1, {photodna(moved), "6", "", {}}}}));
  EXPECT_THAT(ShownOf(rounded.MatchValue(photodna(zero))),
              ElementsAre(Shown{"six", "6", 6, kOriginal}));
}

}  // namespace
}  // namespace hashvet
