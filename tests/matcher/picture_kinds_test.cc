// What is said of a picture that was not hashed under a kind that some list
// carries: that list was not searched, so it is never "no match".

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/matcher/matcher.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::MakeSnapshot;
using ::hashvet::testing::MatcherOf;
using ::hashvet::testing::PdqEntry;
using ::hashvet::testing::Picture;
using ::hashvet::testing::RandomHash;
using ::hashvet::testing::RandomValue;
using ::hashvet::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;
constexpr HashKind kPhash = HashKind::kPhash64ImageHash;

class PictureKindsTest : public ::testing::Test {
 protected:
  // Of a PDQ value that is far, and a digest; and of a kind of pixels.
  Matcher Mixed(ListRole role = ListRole::kMatch) {
    ListPolicy policy = testing::Policy("mixed", 31, 50);
    policy.role = role;
    SetKindPolicy({.kind = kPhash, .max_distance = 8}, policy);
    return MatcherOf(
        {MakeSnapshot(
             policy, {{md5_, "file", "", {}}, {phash_, "look", "", {}}, Far()}),
         MakeSnapshot(testing::Policy("known", 31, 50),
                      {PdqEntry(picture_.pdq.hash(), "hit")}),
         MakeSnapshot(testing::Policy("far", 31, 50), {Far()})});
  }
  void HashUnder(const HashValue& value) {
    KindHashes hashes{.kind = value.kind()};
    const bool is_digest = InfoOf(value.kind()).family == HashFamily::kDigest;
    hashes.orientations.assign(is_digest ? 1 : kOrientations, value);
    picture_.others.push_back(std::move(hashes));
  }
  ListEntry Far() { return PdqEntry(RandomHash(random_), "far"); }
  static MatchOptions Only(std::vector<std::string> lists) {
    return {.only_lists = std::move(lists)};
  }

  std::mt19937_64 random_{12};
  PictureHashes picture_ = Picture(random_);
  const HashValue md5_ = RandomValue(HashKind::kMd5, random_);
  const HashValue phash_ = RandomValue(kPhash, random_);
};

TEST_F(PictureKindsTest, AKindThatAPictureLacksIsNoNoMatch) {
  const Matcher matcher = Mixed();
  const MatchOptions mixed = Only({"mixed"});
  const auto lacks = [&](const std::string& kind) {
    const Verdict verdict = matcher.MatchPicture(picture_, mixed);
    EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable) << kind;
    EXPECT_THAT(verdict.status,
                StatusIs(kFailed, HasSubstr("picture: was not hashed under " +
                                            kind + ", which list mixed has")));
    EXPECT_EQ(verdict.snapshot,
              matcher.generation()->parts()[0].base->version());
  };
  lacks("phash64-imagehash");
  HashUnder(RandomValue(kPhash, random_));
  lacks("md5");
  HashUnder(RandomValue(HashKind::kMd5, random_));
  const Verdict verdict = matcher.MatchPicture(picture_, mixed);
  EXPECT_EQ(verdict.outcome, Outcome::kNoMatch);
  EXPECT_OK(verdict.status);
}

TEST_F(PictureKindsTest, AMatchStaysAMatchAndSaysWhatWasNotSearched) {
  const Matcher matcher = Mixed();
  Verdict verdict = matcher.MatchPicture(picture_);
  EXPECT_EQ(verdict.outcome, Outcome::kMatch);
  EXPECT_THAT(verdict.status, StatusIs(kFailed, HasSubstr("list mixed has")));
  // By another kind than the one that is lacking, with nothing under PDQ.
  HashUnder(md5_);
  verdict = matcher.MatchPicture(picture_, Only({"mixed"}));
  EXPECT_EQ(verdict.outcome, Outcome::kMatch);
  EXPECT_THAT(verdict.status,
              StatusIs(kFailed, HasSubstr("under phash64-imagehash")));
}

TEST_F(PictureKindsTest, ListsThatAreNotAskedLackNothing) {
  const Matcher matcher = Mixed();
  const Verdict verdict = matcher.MatchPicture(picture_, Only({"far"}));
  EXPECT_EQ(verdict.outcome, Outcome::kNoMatch);
  EXPECT_OK(verdict.status);
  // One value asks for one kind.
  EXPECT_EQ(matcher.MatchValue(HashValue::Pdq(RandomHash(random_))).outcome,
            Outcome::kNoMatch);
}

