// From the ledger to snapshots, overlays and a published directory; and what is
// new against what is stored.

#include <sys/stat.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/ledger/density.h"
#include "hashvet/ledger/export.h"
#include "hashvet/ledger/retro.h"
#include "hashvet/list/publication.h"
#include "tests/ledger/ledger_support.h"

namespace hashvet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LedgerExportTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    MakeList("a");
    MakeList("b");
    lists_ = folder_.Path("lists");
    ASSERT_EQ(::mkdir(lists_.c_str(), 0700), 0);
  }

  std::string Export(const std::string& name) {
    const std::string path = folder_.Path(name);
    EXPECT_OK(ExportSnapshot(*ledger_, path));
    return ScratchFolder::Read(path);
  }

  absl::StatusOr<LedgerPublishResult> Publish(PublishAs as = PublishAs::kEither,
                                              bool accept = false) {
    LedgerPublishOptions options;
    options.as = as;
    options.publish.accept_change = accept;
    return PublishLedger(*ledger_, lists_, options,
                         [](const SnapshotReader&, const SnapshotReader*) {
                           return absl::OkStatus();
                         });
  }

  // Keys of list a that what is published answers with, overlay included.
  std::vector<std::string> PublishedKeys() {
    const auto published = OpenPublished(lists_);
    EXPECT_OK(published);
    std::vector<std::string> keys;
    if (!published.ok()) return keys;
    for (const auto& snapshot : {published->base, published->overlay}) {
      if (snapshot == nullptr) continue;
      for (const auto& counts : snapshot->kinds()) {
        for (uint32_t row = 0; row < snapshot->rows(counts.kind); ++row) {
          for (uint32_t i = 0; i < snapshot->entry_count(counts.kind, row);
               ++i) {
            const EntryView entry = snapshot->entry(counts.kind, row, i);
            if (entry.list == kCanaryList) continue;
            bool removed = false;
            if (snapshot == published->base && published->overlay != nullptr) {
              const auto gone = published->overlay->removed(counts.kind);
              removed = std::ranges::find(gone, snapshot->entry_number(
                                                    counts.kind, row, i)) !=
                        gone.end();
            }
            if (!removed) keys.emplace_back(entry.key);
          }
        }
      }
    }
    std::ranges::sort(keys);
    return keys;
  }

  std::string lists_;
};

TEST_F(LedgerExportTest, TheSameLedgerGivesTheSameBytes) {
  Apply("a", {Entry("x", {Md5Of(1), BalancedPdq(1)}), Entry("y", {Md5Of(2)})});
  Apply("b", {Entry("z", {Md5Of(1)})});
  const std::string first = Export("one");
  EXPECT_EQ(Export("two"), first);
  // Another way to the same entries, too.
  ASSERT_OK(ledger_->Suppress("a", {"x"}, std::nullopt, "", "me"));
  EXPECT_NE(Export("three"), first);
  ASSERT_OK(ledger_->Unsuppress("a", {"x"}, "me"));
  EXPECT_EQ(Export("four"), first);
}

TEST_F(LedgerExportTest, OnlyWhatMatchesIsExported) {
  EntryUpdate withdrawn = Entry("withdrawn", {Md5Of(2)});
  withdrawn.status = SourceStatus::kWithdrawn;
  EntryUpdate expiring = Entry("expiring", {Md5Of(5)});
  expiring.expires_at = now_ + 10;
  Apply("a", {Entry("active", {Md5Of(1)}), withdrawn,
              Entry("suppressed", {Md5Of(3)}), Entry("deleted", {Md5Of(4)}),
              Entry("held", {HashValue::Pdq(Hash256())}), expiring});
  Apply("a", {Deleted("deleted")});
  ASSERT_OK(ledger_->Suppress("a", {"suppressed"}, std::nullopt, "", "me"));
  now_ += 10;
  ASSERT_OK(Publish());
  EXPECT_THAT(PublishedKeys(), ElementsAre("active"));
  ASSERT_OK_AND_ASSIGN(const auto held, ledger_->Quarantine("a"));
  ASSERT_OK(ledger_->Decide({held[0].id}, {}, "me"));
  ASSERT_OK(Publish());
  EXPECT_THAT(PublishedKeys(), ElementsAre("active", "held"));
}

