// The StopNCII client against its simulator: what a record becomes, how sets
// are read, and what happened to public clients, each under its name.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/feeds/stopncii_support.h"

namespace hashvet::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(StopNciiTest, ARecordBecomesAnEntry) {
  Begin();
  StopNciiRecord record =
      ImageHash(1, {{"case-1", "Active"}, {"case-2", "Withdrawn"}});
  record.feedback =
      R"({"source": "Platform", "feedbackValue": "Blocked", "tags": ["Nude"]})";
  simulator_->Put(record);
  simulator_->Put({.type = "VideoMD5",
                   .value = ToHex(Md5Of(2)),
                   .cases = {{"case-3", "Active"}}});
  simulator_->Put({.type = "URL", .value = "x", .cases = {{"c", "Active"}}});
  Pass(10);
  const SyncReport report = Synced();
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(report.drift, IsEmpty());
  EXPECT_EQ(report.carried, (FeedCounts{{"URL", 1}}));
  ASSERT_OK_AND_ASSIGN(const LedgerEntry entry,
                       ledger_->FindEntry(kList, ImageKey(1)));
  EXPECT_EQ(entry.opinion, Opinion::kPositive);
  EXPECT_THAT(entry.tags, ElementsAre("Nude"));
  EXPECT_THAT(entry.said.cases,
              ElementsAre(EntryCase{.id = "case-1", .status = "Active"},
                          EntryCase{.id = "case-2", .status = "Withdrawn"}));
  EXPECT_THAT(MatchedBy(Md5Of(2)), SizeIs(1));
}

TEST_F(StopNciiTest, TheHashIsNoPartOfItsKey) {
  Begin();
  simulator_->Put(ImageHash(1));
  Pass(10);
  Synced();
  for (const auto& [key, values] : Held()) {
    EXPECT_THAT(key, Not(HasSubstr(ToHex(BalancedPdq(1)).substr(0, 16))));
  }
}

TEST_F(StopNciiTest, StopNciiImporterWithdrawnAndDeletedStopMatching) {
  Begin();
  for (uint64_t i = 0; i < 5; ++i) simulator_->Put(ImageHash(i));
  Pass(10);
  Synced();
  EXPECT_THAT(MatchedBy(BalancedPdq(0)), SizeIs(1));
  simulator_->SetCase(ImageHash(0).Id(), "case-1", "Withdrawn");
  simulator_->SetCase(ImageHash(1).Id(), "case-1", "Deleted");
  StopNciiRecord received = ImageHash(2);
  received.status = "Received";
  simulator_->Put(received);
  StopNciiRecord novel = ImageHash(3);
  novel.status = "Pondered";
  simulator_->Put(novel);
  Pass(10);
  const SyncReport report = Synced();
  for (uint64_t i = 0; i < 4; ++i) {
    EXPECT_THAT(MatchedBy(BalancedPdq(i)), IsEmpty()) << i;
  }
  EXPECT_THAT(MatchedBy(BalancedPdq(4)), SizeIs(1));
  EXPECT_EQ(report.drift.at("hashRecords/hashStatus Pondered"), 1);
  EXPECT_EQ(Held(), Truth());
  // And from withdrawn to deleted.
  simulator_->SetCase(ImageHash(0).Id(), "case-1", "Deleted");
  Pass(10);
  EXPECT_EQ(Synced().result.deleted, 1);
  EXPECT_EQ(Held(), Truth());
}

// A withdrawal of one of several cases, then another case of the same hash,
// while pages are read and the client dies: the hash stays as long as a case
// does, and no longer.
TEST_F(StopNciiTest, AWithdrawalOfOneOfSeveralCasesAndAReAddWhilePagesAreRead) {
  for (const bool snapshots : {false, true}) {
    for (uint64_t die_at = 0; die_at < 24; ++die_at) {
      SCOPED_TRACE(absl::StrCat(snapshots, " ", die_at));
      StartAgain();
      Begin({.page_size = 2, .snapshots = snapshots});
      for (uint64_t i = 0; i < 9; ++i) {
        simulator_->Put(
            ImageHash(i, {{"case-1", "Active"}, {"case-2", "Active"}}));
      }
      const std::string both = ImageHash(0).Id();
      const std::string gone = ImageHash(1).Id();
      int pages = 0;
      simulator_->set_after_page([&](StopNciiSimulator& simulator) {
        switch (++pages) {
          case 2:  // of both, one case goes; of the other, all do
            simulator.PutLocked(
                ImageHash(0, {{"case-1", "Withdrawn"}, {"case-2", "Active"}}));
            simulator.PutLocked(ImageHash(
                1, {{"case-1", "Withdrawn"}, {"case-2", "Withdrawn"}}));
            break;
          case 3:  // the same second
            simulator.PutLocked(
                ImageHash(0, {{"case-1", "Deleted"}, {"case-2", "Deleted"}}));
            break;
          case 4:
            simulator.PutLocked(
                ImageHash(0, {{"case-1", "Deleted"}, {"case-3", "Active"}}));
            break;
          default:
            break;
        }
      });
      SyncOptions how = How();
      how.batch_entries = 1;
      uint64_t steps = 0;
      how.at_step = [&](std::string_view) {
        if (steps++ == die_at) throw Killed();
      };
      try {
        ASSERT_OK(SyncOnce(config_, how));
      } catch (const Killed&) {
        Open();
      }
      Synced();
      Synced();
      EXPECT_THAT(MatchedBy(BalancedPdq(0)), SizeIs(1));
      EXPECT_THAT(MatchedBy(BalancedPdq(1)), IsEmpty());
      EXPECT_EQ(Held(), Truth());
      if (HasFailure()) return;
    }
  }
}

