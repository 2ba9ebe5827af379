// The TCAP client against its simulator: what a row becomes, tokens, and pages
// whose rows move.

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/feeds/tcap_support.h"

namespace hashvet::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(TcapTest, ARowBecomesAnEntry) {
  Begin();
  simulator_->Put(PdqRow(1));
  simulator_->Put(Md5Row(2));
  TcapRow novel = PdqRow(3);
  novel.algorithm = "SHA3";
  simulator_->Put(novel);
  const SyncReport report = Synced();
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.carried, (FeedCounts{{"SHA3", 1}}));
  EXPECT_EQ(report.drift, (FeedCounts{{"results/algorithm SHA3", 1}}));
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
  EXPECT_THAT(MatchedBy(Md5Of(2)), SizeIs(1));
  ASSERT_OK_AND_ASSIGN(
      const LedgerEntry entry,
      ledger_->FindEntry(kList, "MD5-" + KeyOfValue(Md5Of(2))));
  EXPECT_EQ(entry.said.category, "Islamist");
  EXPECT_EQ(entry.said.category_scheme, "tcap");
  EXPECT_EQ(entry.opinion, Opinion::kSeed);
  EXPECT_THAT(entry.tags, ElementsAre("mp4"));
  EXPECT_EQ(entry.said.created_at, 1'600'000'000);
}

TEST_F(TcapTest, TheFirstRequestNamesNoCheckpointAndTheNextOnesTheLast) {
  Begin();
  simulator_->Put(PdqRow(1));
  Synced();
  Synced();
  const auto targets = simulator_->Targets();
  ASSERT_THAT(targets, SizeIs(4));
  EXPECT_EQ(targets[0], "POST /token-auth/tcap/");
  EXPECT_EQ(targets[1], "GET /api/hash-list/v2/all?order=asc");
  EXPECT_THAT(targets[3], HasSubstr("?order=asc&after=1700000000.000000%2C1"));
}

TEST_F(TcapTest, ADeletedRowIsGoneAndComesBackWhenItIsListedAgain) {
  Begin();
  simulator_->Put(PdqRow(1));
  simulator_->Put(PdqRow(2));
  Synced();
  simulator_->Delete(PdqRow(1).Key());
  EXPECT_EQ(Synced().result.deleted, 1);
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), IsEmpty());
  // Within the same second.
  simulator_->Put(PdqRow(1));
  Synced();
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
}

TEST_F(TcapTest, OneTokenServesAllPagesAndIsRenewedAmongThem) {
  Begin({.page_size = 4});
  for (uint64_t i = 0; i < 20; ++i) simulator_->Put(PdqRow(i));
  Synced();
  EXPECT_EQ(simulator_->tokens(), 1);
  EXPECT_EQ(Held(), Truth());
  StartAgain();
  Begin({.page_size = 4, .token_uses = 2});
  for (uint64_t i = 0; i < 20; ++i) simulator_->Put(PdqRow(i));
  Synced();
  EXPECT_GT(simulator_->tokens(), 3);
  EXPECT_EQ(Held(), Truth());
}

TEST_F(TcapTest, ATokenThatIsRefusedWhenItIsNewIsAnError) {
  Begin({.token_uses = 0});
  simulator_->Put(PdqRow(1));
  EXPECT_EQ(CauseOf(SyncOnce(config_).status()), FeedCause::kAuthentication);
  EXPECT_EQ(simulator_->tokens(), 2);
}

TEST_F(TcapTest, ARefusedPasswordIsToldAsThat) {
  Begin({.password = "another"});
  const auto report = SyncOnce(config_);
  EXPECT_EQ(CauseOf(report.status()), FeedCause::kAuthentication);
  EXPECT_THAT(State().last_error, Not(HasSubstr("secret")));
}