TEST_F(LedgerExportTest, SmallChangesGoLiveAsAnOverlay) {
  Apply("a", {Entry("x", {Md5Of(1)}), Entry("y", {Md5Of(2)})});
  const auto base = Publish();
  ASSERT_OK(base);
  EXPECT_FALSE(base->overlay);
  now_ += 1;
  Apply("a", {Entry("z", {Md5Of(3)})});
  Apply("a", {Deleted("x")});
  const auto overlay = Publish();
  ASSERT_OK(overlay);
  EXPECT_TRUE(overlay->overlay);
  EXPECT_EQ(overlay->exported.counts.entries, 1u);
  EXPECT_THAT(PublishedKeys(), ElementsAre("y", "z"));
  // And what changes next is counted from the base again.
  Apply("a", {Deleted("z")});
  ASSERT_OK(Publish(PublishAs::kOverlay));
  EXPECT_THAT(PublishedKeys(), ElementsAre("y"));
  // The next base folds it in.
  const auto next = Publish(PublishAs::kBase);
  ASSERT_OK(next);
  EXPECT_FALSE(next->published.manifest.current.overlay.has_value());
  EXPECT_THAT(PublishedKeys(), ElementsAre("y"));
}

TEST_F(LedgerExportTest, AnOverlayNeedsItsBase) {
  Apply("a", {Entry("x", {Md5Of(1)})});
  EXPECT_THAT(Publish(PublishAs::kOverlay),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("not made from this ledger")));
  ASSERT_OK(Publish());
  // Another policy needs another base, which is made where nobody insists.
  LedgerList list = *ledger_->FindList("a");
  list.policy.action = "block";
  ASSERT_OK(ledger_->UpdateList(list, "me"));
  EXPECT_THAT(
      Publish(PublishAs::kOverlay),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("policies")));
  const auto base = Publish();
  ASSERT_OK(base);
  EXPECT_FALSE(base->overlay);
  // What was deleted must still be told by its tombstone.
  now_ += kTombstoneDays * 86'400;
  Apply("a", {Entry("y", {Md5Of(2)})});
  EXPECT_THAT(
      Publish(PublishAs::kOverlay),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("tombstones")));
}

TEST_F(LedgerExportTest, AFallIsHeldUnlessItWasTakenBack) {
  std::vector<EntryUpdate> entries;
  for (uint64_t i = 0; i < 200; ++i) {
    entries.push_back(Entry(absl::StrCat("e", i), {Md5Of(i)}));
  }
  Apply("a", entries);
  ASSERT_OK(Publish());
  // A tenth is taken back explicitly.
  std::vector<EntryUpdate> gone;
  for (uint64_t i = 0; i < 20; ++i)
    gone.push_back(Deleted(absl::StrCat("e", i)));
  Apply("a", gone);
  ASSERT_OK(Publish(PublishAs::kBase));
  // A tenth is missing in a full state that somebody accepted too quickly.
  ASSERT_OK(ledger_->BeginGeneration("a", "feed"));
  Delta page = DeltaOf("a", {entries.begin() + 40, entries.end()});
  page.into_generation = true;
  Apply(page);
  ASSERT_OK(ledger_->FinishGeneration("a", true, "feed"));
  for (const PublishAs as : {PublishAs::kBase, PublishAs::kOverlay}) {
    const auto held = Publish(as);
    EXPECT_TRUE(IsHeld(held.status())) << held.status();
  }
  EXPECT_EQ(PublishedKeys().size(), 180u);
  ASSERT_OK(Publish(PublishAs::kBase, true));
  EXPECT_EQ(PublishedKeys().size(), 160u);
}

