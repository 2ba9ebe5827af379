// What a verdict says, case by case.

#include "hashvet/matcher/matcher.h"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/metrics.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::At;
using ::hashvet::testing::MakeSnapshot;
using ::hashvet::testing::MatcherOf;
using ::hashvet::testing::PdqEntry;
using ::hashvet::testing::Picture;
using ::hashvet::testing::PolicyNamed;
using ::hashvet::testing::RandomHash;
using ::hashvet::testing::RandomValue;
using ::hashvet::testing::Shown;
using ::hashvet::testing::ShownOf;
using ::hashvet::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kNotFound = absl::StatusCode::kNotFound;
constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;

class MatcherTest : public ::testing::Test {
 protected:
  MatcherTest()
      : picture_(Picture(random_, 60)),
        hash_(picture_.pdq.hash()),
        md5_(RandomValue(HashKind::kMd5, random_)),
        photodna_(RandomValue(HashKind::kPhotoDna, random_)) {}

  std::shared_ptr<const SnapshotReader> List(
      const std::string& name, const std::vector<ListEntry>& entries,
      int min_quality = 50) {
    return MakeSnapshot(testing::Policy(name, 31, min_quality), entries);
  }
  ListEntry Far() { return PdqEntry(RandomHash(random_), "far"); }

  std::mt19937_64 random_{4};
  PictureHashes picture_;
  const Hash256 hash_;
  const HashValue md5_;
  const HashValue photodna_;
};

TEST_F(MatcherTest, AMatchExplainsItself) {
  const auto list =
      MakeSnapshot(testing::Policy("ncmec/a", 31, 50, "block"),
                   {{HashValue::Pdq(At(hash_, 5, random_)), "n-17", "A1", 88}});
  const Verdict verdict = MatcherOf({list}).MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kMatch);
  EXPECT_OK(verdict.status);
  EXPECT_EQ(verdict.snapshot, list->version());
  ASSERT_EQ(verdict.matches.size(), 1u);
  const Match& match = verdict.matches[0];
  EXPECT_EQ(match.list, "ncmec/a");
  EXPECT_EQ(match.list_version, list->version());
  EXPECT_EQ(match.entry, "n-17");
  EXPECT_EQ(match.category, "A1");
  EXPECT_EQ(match.kind, HashKind::kPdq);
  EXPECT_EQ(match.distance, 5u);
  EXPECT_EQ(match.orientation, Orientation::kOriginal);
  EXPECT_EQ(match.query_quality, 60);
  EXPECT_EQ(match.entry_quality, 88);
  EXPECT_EQ(match.action, "block");
}

TEST_F(MatcherTest, AMatchSaysWhichVariantItWasOf) {
  PictureHashes both = picture_;
  both.more_pdq.push_back(Picture(random_, 60).pdq);
  both.more_pdq[0].variant = PdqVariant::kNn512;
  both.more_pdq.push_back(Picture(random_, 60).pdq);
  both.more_pdq[1].variant = PdqVariant::kTrimmed;
  const Matcher matcher = MatcherOf({List(
      "a",
      {PdqEntry(At(both.more_pdq[1].orientations[4], 9, random_), "trimmed"),
       PdqEntry(both.more_pdq[0].hash(), "nn512"), Far()})});
  const Verdict verdict = matcher.MatchPicture(both);
  EXPECT_THAT(ShownOf(verdict),
              ElementsAre(Shown{"a", "nn512", 0, Orientation::kOriginal},
                          Shown{"a", "trimmed", 9, Orientation::kFlipX}));
  EXPECT_EQ(verdict.matches[0].variant, PdqVariant::kNn512);
  EXPECT_EQ(verdict.matches[1].variant, PdqVariant::kTrimmed);
  MatchOptions upright;
  upright.all_orientations = false;
  const Verdict one = matcher.MatchPicture(both, upright);
  EXPECT_THAT(ShownOf(one),
              ElementsAre(Shown{"a", "nn512", 0, Orientation::kOriginal}));
  EXPECT_EQ(one.matches[0].variant, PdqVariant::kNn512);
  EXPECT_EQ(matcher.MatchPicture(picture_).outcome, Outcome::kNoMatch);
}

