// What a ledger makes of what sources say and operators decide.

#include "hashvet/ledger/ledger.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/ledger/state.h"
#include "tests/ledger/ledger_support.h"

namespace hashvet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint64_t kDay = 86'400;

class LedgerEntriesTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    MakeList("a");
    MakeList("b");
  }
};

TEST_F(LedgerEntriesTest, EveryFieldComesBack) {
  EntryUpdate update = Entry("42-x", {Md5Of(1), BalancedPdq(1)});
  update.values[1].quality = 77;
  update.category = "A1";
  update.category_scheme = "ncmec";
  update.stated = Opinion::kSeed;
  update.opinions = {{"second", Opinion::kPositive, {"tag b", "tag a"}},
                     {"first", Opinion::kNegative, {"tag a"}}};
  update.feedback = {{"md5", "member 7", false, "not what it says"}};
  update.cases = {{"case 1", "Active"}, {"case 0", "Withdrawn"}};
  update.member = "42";
  update.created_at = 100;
  update.updated_at = 200;
  update.expires_at = now_ + kDay;
  update.reason = "why";
  Apply("a", {update});

  const auto entry = ledger_->FindEntry("a", "42-x");
  ASSERT_OK(entry);
  Normalise(update);
  EXPECT_EQ(entry->said, update);
  EXPECT_EQ(entry->state, EntryState::kActive);
  EXPECT_EQ(entry->opinion, Opinion::kDisputed);
  EXPECT_THAT(entry->tags, ElementsAre("tag a", "tag b"));
  EXPECT_EQ(entry->first_seen, now_);
}

TEST_F(LedgerEntriesTest, TheSameDeltaTwiceChangesNothing) {
  Delta delta = DeltaOf(
      "a", {Entry("x", {Md5Of(1)}), Entry("y", {Md5Of(2)}), Deleted("z")});
  delta.checkpoint = "page 2";
  const DeltaResult first = Apply(delta);
  EXPECT_EQ(first.added, 2u);
  EXPECT_EQ(first.deleted, 1u);
  const DeltaResult second = Apply(delta);
  EXPECT_EQ(second.version, first.version);
  EXPECT_EQ(second.unchanged, 3u);
  EXPECT_EQ(second.added + second.changed + second.deleted, 0u);
  const auto checkpoint = ledger_->Checkpoint("a");
  ASSERT_OK(checkpoint);
  EXPECT_EQ(*checkpoint, "page 2");
}

// Commits in the write-ahead journal: a frame's second number is not 0 in the
// last frame of a transaction.
int CommitsIn(const std::string& journal) {
  const auto number = [&](size_t at) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i) {
      value = value << 8 | static_cast<uint8_t>(journal[at + i]);
    }
    return value;
  };
  if (journal.size() < 32) return 0;
  const size_t frame = 24 + number(8);
  int commits = 0;
  for (size_t at = 32; at + frame <= journal.size(); at += frame) {
    if (number(at + 4) != 0) ++commits;
  }
  return commits;
}

TEST_F(LedgerEntriesTest, ADeltaAndItsCheckpointAreOneTransaction) {
  const auto commits = [&] {
    return CommitsIn(ScratchFolder::Read(path() + "/ledger.sqlite-wal"));
  };
  const int before = commits();
  EXPECT_GT(before, 0);
  Delta delta =
      DeltaOf("a", {Entry("x", {Md5Of(1)}), Entry("y", {BalancedPdq(2)})});
  delta.checkpoint = "page 1";
  delta.confirmed_at = now_;
  Apply(delta);
  EXPECT_EQ(commits(), before + 1);
  ASSERT_OK(ledger_->BeginGeneration("a", "feed"));
  delta.into_generation = true;
  delta.checkpoint = "page 2";
  Apply(delta);
  EXPECT_EQ(commits(), before + 3);
  ASSERT_OK(ledger_->FinishGeneration("a", true, "feed"));
  EXPECT_EQ(commits(), before + 4);
}