TEST_F(StopNciiTest, DeletedAndListedAgainWithinOneSecond) {
  Begin();
  simulator_->Put(ImageHash(1));
  Synced();
  simulator_->SetCase(ImageHash(1).Id(), "case-1", "Deleted");
  Synced();
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), IsEmpty());
  simulator_->SetCase(ImageHash(1).Id(), "case-2", "Active");
  Synced();
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(StopNciiTest, AHashWithoutACaseThatStandsIsNotEnforced) {
  Begin();
  StopNciiRecord record = ImageHash(1, {{"a", "Withdrawn"}, {"b", "Deleted"}});
  record.status = "Active";
  simulator_->Put(record);
  Pass(10);
  Synced();
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), IsEmpty());
}

TEST_F(StopNciiTest, AnUnknownFeedbackValueLosesNothing) {
  Begin();
  StopNciiRecord record = ImageHash(1);
  record.feedback =
      R"({"source": "A", "feedbackValue": "Undefined", "tags": ["\u0007", ""]},
         {"source": "B", "feedbackValue": "NotBlocked", "tags": []},
         {"source": "", "feedbackValue": "None"})";
  simulator_->Put(record);
  Pass(10);
  const SyncReport report = Synced();
  EXPECT_EQ(Held(), Truth());
  ASSERT_OK_AND_ASSIGN(const LedgerEntry entry,
                       ledger_->FindEntry(kList, ImageKey(1)));
  EXPECT_EQ(entry.opinion, Opinion::kDisputed);
  EXPECT_EQ(report.drift,
            (FeedCounts{{"hashRecords/CSPFeedbacks/feedbackValue Undefined", 1},
                        {"hashRecords/CSPFeedbacks/source (no text)", 1},
                        {"hashRecords/CSPFeedbacks/tags (no text)", 2}}));
}

TEST_F(StopNciiTest, UpperCaseIsNormalisedAndHalfAHashQuarantined) {
  Begin();
  StopNciiRecord upper = ImageHash(1);
  for (char& c : upper.value) c = static_cast<char>(std::toupper(c));
  simulator_->Put(upper);
  StopNciiRecord half = ImageHash(2);
  half.value.resize(32);
  simulator_->Put(half);
  simulator_->Put({.type = "ImageNovel", .value = "x"});
  Pass(10);
  const SyncReport report = Synced();
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
  EXPECT_EQ(report.result.quarantined.at(std::string(kShapeGuard)), 1);
  EXPECT_EQ(report.drift.at("hashRecords/signalType ImageNovel"), 1);
  EXPECT_EQ(report.carried.at("ImageNovel"), 1);
}