TEST_F(MatcherTest, AMatchSaysWhichFrameItWasOfAndOverWhat) {
  PictureHashes moving = picture_;
  moving.more_pdq.push_back(Picture(random_, 80).pdq);
  moving.more_pdq[0].frame = 7;
  moving.more_pdq.push_back(Picture(random_, 70).pdq);
  moving.more_pdq[1].frame = 7;
  moving.more_pdq[1].over_black = true;
  const Matcher matcher = MatcherOf(
      {List("a", {PdqEntry(moving.more_pdq[1].hash(), "seven"), Far()})});
  const Verdict verdict = matcher.MatchPicture(moving);
  ASSERT_EQ(verdict.matches.size(), 1u);
  EXPECT_EQ(verdict.matches[0].frame, 7u);
  EXPECT_TRUE(verdict.matches[0].over_black);
  EXPECT_EQ(verdict.matches[0].query_quality, 70);
}

// A first frame without features hides no later one, and is itself not asked.
TEST_F(MatcherTest, ABlankFirstFrameHidesNothing) {
  PictureHashes moving = Picture(random_, 3);
  const PdqHashes blank = moving.pdq;
  moving.more_pdq.push_back(Picture(random_, 80).pdq);
  moving.more_pdq[0].frame = 1;
  const Matcher matcher =
      MatcherOf({List("a", {PdqEntry(moving.more_pdq[0].hash(), "shown"),
                            PdqEntry(blank.hash(), "blank"), Far()})});
  EXPECT_THAT(ShownOf(matcher.MatchPicture(moving)),
              ElementsAre(Shown{"a", "shown", 0, Orientation::kOriginal}));
  moving.more_pdq[0].quality = 20;
  EXPECT_EQ(matcher.MatchPicture(moving).outcome, Outcome::kLowQuality);
}

// A picture under several kinds, each asked of the lists that carry it.
class MatcherKindsTest : public MatcherTest {
 protected:
  static constexpr HashKind kWide = HashKind::kBlockMean968OpenCv;
  static constexpr HashKind kPhash = HashKind::kPhash64ImageHash;

  MatcherKindsTest() : wide_(RandomValue(kWide, random_)) {
    KindHashes wide{kWide, {}, absl::OkStatus()};
    for (size_t o = 0; o < kOrientations; ++o) {
      wide.orientations.push_back(o == 3 ? wide_ : RandomValue(kWide, random_));
    }
    picture_.others = {
        wide,
        {kPhash, {}, absl::InvalidArgumentError("too small")},
        {HashKind::kMd5, {md5_}, absl::OkStatus()},
    };
  }

  static ListPolicy WidePolicy() {
    ListPolicy policy = testing::Policy("wide", 31, 50);
    SetKindPolicy({.kind = kWide, .max_distance = 40}, policy);
    return policy;
  }

  const HashValue wide_;
};

TEST_F(MatcherKindsTest, AMatchUnderAnyKindIsAMatch) {
  // 40 bits from the value: the third byte and the last.
  std::vector<uint8_t> bytes = wide_.ToBytes();
  for (const size_t at : {2, 7, 50, 99, 120}) bytes[at] ^= 0xFF;
  ASSERT_OK_AND_ASSIGN(const HashValue near,
                       HashValue::FromBytes(kWide, bytes));
  bytes[60] ^= 1;
  ASSERT_OK_AND_ASSIGN(const HashValue beyond,
                       HashValue::FromBytes(kWide, bytes));
  const Matcher matcher =
      MatcherOf({MakeSnapshot(WidePolicy(), {{near, "near", "", {}},
                                             {beyond, "beyond", "", {}}}),
                 MakeSnapshot(testing::Policy("digests", 31, 50),
                              {{md5_, "file", "", {}}})});
  const Verdict verdict = matcher.MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kMatch);
  EXPECT_OK(verdict.status);  // no list has PDQ or pHash: neither is asked
  EXPECT_THAT(ShownOf(verdict),
              ElementsAre(Shown{"digests", "file", 0, Orientation::kOriginal},
                          Shown{"wide", "near", 40, Orientation::kRotate270}));
  EXPECT_EQ(verdict.matches[0].kind, HashKind::kMd5);
  EXPECT_EQ(verdict.matches[0].query_quality, std::nullopt);
  EXPECT_EQ(verdict.matches[1].kind, kWide);

  MatchOptions upright;
  upright.all_orientations = false;
  EXPECT_THAT(ShownOf(matcher.MatchPicture(picture_, upright)),
              ElementsAre(Shown{"digests", "file", 0, Orientation::kOriginal}));
}