TEST_F(PictureKindsTest, TheKnownGoodThatWasNotSearchedIsToldWithAMatch) {
  const Matcher matcher = Mixed(ListRole::kIgnore);
  const Verdict found = matcher.MatchPicture(picture_);
  EXPECT_EQ(found.outcome, Outcome::kMatch);
  EXPECT_THAT(found.status, StatusIs(kFailed, HasSubstr("list mixed has")));
  picture_ = Picture(random_);
  const Verdict none = matcher.MatchPicture(picture_);
  EXPECT_EQ(none.outcome, Outcome::kNoMatch);  // there is nothing to excuse
  EXPECT_OK(none.status);
}

TEST_F(PictureKindsTest, AListInTheShadowChangesNothing) {
  const Matcher matcher = Mixed(ListRole::kShadow);
  EXPECT_OK(matcher.MatchPicture(picture_).status);
  picture_ = Picture(random_);
  const Verdict none = matcher.MatchPicture(picture_);
  EXPECT_EQ(none.outcome, Outcome::kNoMatch);
  EXPECT_OK(none.status);
  // It is asked all the same, of pictures that were hashed under its kinds.
  EXPECT_THAT(matcher.PictureKinds(), ElementsAre(kPhash, HashKind::kMd5));
}

TEST_F(PictureKindsTest, AHashThatFailedIsNoHashAndSaysWhy) {
  HashUnder(RandomValue(kPhash, random_));
  picture_.others.push_back(
      {HashKind::kMd5, {}, absl::UnavailableError("md5: not offered here")});
  const Verdict verdict = Mixed().MatchPicture(picture_, Only({"mixed"}));
  EXPECT_EQ(verdict.outcome, Outcome::kListUnavailable);
  EXPECT_THAT(verdict.status,
              StatusIs(kFailed, HasSubstr("md5, which list mixed has: md5: not "
                                          "offered here")));
}

TEST_F(PictureKindsTest, WhatCannotBeLackedIsNot) {
  // Without a threshold it is carried only; PhotoDNA is no picture's to have.
  ListPolicy policy = testing::Policy("others", 31, 50);
  SetKindPolicy({.kind = HashKind::kPhotoDna,
                 .max_distance = 100,
                 .metric = ByteVectorMetric::kL1},
                policy);
  const Matcher matcher = MatcherOf({MakeSnapshot(
      policy, {{phash_, "look", "", {}},
               {RandomValue(HashKind::kPhotoDna, random_), "p", "", {}},
               Far()})});
  EXPECT_THAT(matcher.PictureKinds(), IsEmpty());
  EXPECT_EQ(matcher.MatchPicture(picture_).outcome, Outcome::kNoMatch);
  // What it is no picture of says so, and not which kinds it lacks.
  PictureHashes broken;
  broken.status = absl::InvalidArgumentError("broken");
  const Verdict verdict = Mixed().MatchPicture(broken);
  EXPECT_EQ(verdict.outcome, Outcome::kUndecodable);
  EXPECT_THAT(verdict.status,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("broken"), Not(HasSubstr("hashed")))));
}

TEST_F(PictureKindsTest, ADistanceAsksUnderPdqAndDigestsAlone) {
  const Matcher matcher = Mixed();
  MatchOptions near = Only({"mixed"});
  near.max_distance = 20;
  EXPECT_THAT(matcher.PictureKinds(), ElementsAre(kPhash, HashKind::kMd5));
  EXPECT_THAT(matcher.PictureKinds(near), ElementsAre(HashKind::kMd5));
  EXPECT_THAT(matcher.PictureKinds(Only({"far"})), IsEmpty());
  HashUnder(phash_);
  EXPECT_EQ(matcher.MatchPicture(picture_, near).outcome,
            Outcome::kListUnavailable);  // md5
  HashUnder(RandomValue(HashKind::kMd5, random_));
  EXPECT_EQ(matcher.MatchPicture(picture_, near).outcome, Outcome::kNoMatch);
  EXPECT_EQ(matcher.MatchPicture(picture_, Only({"mixed"})).outcome,
            Outcome::kMatch);
}

TEST_F(PictureKindsTest, InABatchEachLacksItsOwn) {
  std::vector<PictureHashes> pictures(3, picture_);
  HashUnder(RandomValue(kPhash, random_));
  HashUnder(RandomValue(HashKind::kMd5, random_));
  pictures[1] = picture_;
  std::vector<Outcome> outcomes;
  for (const Verdict& verdict :
       Mixed().MatchPictures(pictures, Only({"mixed"}))) {
    outcomes.push_back(verdict.outcome);
  }
  EXPECT_THAT(outcomes,
              ElementsAre(Outcome::kListUnavailable, Outcome::kNoMatch,
                          Outcome::kListUnavailable));
}

}  // namespace
}  // namespace hashvet