TEST_F(LedgerEntriesTest, AValueMatchesWhileAnyActiveEntryCarriesIt) {
  Apply("a", {Entry("x", {Md5Of(1)}), Entry("y", {Md5Of(1)})});
  Apply("b", {Entry("z", {Md5Of(1), Md5Of(2)})});
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("a/x", "a/y", "b/z"));
  Apply("a", {Deleted("x")});
  EntryUpdate withdrawn = Entry("y", {Md5Of(1)});
  withdrawn.status = SourceStatus::kWithdrawn;
  Apply("a", {withdrawn});
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("b/z"));
  ASSERT_OK(ledger_->Suppress("b", {"z"}, std::nullopt, "wrong", "me"));
  EXPECT_THAT(MatchedBy(Md5Of(1)), IsEmpty());
  ASSERT_OK(ledger_->Unsuppress("b", {"z"}, "me"));
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("b/z"));
  Apply("b", {Entry("z", {Md5Of(2)})});  // it carries the other one only
  EXPECT_THAT(MatchedBy(Md5Of(1)), IsEmpty());
  EXPECT_THAT(MatchedBy(Md5Of(2)), ElementsAre("b/z"));
  EXPECT_OK(ledger_->Verify());
}

TEST_F(LedgerEntriesTest, ATombstoneOutlivesAReplayedPage) {
  EntryUpdate entry = Entry("x", {Md5Of(1)});
  entry.updated_at = 100;
  Apply("a", {entry});
  EntryUpdate gone = Deleted("x");
  gone.updated_at = 200;
  Apply("a", {gone});
  EXPECT_EQ(Apply("a", {entry}).outdated, 1u);
  entry.updated_at = 200;
  EXPECT_EQ(Apply("a", {entry}).tombstoned, 1u);
  entry.updated_at = std::nullopt;
  EXPECT_EQ(Apply("a", {entry}).tombstoned, 1u);
  EXPECT_EQ(StateOf("a", "x"), EntryState::kDeleted);
  now_ += (kTombstoneDays - 1) * kDay;
  EXPECT_EQ(Apply("a", {entry}).tombstoned, 1u);
  entry.updated_at = 201;  // said anew
  EXPECT_EQ(Apply("a", {entry}).restored, 1u);
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("a/x"));
}

TEST_F(LedgerEntriesTest, InToldOrderTheLastOneOfASecondHolds) {
  EntryUpdate entry = Entry("x", {Md5Of(1)});
  entry.updated_at = 200;
  EntryUpdate gone = Deleted("x");
  gone.updated_at = 200;
  Apply("a", {entry});
  Apply("a", {gone});
  Delta again = DeltaOf("a", {entry});
  again.told_order = true;
  EXPECT_EQ(Apply(again).restored, 1u);
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("a/x"));
  // What says that it is older stays older.
  Apply("a", {gone});
  entry.updated_at = 199;
  Delta old = DeltaOf("a", {entry});
  old.told_order = true;
  EXPECT_EQ(Apply(old).outdated, 1u);
  EXPECT_THAT(MatchedBy(Md5Of(1)), IsEmpty());
}

TEST_F(LedgerEntriesTest, ATombstoneThatComesBeforeItsEntryHolds) {
  EntryUpdate gone = Deleted("x");
  gone.updated_at = 200;
  Apply("a", {gone});
  EntryUpdate entry = Entry("x", {Md5Of(1)});
  entry.updated_at = 100;
  EXPECT_EQ(Apply("a", {entry}).outdated, 1u);
  EXPECT_THAT(MatchedBy(Md5Of(1)), IsEmpty());
}

TEST_F(LedgerEntriesTest, ATombstoneGoesAfterItsDays) {
  Apply("a", {Entry("x", {Md5Of(1)})});
  Apply("a", {Deleted("x")});
  now_ += kTombstoneDays * kDay;
  ASSERT_OK_AND_ASSIGN(const uint64_t settled, ledger_->ApplyDue());
  EXPECT_EQ(settled, 1u);
  EXPECT_THAT(ledger_->FindEntry("a", "x"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("x")));
}