TEST_F(MatcherKindsTest, EveryShowingIsAskedUnderEveryKind) {
  const HashValue later = RandomValue(kWide, random_);
  const HashValue black = RandomValue(kWide, random_);
  const auto add = [&](const HashValue& value, uint32_t frame,
                       bool over_black) {
    PdqHashes pdq;
    pdq.frame = frame;
    pdq.over_black = over_black;
    pdq.quality = 90;
    picture_.more_pdq.push_back(pdq);
    KindHashes hashes{.kind = kWide, .frame = frame, .over_black = over_black};
    for (size_t o = 0; o < kOrientations; ++o) {
      hashes.orientations.push_back(o == 2 ? value
                                           : RandomValue(kWide, random_));
    }
    picture_.others.push_back(std::move(hashes));
  };
  add(black, 0, true);
  add(later, 7, false);
  const auto with = [&](const HashValue& value) {
    return MatcherOf({MakeSnapshot(WidePolicy(), {{value, "entry", "", {}}})})
        .MatchPicture(picture_);
  };
  const Shown turned{"wide", "entry", 0, Orientation::kRotate180};
  const Verdict of_later = with(later);
  ASSERT_THAT(ShownOf(of_later), ElementsAre(turned));
  EXPECT_EQ(of_later.matches[0].frame, 7u);
  EXPECT_FALSE(of_later.matches[0].over_black);
  EXPECT_EQ(of_later.matches[0].variant, std::nullopt);
  EXPECT_EQ(of_later.matches[0].query_quality, 90);
  const Verdict of_black = with(black);
  ASSERT_THAT(ShownOf(of_black), ElementsAre(turned));
  EXPECT_EQ(of_black.matches[0].frame, 0u);
  EXPECT_TRUE(of_black.matches[0].over_black);
  const Verdict of_itself = with(wide_);
  ASSERT_EQ(of_itself.outcome, Outcome::kMatch);
  EXPECT_EQ(of_itself.matches[0].frame, 0u);
  EXPECT_FALSE(of_itself.matches[0].over_black);
  picture_.pdq.quality = 0;  // a blank first frame hides nothing, nor is asked
  EXPECT_EQ(with(later).outcome, Outcome::kMatch);
  EXPECT_EQ(with(wide_).outcome, Outcome::kNoMatch);
}

TEST_F(MatcherKindsTest, KindsThatFindNothingLeaveTheOthersAnswer) {
  const Matcher both = MatcherOf(
      {MakeSnapshot(WidePolicy(), {{RandomValue(kWide, random_), "w", "", {}},
                                   PdqEntry(hash_, "hit")})});
  EXPECT_EQ(both.MatchPicture(picture_).outcome, Outcome::kMatch);
  const Matcher neither = MatcherOf({MakeSnapshot(
      WidePolicy(), {{RandomValue(kWide, random_), "w", "", {}}, Far()})});
  EXPECT_EQ(neither.MatchPicture(picture_).outcome, Outcome::kNoMatch);
  picture_.pdq.quality = 10;  // perceptual kinds are as flat as the picture
  EXPECT_EQ(neither.MatchPicture(picture_).outcome, Outcome::kLowQuality);
}

