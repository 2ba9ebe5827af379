// The ThreatExchange client against its simulator: what an indicator becomes,
// how updates are read, and what happened to public clients.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/feeds/threatexchange_support.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int64_t kDay = 86'400;

// Another server, that only listens.
class FeedServerThatListens : public FeedServer {
 public:
  FeedServerThatListens() { Start(); }
  ~FeedServerThatListens() override { Stop(); }

 protected:
  FeedAnswer Answer(const FeedRequest&) override { return {}; }
};

TEST_F(ThreatExchangeTest, AnIndicatorIsAnEntryWithItsOwnersOpinions) {
  Begin();
  TxRecord record = Pdq("77", 1);
  record.descriptors = {
      {.id = "1", .owner = "456", .tags = {"media_type_photo", "t"}},
      {.id = "2", .owner = "457", .status = "SUSPICIOUS"}};
  simulator_->Put(record);
  Pass(10);
  const SyncReport report = Synced();
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(report.drift, IsEmpty());
  ASSERT_OK_AND_ASSIGN(const LedgerEntry entry,
                       ledger_->FindEntry(kList, "77"));
  EXPECT_EQ(entry.opinion, Opinion::kPositive);
  EXPECT_THAT(entry.tags, ElementsAre("media_type_photo", "t"));
  EXPECT_THAT(entry.said.opinions, SizeIs(2));
  EXPECT_EQ(entry.said.created_at, 1'600'000'000);
  EXPECT_EQ(entry.state, EntryState::kActive);
  ASSERT_OK_AND_ASSIGN(const auto members, ledger_->Members("source"));
  EXPECT_EQ(members.at("456"), "App 456");
}

TEST_F(ThreatExchangeTest, OwnersThatDisagreeMakeItDisputed) {
  Begin();
  TxRecord record = Pdq("77", 1);
  record.descriptors.push_back(
      {.id = "2", .owner = "457", .status = "NON_MALICIOUS"});
  simulator_->Put(record);
  Pass(10);
  Synced();
  ASSERT_OK_AND_ASSIGN(const LedgerEntry entry,
                       ledger_->FindEntry(kList, "77"));
  EXPECT_EQ(entry.opinion, Opinion::kDisputed);
}

TEST_F(ThreatExchangeTest, AReactionIsTheOpinionOfWhoeverDescribedNothing) {
  Begin();
  TxRecord helpful = Pdq("1", 1);
  helpful.descriptors[0].status = "UNKNOWN";
  helpful.descriptors[0].reactions = {{"HELPFUL", "500, 501"},
                                      {"SAW_THIS_TOO", "502"}};
  TxRecord wrong = Pdq("2", 2);
  wrong.descriptors[0].reactions = {{"DISAGREE_WITH_TAGS", "500"}};
  // 456 described it, so what it clicks says nothing more.
  TxRecord own = Pdq("3", 3);
  own.descriptors[0].reactions = {{"DISAGREE_WITH_TAGS", "456"}};
  for (const TxRecord& each : {helpful, wrong, own}) simulator_->Put(each);
  Pass(10);
  EXPECT_THAT(Synced().drift, IsEmpty());
  const auto opinion = [&](const std::string& id) {
    const auto entry = ledger_->FindEntry(kList, id);
    EXPECT_OK(entry);
    return entry.ok() ? entry->opinion : Opinion::kUnknown;
  };
  EXPECT_EQ(opinion("1"), Opinion::kPositive);
  EXPECT_EQ(opinion("2"), Opinion::kDisputed);
  EXPECT_EQ(opinion("3"), Opinion::kPositive);
}

TEST_F(ThreatExchangeTest, TypesThatAreVideosOnlyWhereATagSaysSo) {
  Begin();
  const auto put = [&](const std::string& id, const std::string& type,
                       std::string value, std::vector<std::string> tags) {
    simulator_->Put(
        {.id = id,
         .type = type,
         .indicator = std::move(value),
         .descriptors = {
             {.id = "d" + id, .owner = "456", .tags = std::move(tags)}}});
  };
  const std::string md5 = ToHex(Md5Of(1));
  put("1", "HASH_VIDEO_MD5", md5, {});
  put("2", "HASH_MD5", ToHex(Md5Of(2)), {"media_type_video"});
  // The tag, and not a piece of another.
  put("3", "HASH_MD5", ToHex(Md5Of(3)), {"not_media_type_video_really"});
  put("4", "HASH_SHA256", std::string(64, 'a'), {"media_type_video"});
  put("5", "URI", "https://example.org/", {});
  put("6", "HASH_TMK", "x", {});
  Pass(10);
  const SyncReport report = Synced();
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("fed/1"));
  EXPECT_THAT(MatchedBy(Md5Of(2)), ElementsAre("fed/2"));
  EXPECT_THAT(MatchedBy(Md5Of(3)), IsEmpty());
  EXPECT_THAT(Held().at("4"), ElementsAre("sha256:" + std::string(64, 'a')));
  EXPECT_EQ(report.carried,
            (FeedCounts{{"HASH_MD5", 1}, {"HASH_TMK", 1}, {"URI", 1}}));
  EXPECT_THAT(Held(), SizeIs(6));
}