TEST_F(LedgerEntriesTest, WhatIsDeletedIsNoLongerInTheFile) {
  Apply("a", {Entry("x", {Md5Of(1)})});
  Apply("a", {Deleted("x")});
  ASSERT_OK(ledger_->Close());
  const std::string file = ScratchFolder::Read(path() + "/" + kLedgerFile);
  const std::vector<uint8_t> bytes = Md5Of(1).ToBytes();
  EXPECT_EQ(file.find(std::string(bytes.begin(), bytes.end())),
            std::string::npos);
}

TEST_F(LedgerEntriesTest, AnOlderWordDoesNotReplaceANewerOne) {
  EntryUpdate newer = Entry("x", {Md5Of(2)});
  newer.updated_at = 200;
  EntryUpdate older = Entry("x", {Md5Of(1)});
  older.updated_at = 100;
  EXPECT_EQ(Apply("a", {newer, older}).duplicates, 1u);
  EXPECT_THAT(MatchedBy(Md5Of(1)), IsEmpty());
  EXPECT_EQ(Apply("a", {older}).outdated, 1u);
  EXPECT_THAT(MatchedBy(Md5Of(2)), ElementsAre("a/x"));
}

TEST_F(LedgerEntriesTest, RowsOfOneEntryAreUnitedWhereAskedFor) {
  Delta rows = DeltaOf("a", {Entry("x", {Md5Of(1)}), Entry("x", {Md5Of(2)})});
  rows.unite = true;
  EXPECT_EQ(Apply(rows).added, 1u);
  rows = DeltaOf("a", {Entry("x", {Md5Of(3)})});
  rows.unite = true;
  EXPECT_EQ(Apply(rows).changed, 1u);
  for (uint64_t i = 1; i <= 3; ++i) {
    EXPECT_THAT(MatchedBy(Md5Of(i)), ElementsAre("a/x")) << i;
  }
  EXPECT_EQ(Apply(rows).unchanged, 1u);
}

TEST_F(LedgerEntriesTest, RowsGiveTheSameEntryHoweverTheyAreSplit) {
  EntryUpdate first = Entry("x", {Md5Of(1)});
  first.category = "A1";
  first.category_scheme = "ncmec";
  first.stated = Opinion::kPositive;
  first.values[0].quality = 50;
  EntryUpdate second = Entry("x", {Md5Of(2), Md5Of(1)});
  second.reason = "why";
  second.values[1].quality = 60;
  EntryUpdate third = Entry("x", {Md5Of(3)});
  third.category = "B1";
  const std::vector<EntryUpdate> rows = {first, second, third};
  const auto apply = [&](const std::string& list, size_t size, bool full) {
    if (full) {
      ASSERT_OK(ledger_->BeginGeneration(list, "test"));
    }
    for (size_t begin = 0; begin < rows.size(); begin += size) {
      const size_t end = std::min(begin + size, rows.size());
      Delta delta = DeltaOf(list, {rows.begin() + static_cast<int>(begin),
                                   rows.begin() + static_cast<int>(end)});
      delta.unite = true;
      delta.into_generation = full;
      Apply(std::move(delta));
    }
    if (full) {
      ASSERT_OK(ledger_->FinishGeneration(list, true, "test"));
    }
  };
  apply("a", 3, false);
  const auto whole = ledger_->FindEntry("a", "x");
  ASSERT_OK(whole);
  EXPECT_EQ(whole->said.category, "B1");
  EXPECT_EQ(whole->said.category_scheme, "ncmec");
  EXPECT_EQ(whole->said.stated, Opinion::kPositive);
  EXPECT_EQ(whole->said.reason, "why");
  EXPECT_EQ(whole->said.values.size(), 3u);
  for (const size_t size : {1, 2, 3}) {
    for (const bool full : {false, true}) {
      const std::string list =
          absl::StrCat("split-", size, full ? "-full" : "");
      MakeList(list);
      apply(list, size, full);
      const auto split = ledger_->FindEntry(list, "x");
      ASSERT_OK(split) << list;
      EXPECT_EQ(split->said, whole->said) << list;
    }
  }
}