TEST_F(TcapTest, AnEmptyCheckpointKeepsTheOldOne) {
  Begin({.empty_checkpoint = true});
  simulator_->Put(PdqRow(1));
  Synced();
  Synced();
  simulator_->ForgetRequests();
  Synced();
  EXPECT_THAT(simulator_->Targets(), Contains(HasSubstr("after=17000")));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(TcapTest, ACheckpointOfAllRowsOnEachPageSkipsNoneOfThem) {
  Begin({.page_size = 4, .checkpoint_of_page = false});
  for (uint64_t i = 0; i < 20; ++i) simulator_->Put(PdqRow(i));
  SyncOptions how = How();
  how.batch_entries = 1;
  int lots = 0;
  how.at_step = [&](std::string_view step) {
    if (step == "applied" && ++lots == 2) throw Killed();
  };
  EXPECT_THROW((void)SyncOnce(config_, how), Killed);
  Open();
  // From where the set began, not from what a page within it told.
  simulator_->ExpirePages();
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(TcapTest, RowsThatMoveToTheEndWhilePagesAreReadHideNoOthers) {
  for (const size_t page_size : {2, 3, 5, 8}) {
    SCOPED_TRACE(page_size);
    StartAgain();
    Begin({.page_size = page_size});
    for (uint64_t i = 0; i < 40; ++i) simulator_->Put(PdqRow(i));
    Pass(10);
    uint64_t pages = 0;
    simulator_->set_after_page([&](TcapSimulator& simulator) {
      if (++pages > 8) return;
      for (uint64_t i = 0; i < page_size; ++i) {
        simulator.PutLocked(PdqRow(pages * page_size - i - 1));
      }
    });
    Synced();
    EXPECT_EQ(Held(), Truth());
  }
}

TEST_F(TcapTest, APageThatIsNoLongerKnownBeginsItsSetAgain) {
  Begin({.page_size = 4});
  for (uint64_t i = 0; i < 20; ++i) simulator_->Put(PdqRow(i));
  SyncOptions how = How();
  how.batch_entries = 1;
  int lots = 0;
  how.at_step = [&](std::string_view step) {
    if (step == "applied" && ++lots == 2) simulator_->ExpirePages();
  };
  ASSERT_OK_AND_ASSIGN(const SyncReport report, SyncOnce(config_, how));
  EXPECT_THAT(report.warnings, Contains(HasSubstr("read again")));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(TcapTest, ThreatExchange2004And2005APageThatIsNeverWhole) {
  Begin({.page_size = 8});
  for (uint64_t i = 0; i < 40; ++i) {
    simulator_->Put(PdqRow(i));
    Pass(100);
  }
  const TcapRow spoilt = simulator_->Rows().at(PdqRow(13).Key());
  simulator_->Spoil({spoilt.Key()});
  SyncReport report = Synced();
  // All but that row is there, and it is owed.
  const auto all_but = [&] {
    Contents contents = Truth();
    contents.erase(
        absl::StrCat("PDQ-", KeyOfValue(HashValue(BalancedPdq(13)))));
    return contents;
  };
  EXPECT_EQ(Held(), all_but());
  EXPECT_TRUE(report.complete);
  ASSERT_THAT(report.place.debts, SizeIs(1));
  const uint64_t at = spoilt.changed_us / 1'000'000;
  EXPECT_LE(report.place.debts[0].from, at);
  EXPECT_GE(report.place.debts[0].to, at);
  EXPECT_LE(report.place.debts[0].to - report.place.debts[0].from, 200);
  EXPECT_THAT(report.warnings, Contains(HasSubstr("owed")));
  // Not confirmed as the present state, so that somebody is alarmed.
  ASSERT_OK_AND_ASSIGN(LedgerList list, ledger_->FindList(kList));
  EXPECT_EQ(list.policy.current_at, 0);
  // Other news come all the same, withdrawals too.
  simulator_->Delete(PdqRow(20).Key());
  simulator_->Put(PdqRow(50));
  Pass(100);
  report = Synced();
  EXPECT_EQ(Held(), all_but());
  ASSERT_THAT(report.place.debts, SizeIs(1));
  EXPECT_EQ(report.place.debts[0].tries, 2);
  // Until it can be read.
  simulator_->Spoil({});
  report = Synced();
  EXPECT_THAT(report.place.debts, IsEmpty());
  EXPECT_EQ(Held(), Truth());
  ASSERT_OK_AND_ASSIGN(list, ledger_->FindList(kList));
  EXPECT_EQ(list.policy.current_at, now_);
  simulator_->ForgetRequests();
  Synced();
  EXPECT_THAT(simulator_->Targets(), Contains(HasSubstr("after=")));
}

TEST_F(TcapTest, RowsThatCannotBeReadHideNoOthersWhereverTheyAre) {
  for (const std::set<uint64_t>& spoilt :
       {std::set<uint64_t>{0}, {29}, {0, 1, 2}, {7, 8}, {3, 9, 10, 21, 29}}) {
    for (const size_t page_size : {1, 3, 8, 100}) {
      SCOPED_TRACE(absl::StrCat(*spoilt.rbegin(), ", ", page_size));
      StartAgain();
      Begin({.page_size = page_size});
      std::set<std::string> keys;
      for (uint64_t i = 0; i < 30; ++i) {
        simulator_->Put(PdqRow(i));
        if (spoilt.contains(i)) keys.insert(PdqRow(i).Key());
        Pass(1);
      }
      simulator_->Spoil(keys);
      EXPECT_THAT(Synced().place.debts, Not(IsEmpty()));
      EXPECT_THAT(Held(), SizeIs(30 - spoilt.size()));
      simulator_->Spoil({});
      EXPECT_THAT(Synced().place.debts, IsEmpty());
      EXPECT_EQ(Held(), Truth());
    }
  }
}

TEST_F(TcapTest, WhatIsOwedIsNotMissingFromAFullRefetch) {
  Begin({.page_size = 8});
  for (uint64_t i = 0; i < 40; ++i) simulator_->Put(PdqRow(i));
  Pass(10);
  Synced();
  simulator_->Spoil({PdqRow(13).Key()});
  SyncOptions how = How();
  how.full = true;
  ASSERT_OK_AND_ASSIGN(SyncReport report, SyncOnce(config_, how));
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(Held(), Truth());
  // A person takes it without: it comes back when it can be read.
  how = How();
  how.accept = true;
  ASSERT_OK(SyncOnce(config_, how));
  EXPECT_THAT(Held(), SizeIs(39));
  simulator_->Spoil({});
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(TcapTest, AServerThatMakesNoSenseAnywhereIsNoDebt) {
  Begin({.page_size = 8});
  for (uint64_t i = 0; i < 40; ++i) simulator_->Put(PdqRow(i));
  simulator_->Inject({.kind = FeedFault::Kind::kBody,
                      .text = "<html>down</html>",
                      .path = "/api/",
                      .times = 1000});
  EXPECT_EQ(CauseOf(SyncOnce(config_).status()), FeedCause::kProtocol);
  simulator_->ClearFaults();
  EXPECT_THAT(Synced().place.debts, IsEmpty());
  EXPECT_EQ(Held(), Truth());
}

TEST_F(TcapTest, TheServersClockStepsBack) {
  Begin();
  simulator_->Put(PdqRow(1));
  simulator_->Put(PdqRow(2));
  Synced();
  simulator_->Advance(-500);
  simulator_->Put(PdqRow(3));
  simulator_->Delete(PdqRow(1).Key());
  EXPECT_THAT(Synced().warnings, Contains(HasSubstr("clock went back")));
  EXPECT_EQ(Held(), Truth());
}

// Between two syncs, and on again past what it told before.
TEST_F(TcapTest, TheServersClockStepsBackUnseen) {
  Begin();
  simulator_->Put(PdqRow(1));
  Pass(1000);
  simulator_->Put(PdqRow(2));
  Synced();
  Pass(5);
  simulator_->Advance(-500);
  simulator_->Put(PdqRow(3));
  simulator_->Delete(PdqRow(1).Key());
  Pass(600);
  EXPECT_THAT(Synced().warnings, Contains(HasSubstr("clock went back")));
  EXPECT_EQ(Held(), Truth());
  Pass(3600);
  EXPECT_THAT(Synced().warnings, IsEmpty());
  EXPECT_EQ(Held(), Truth());
}

TEST_F(TcapTest, OnlyTheListOnTheSameServerIsFollowed) {
  Begin();
  simulator_->Put(PdqRow(1));
  for (const std::string& next :
       {std::string("https://example.org/api/hash-list/v2/all?offset=1"),
        simulator_->base() + "/other?offset=1",
        simulator_->base() + "/api/hash-list/v2/all"}) {
    simulator_->Inject(
        {.kind = FeedFault::Kind::kBody,
         .text = absl::StrCat(R"({"count": 1, "next": ")", next,
                              R"(", "checkpoint": "", "results": []})"),
         .path = "/api/",
         .times = 10});
    EXPECT_EQ(CauseOf(SyncOnce(config_).status()), FeedCause::kProtocol);
    simulator_->ClearFaults();
  }
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(TcapTest, UpperCaseIsNormalisedAndWhatSaysNothingIsQuarantined) {
  Begin();
  TcapRow upper = PdqRow(1);
  for (char& c : upper.digest) c = static_cast<char>(std::toupper(c));
  simulator_->Put(upper);
  TcapRow half = PdqRow(2);
  half.digest.resize(32);
  simulator_->Put(half);
  SyncReport report = Synced();
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
  EXPECT_EQ(report.result.quarantined.at(std::string(kShapeGuard)), 1);
  // A row that does not say whether it is deleted is no entry.
  simulator_->Inject(
      {.kind = FeedFault::Kind::kBody,
       .text = absl::StrCat(R"({"next": null, "checkpoint": "", "results": [)",
                            R"({"algorithm": "PDQ", "hash_digest": ")",
                            PdqRow(5).digest, R"("}, {"id": 1}]})"),
       .path = "/api/"});
  report = Synced();
  EXPECT_EQ(report.result.quarantined.at(std::string(kShapeGuard)), 2);
  EXPECT_THAT(MatchedBy(BalancedPdq(5)), IsEmpty());
}

}  // namespace
}  // namespace hashvet::testing