TEST_F(ThreatExchangeTest, EveryWayOfSayingThatItIsGone) {
  for (const int tombstone : {0, 1, 2}) {
    SCOPED_TRACE(tombstone);
    StartAgain();
    Begin();
    simulator_->Put(Pdq("1", 1));
    simulator_->Put(Pdq("2", 2));
    Pass(10);
    Synced();
    simulator_->Delete("1", tombstone);
    Pass(10);
    EXPECT_EQ(Synced().result.deleted, 1);
    EXPECT_THAT(MatchedBy(BalancedPdq(1)), IsEmpty());
    EXPECT_EQ(Held(), Truth());
    // And it may come back.
    simulator_->Put(Pdq("1", 3));
    Pass(10);
    Synced();
    EXPECT_EQ(Held(), Truth());
    EXPECT_THAT(MatchedBy(BalancedPdq(3)), SizeIs(1));
  }
}

TEST_F(ThreatExchangeTest, ARowThatCannotBeReadKeepsWhatWasThere) {
  Begin();
  simulator_->Put(Pdq("1", 1));
  Pass(10);
  Synced();
  const auto answered = [&](const std::string& rows) {
    simulator_->Inject({.kind = FeedFault::Kind::kBody,
                        .text = absl::StrCat("{\"data\":[", rows, "]}"),
                        .path = "/v21.0/999"});
    return Synced();
  };
  for (const char* row :
       {"{\"id\":\"1\",\"type\":\"HASH_PDQ\",\"descriptors\":\"none\"}",
        "{\"id\":\"1\",\"should_delete\":\"perhaps\"}", "{\"type\":\"X\"}",
        "{\"id\":\"8\",\"descriptors\":{\"data\":[{}]}}"}) {
    SCOPED_TRACE(row);
    const SyncReport report = answered(row);
    EXPECT_EQ(report.result.quarantined.size(), 1);
    EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
  }
}

TEST_F(ThreatExchangeTest, WhatNobodyKnowsIsCountedAndStopsNothing) {
  Begin();
  TxRecord record = Pdq("1", 1);
  record.more = "\"novel\":{\"a\":1}";
  record.descriptors[0].status = "CURIOUS";
  record.descriptors[0].reactions = {{"APPLAUSE", "1"}};
  simulator_->Put(record);
  simulator_->Put({.id = "2",
                   .indicator = "abc",
                   .descriptors = {{.id = "d", .owner = "456"}}});
  Pass(10);
  const SyncReport report = Synced();
  EXPECT_EQ(report.drift,
            (FeedCounts{{"data[].descriptors.data[].reactions APPLAUSE", 1},
                        {"data[].descriptors.data[].status CURIOUS", 1},
                        {"data[].novel", 1}}));
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
  EXPECT_EQ(report.result.quarantined.at(std::string(kShapeGuard)), 1);
}

TEST_F(ThreatExchangeTest, UpperCaseAndSpacesAreNormalised) {
  Begin();
  TxRecord record = Pdq("1", 1);
  for (char& c : record.indicator) c = static_cast<char>(std::toupper(c));
  record.indicator = " " + record.indicator + " ";
  simulator_->Put(record);
  Pass(10);
  Synced();
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
}