TEST_F(MatcherKindsTest, WhatIsNoPictureMatchesByItsDigest) {
  picture_.outcome = HashOutcome::kUndecodable;
  picture_.status = absl::InvalidArgumentError("no picture");
  picture_.others.erase(picture_.others.begin(), picture_.others.begin() + 2);
  const auto with = [&](const HashValue& md5) {
    return MatcherOf({MakeSnapshot(testing::Policy("digests", 31, 50),
                                   {{md5, "file", "", {}}})})
        .MatchPicture(picture_);
  };
  const Verdict found = with(md5_);
  EXPECT_EQ(found.outcome, Outcome::kMatch);
  EXPECT_THAT(found.status, StatusIs(absl::StatusCode::kInvalidArgument,
                                     HasSubstr("no picture")));
  const Verdict other = with(RandomValue(HashKind::kMd5, random_));
  EXPECT_EQ(other.outcome, Outcome::kUndecodable);
}

TEST_F(MatcherTest, NearestFirstThenByListAndEntry) {
  picture_.pdq.orientations[3] = hash_;  // reached twice: reported once
  const Matcher matcher =
      MatcherOf({List("b", {PdqEntry(hash_, "2"), PdqEntry(hash_, "1")}),
                 List("a", {PdqEntry(At(hash_, 3, random_), "near"),
                            PdqEntry(hash_, "9")})});
  EXPECT_THAT(ShownOf(matcher.MatchPicture(picture_)),
              ElementsAre(Shown{"a", "9", 0, Orientation::kOriginal},
                          Shown{"b", "1", 0, Orientation::kOriginal},
                          Shown{"b", "2", 0, Orientation::kOriginal},
                          Shown{"a", "near", 3, Orientation::kOriginal}));
}

TEST_F(MatcherTest, AListThatIsNotThereNeverReadsAsNoMatch) {
  const auto a = List("a", {Far()});
  const auto b = List("b", {PdqEntry(hash_, "hit")});
  const Matcher matcher = MatcherOf({a, b});
  MatchOptions options;
  options.only_lists = {"a"};
  Verdict verdict = matcher.MatchPicture(picture_, options);
  EXPECT_EQ(verdict.outcome, Outcome::kNoMatch);
  EXPECT_EQ(verdict.snapshot, a->version());

  options.only_lists = {"a", "gone"};
  verdict = matcher.MatchPicture(picture_, options);
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_THAT(verdict.status, StatusIs(kNotFound, HasSubstr("list gone")));
  EXPECT_THAT(verdict.matches, IsEmpty());

  options.only_lists = {"gone"};
  verdict = matcher.MatchPicture(picture_, options);
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_THAT(verdict.status, StatusIs(kNotFound, HasSubstr("list gone")));
  EXPECT_EQ(verdict.snapshot, "");

  // A match wins, and says what was not looked at.
  options.only_lists = {"gone", "b", "b"};
  verdict = matcher.MatchPicture(picture_, options);
  EXPECT_EQ(verdict.outcome, Outcome::kMatch);
  EXPECT_EQ(verdict.matches.size(), 1u);
  EXPECT_THAT(verdict.status, StatusIs(kNotFound, HasSubstr("list gone")));

  verdict = matcher.MatchPicture(picture_);
  EXPECT_OK(verdict.status);
  EXPECT_EQ(verdict.snapshot, a->version() + "+" + b->version());
}

TEST_F(MatcherTest, AKindNoListCanSearchIsNoAnswer) {
  const auto md5_only = List("md5s", {{md5_, "m", "", {}}});
  const auto carries = List("carries", {{photodna_, "p", "", {}}, Far()});

  Verdict verdict = MatcherOf({md5_only}).MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_THAT(verdict.status,
              StatusIs(kFailed, HasSubstr("not hashed under md5")));
  verdict = MatcherOf({md5_only}).MatchValue(HashValue::Pdq(hash_));
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_THAT(verdict.status,
              StatusIs(kFailed, HasSubstr("carries searchable pdq values")));

  // Nobody has such a value.
  verdict = MatcherOf({md5_only}).MatchValue(photodna_);
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_THAT(
      verdict.status,
      StatusIs(kFailed, HasSubstr("carries searchable photodna values")));

  // Somebody has, and this build cannot search it.
  verdict = MatcherOf({md5_only, carries}).MatchValue(photodna_);
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_THAT(
      verdict.status,
      StatusIs(kFailed, HasSubstr("list carries: carries photodna "
                                  "values, which its policy gives no")));

  // A list that holds none of the kind was looked at.
  verdict = MatcherOf({carries}).MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kNoMatch);
  EXPECT_OK(verdict.status);
}