TEST_F(LedgerEntriesTest, AnEntryOfTooManyValuesIsRefusedAndNotForLong) {
  // Quadratic in the rows, this would take minutes.
  std::vector<EntryUpdate> rows;
  for (uint64_t i = 0; i < 50'000; ++i) rows.push_back(Entry("x", {Md5Of(i)}));
  rows.push_back(Entry("y", {Md5Of(1)}));
  // The same value again and again is one value.
  for (uint64_t i = 0; i < 20'000; ++i) rows.push_back(Entry("z", {Md5Of(2)}));
  rows.push_back(Entry("z", {Md5Of(3)}));
  Delta delta = DeltaOf("a", std::move(rows));
  delta.unite = true;
  const DeltaResult result = Apply(std::move(delta));
  EXPECT_EQ(result.refused, 1u);
  EXPECT_EQ(result.added, 2u);
  EXPECT_EQ(ledger_->FindEntry("a", "z")->said.values.size(), 2u);
}

TEST_F(LedgerEntriesTest, ManyCategoriesAreNotAllRemembered) {
  std::vector<EntryUpdate> updates;
  for (uint64_t i = 0; i < 10'000; ++i) {
    updates.push_back(Entry(absl::StrCat("e", i), {Md5Of(i)}));
    updates.back().category = absl::StrCat("c", i % 7'000);
  }
  Apply("a", updates);
  EXPECT_LE(ledger_->state().category_numbers.size(), 4'096u);
  for (const uint64_t i : {0, 3'000, 9'999}) {
    EXPECT_EQ(ledger_->FindEntry("a", absl::StrCat("e", i))->said.category,
              absl::StrCat("c", i % 7'000));
  }
}

// Of whatever makes another snapshot of an entry, and of nothing else.
TEST_F(LedgerEntriesTest, TheLastChangeIsThatOfAnEntry) {
  EXPECT_EQ(*ledger_->LastChange(), 0);
  Apply("a", {Entry("x", {Md5Of(1)}), Entry("y", {Md5Of(2)})});
  const uint64_t added = *ledger_->LastChange();
  EXPECT_EQ(added, *ledger_->version());
  Apply("a", {Entry("x", {Md5Of(1)})});
  Apply({.list = "a", .checkpoint = "somewhere", .author = "test"});
  ASSERT_OK(ledger_->BeginGeneration("a", "test"));
  ASSERT_OK(ledger_->AbandonGeneration("a"));
  EXPECT_EQ(*ledger_->LastChange(), added);
  ASSERT_OK(ledger_->Suppress("a", {"x"}, std::nullopt, "seen", "me"));
  const uint64_t suppressed = *ledger_->LastChange();
  EXPECT_GT(suppressed, added);
  Apply("a", {Deleted("y")});
  EXPECT_GT(*ledger_->LastChange(), suppressed);
}

TEST_F(LedgerEntriesTest, OtherGuardsJudgeWhatIsThereAnew) {
  LedgerList list = *ledger_->FindList("a");
  list.guards.degenerate = false;
  list.guards.panel = false;
  ASSERT_OK(ledger_->UpdateList(list, "me"));
  const HashValue blank = HashValue::Pdq(Hash256());
  Apply("a", {Entry("blank", {blank, Md5Of(1)}), Entry("x", {BalancedPdq(1)}),
              Entry("decided", {BalancedPdq(2)})});
  EXPECT_THAT(MatchedBy(blank), ElementsAre("a/blank"));
  ASSERT_OK_AND_ASSIGN(const uint64_t before, ledger_->version());

  list.guards.degenerate = true;
  const auto held = ledger_->UpdateList(list, "me");
  ASSERT_OK(held);
  EXPECT_EQ(held->held, 1u);
  EXPECT_EQ(held->let_go, 0u);
  EXPECT_THAT(MatchedBy(blank), IsEmpty());
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("a/blank"));
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), ElementsAre("a/x"));
  ASSERT_OK_AND_ASSIGN(const auto items, ledger_->Quarantine("a"));
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].guard, kDegenerateGuard);
  EXPECT_GT(ledger_->FindEntry("a", "blank")->changed, before);

  list.guards.degenerate = false;
  const auto let_go = ledger_->UpdateList(list, "me");
  ASSERT_OK(let_go);
  EXPECT_EQ(let_go->let_go, 1u);
  EXPECT_THAT(MatchedBy(blank), ElementsAre("a/blank"));
  EXPECT_TRUE(ledger_->Quarantine("a")->empty());
  // What an operator decided stays.
  list.guards.degenerate = true;
  ASSERT_OK(ledger_->UpdateList(list, "me"));
  ASSERT_OK(ledger_->Decide({ledger_->Quarantine("a")->front().id}, {}, "me"));
  list.guards.panel = true;
  EXPECT_EQ(ledger_->UpdateList(list, "me")->held, 0u);
  EXPECT_THAT(MatchedBy(blank), ElementsAre("a/blank"));
  ASSERT_OK(ledger_->Verify());
}

TEST_F(LedgerEntriesTest, FlatValuesOfOtherKindsAreHeldWithTheirReason) {
  LedgerList list = *ledger_->FindList("a");
  constexpr HashKind kKind = HashKind::kDhash64ImageHash;
  SetKindPolicy({.kind = kKind, .max_distance = 3}, list.policy);
  ASSERT_OK(ledger_->UpdateList(list, "me"));
  const auto dhash = [](uint8_t byte) {
    return *HashValue::FromBytes(kKind, std::vector<uint8_t>(8, byte));
  };
  const HashValue flat = dhash(0);
  const HashValue fine = dhash(0x33);
  Apply("a", {Entry("mixed", {flat, fine, Md5Of(1)}), Entry("x", {fine})});
  EXPECT_THAT(MatchedBy(flat), IsEmpty());
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("a/mixed"));
  EXPECT_THAT(MatchedBy(fine), ElementsAre("a/mixed", "a/x"));
  ASSERT_OK_AND_ASSIGN(const auto items, ledger_->Quarantine("a"));
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].guard, kDegenerateGuard);
  EXPECT_THAT(items[0].reason, HasSubstr("low information: all but 0 of 64"));

  // Judged anew where the guard changes.
  list.guards.degenerate = false;
  EXPECT_EQ(ledger_->UpdateList(list, "me")->let_go, 1u);
  EXPECT_THAT(MatchedBy(flat), ElementsAre("a/mixed"));
  EXPECT_TRUE(ledger_->Quarantine("a")->empty());
  list.guards.degenerate = true;
  EXPECT_EQ(ledger_->UpdateList(list, "me")->held, 1u);
  EXPECT_THAT(MatchedBy(flat), IsEmpty());
  ASSERT_OK(ledger_->Verify());
}