TEST_F(LedgerExportTest, AnOverlayIsHeldByItsListsGuards) {
  std::vector<EntryUpdate> entries;
  for (uint64_t i = 0; i < 200; ++i) {
    entries.push_back(Entry(absl::StrCat("e", i), {Md5Of(i)}));
    if (i < 100) {  // held, and so no part of what is live
      entries.push_back(
          Entry(absl::StrCat("blank", i), {HashValue::Pdq(Hash256())}));
    }
  }
  Apply("a", entries);
  EntryUpdate withdrawn = Entry("withdrawn", {Md5Of(999)});
  withdrawn.status = SourceStatus::kWithdrawn;
  Apply("a", {withdrawn});
  ASSERT_OK(Publish());
  // What was never live is missed by nobody.
  std::vector<int64_t> held;
  ASSERT_OK_AND_ASSIGN(const auto items, ledger_->Quarantine("a"));
  for (const QuarantineItem& item : items) held.push_back(item.id);
  ASSERT_EQ(held.size(), 100u);
  ASSERT_OK(ledger_->Decide({}, held, "me"));
  Apply("a", {Deleted("withdrawn")});
  EXPECT_OK(Publish(PublishAs::kOverlay));
  // Taken back, up to a quarter.
  std::vector<EntryUpdate> gone;
  for (uint64_t i = 0; i < 45; ++i)
    gone.push_back(Deleted(absl::StrCat("e", i)));
  Apply("a", gone);
  EXPECT_OK(Publish(PublishAs::kOverlay));
  // Growth, by the list's own bound.
  entries.clear();
  for (uint64_t i = 1'000; i < 1'400; ++i) {
    entries.push_back(Entry(absl::StrCat("e", i), {Md5Of(i)}));
  }
  Apply("a", entries);
  const auto grown = Publish(PublishAs::kOverlay);
  EXPECT_TRUE(IsHeld(grown.status())) << grown.status();
  EXPECT_THAT(std::string(grown.status().message()),
              HasSubstr("list a, md5: 200 entries live, 555 in the new"));
  LedgerList list = *ledger_->FindList("a");
  list.guards.max_growth_percent = 200;
  ASSERT_OK(ledger_->UpdateList(list, "me"));
  EXPECT_OK(Publish(PublishAs::kOverlay));
  list.guards.change = false;
  ASSERT_OK(ledger_->UpdateList(list, "me"));
  gone.clear();
  for (uint64_t i = 45; i < 190; ++i)
    gone.push_back(Deleted(absl::StrCat("e", i)));
  Apply("a", gone);
  EXPECT_OK(Publish(PublishAs::kOverlay));
}

TEST_F(LedgerExportTest, WhatKilledPublishersLeftGoesWithTheNext) {
  Apply("a", {Entry("x", {Md5Of(1)})});
  folder_.Write("ledger/publish.hvs.tmp.123456", "left");
  ASSERT_OK(Publish());
  for (const auto& each : std::filesystem::directory_iterator(path())) {
    EXPECT_THAT(each.path().filename().string(),
                ::testing::Not(HasSubstr("publish.hvs")));
  }
}

TEST_F(LedgerExportTest, KindsThatNothingChangedOfAreNotBuiltAgain) {
  const auto reused = [&] {
    const auto published = Publish(PublishAs::kBase, true);
    EXPECT_OK(published);
    if (!published.ok()) return std::vector<HashKind>();
    // Whatever was reused, the bytes are those of building everything.
    const std::string base = published->published.manifest.current.base.file;
    EXPECT_TRUE(ScratchFolder::Read(absl::StrCat(lists_, "/", base)) ==
                Export("fresh"));
    return published->exported.reused;
  };
  Apply("a", {Entry("both", {Md5Of(1), BalancedPdq(1)}),
              Entry("pdq", {BalancedPdq(2)}), Entry("md5", {Md5Of(3)})});
  EXPECT_THAT(reused(), ElementsAre());
  EXPECT_THAT(reused(), ElementsAre(HashKind::kPdq, HashKind::kMd5));
  Apply("b", {Entry("new", {Md5Of(4)})});
  EXPECT_THAT(reused(), ElementsAre(HashKind::kPdq));
  // A deleted entry's values are no longer known here: the base knows them.
  Apply("a", {Deleted("pdq")});
  EXPECT_THAT(reused(), ElementsAre(HashKind::kMd5));
  Apply("a", {Deleted("both")});
  EXPECT_THAT(reused(), ElementsAre());
  // The last of a kind.
  Apply("a", {Entry("again", {BalancedPdq(5)})});
  EXPECT_THAT(reused(), ElementsAre(HashKind::kMd5));
  ASSERT_OK(ledger_->Suppress("a", {"again"}, std::nullopt, "", "me"));
  EXPECT_THAT(reused(), ElementsAre(HashKind::kMd5));
  // Other policies number and limit everything anew.
  LedgerList list = *ledger_->FindList("a");
  list.policy.action = "block";
  ASSERT_OK(ledger_->UpdateList(list, "me"));
  EXPECT_THAT(reused(), ElementsAre());
  // Tombstones tell what went.
  now_ += kTombstoneDays * 86'400;
  EXPECT_THAT(reused(), ElementsAre());
}