TEST_F(MatcherTest, LowQualityIsNoNoMatch) {
  const auto lenient = List("lenient", {PdqEntry(hash_, "e")}, 0);
  const auto strict = List("strict", {PdqEntry(hash_, "e")}, 61);
  const auto exact = List("exact", {PdqEntry(hash_, "e")}, 60);
  const auto other = List("other", {Far()}, 0);

  Verdict verdict = MatcherOf({strict}).MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kLowQuality);
  EXPECT_OK(verdict.status);
  EXPECT_THAT(verdict.matches, IsEmpty());
  EXPECT_EQ(MatcherOf({strict, other}).MatchPicture(picture_).outcome,
            Outcome::kLowQuality);
  EXPECT_EQ(MatcherOf({exact}).MatchPicture(picture_).outcome, Outcome::kMatch);

  verdict = MatcherOf({strict, lenient}).MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kMatch);
  ASSERT_EQ(verdict.matches.size(), 1u);
  EXPECT_EQ(verdict.matches[0].list, "lenient");

  // A list that is not there weighs more than one that was not searched.
  MatchOptions options;
  options.only_lists = {"strict", "gone"};
  EXPECT_EQ(MatcherOf({strict}).MatchPicture(picture_, options).outcome,
            Outcome::kListUnavailable);
}

TEST_F(MatcherTest, AValueHasNoQualityToJudge) {
  const Matcher matcher = MatcherOf({List("a", {PdqEntry(hash_, "e")}, 100)});
  const Verdict verdict = matcher.MatchValue(HashValue::Pdq(hash_));
  EXPECT_EQ(verdict.outcome, Outcome::kMatch);
  ASSERT_EQ(verdict.matches.size(), 1u);
  EXPECT_EQ(verdict.matches[0].query_quality, std::nullopt);
}

TEST_F(MatcherTest, DigestsMatchExactlyWhateverTheDistance) {
  const Matcher matcher = MatcherOf(
      {List("a", {{md5_, "m1", "c", {}}, {md5_, "m2", "", {}}, Far()}),
       List("b", {Far()})});
  MatchOptions options;
  options.max_distance = 256;
  for (const MatchOptions& each : {MatchOptions{}, options}) {
    const Verdict verdict = matcher.MatchValue(md5_, each);
    EXPECT_EQ(verdict.outcome, Outcome::kMatch);
    EXPECT_THAT(ShownOf(verdict),
                ElementsAre(Shown{"a", "m1", 0, Orientation::kOriginal},
                            Shown{"a", "m2", 0, Orientation::kOriginal}));
    EXPECT_EQ(verdict.matches[0].kind, HashKind::kMd5);
    std::vector<uint8_t> near = md5_.ToBytes();
    near[0] ^= 1;
    EXPECT_EQ(
        matcher.MatchValue(*HashValue::FromBytes(HashKind::kMd5, near), each)
            .outcome,
        Outcome::kNoMatch);
  }
}

TEST_F(MatcherTest, APictureWithoutAHashSaysWhy) {
  const auto list = List("a", {PdqEntry(Hash256(), "zero")});
  const Matcher matcher = MatcherOf({list});
  const struct {
    HashOutcome hashing;
    Outcome outcome;
  } kCases[] = {
      {HashOutcome::kUndecodable, Outcome::kUndecodable},
      {HashOutcome::kUnsupported, Outcome::kUnsupported},
      {HashOutcome::kOverLimit, Outcome::kOverLimit},
      {HashOutcome::kTimeout, Outcome::kTimeout},
      {HashOutcome::kDecoderFailed, Outcome::kDecoderFailed},
      {HashOutcome::kOverloaded, Outcome::kOverloaded},
      {HashOutcome::kUnreadable, Outcome::kUnreadable},
  };
  for (const auto& [hashing, outcome] : kCases) {
    PictureHashes picture;
    picture.outcome = hashing;
    picture.status = absl::DataLossError("why");
    picture.pdq.quality = 100;
    const Verdict verdict = matcher.MatchPicture(picture);
    EXPECT_EQ(verdict.outcome, outcome);
    EXPECT_EQ(verdict.status, picture.status);
    EXPECT_EQ(verdict.snapshot, list->version());
    EXPECT_THAT(verdict.matches, IsEmpty());
  }
}