TEST_F(LedgerEntriesTest, ASuppressionEndsByItself) {
  Apply("a", {Entry("x", {Md5Of(1)})});
  ASSERT_OK(ledger_->Suppress("a", {"x"}, now_ + kDay, "in question", "me"));
  EXPECT_EQ(StateOf("a", "x"), EntryState::kSuppressed);
  now_ += kDay - 1;
  ASSERT_OK(ledger_->ApplyDue());
  EXPECT_EQ(StateOf("a", "x"), EntryState::kSuppressed);
  now_ += 1;
  ASSERT_OK(ledger_->ApplyDue());
  EXPECT_EQ(StateOf("a", "x"), EntryState::kActive);
  EXPECT_THAT(ledger_->Suppress("a", {"x"}, now_, "", "me"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("past")));
  EXPECT_THAT(ledger_->Suppress("a", {"y"}, std::nullopt, "", "me"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("entry y")));
}

TEST_F(LedgerEntriesTest, ASuppressedEntryThatItsSourceWithdrawsStaysOut) {
  Apply("a", {Entry("x", {Md5Of(1)})});
  ASSERT_OK(ledger_->Suppress("a", {"x"}, std::nullopt, "", "me"));
  EntryUpdate withdrawn = Entry("x", {Md5Of(1)});
  withdrawn.status = SourceStatus::kWithdrawn;
  Apply("a", {withdrawn});
  ASSERT_OK(ledger_->Unsuppress("a", {"x"}, "me"));
  EXPECT_EQ(StateOf("a", "x"), EntryState::kWithdrawn);
  EXPECT_THAT(MatchedBy(Md5Of(1)), IsEmpty());
}