TEST_F(StopNciiTest, PagesAreReadToTheEndThoughSomeAreEmpty) {
  Begin({.page_size = 3});
  for (uint64_t i = 0; i < 10; ++i) simulator_->Put(ImageHash(i));
  simulator_->TellEmptyPages(3);
  Pass(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(simulator_->Targets()[0],
              HasSubstr("/v1/FetchHashes?startTimestamp=10&pageSize=800"));
  // Empty ones without an end are an error, not a hang.
  simulator_->TellEmptyPages(5000);
  EXPECT_EQ(CauseOf(SyncOnce(config_).status()), FeedCause::kProtocol);
  simulator_->TellEmptyPages(0);
  Synced();
}

TEST_F(StopNciiTest, AnUnknownTokenBeginsItsSetAgain) {
  Begin({.page_size = 2});
  for (uint64_t i = 0; i < 10; ++i) simulator_->Put(ImageHash(i));
  Pass(10);
  SyncOptions how = How();
  how.batch_entries = 1;
  int lots = 0;
  how.at_step = [&](std::string_view step) {
    if (step == "applied" && ++lots == 2) simulator_->ExpireTokens();
  };
  ASSERT_OK_AND_ASSIGN(const SyncReport report, SyncOnce(config_, how));
  EXPECT_THAT(report.warnings, Contains(HasSubstr("read again")));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(StopNciiTest, NextSetTimestampGoesBackwards) {
  Begin();
  simulator_->Put(ImageHash(1));
  Pass(10);
  Synced();
  simulator_->Put(ImageHash(2));
  simulator_->TellNextSet(simulator_->now() - 5000);
  const SyncReport report = Synced();
  EXPECT_THAT(report.warnings, Contains(HasSubstr("read again")));
  Pass(1000);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(StopNciiTest, NextSetTimestampFromTheFutureSkipsNothing) {
  for (const bool tells_date : {false, true}) {
    StartAgain();
    Begin({.tells_date = tells_date});
    simulator_->Put(ImageHash(1));
    simulator_->TellNextSet(simulator_->now() + 1'000'000);
    Synced();
    Pass(1000);
    simulator_->Put(ImageHash(2));
    Pass(10);
    Synced();
    EXPECT_EQ(Held(), Truth());
  }
}

TEST_F(StopNciiTest, TheServersClockStepsBack) {
  Begin();
  simulator_->Put(ImageHash(1));
  simulator_->Put(ImageHash(2));
  Pass(1000);
  simulator_->Put(ImageHash(1));
  Pass(10);
  Synced();
  simulator_->Advance(-5000);
  simulator_->Put(ImageHash(3));
  simulator_->SetCase(ImageHash(1).Id(), "case-1", "Withdrawn");
  Pass(300);
  const SyncReport report = Synced();
  EXPECT_THAT(report.warnings, Contains(HasSubstr("clock went back")));
  EXPECT_EQ(Held(), Truth());
  Pass(10'000);
  simulator_->SetCase(ImageHash(3).Id(), "case-1", "Deleted");
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(StopNciiTest, TheServersClockWentBackBeforeAnybodyAsked) {
  Begin();
  simulator_->Put(ImageHash(1));
  simulator_->Advance(-500);
  Synced();
  simulator_->SetCase(ImageHash(1).Id(), "case-1", "Withdrawn");
  Pass(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

// Between two syncs, and on again past what it told before.
TEST_F(StopNciiTest, TheServersClockStepsBackUnseen) {
  for (const int64_t after : {600, 4000}) {
    SCOPED_TRACE(after);
    StartAgain();
    Begin();
    simulator_->Put(ImageHash(1));
    simulator_->Put(ImageHash(2));
    Pass(1000);
    Synced();
    Pass(5);
    simulator_->Advance(-3000);
    Pass(5);
    simulator_->Put(ImageHash(3));
    simulator_->SetCase(ImageHash(1).Id(), "case-1", "Withdrawn");
    Pass(after);
    const SyncReport report = Synced();
    EXPECT_THAT(report.warnings, Contains(HasSubstr("clock went back")));
    EXPECT_EQ(Held(), Truth());
    Pass(3600);
    EXPECT_THAT(Synced().warnings, IsEmpty());
    EXPECT_EQ(Held(), Truth());
  }
}

TEST_F(StopNciiTest, ThreatExchange2004And2005APageThatIsNeverWhole) {
  for (const bool ordered : {true, false}) {
    StartAgain();
    Begin({.page_size = 4, .ordered = ordered});
    for (uint64_t i = 0; i < 20; ++i) {
      simulator_->Put(ImageHash(i));
      Pass(1000);
    }
    simulator_->SpoilRecord(ImageHash(7).Id());
    SyncReport report = Synced();
    ASSERT_THAT(report.place.debts, Not(IsEmpty()));
    EXPECT_THAT(report.warnings, Contains(HasSubstr("owed")));
    EXPECT_THAT(MatchedBy(BalancedPdq(19)), SizeIs(1));
    EXPECT_THAT(MatchedBy(BalancedPdq(7)), IsEmpty());
    // Not confirmed as the present state, so that somebody is alarmed.
    ASSERT_OK_AND_ASSIGN(LedgerList list, ledger_->FindList(kList));
    EXPECT_EQ(list.policy.current_at, 0);
    // Asked for at every sync, and news come all the same.
    simulator_->Put(ImageHash(50));
    Pass(1000);
    report = Synced();
    ASSERT_THAT(report.place.debts, Not(IsEmpty()));
    EXPECT_EQ(report.place.debts[0].tries, 2);
    EXPECT_THAT(MatchedBy(BalancedPdq(50)), SizeIs(1));
    simulator_->SpoilRecord("");
    report = Synced();
    EXPECT_THAT(report.place.debts, IsEmpty());
    EXPECT_EQ(Held(), Truth());
    ASSERT_OK_AND_ASSIGN(list, ledger_->FindList(kList));
    EXPECT_EQ(list.policy.current_at, now_);
  }
}

TEST_F(StopNciiTest, AServerThatMakesNoSenseAnywhereIsNoDebt) {
  Begin();
  simulator_->Put(ImageHash(1));
  Pass(10);
  simulator_->Inject({.kind = FeedFault::Kind::kBody,
                      .text = "<html>Sorry</html>",
                      .path = "/v1/",
                      .times = 100'000});
  EXPECT_EQ(CauseOf(SyncOnce(config_).status()), FeedCause::kProtocol);
  simulator_->ClearFaults();
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(StopNciiTest, AfterThirtyDaysEverythingIsReadAnewWhileTheOldServes) {
  Begin({.page_size = 2});
  for (uint64_t i = 0; i < 30; ++i) simulator_->Put(ImageHash(i));
  Pass(10);
  Synced();
  // Deleted and forgotten: nobody is told.
  simulator_->Forget(ImageHash(3).Id());
  Pass(29 * 86'400);
  EXPECT_FALSE(Synced().full);
  EXPECT_THAT(MatchedBy(BalancedPdq(3)), SizeIs(1));
  Pass(31 * 86'400);
  SyncOptions how = How();
  how.batch_entries = 1;
  int lots = 0;
  how.at_step = [&](std::string_view step) {
    if (step == "fetch") {
      EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
    }
    if (step == "applied" && ++lots == 3) throw Killed();
  };
  EXPECT_THROW((void)SyncOnce(config_, how), Killed);
  Open();
  // What is half read grows stale too.
  simulator_->Forget(simulator_->Records().begin()->first);
  Pass(31 * 86'400);
  how = How();
  how.accept = true;
  ASSERT_OK_AND_ASSIGN(const SyncReport report, SyncOnce(config_, how));
  EXPECT_TRUE(report.full);
  EXPECT_THAT(report.warnings, Contains(HasSubstr("read anew")));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(StopNciiTest, FeedbackNamesTheHash) {
  Begin();
  ::setenv("FEED_TEST_SECRET", "user:secret:other", 1);
  simulator_->Put(ImageHash(1));
  Pass(10);
  Synced();
  const auto queue = [&](const std::string& key, const std::string& type,
                         bool affirmative) {
    ASSERT_OK(ledger_->QueueFeedback({.list = kList,
                                      .key = key,
                                      .type = type,
                                      .affirmative = affirmative,
                                      .reasons = {"Benign"},
                                      .author = "test"}));
  };
  queue(ImageKey(1), "pdq", false);
  // It has a key of its own, which the server does not take.
  EXPECT_EQ(Synced().feedback_failed, 1);
  Pass(3600);
  ::setenv("FEED_TEST_SECRET", "user:secret", 1);
  EXPECT_EQ(Synced().feedback_sent, 1);
  EXPECT_THAT(simulator_->feedback(),
              ElementsAre(absl::StrCat(
                  R"({"count":1,"hashFeedbacks":[{"tags":["Benign"],)",
                  R"("feedbackValue":"NotBlocked","hashValue":")",
                  ToHex(BalancedPdq(1)), R"("}]})")));
  queue(ImageKey(1), "md5", true);
  const SyncReport report = Synced();
  EXPECT_EQ(report.feedback_failed, 1);
  EXPECT_THAT(report.warnings, Contains(HasSubstr("no value of that type")));
}

TEST_F(StopNciiTest, KeysThatAreRefusedAreToldAsThat) {
  Begin({.function_key = "another"});
  const auto report = SyncOnce(config_);
  EXPECT_EQ(CauseOf(report.status()), FeedCause::kAuthentication);
  EXPECT_THAT(State().last_error, Not(HasSubstr("secret")));
  ::setenv("FEED_TEST_SECRET", "only-one", 1);
  EXPECT_THAT(MakeFeedClient(config_, Fast()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("FUNCTION_KEY:SUBSCRIPTION_KEY")));
}

TEST_F(StopNciiTest, TestAsksLittle) {
  Begin();
  simulator_->Put(ImageHash(1));
  ASSERT_OK_AND_ASSIGN(const auto lines, Client(config_)->Test());
  EXPECT_THAT(lines, Contains(HasSubstr("it has hashes")));
  EXPECT_THAT(simulator_->Targets(),
              ElementsAre(HasSubstr("startTimestamp=10&pageSize=1")));
}

}  // namespace
}  // namespace hashvet::testing
