// The known-answer test passes what can match, and names what cannot.

#include "hashvet/matcher/known_answers.h"

#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/hash/text.h"
#include "hashvet/list/benign_panel.h"
#include "tests/matcher/matcher_support.h"

namespace hashvet {
namespace {

using ::hashvet::testing::At;
using ::hashvet::testing::GenerationOf;
using ::hashvet::testing::Listed;
using ::hashvet::testing::MakeOverlay;
using ::hashvet::testing::MakeSnapshot;
using ::hashvet::testing::MakeSnapshotOf;
using ::hashvet::testing::MixedEntries;
using ::hashvet::testing::PdqEntry;
using ::hashvet::testing::RandomHash;
using ::hashvet::testing::SnapshotBytes;
using ::hashvet::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;

ListPolicy EveryKind(std::string name, uint32_t pdq, ByteVectorMetric metric,
                     uint32_t photodna) {
  ListPolicy policy = testing::Policy(std::move(name), pdq, 50);
  SetKindPolicy({.max_distance = pdq, .max_distance_rotated = pdq / 2}, policy);
  for (const HashKind kind :
       {HashKind::kPhash64ImageHash, HashKind::kDhash64ImageHash,
        HashKind::kAhash64ImageHash}) {
    SetKindPolicy({.kind = kind, .max_distance = 5}, policy);
  }
  SetKindPolicy(
      {.kind = HashKind::kPhotoDna, .max_distance = photodna, .metric = metric},
      policy);
  return policy;
}

class KnownAnswersTest : public ::testing::Test {
 protected:
  std::mt19937_64 random_{16};
};

TEST_F(KnownAnswersTest, ListsOfEveryKindAndMetricPass) {
  const std::vector<ListPolicy> lists = {
      EveryKind("l1", 31, ByteVectorMetric::kL1, 1'000),
      EveryKind("l2", 0, ByteVectorMetric::kL2, 300),
      EveryKind("squared", 64, ByteVectorMetric::kSquaredL2, 40'000)};
  std::vector<Listed> entries;
  for (const ListEntry& entry : MixedEntries(2'000, 5)) {
    entries.push_back({static_cast<uint16_t>(random_() % 3), entry});
  }
  const auto base = MakeSnapshotOf(lists, entries);
  std::vector<Listed> added;
  for (const ListEntry& entry : MixedEntries(100, 6)) {
    added.push_back({static_cast<uint16_t>(random_() % 3), entry});
  }
  const auto overlay =
      MakeOverlay(base, added, {{0, "key-1"}, {1, "key-2"}, {2, "key-3"}});
  EXPECT_OK(TestKnownAnswers(*GenerationOf({{base, nullptr}})));
  EXPECT_OK(TestKnownAnswers(*GenerationOf({{base, overlay}})));
  const auto pool = MakeThreadPool(2);
  for (uint64_t seed = 0; seed < 50; ++seed) {
    KnownAnswerOptions quick = KnownAnswerOptions::Quick(seed);
    quick.executor = pool.get();
    EXPECT_OK(TestKnownAnswers(*GenerationOf({{base, overlay}}), quick));
  }
}

// The largest thresholds: some distances that would have to be tested are not
// to be had.
TEST_F(KnownAnswersTest, ThresholdsAsWideAsTheyMayBePass) {
  ListPolicy policy = EveryKind("wide", 0, ByteVectorMetric::kL1, 144 * 255);
  const auto only_photodna = MakeSnapshot(
      policy,
      {{testing::RandomValue(HashKind::kPhotoDna, random_), "p", "", {}}});
  EXPECT_OK(TestKnownAnswers(*GenerationOf({{only_photodna, nullptr}})));
}

TEST_F(KnownAnswersTest, AnEntryThatMatchesEveryBlankPageIsRefused) {
  const auto panel = BenignPanel();
  for (const ListRole role :
       {ListRole::kMatch, ListRole::kShadow, ListRole::kIgnore}) {
    for (const uint32_t distance : {31u, 32u}) {
      for (size_t p = 0; p < panel.size(); p += 9) {
        ListPolicy policy = testing::Policy("ncmec/a", 31, 50);
        policy.role = role;
        const Hash256 near = At(panel[p].hash, distance, random_);
        const auto snapshot = MakeSnapshot(
            policy,
            {PdqEntry(near, "id-7"), PdqEntry(RandomHash(random_), "e")});
        const absl::Status tested =
            TestKnownAnswers(*GenerationOf({{snapshot, nullptr}}));
        if (role == ListRole::kIgnore || distance > 31) {
          // Another picture of the panel may be near.
          if (distance <= 31) {
            EXPECT_OK(tested);
          }
          continue;
        }
        EXPECT_THAT(tested,
                    StatusIs(kFailed,
                             AllOf(HasSubstr("known-answer test: list ncmec/a, "
                                             "pdq: entry id-7 matches the "
                                             "harmless picture "),
                                   ::testing::Not(HasSubstr(ToHex(near))))));
      }
    }
  }
}

// What a search can no longer find although it is there, by the table that is
// wrong. None of them can be found out by opening the file quickly.
TEST_F(KnownAnswersTest, TablesThatHideEntriesAreFoundOut) {
  using snapshot::SectionType;
  const auto few = MakeSnapshot(
      EveryKind("a", 31, ByteVectorMetric::kL1, 1'000), MixedEntries(400, 7));
  std::vector<ListEntry> entries;
  for (int i = 0; i < 40'000; ++i) {
    entries.push_back(PdqEntry(RandomHash(random_), absl::StrCat("e", i)));
  }
  const auto many = MakeSnapshot(testing::Policy("a", 31, 50), entries);
  EXPECT_OK(TestKnownAnswers(*GenerationOf({{many, nullptr}})));

  const auto zero = [](SnapshotBytes& file, SectionType type, HashKind kind,
                       uint64_t begin = 0) {
    const snapshot::Section& section = file.section(type, kind);
    std::memset(file.content<char>(type, kind) + begin, 0,
                section.size_bytes - begin);
  };
  const auto disown_canaries = [](SnapshotBytes& file) {
    const uint64_t count =
        file.section(SectionType::kEntries, HashKind::kPdq).size_bytes /
        sizeof(snapshot::EntryRecord);
    auto* entry = file.content<snapshot::EntryRecord>(SectionType::kEntries,
                                                      HashKind::kPdq);
    for (uint64_t i = 0; i < count; ++i) {
      if (entry[i].list == kCanaryList) entry[i].list = 0;
    }
  };
  const struct {
    std::string what;
    std::shared_ptr<const SnapshotReader> of;
    std::function<void(SnapshotBytes&)> change;
    std::string message;
  } kCases[] = {
      {"planes", few,
       [&](auto& f) { zero(f, SectionType::kPrefix0, HashKind::kPdq); },
       "list a, pdq: canary "},
      {"canaries in a list", few, disown_canaries, "list a, pdq: canary "},
      {"rows of 64 bits", few,
       [&](auto& f) {
         zero(f, SectionType::kRows, HashKind::kDhash64ImageHash);
       },
       "list a, dhash64-imagehash: canary "},
      {"digest buckets", few,
       [&](auto& f) { zero(f, SectionType::kDigestOffsets, HashKind::kSha1); },
       "list a, sha1: canary "},
      {"byte vectors", few,
       [&](auto& f) { zero(f, SectionType::kVectorRest, HashKind::kPhotoDna); },
       "list a, photodna: canary "},
      // Two of the sixteen tables are whole.
      {"ring rows", many,
       [&](auto& f) {
         zero(f, SectionType::kRingIds, HashKind::kPdq,
              f.section(SectionType::kRingIds, HashKind::kPdq).size_bytes / 8);
       },
       "list a, pdq: "},
  };
  for (const auto& [what, of, change, message] : kCases) {
    const auto bad = testing::Sabotaged(*of, change);
    const absl::Status tested =
        TestKnownAnswers(*GenerationOf({{bad, nullptr}}));
    EXPECT_THAT(tested, StatusIs(absl::StatusCode::kDataLoss,
                                 HasSubstr("known-answer test: " + message)))
        << what;
  }
}

// Where the canaries are found, and entries are not.
TEST_F(KnownAnswersTest, EntriesThatDoNotFindThemselvesAreNamed) {
  std::vector<ListEntry> entries;
  for (int i = 0; i < 200; ++i) {
    entries.push_back({testing::RandomValue(HashKind::kMd5, random_),
                       absl::StrCat("id-", i), "", std::nullopt});
  }
  const auto good = MakeSnapshot(testing::Policy("a", 31, 50), entries);
  std::vector<uint32_t> rows;  // of entries
  for (uint32_t row = 0; row < good->rows(HashKind::kMd5); ++row) {
    if (good->entry(HashKind::kMd5, row, 0).list == 0) rows.push_back(row);
  }
  const auto bad = testing::Sabotaged(*good, [&](SnapshotBytes& file) {
    auto* digests = file.content<std::array<char, 16>>(
        snapshot::SectionType::kDigests, HashKind::kMd5);
    std::swap(digests[rows.front()], digests[rows.back()]);
  });
  EXPECT_THAT(
      TestKnownAnswers(*GenerationOf({{bad, nullptr}})),
      StatusIs(absl::StatusCode::kDataLoss,
               ::testing::MatchesRegex("known-answer test: list a, md5: entry "
                                       "id-[0-9]+ does not find itself")));
}

TEST_F(KnownAnswersTest, TestsOfOneSeedChooseTheSame) {
  const auto snapshot = MakeSnapshot(testing::Policy("a", 31, 50),
                                     {PdqEntry(BenignPanel()[20].hash, "bad"),
                                      PdqEntry(RandomHash(random_), "e")});
  const auto generation = GenerationOf({{snapshot, nullptr}});
  int refused = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    // The quick one asks about every harmless picture.
    auto quick = KnownAnswerOptions::Quick(seed);
    EXPECT_FALSE(TestKnownAnswers(*generation, quick).ok());
    quick.panel = 6;
    const absl::Status tested = TestKnownAnswers(*generation, quick);
    EXPECT_EQ(TestKnownAnswers(*generation, quick), tested);
    refused += tested.ok() ? 0 : 1;
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 50);
}

}  // namespace
}  // namespace hashvet