TEST_F(LedgerExportTest, ABaseFromTheOneBeforeIsThatOfEverything) {
  std::mt19937_64 random(3);
  const auto entry = [&](uint64_t key) {
    std::vector<HashValue> values;
    if (random() % 2 == 0) values.push_back(Md5Of(random() % 40));
    if (random() % 3 != 0) values.push_back(BalancedPdq(random() % 40));
    EntryUpdate update = Entry(absl::StrCat("e", key), values);
    for (EntryValue& value : update.values) {
      if (random() % 2 == 0) value.quality = static_cast<int>(random() % 101);
    }
    update.category = std::string(random() % 4, 'c');
    update.stated = static_cast<Opinion>(random() % 4);
    return update;
  };
  for (int round = 0; round < 150; ++round) {
    SCOPED_TRACE(round);
    const std::string list = random() % 2 == 0 ? "a" : "b";
    std::vector<EntryUpdate> updates;
    for (uint64_t i = 0; i < random() % 8; ++i) {
      const uint64_t key = random() % 60;
      updates.push_back(random() % 4 == 0 ? Deleted(absl::StrCat("e", key))
                                          : entry(key));
    }
    Delta delta = DeltaOf(list, updates);
    delta.restore = random() % 2 == 0;
    // The source's word moves a clock, and with it the canaries.
    if (random() % 3 == 0)
      delta.confirmed_at = now_ + static_cast<uint64_t>(round);
    Apply(std::move(delta));
    (void)ledger_->Suppress(list, {absl::StrCat("e", random() % 60)},
                            std::nullopt, "", "me");
    (void)ledger_->Unsuppress(list, {absl::StrCat("e", random() % 60)}, "me");
    if (round < 3) Apply("a", {entry(100), Entry("x", {Md5Of(1)})});
    const auto published = Publish(
        random() % 4 == 0 ? PublishAs::kOverlay : PublishAs::kBase, true);
    if (!published.ok() || published->overlay) continue;
    const std::string base = published->published.manifest.current.base.file;
    ASSERT_TRUE(ScratchFolder::Read(absl::StrCat(lists_, "/", base)) ==
                Export("fresh"));
    const auto fresh = ExportSnapshot(*ledger_, folder_.Path("again"));
    ASSERT_OK(fresh);
    EXPECT_EQ(fresh->entries, published->exported.entries);
  }
}

// ---- Against what is stored.

TEST_F(LedgerExportTest, RetroFindsWhatIsNewAndNothingElse) {
  Apply("a", {Entry("old", {BalancedPdq(1), Md5Of(1)})});
  ASSERT_OK_AND_ASSIGN(const uint64_t since, ledger_->version());
  Apply("b", {Entry("new", {BalancedPdq(2), Md5Of(2)}),
              Entry("both", {BalancedPdq(1)})});
  Hash256 near = *BalancedPdq(2).As<Hash256>();
  for (size_t bit = 0; bit < 31; ++bit) near.set_bit(bit, !near.bit(bit));
  Hash256 far = near;
  far.set_bit(31, !far.bit(31));
  const std::vector<HashValue> stored = {BalancedPdq(1), HashValue::Pdq(far),
                                         BalancedPdq(2), HashValue::Pdq(near),
                                         Md5Of(1),       Md5Of(2)};
  const auto found = [&](uint64_t version) {
    const auto matcher = RetroMatcher::Create(*ledger_, version);
    EXPECT_OK(matcher);
    std::vector<std::string> lines;
    EXPECT_OK(matcher->Match(stored, {}, [&](const RetroMatch& match) {
      lines.push_back(absl::StrCat(match.stored, " ", std::string(match.list),
                                   "/", std::string(match.key), " ",
                                   match.distance));
      return absl::OkStatus();
    }));
    return lines;
  };
  EXPECT_THAT(found(since), ElementsAre("0 b/both 0", "2 b/new 0", "3 b/new 31",
                                        "5 b/new 0"));
  EXPECT_EQ(found(0).size(), 6u);
  ASSERT_OK_AND_ASSIGN(const uint64_t now, ledger_->version());
  EXPECT_TRUE(found(now).empty());
  // What begins to match again is new again.
  ASSERT_OK(ledger_->Suppress("a", {"old"}, std::nullopt, "", "me"));
  EXPECT_TRUE(found(now).empty());
  ASSERT_OK(ledger_->Unsuppress("a", {"old"}, "me"));
  EXPECT_THAT(found(now), ElementsAre("0 a/old 0", "4 a/old 0"));
  // And what only changed is not.
  ASSERT_OK_AND_ASSIGN(const uint64_t later, ledger_->version());
  EntryUpdate changed = Entry("old", {BalancedPdq(1), Md5Of(1)});
  changed.category = "B2";
  Apply("a", {changed});
  EXPECT_TRUE(found(later).empty());
  EXPECT_THAT(
      RetroMatcher::Create(*ledger_, later + 2),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr(absl::StrCat("the ledger is at ", later + 1))));
}