TEST_F(LedgerEntriesTest, ALocalEntryExpiresAndSayingItAgainChangesNothing) {
  EntryUpdate entry = Entry("x", {Md5Of(1)});
  entry.expires_at = now_ + kDay;
  Apply("a", {entry});
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("a/x"));
  now_ += kDay;
  ASSERT_OK(ledger_->ApplyDue());
  EXPECT_THAT(MatchedBy(Md5Of(1)), IsEmpty());
  const DeltaResult again = Apply("a", {entry});
  EXPECT_EQ(again.unchanged, 1u);
  EXPECT_THAT(MatchedBy(Md5Of(1)), IsEmpty());
}

TEST_F(LedgerEntriesTest, EntriesThatCannotBeAreQuarantinedAndTheRestGoesOn) {
  EntryUpdate long_key = Entry(std::string(10'000'000, 'k'), {Md5Of(1)});
  EntryUpdate control = Entry("a\nb", {Md5Of(2)});
  EntryUpdate malformed = Entry("half", {Md5Of(3)});
  malformed.malformed = {{"md5", "00ff", "4 hex digits, want 32"}};
  const DeltaResult result =
      Apply("a", {long_key, control, malformed, Entry("good", {Md5Of(4)}),
                  Entry("", {Md5Of(5)})});
  EXPECT_EQ(result.refused, 3u);
  EXPECT_EQ(result.added, 2u);
  EXPECT_EQ(result.quarantined.at("shape"), 4u);
  EXPECT_THAT(MatchedBy(Md5Of(3)), ElementsAre("a/half"));
  const auto held = ledger_->Quarantine("a");
  ASSERT_OK(held);
  ASSERT_EQ(held->size(), 4u);
  for (const QuarantineItem& item : *held) {
    EXPECT_FALSE(item.releasable);
    EXPECT_THAT(
        ledger_->Decide({item.id}, {}, "me"),
        StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no value")));
    EXPECT_OK(ledger_->Decide({}, {item.id}, "me"));
  }
  ASSERT_OK(ledger_->Quarantine("a"));
  EXPECT_THAT(*ledger_->Quarantine("a"), IsEmpty());
  // Said again, it is known.
  EXPECT_EQ(Apply("a", {malformed}).quarantined.size(), 0u);
}

TEST_F(LedgerEntriesTest, HistoryTellsWhoDidWhat) {
  Apply("a", {Entry("x", {Md5Of(1)})});
  ASSERT_OK(ledger_->Suppress("a", {"x"}, std::nullopt, "a meme", "ann"));
  Apply("a", {Deleted("x")});
  const auto history = ledger_->History("a", "x", 10);
  ASSERT_OK(history);
  ASSERT_EQ(history->size(), 3u);
  EXPECT_EQ((*history)[0].what, "deleted");
  EXPECT_EQ((*history)[1].what, "suppressed");
  EXPECT_EQ((*history)[1].author, "ann");
  EXPECT_EQ((*history)[1].reason, "a meme");
  EXPECT_EQ((*history)[2].what, "added");
}

TEST_F(LedgerEntriesTest, ADryRunIsToldAndTakenBack) {
  Open(true);
  EXPECT_EQ(Apply("a", {Entry("x", {Md5Of(1)})}).added, 1u);
  EXPECT_THAT(ledger_->FindEntry("a", "x"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("x")));
}

TEST_F(LedgerEntriesTest, FeedbackIsQueuedOnceAndTracked) {
  const FeedbackItem item = {.list = "a",
                             .key = "x",
                             .type = "MD5",
                             .affirmative = false,
                             .reasons = {"r1", "r2"},
                             .author = "ann"};
  ASSERT_OK_AND_ASSIGN(const int64_t id, ledger_->QueueFeedback(item));
  ASSERT_OK_AND_ASSIGN(const int64_t again, ledger_->QueueFeedback(item));
  EXPECT_EQ(id, again);
  auto due = ledger_->DueFeedback("a", 10);
  ASSERT_OK(due);
  ASSERT_EQ(due->size(), 1u);
  EXPECT_THAT((*due)[0].reasons, ElementsAre("r1", "r2"));
  ASSERT_OK(ledger_->FeedbackFailed(id, now_ + 60));
  EXPECT_THAT(*ledger_->DueFeedback("a", 10), IsEmpty());
  now_ += 60;
  EXPECT_EQ(ledger_->DueFeedback("a", 10)->size(), 1u);
  ASSERT_OK(ledger_->FeedbackSent(id));
  EXPECT_THAT(*ledger_->DueFeedback("a", 10), IsEmpty());
  EXPECT_THAT(ledger_->FeedbackSent(id),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("not queued")));
  EXPECT_EQ((*ledger_->Feedback("a"))[0].attempts, 2u);
}