TEST_F(MatcherTest, TimeUpAndCancelledGiveNoMatches) {
  const Matcher matcher =
      MatcherOf({List("a", {PdqEntry(hash_, "e"), {md5_, "m", "", {}}})});
  MatchOptions late;
  late.deadline = Deadline::After(std::chrono::milliseconds(0));
  Cancellation cancellation;
  cancellation.Cancel();
  MatchOptions cancelled;
  cancelled.cancellation = &cancellation;
  for (const auto& [options, code] :
       {std::pair(late, absl::StatusCode::kDeadlineExceeded),
        std::pair(cancelled, absl::StatusCode::kCancelled)}) {
    for (const Verdict& verdict : {matcher.MatchPicture(picture_, options),
                                   matcher.MatchValue(md5_, options)}) {
      EXPECT_EQ(verdict.outcome, Outcome::kTimeout);
      EXPECT_EQ(verdict.status.code(), code);
      EXPECT_THAT(verdict.matches, IsEmpty());
    }
  }
}

TEST_F(MatcherTest, ADistanceThatCannotBeIsNoAnswer) {
  const Matcher matcher = MatcherOf({List("a", {PdqEntry(hash_, "e")})});
  MatchOptions options;
  options.max_distance = 257;
  const Verdict verdict = matcher.MatchPicture(picture_, options);
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_EQ(verdict.status.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(MatcherTest, CreateRefusesListsItCannotTellApart) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  const auto list = List("a", {Far()});
  EXPECT_THAT(Matcher::Create({}), StatusIs(kInvalid, HasSubstr("no list")));
  EXPECT_THAT(Matcher::Create({list, nullptr}),
              StatusIs(kInvalid, HasSubstr("list 1 is null")));
  EXPECT_THAT(Matcher::Create({list, List("b", {Far()}), List("a", {Far()})}),
              StatusIs(kInvalid, HasSubstr("two lists are named a")));
  EXPECT_EQ(MatcherOf({list}).generation()->lists().size(), 1u);
}

TEST_F(MatcherTest, OutcomesAreCounted) {
  const Matcher matcher = MatcherOf({List("a", {PdqEntry(hash_, "e")})});
  Counter& matches = GetCounter("hashvet_verdicts_total", "outcome=\"match\"");
  Counter& misses =
      GetCounter("hashvet_verdicts_total", "outcome=\"no_match\"");
  const uint64_t matches_before = matches.value();
  const uint64_t misses_before = misses.value();
  const std::vector<HashValue> values = {HashValue::Pdq(hash_),
                                         HashValue::Pdq(hash_),
                                         HashValue::Pdq(RandomHash(random_))};
  matcher.MatchValues(values);
  EXPECT_EQ(matches.value(), matches_before + 2);
  EXPECT_EQ(misses.value(), misses_before + 1);
}

TEST_F(MatcherTest, ManyThreadsMayAskAtOnce) {
  std::vector<ListEntry> entries = testing::MixedEntries(200, 8);
  entries.push_back(PdqEntry(At(hash_, 31, random_), "near"));
  const Matcher matcher = MatcherOf({List("a", entries), List("b", {Far()})});
  const auto pool = MakeThreadPool(2);
  const Verdict expected = matcher.MatchPicture(picture_);
  ASSERT_EQ(expected.outcome, Outcome::kMatch);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      MatchOptions options;
      if (t % 2 == 0) options.executor = pool.get();
      const std::vector<PictureHashes> batch(20, picture_);
      for (int i = 0; i < 20; ++i) {
        testing::ExpectEqual(matcher.MatchPicture(picture_, options), expected);
        for (const Verdict& verdict : matcher.MatchPictures(batch, options)) {
          testing::ExpectEqual(verdict, expected);
        }
        EXPECT_EQ(matcher.MatchValue(entries[i].value, options).snapshot,
                  expected.snapshot);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace hashvet