TEST_F(LedgerExportTest, RetroComparesByteVectorsUnderEachListsMetric) {
  const auto vector = [](uint8_t first) {
    std::vector<uint8_t> bytes(ByteVector144::kBytes, 100);
    bytes[0] = first;
    bytes[1] = first;
    return *HashValue::FromBytes(HashKind::kPhotoDna, bytes);
  };
  const auto limit = [&](const char* name, ByteVectorMetric metric,
                         uint32_t max_distance) {
    LedgerList list = *ledger_->FindList(name);
    list.policy.kinds = {{.kind = HashKind::kPhotoDna,
                          .max_distance = max_distance,
                          .metric = metric}};
    ASSERT_OK(ledger_->UpdateList(list, "me"));
  };
  MakeList("c");
  MakeList("d");
  limit("a", ByteVectorMetric::kL1, 6);
  limit("b", ByteVectorMetric::kL2, 5);
  limit("c", ByteVectorMetric::kSquaredL2, 8);
  for (const char* const list : {"a", "b", "c", "d"}) {
    Apply(list, {Entry("x", {vector(100)})});
  }
  const auto matcher = RetroMatcher::Create(*ledger_, 0);
  ASSERT_OK(matcher);
  EXPECT_EQ(matcher->carried_only(), 1u);  // list d says nothing of it
  const std::vector<HashValue> stored = {Md5Of(1), vector(102), vector(103),
                                         vector(104)};
  std::vector<std::string> lines;
  ASSERT_OK(matcher->Match(stored, {}, [&](const RetroMatch& match) {
    lines.push_back(absl::StrCat(match.stored, " ", std::string(match.list),
                                 " ", match.distance));
    return absl::OkStatus();
  }));
  // Two bytes by 2, 3 and 4: L1 4, 6, 8; squared 8, 18, 32; L2 3, 5, 6.
  EXPECT_THAT(lines, ElementsAre("1 a 4", "1 b 3", "1 c 8", "2 a 6", "2 b 5"));
}

TEST_F(LedgerExportTest, DenseEntriesAreReported) {
  std::vector<EntryUpdate> entries;
  // 102 values within 2 bits of one another, and one alone.
  for (size_t i = 0; i < 102; ++i) {
    Hash256 hash = *BalancedPdq(1).As<Hash256>();
    hash.set_bit(i, !hash.bit(i));
    entries.push_back(Entry(absl::StrCat("e", i), {HashValue::Pdq(hash)}));
  }
  entries.push_back(Entry("alone", {BalancedPdq(2)}));
  Apply("a", entries);
  const auto dense = FindDense(*ledger_, "a", nullptr);
  ASSERT_OK(dense);
  ASSERT_EQ(dense->size(), 102u);
  EXPECT_EQ((*dense)[0].near_values, 101u);
  Apply("a", {Deleted("e0")});
  EXPECT_TRUE(FindDense(*ledger_, "a", nullptr)->empty());
}

}  // namespace
}  // namespace hashvet::testing