// ---- Generations.

TEST_F(LedgerEntriesTest, AGenerationFillsWhileTheOldOneServes) {
  Apply("a", {Entry("same", {Md5Of(1)}), Entry("old", {Md5Of(2)}),
              Entry("moved", {Md5Of(3)})});
  ASSERT_OK(ledger_->Suppress("a", {"same"}, std::nullopt, "", "me"));
  const uint64_t changed = ledger_->FindEntry("a", "same")->changed;
  ASSERT_OK(ledger_->BeginGeneration("a", "feed"));
  Delta page =
      DeltaOf("a", {Entry("same", {Md5Of(1)}), Entry("moved", {Md5Of(4)}),
                    Entry("new", {Md5Of(5)})});
  page.into_generation = true;
  page.checkpoint = "full 1";
  Apply(page);
  Apply(page);  // and once more after a crash
  EXPECT_THAT(MatchedBy(Md5Of(2)), ElementsAre("a/old"));
  EXPECT_THAT(MatchedBy(Md5Of(5)), IsEmpty());
  EXPECT_EQ(**ledger_->OpenGeneration("a"), 3u);

  EXPECT_TRUE(IsHeld(StatusOf(ledger_->FinishGeneration("a", false, "feed"))) ||
              ledger_->FindEntry("a", "old")->state == EntryState::kDeleted);
  EXPECT_THAT(MatchedBy(Md5Of(2)), IsEmpty());
  EXPECT_THAT(MatchedBy(Md5Of(3)), IsEmpty());
  EXPECT_THAT(MatchedBy(Md5Of(4)), ElementsAre("a/moved"));
  EXPECT_THAT(MatchedBy(Md5Of(5)), ElementsAre("a/new"));
  // What is the same is untouched, and stays as the operator decided.
  EXPECT_EQ(StateOf("a", "same"), EntryState::kSuppressed);
  EXPECT_EQ(ledger_->FindEntry("a", "same")->changed, changed);
  EXPECT_FALSE(ledger_->OpenGeneration("a")->has_value());
}

TEST_F(LedgerEntriesTest, AGenerationThatLacksTooMuchIsHeld) {
  std::vector<EntryUpdate> entries;
  for (uint64_t i = 0; i < 200; ++i) {
    entries.push_back(Entry("e" + std::to_string(i), {Md5Of(i)}));
  }
  Apply("a", entries);
  ASSERT_OK(ledger_->BeginGeneration("a", "feed"));
  EXPECT_THAT(ledger_->BeginGeneration("a", "feed"),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("open")));
  entries.resize(189);  // 5.5 % are missing
  Delta page = DeltaOf("a", entries);
  page.into_generation = true;
  Apply(page);
  const auto held = ledger_->FinishGeneration("a", false, "feed");
  EXPECT_TRUE(IsHeld(held.status())) << held.status();
  EXPECT_THAT(held, StatusIs(absl::StatusCode::kFailedPrecondition,
                             HasSubstr("11 of them missing")));
  EXPECT_THAT(MatchedBy(Md5Of(199)), ElementsAre("a/e199"));
  const auto accepted = ledger_->FinishGeneration("a", true, "me");
  ASSERT_OK(accepted);
  EXPECT_EQ(accepted->deleted, 11u);
  EXPECT_THAT(MatchedBy(Md5Of(199)), IsEmpty());
  // What comes back in the next full state is there again.
  ASSERT_OK(ledger_->BeginGeneration("a", "feed"));
  entries.push_back(Entry("e199", {Md5Of(199)}));
  page = DeltaOf("a", entries);
  page.into_generation = true;
  Apply(page);
  ASSERT_OK(ledger_->FinishGeneration("a", false, "feed"));
  EXPECT_THAT(MatchedBy(Md5Of(199)), ElementsAre("a/e199"));
}