TEST_F(ThreatExchangeTest, OnlyTypesThatAreNamed) {
  Begin({.page_size = 2});
  for (uint64_t i = 0; i < 7; ++i) simulator_->Put(Pdq(absl::StrCat(i), i));
  simulator_->Put({.id = "99",
                   .type = "URI",
                   .indicator = "https://example.org/",
                   .descriptors = {{.id = "d", .owner = "456"}}});
  config_.options["types"] = "HASH_PDQ,HASH_VIDEO_MD5";
  Pass(10);
  Synced();
  EXPECT_THAT(Held(), SizeIs(7));
}

TEST_F(ThreatExchangeTest, AnEmptyPageWithANextIsNoEnd) {
  Begin({.page_size = 3});
  for (uint64_t i = 0; i < 10; ++i) simulator_->Put(Pdq(absl::StrCat(i), i));
  simulator_->set_empty_pages(true);
  Pass(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(Held(), SizeIs(10));
}

TEST_F(ThreatExchangeTest, ThePagesOfARangeKeepItsEnds) {
  Begin({.page_size = 4});
  for (uint64_t i = 0; i < 30; ++i) simulator_->Put(Pdq(absl::StrCat(i), i));
  Pass(10);
  SyncOptions how = How();
  how.batch_entries = 1;
  int lots = 0;
  how.cancelled = [&] { return ++lots > 3; };
  EXPECT_THAT(SyncOnce(config_, how).status(),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("goes on")));
  simulator_->Put(Pdq("later", 99));
  Pass(3600);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(ThreatExchangeTest, RangesMeetWhicheverOfTheirEndsIsExclusive) {
  for (const bool start : {false, true}) {
    for (const bool stop : {false, true}) {
      SCOPED_TRACE(absl::StrCat(start, stop));
      StartAgain();
      Begin({.page_size = 3, .start_inclusive = start, .stop_inclusive = stop});
      for (uint64_t i = 0; i < 40; ++i) {
        simulator_->Put(Pdq(absl::StrCat(i), i));
        Pass(1);
        if (i % 7 == 0) Synced();
      }
      Pass(10);
      Synced();
      EXPECT_EQ(Held(), Truth());
    }
  }
}

TEST_F(ThreatExchangeTest, RowsThatMoveWhileTheyAreRead) {
  Begin({.page_size = 3});
  for (uint64_t i = 0; i < 30; ++i) simulator_->Put(Pdq(absl::StrCat(i), i));
  Pass(10);
  int pages = 0;
  simulator_->set_after_page([&](ThreatExchangeSimulator& simulator) {
    if (++pages > 8) return;
    simulator.PutLocked(
        Pdq(absl::StrCat(3 * pages), 100 + static_cast<uint64_t>(pages)));
    simulator.DeleteLocked(absl::StrCat(3 * pages + 1), pages % 3);
  });
  Synced();
  Pass(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(ThreatExchangeTest, ThreatExchange834ARowWithoutDescriptorsIsGone) {
  Begin();
  simulator_->Put(Pdq("1", 1));
  Pass(10);
  Synced();
  simulator_->Delete("1", 1);
  Pass(10);
  Synced();
  EXPECT_THAT(Held(), IsEmpty());
}

// The checkpoint is the end that was asked for: an update that was made late
// with an earlier time, or within the second that was read last, is not lost.
TEST_F(ThreatExchangeTest, ThreatExchange1269TheCheckpointSkipsNoRow) {
  Begin({.page_size = 2, .start_inclusive = false});
  for (uint64_t round = 0; round < 30; ++round) {
    simulator_->Put(Pdq(absl::StrCat(round, "a"), 2 * round));
    Synced();  // in the middle of a second
    simulator_->Put(Pdq(absl::StrCat(round, "b"), 2 * round + 1));
    Pass(static_cast<int64_t>(round % 4));
  }
  Pass(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(ThreatExchangeTest, AnExpiredCursorBeginsItsRangeAnew) {
  Begin({.page_size = 3});
  for (uint64_t i = 0; i < 10; ++i) simulator_->Put(Pdq(absl::StrCat(i), i));
  Pass(10);
  SyncOptions how = How();
  how.batch_entries = 1;
  int lots = 0;
  how.at_step = [&](std::string_view step) {
    if (step == "applied" && ++lots == 2) simulator_->ExpireCursors();
  };
  ASSERT_OK_AND_ASSIGN(const SyncReport report, SyncOnce(config_, how));
  EXPECT_THAT(report.warnings, Contains(HasSubstr("no longer knows a page")));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(ThreatExchangeTest, ASourceWhosePagesAlwaysExpireIsGivenUpFor) {
  Begin({.page_size = 1});
  simulator_->Put(Pdq("1", 1));
  simulator_->Put(Pdq("2", 2));
  Pass(10);
  SyncOptions how = How();
  how.batch_entries = 1;
  how.at_step = [&](std::string_view step) {
    if (step == "applied") simulator_->ExpireCursors();
  };
  EXPECT_EQ(CauseOf(SyncOnce(config_, how).status()), FeedCause::kProtocol);
}

TEST_F(ThreatExchangeTest, AWideRangeThatTheServerFailsOverIsAskedForInParts) {
  Begin({.page_size = 5});
  for (uint64_t i = 0; i < 40; ++i) {
    simulator_->Put(Pdq(absl::StrCat(i), i));
    Pass(kDay);
  }
  simulator_->FailOver(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(ThreatExchangeTest, ThreatExchange2004And2005APageThatIsNeverWhole) {
  Begin();
  for (uint64_t i = 0; i < 20; ++i) {
    simulator_->Put(Pdq(absl::StrCat(i), i));
    Pass(1000);
  }
  const uint64_t spoilt = simulator_->Truth().at("7").updated;
  simulator_->SpoilTime(spoilt);
  SyncReport report = Synced();
  Contents all_but = Truth();
  all_but.erase("7");
  EXPECT_EQ(Held(), all_but);
  ASSERT_THAT(report.place.debts, Not(IsEmpty()));
  for (const FeedDebt& debt : report.place.debts) {
    EXPECT_LE(debt.from, spoilt);
    EXPECT_GE(debt.to, spoilt);
    EXPECT_LE(debt.to - debt.from, 2);
  }
  ASSERT_OK_AND_ASSIGN(LedgerList list, ledger_->FindList(kList));
  EXPECT_EQ(list.policy.current_at, 0);
  simulator_->SpoilTime(std::nullopt);
  report = Synced();
  EXPECT_THAT(report.place.debts, IsEmpty());
  EXPECT_EQ(Held(), Truth());
  ASSERT_OK_AND_ASSIGN(list, ledger_->FindList(kList));
  EXPECT_EQ(list.policy.current_at, now_);
}

// What is forgotten at the source after 90 days is still known here to be gone.
TEST_F(ThreatExchangeTest, AfterEightyFiveDaysEverythingIsReadAnew) {
  Begin({.page_size = 2});
  for (uint64_t i = 0; i < 60; ++i) simulator_->Put(Pdq(absl::StrCat(i), i));
  Pass(10);
  Synced();
  simulator_->Delete("0");
  Pass(84 * kDay);
  simulator_->Put(Pdq("new", 99));
  Pass(10);
  EXPECT_FALSE(Synced().full);
  EXPECT_EQ(Held(), Truth());
  simulator_->Delete("1");
  Pass(100 * kDay);
  // The old serves until the new is complete, also if it is interrupted.
  SyncOptions how = How();
  how.batch_entries = 1;
  int lots = 0;
  how.at_step = [&](std::string_view step) {
    EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
    if (step == "applied" && ++lots == 3) throw Killed();
  };
  EXPECT_THROW((void)SyncOnce(config_, how), Killed);
  Open();
  const SyncReport report = Synced();
  EXPECT_TRUE(report.full);
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), IsEmpty());
  EXPECT_FALSE(Synced().full);
}

// A refetch that rested so long knows no longer what was deleted meanwhile.
TEST_F(ThreatExchangeTest, ARefetchThatRestedForEightyFiveDaysBeginsAnew) {
  Begin({.page_size = 2});
  for (uint64_t i = 0; i < 60; ++i) simulator_->Put(Pdq(absl::StrCat(i), i));
  Pass(10);
  Synced();
  SyncOptions how = How();
  how.full = true;
  how.batch_entries = 1;
  int lots = 0;
  how.cancelled = [&] { return ++lots > 10; };
  EXPECT_EQ(SyncOnce(config_, how).status().code(),
            absl::StatusCode::kCancelled);
  simulator_->Delete("0");
  simulator_->Delete("1");
  Pass(100 * kDay);
  const SyncReport report = Synced();
  EXPECT_TRUE(report.full);
  EXPECT_THAT(report.warnings, Contains(HasSubstr("read anew")));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(ThreatExchangeTest, WhatIsOwedForEightyFiveDaysIsReadAnew) {
  Begin();
  for (uint64_t i = 0; i < 50; ++i) {
    simulator_->Put(Pdq(absl::StrCat(i), i));
    Pass(100);
  }
  Synced();
  // A deletion in a second that cannot be read until it is forgotten.
  simulator_->Delete("3");
  simulator_->SpoilTime(simulator_->now());
  Pass(10);
  EXPECT_THAT(Synced().place.debts, Not(IsEmpty()));
  for (int i = 0; i < 4; ++i) {
    Pass(30 * kDay);
    (void)SyncOnce(config_);
  }
  simulator_->SpoilTime(std::nullopt);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(ThreatExchangeTest, TheServersClockStepsBack) {
  Begin();
  simulator_->Put(Pdq("a", 1));
  Pass(1000);
  simulator_->Put(Pdq("a", 3));
  Pass(10);
  Synced();
  simulator_->Advance(-500);
  simulator_->Put(Pdq("new", 4));
  simulator_->Delete("a");
  const SyncReport report = Synced();
  EXPECT_THAT(report.warnings, Contains(HasSubstr("went back")));
  Pass(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
  Pass(2000);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

// Between two syncs, and on again past what it told before.
TEST_F(ThreatExchangeTest, TheServersClockStepsBackUnseen) {
  for (const int64_t after : {600, 4000}) {
    SCOPED_TRACE(after);
    StartAgain();
    Begin();
    simulator_->Put(Pdq("1", 1));
    simulator_->Put(Pdq("2", 2));
    Pass(1000);
    Synced();
    Pass(5);
    simulator_->Advance(-3000);
    Pass(5);
    simulator_->Put(Pdq("3", 3));
    simulator_->Delete("1");
    Pass(after);
    const SyncReport report = Synced();
    EXPECT_THAT(report.warnings, Contains(HasSubstr("went back")));
    EXPECT_EQ(Held(), Truth());
    Pass(3600);
    EXPECT_THAT(Synced().warnings, IsEmpty());
    EXPECT_EQ(Held(), Truth());
  }
}

TEST_F(ThreatExchangeTest, TheTokenGoesNowhereElse) {
  Begin({.page_size = 1});
  simulator_->Put(Pdq("1", 1));
  simulator_->Put(Pdq("2", 2));
  Pass(10);
  FeedServerThatListens other;
  for (const std::string& next :
       {other.base() + "/v21.0", simulator_->base() + "/v20.0",
        std::string("file:///v21.0")}) {
    simulator_->set_next_base(next);
    const auto report = SyncOnce(config_);
    EXPECT_EQ(CauseOf(report.status()), FeedCause::kProtocol) << next;
    EXPECT_THAT(std::string(report.status().message()),
                AllOf(HasSubstr("elsewhere"), Not(HasSubstr("secret"))));
  }
  EXPECT_THAT(other.Targets(), IsEmpty());
}

TEST_F(ThreatExchangeTest, TheTokenIsInNoCheckpointErrorOrReport) {
  Begin({.page_size = 1});
  for (uint64_t i = 0; i < 5; ++i) simulator_->Put(Pdq(absl::StrCat(i), i));
  Pass(10);
  SyncOptions how = How();
  how.batch_entries = 1;
  how.at_step = [&](std::string_view step) {
    if (step == "applied") {
      EXPECT_THAT(State().checkpoint, Not(HasSubstr("secret")));
    }
  };
  ASSERT_OK(SyncOnce(config_, how));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(ThreatExchangeTest, ARefusedTokenIsToldAsThatThoughTheCodeIs400) {
  Begin({.token = "123|another"});
  const auto report = SyncOnce(config_);
  EXPECT_EQ(CauseOf(report.status()), FeedCause::kAuthentication);
  EXPECT_THAT(std::string(report.status().message()),
              AllOf(HasSubstr("error 190"), Not(HasSubstr("secret"))));
}

TEST_F(ThreatExchangeTest, AskingTooOftenIsABackOffThoughTheCodeIs400) {
  Begin();
  simulator_->Inject({.kind = FeedFault::Kind::kStatus,
                      .number = 429,
                      .text = "7200",
                      .path = "/v21.0"});
  EXPECT_EQ(CauseOf(SyncOnce(config_).status()), FeedCause::kNetwork);
  EXPECT_EQ(State().next_try_at, now_ + 7200);
}

TEST_F(ThreatExchangeTest, FeedbackIsAReactionToEachDescriptorOfOthers) {
  Begin();
  TxRecord record = Pdq("77", 1);
  record.descriptors = {{.id = "1", .owner = "456"},
                        {.id = "2", .owner = "123"},  // ours
                        {.id = "3", .owner = "457"}};
  simulator_->Put(record);
  Pass(10);
  Synced();
  const auto queue = [&](bool affirmative, std::vector<std::string> reasons) {
    ASSERT_OK(ledger_->QueueFeedback({.list = kList,
                                      .key = "77",
                                      .type = "pdq",
                                      .affirmative = affirmative,
                                      .reasons = std::move(reasons),
                                      .author = "test"}));
  };
  queue(true, {"SAW_THIS_TOO", "HELPFUL"});
  queue(false, {});
  queue(false, {"HELPFUL"});  // which says something else
  const SyncReport report = Synced();
  EXPECT_EQ(report.feedback_sent, 2);
  EXPECT_EQ(report.feedback_failed, 1);
  const std::string right =
      "reactions=SAW_THIS_TOO%2CHELPFUL&reactions_to_remove="
      "DISAGREE_WITH_TAGS%2CNOT_HELPFUL";
  const std::string wrong =
      "reactions=DISAGREE_WITH_TAGS&reactions_to_remove="
      "HELPFUL%2CSAW_THIS_TOO";
  EXPECT_THAT(simulator_->reactions(), ElementsAre("1 " + right, "3 " + right,
                                                   "1 " + wrong, "3 " + wrong));
  EXPECT_EQ(Synced().feedback_sent, 0);
}

TEST_F(ThreatExchangeTest, FeedbackThatIsNotTakenIsTriedAgainLater) {
  Begin();
  simulator_->Put(Pdq("77", 1));
  Pass(10);
  Synced();
  ASSERT_OK(ledger_->QueueFeedback(
      {.list = kList, .key = "77", .type = "pdq", .author = "test"}));
  simulator_->Inject({.kind = FeedFault::Kind::kStatus,
                      .number = 503,
                      .path = "/v21.0/d77",
                      .times = 3});
  EXPECT_EQ(Synced().feedback_failed, 1);
  EXPECT_EQ(Synced().feedback_failed, 0);  // not due
  Pass(3600);
  EXPECT_EQ(Synced().feedback_sent, 1);
}

TEST_F(ThreatExchangeTest, TestSaysWhichGroupItIs) {
  Begin();
  ASSERT_OK_AND_ASSIGN(const auto lines, Client(config_)->Test());
  EXPECT_THAT(lines, Contains(HasSubstr("Test Group")));
  config_.options["group"] = "998";
  EXPECT_EQ(CauseOf(Client(config_)->Test().status()), FeedCause::kProtocol);
}

TEST_F(ThreatExchangeTest, AFeedThatIsNotWhollyToldIsRefused) {
  Begin();
  config_.options.clear();
  EXPECT_THAT(CheckFeedConfig(config_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("group")));
  config_.options = {{"group", "../x"}};
  EXPECT_THAT(CheckFeedConfig(config_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("group")));
  config_.options = {{"group", "999"}, {"types", "HASH_PDQ,"}};
  EXPECT_THAT(CheckFeedConfig(config_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("types")));
  config_.options = {{"group", "999"}};
  ::setenv("FEED_TEST_TOKEN", "123", 1);
  EXPECT_THAT(
      MakeFeedClient(config_),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("APP|SECRET")));
}

}  // namespace
}  // namespace hashvet::testing