TEST_F(LedgerEntriesTest, OneAtATimeFillsAGeneration) {
  ASSERT_OK(ledger_->BeginGeneration("a", "one"));
  auto other = Ledger::Open(path(), Options());
  ASSERT_OK(other);
  Delta page = DeltaOf("a", {Entry("x", {Md5Of(1)})});
  page.into_generation = true;
  for (const absl::Status& status :
       {(*other)->Apply(page).status(), (*other)->AbandonGeneration("a"),
        (*other)->FinishGeneration("a", true, "two").status()}) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                                 HasSubstr("fills a whole new state")));
  }
  // Another list's is another matter.
  EXPECT_OK((*other)->BeginGeneration("b", "two"));
  Apply(page);
  // Who stopped in the middle leaves it to the next.
  ASSERT_OK(ledger_->Close());
  EXPECT_OK((*other)->Apply(page));
  EXPECT_OK((*other)->FinishGeneration("a", true, "two"));
  EXPECT_EQ((*other)->FindEntry("a", "x")->state, EntryState::kActive);
}

TEST_F(LedgerEntriesTest, AnAbandonedGenerationLeavesNothing) {
  Apply("a", {Entry("x", {Md5Of(1)})});
  ASSERT_OK(ledger_->BeginGeneration("a", "feed"));
  Delta page = DeltaOf("a", {Entry("y", {Md5Of(2)})});
  page.into_generation = true;
  Apply(page);
  ASSERT_OK(ledger_->AbandonGeneration("a"));
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("a/x"));
  EXPECT_THAT(MatchedBy(Md5Of(2)), IsEmpty());
  EXPECT_THAT(ledger_->Apply(page),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("no open generation")));
}

// ---- Opinions.

TEST(OpinionTest, TheCombinationDoesNotDependOnTheOrder) {
  const std::vector<Opinion> all = {Opinion::kUnknown, Opinion::kSeed,
                                    Opinion::kPositive, Opinion::kNegative,
                                    Opinion::kDisputed};
  for (const Opinion a : all) {
    for (const Opinion b : all) {
      for (const Opinion c : all) {
        std::vector<Opinion> three = {a, b, c};
        std::ranges::sort(three);
        const Opinion sorted = CombineOpinions(three);
        do {
          EXPECT_EQ(CombineOpinions(three), sorted);
        } while (std::ranges::next_permutation(three).found);
      }
    }
  }
}

TEST(OpinionTest, CombinesAsTheSourcesSay) {
  const auto both = [](Opinion a, Opinion b) {
    const Opinion two[] = {a, b};
    return CombineOpinions(two);
  };
  EXPECT_EQ(both(Opinion::kSeed, Opinion::kPositive), Opinion::kPositive);
  EXPECT_EQ(both(Opinion::kNegative, Opinion::kNegative), Opinion::kNegative);
  EXPECT_EQ(both(Opinion::kNegative, Opinion::kSeed), Opinion::kDisputed);
  EXPECT_EQ(both(Opinion::kNegative, Opinion::kUnknown), Opinion::kNegative);
  EXPECT_EQ(both(Opinion::kDisputed, Opinion::kPositive), Opinion::kDisputed);
}

}  // namespace
}  // namespace hashvet::testing
