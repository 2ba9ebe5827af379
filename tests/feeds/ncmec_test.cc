// The NCMEC client against its simulator: what an entry becomes, how ranges are
// read, and what happened to public clients, each under its name.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/feeds/utc.h"
#include "tests/feeds/ncmec_support.h"

namespace hashvet::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

TEST_F(NcmecTest, EveryFingerprintOfAnEntryIsKept) {
  Begin();
  NcmecRecord record = Image("a-1/b c", 1);
  record.fingerprints.push_back({"sha1", std::string(40, 'a')});
  record.large = {"tmk-pdqf", "videntifier"};
  simulator_->Put(record);
  Pass(10);
  const SyncReport report = Synced();
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(Held(), Truth());
  ASSERT_OK_AND_ASSIGN(const LedgerEntry entry,
                       ledger_->FindEntry(kList, "42-image-a-1/b c"));
  EXPECT_EQ(entry.said.category, "A1");
  EXPECT_EQ(entry.said.category_scheme, "ncmec");
  EXPECT_EQ(entry.said.member, "42");
  EXPECT_EQ(entry.opinion, Opinion::kPositive);
  EXPECT_EQ(entry.state, EntryState::kActive);
  EXPECT_EQ(report.carried,
            (FeedCounts{{"image tmk-pdqf", 1}, {"image videntifier", 1}}));
  EXPECT_THAT(report.drift, IsEmpty());
  ASSERT_OK_AND_ASSIGN(const auto members, ledger_->Members("source"));
  EXPECT_EQ(members.at("42"), "Member 42");
}

TEST_F(NcmecTest, AnIdMayBeAnImagesAndAVideos) {
  Begin();
  NcmecRecord video = Image("same", 2);
  video.video = true;
  simulator_->Put(Image("same", 1));
  simulator_->Put(video);
  Pass(10);
  Synced();
  EXPECT_THAT(Held(), SizeIs(2));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(NcmecTest, NegativeFeedbackMakesAnEntryDisputed) {
  Begin();
  NcmecRecord record = Image("a", 1);
  // @type is in mixed case, unlike the element's name.
  record.feedback =
      "<negativeFeedback type=\"Md5\"><reasons>"
      "<reason guid=\"g\" name=\"Not it\" type=\"Md5\"/>"
      "<members timestamp=\"2020-01-01T00:00:00Z\"><member id=\"43\">X</member>"
      "</members></reasons></negativeFeedback>"
      "<affirmativeFeedback type=\"Pdq\"><members>"
      "<member id=\"44\">Y</member></members></affirmativeFeedback>";
  simulator_->Put(record);
  Pass(10);
  Synced();
  ASSERT_OK_AND_ASSIGN(const LedgerEntry entry,
                       ledger_->FindEntry(kList, "42-image-a"));
  EXPECT_EQ(entry.opinion, Opinion::kDisputed);
  ASSERT_THAT(entry.said.feedback, SizeIs(2));
  const EntryFeedback& negative = entry.said.feedback[0].affirmative
                                      ? entry.said.feedback[1]
                                      : entry.said.feedback[0];
  EXPECT_EQ(negative, (EntryFeedback{.type = "md5",
                                     .member = "43",
                                     .affirmative = false,
                                     .reason = "Not it"}));
}

TEST_F(NcmecTest, WhatNobodyKnowsIsCountedAndStopsNothing) {
  Begin();
  NcmecRecord record = Image("a", 1);
  record.fingerprints.push_back({"novelhash", "xyz"});
  simulator_->Put(record);
  Pass(10);
  const SyncReport report = Synced();
  EXPECT_EQ(report.drift, (FeedCounts{{"fingerprints/novelhash", 1}}));
  EXPECT_EQ(State().drift, report.drift);
  EXPECT_THAT(Held(), SizeIs(1));
}

TEST_F(NcmecTest, ADeletedEntryIsGoneAndComesBackWhenItIsListedAgain) {
  Begin();
  simulator_->Put(Image("a", 1));
  simulator_->Put(Image("b", 2));
  Pass(10);
  Synced();
  simulator_->Delete("42-image-a");
  Pass(10);
  EXPECT_EQ(Synced().result.deleted, 1);
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(MatchedBy(Md5Of(1)), IsEmpty());
  simulator_->Put(Image("a", 3));
  Pass(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(MatchedBy(Md5Of(3)), ElementsAre("fed/42-image-a"));
}

TEST_F(NcmecTest, ATombstoneMayComeBeforeItsEntryWasEverSeen) {
  Begin();
  simulator_->Put(Image("a", 1));
  simulator_->Delete("42-image-a");
  Pass(10);
  Synced();
  EXPECT_THAT(Held(), IsEmpty());
}

TEST_F(NcmecTest, OnlyMembersThatAreNamed) {
  Begin();
  simulator_->Put(Image("a", 1));
  NcmecRecord other = Image("b", 2);
  other.member = 43;
  simulator_->Put(other);
  config_.options["members"] = "43";
  Pass(10);
  Synced();
  EXPECT_THAT(Held(), SizeIs(1));
  EXPECT_THAT(MatchedBy(Md5Of(2)), ElementsAre("fed/43-image-b"));
}

TEST_F(NcmecTest, FeedbackIsPutWithItsReasons) {
  Begin();
  simulator_->Put(Image("a/1", 1));
  Pass(10);
  Synced();
  const auto queue = [&](bool affirmative, std::vector<std::string> reasons) {
    ASSERT_OK(ledger_->QueueFeedback({.list = kList,
                                      .key = "42-image-a/1",
                                      .type = "md5",
                                      .affirmative = affirmative,
                                      .reasons = std::move(reasons),
                                      .author = "test"}));
  };
  queue(true, {});
  queue(false, {"Example Reason 2", "g-1"});
  const SyncReport report = Synced();
  EXPECT_EQ(report.feedback_sent, 2);
  EXPECT_THAT(
      simulator_->feedback(),
      ElementsAre(
          HasSubstr("PUT /v2/entries/42/a%2F1/MD5/feedback"),
          HasSubstr("<negative><reasonIds><guid>g-2</guid><guid>g-1</guid>"
                    "</reasonIds></negative>")));
  // Sent once.
  EXPECT_EQ(Synced().feedback_sent, 0);
}

TEST_F(NcmecTest, FeedbackThatIsNotTakenIsTriedAgainLater) {
  Begin();
  simulator_->Put(Image("a", 1));
  Pass(10);
  Synced();
  ASSERT_OK(ledger_->QueueFeedback(
      {.list = kList, .key = "42-image-a", .type = "md5", .author = "test"}));
  simulator_->Inject({.kind = FeedFault::Kind::kStatus,
                      .number = 503,
                      .path = "/v2/entries/",
                      .times = 3});
  EXPECT_EQ(Synced().feedback_failed, 1);
  EXPECT_EQ(Synced().feedback_failed, 0);  // not due
  Pass(3600);
  EXPECT_EQ(Synced().feedback_sent, 1);
}

TEST_F(NcmecTest, TheProviderIsNotAskedMoreOftenThanItWants) {
  FeedConfig config = {.protocol = "ncmec",
                       .base_url = "https://hashsharing.example.org/npo",
                       .credential = "env:FEED_TEST_SECRET",
                       .every_s = 599};
  EXPECT_THAT(CheckFeedConfig(config),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("every: got 599 s, want 600..")));
  config.every_s = 600;
  EXPECT_OK(CheckFeedConfig(config));
  EXPECT_EQ(MinimumWait(config), 600);
  // A simulator bears more.
  config.base_url = "http://127.0.0.1:4711";
  config.every_s = 10;
  EXPECT_OK(CheckFeedConfig(config));
}

TEST_F(NcmecTest, ARefusedPasswordIsToldAsThat) {
  Begin({.password = "another"});
  const auto report = SyncOnce(config_);
  EXPECT_EQ(CauseOf(report.status()), FeedCause::kAuthentication);
  EXPECT_THAT(std::string(report.status().message()), Not(HasSubstr("secret")));
  EXPECT_THAT(State().last_error, HasSubstr("authentication"));
  EXPECT_EQ(State().failures, 1);
}

TEST_F(NcmecTest, ABackOffIsKeptAcrossRestarts) {
  Begin();
  simulator_->Inject({.kind = FeedFault::Kind::kStatus,
                      .number = 429,
                      .text = "7200",
                      .path = "/v2/status"});
  EXPECT_EQ(CauseOf(SyncOnce(config_).status()), FeedCause::kNetwork);
  EXPECT_EQ(State().next_try_at, now_ + 7200);
  SyncOptions how = How();
  how.force = false;
  simulator_->ForgetRequests();
  EXPECT_THAT(SyncOnce(config_, how),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("7200 s")));
  EXPECT_THAT(simulator_->Targets(), IsEmpty());
  Pass(7200);
  EXPECT_OK(SyncOnce(config_, how));
  EXPECT_EQ(State().failures, 0);
}

TEST_F(NcmecTest, AnExpiredPageIsReadAgainFromTheBeginningOfItsRange) {
  Begin({.page_size = 3});
  for (uint64_t i = 0; i < 10; ++i) {
    simulator_->Put(Image(absl::StrCat(i), i));
  }
  Pass(10);
  SyncOptions how = How();
  how.batch_entries = 1;
  int lots = 0;
  how.at_step = [&](std::string_view step) {
    if (step == "applied" && ++lots == 2) simulator_->ExpireCursors();
  };
  ASSERT_OK(SyncOnce(config_, how));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(NcmecTest, ASourceWhosePagesAlwaysExpireIsGivenUpFor) {
  Begin({.page_size = 1});
  simulator_->Put(Image("1", 1));
  simulator_->Put(Image("2", 2));
  Pass(10);
  SyncOptions how = How();
  how.batch_entries = 1;
  how.at_step = [&](std::string_view step) {
    if (step == "applied") simulator_->ExpireCursors();
  };
  EXPECT_FALSE(SyncOnce(config_, how).ok());
  // It is read on where it was left, once the pages stay.
  Pass(4000);
  EXPECT_OK(SyncOnce(config_, How()));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(NcmecTest, AWideRangeThatTheServerFailsOverIsAskedForInParts) {
  Begin({.page_size = 5});
  for (uint64_t i = 0; i < 40; ++i) {
    simulator_->Put(Image(absl::StrCat(i), i));
    Pass(86'400);
  }
  simulator_->FailOver(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(NcmecTest, LargeFingerprintsBecomeFilesWhereAskedFor) {
  Begin({.page_size = 3});
  NcmecRecord record = Image("a", 1);
  record.large = {"tmk-pdqf", "videntifier", "novel"};
  simulator_->Put(record);
  for (uint64_t i = 0; i < 7; ++i) {
    simulator_->Put(Image(absl::StrCat(i), i));
  }
  Pass(10);
  const std::string folder = path() + "-large";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  config_.options["large"] = folder;
  EXPECT_THAT(MakeFeedClient(config_, Fast()).status(),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("0700")));
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  const auto files = [&] {
    std::map<std::string, std::string> contents;
    for (const auto& each : std::filesystem::directory_iterator(folder)) {
      std::ifstream in(each.path());
      contents[each.path().filename()] = {std::istreambuf_iterator<char>(in),
                                          {}};
    }
    return contents;
  };
  Synced();
  const std::map<std::string, std::string> want = {
      {"42-image-a.tmk-pdqf", "bytes of /v2/entries/a/fingerprints/tmk-pdqf"},
      {"42-image-a.videntifier",
       "bytes of /v2/entries/a/fingerprints/videntifier"}};
  EXPECT_EQ(files(), want);
  EXPECT_EQ(Held(), Truth());
  // What is told again is not fetched again.
  simulator_->ForgetRequests();
  Synced();
  EXPECT_THAT(simulator_->Targets(), Not(Contains(HasSubstr("/fingerpr"))));
  // One that is not to be had, or has no end, stops nothing and leaves nothing.
  record.id = "b";
  record.large = {"tmk-pdqf"};
  simulator_->Put(record);
  record.id = "c";
  simulator_->Put(record);
  simulator_->Inject({.kind = FeedFault::Kind::kStatus,
                      .number = 410,
                      .path = "/v2/entries/b/fingerprints"});
  simulator_->Inject({.kind = FeedFault::Kind::kEndless,
                      .number = int64_t{1} << 40,
                      .text = "x",
                      .path = "/v2/entries/c/fingerprints"});
  Pass(10);
  EXPECT_THAT(Synced().warnings, Contains(HasSubstr("2 large fingerprints")));
  EXPECT_EQ(files(), want);
  EXPECT_EQ(Held(), Truth());
  // A href elsewhere is not followed. Those two are told again so soon after,
  // and are to be had now.
  NcmecRecord elsewhere = Image("../../v2/status?x=", 5);
  elsewhere.large = {"tmk-pdqf"};
  simulator_->Put(elsewhere);
  Pass(10);
  EXPECT_THAT(Synced().drift,
              Contains(Pair("fingerprints/href (elsewhere)", 1)));
  EXPECT_THAT(files(), SizeIs(4));
  // What its source takes back goes.
  for (const char* const key : {"42-image-a", "42-image-b", "42-image-c"}) {
    simulator_->Delete(key);
  }
  Pass(10);
  Synced();
  EXPECT_THAT(files(), IsEmpty());
  std::filesystem::remove_all(folder);
}

// ---- What happened to public clients.

TEST_F(NcmecTest, ThreatExchange1744PagingUrlReusedWithAChangedEndTime) {
  Begin({.page_size = 4});
  for (uint64_t i = 0; i < 30; ++i) {
    simulator_->Put(Image(absl::StrCat(i), i));
  }
  Pass(10);
  // Interrupted in a range; time goes on, so that its end would be another.
  SyncOptions how = How();
  how.batch_entries = 1;
  int lots = 0;
  how.cancelled = [&] { return ++lots > 3; };
  EXPECT_THAT(SyncOnce(config_, how).status(),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("goes on")));
  simulator_->Put(Image("later", 99));
  Pass(3600);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(NcmecTest,
       ThreatExchange1105And1118CheckpointOnlyWhenAWholeRangeWasRead) {
  Begin({.page_size = 2});
  for (uint64_t i = 0; i < 9; ++i) {  // told in no order of time
    simulator_->Put(Image(absl::StrCat(i), i));
    Pass(100);
  }
  SyncOptions how = How();
  how.batch_entries = 1;
  how.at_step = [&](std::string_view step) {
    if (step == "apply") {
      // Within the range nothing counts as read.
      const FeedState state = State();
      EXPECT_THAT(state.checkpoint,
                  ::testing::AnyOf(IsEmpty(), HasSubstr("\"until\":0")));
    }
  };
  ASSERT_OK(SyncOnce(config_, how));
  EXPECT_EQ(Held(), Truth());
}

TEST_F(NcmecTest, RangesMeetWhicheverOfTheirEndsIsExclusive) {
  for (const bool from_inclusive : {false, true}) {
    for (const bool to_inclusive : {false, true}) {
      SCOPED_TRACE(absl::StrCat(from_inclusive, to_inclusive));
      StartAgain();
      Begin({.page_size = 3,
             .from_inclusive = from_inclusive,
             .to_inclusive = to_inclusive});
      // Every second has one, so every end lies on one.
      for (uint64_t i = 0; i < 40; ++i) {
        simulator_->Put(Image(absl::StrCat(i), i));
        Pass(1);
        if (i % 7 == 0) Synced();
      }
      Pass(10);
      Synced();
      EXPECT_EQ(Held(), Truth());
    }
  }
}

TEST_F(NcmecTest, RangesOfOneSyncMeetToo) {
  for (const bool inclusive : {false, true}) {
    StartAgain();
    Begin({.from_inclusive = inclusive, .to_inclusive = inclusive});
    config_.options["since"] = UtcText(simulator_->now() - 1);
    for (uint64_t i = 0; i < 400; ++i) {
      simulator_->Put(Image(absl::StrCat(i), i));
      Pass(1);
    }
    Pass(10);
    simulator_->FailOver(100);  // so it is read a minute at a time
    simulator_->ForgetRequests();
    Synced();
    EXPECT_GT(simulator_->Targets().size(), 5);
    EXPECT_EQ(Held(), Truth());
  }
}

TEST_F(NcmecTest, ThreatExchange1679And1731MoreInOneSecondThanAPageHolds) {
  Begin({.page_size = 10});
  for (uint64_t i = 0; i < 500; ++i) {
    simulator_->Put(Image(absl::StrCat(i), i));
  }
  Pass(10);
  // Progress on every page: killed after each lot, it still ends.
  for (int runs = 0; runs < 60; ++runs) {
    SyncOptions how = How();
    how.batch_entries = 1;
    how.at_step = [&](std::string_view step) {
      if (step == "applied") throw Killed();
    };
    try {
      ASSERT_OK(SyncOnce(config_, how));
    } catch (const Killed&) {
      Open();
    }
  }
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(NcmecTest, EntriesWithoutIdentityAreEachHeldInQuarantine) {
  Begin();
  for (int member : {42, 43, 44}) {
    NcmecRecord record = Image("", 1);
    record.member = member;
    simulator_->Put(record);
  }
  Pass(10);
  Synced();
  ASSERT_OK_AND_ASSIGN(const auto held, ledger_->Quarantine(kList));
  EXPECT_THAT(held, SizeIs(3));
}

TEST_F(NcmecTest, ThreatExchange1609And1618AHalfLengthHashIsQuarantined) {
  Begin();
  NcmecRecord record = Image("a", 1);
  record.fingerprints[1].second.resize(32);
  simulator_->Put(record);
  simulator_->Put(Image("b", 2));
  Pass(10);
  const SyncReport report = Synced();
  EXPECT_EQ(report.result.quarantined.at(std::string(kShapeGuard)), 1);
  EXPECT_THAT(MatchedBy(Md5Of(1)), SizeIs(1));  // the rest of its entry
  EXPECT_THAT(MatchedBy(BalancedPdq(2)), SizeIs(1));
}

TEST_F(NcmecTest, ThreatExchange2004And2005APageThatIsNeverWhole) {
  Begin();
  for (uint64_t i = 0; i < 20; ++i) {
    simulator_->Put(Image(absl::StrCat(i), i));
    Pass(1000);
  }
  const uint64_t spoilt = simulator_->Truth().at("42-image-7").timestamp;
  simulator_->SpoilTime(spoilt);
  SyncReport report = Synced();
  // All but that second is there, and it is owed.
  Contents all_but = Truth();
  all_but.erase("42-image-7");
  EXPECT_EQ(Held(), all_but);
  // By ranges that meet in it, of two seconds each.
  ASSERT_THAT(report.place.debts, Not(IsEmpty()));
  const size_t debts = report.place.debts.size();
  for (const FeedDebt& debt : report.place.debts) {
    EXPECT_LE(debt.from, spoilt);
    EXPECT_GE(debt.to, spoilt);
    EXPECT_LE(debt.to - debt.from, 2);
  }
  EXPECT_THAT(report.warnings, Contains(HasSubstr("owed")));
  // Not confirmed as the present state, so that somebody is alarmed.
  ASSERT_OK_AND_ASSIGN(LedgerList list, ledger_->FindList(kList));
  EXPECT_EQ(list.policy.current_at, 0);
  // Asked for at every sync, and other news come all the same.
  simulator_->Put(Image("new", 50));
  Pass(1000);
  report = Synced();
  ASSERT_THAT(report.place.debts, SizeIs(debts));
  EXPECT_EQ(report.place.debts[0].tries, 2);
  EXPECT_THAT(MatchedBy(Md5Of(50)), SizeIs(1));
  // Until it can be read.
  simulator_->SpoilTime(std::nullopt);
  report = Synced();
  EXPECT_THAT(report.place.debts, IsEmpty());
  EXPECT_EQ(Held(), Truth());
  ASSERT_OK_AND_ASSIGN(list, ledger_->FindList(kList));
  EXPECT_EQ(list.policy.current_at, now_);
}

TEST_F(NcmecTest, WhatIsOwedIsNotMissingFromAFullRefetch) {
  Begin();
  for (uint64_t i = 0; i < 5; ++i) {
    simulator_->Put(Image(absl::StrCat(i), i));
    Pass(1000);
  }
  Synced();
  simulator_->SpoilTime(simulator_->Truth().at("42-image-3").timestamp);
  SyncOptions how = How();
  how.full = true;
  ASSERT_OK_AND_ASSIGN(SyncReport report, SyncOnce(config_, how));
  EXPECT_FALSE(report.full);
  EXPECT_THAT(report.warnings, Contains(HasSubstr("refetch waits")));
  EXPECT_EQ(Held(), Truth());
  // Accepted without, it is gone, and comes back when it can be read.
  how = How();
  how.accept = true;
  ASSERT_OK_AND_ASSIGN(report, SyncOnce(config_, how));
  EXPECT_TRUE(report.full);
  EXPECT_THAT(Held(), SizeIs(4));
  simulator_->SpoilTime(std::nullopt);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(NcmecTest, AServerThatMakesNoSenseAnywhereIsNoDebt) {
  Begin();
  simulator_->Put(Image("a", 1));
  Pass(10);
  simulator_->Inject({.kind = FeedFault::Kind::kBody,
                      .text = "<html>Sorry</html>",
                      .path = "/v2/entries",
                      .times = 100'000});
  EXPECT_EQ(CauseOf(SyncOnce(config_).status()), FeedCause::kProtocol);
  simulator_->ClearFaults();
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(NcmecTest, UpperCaseMd5InAFeed) {
  Begin();
  NcmecRecord record = Image("a", 1);
  for (char& c : record.fingerprints[0].second) {
    c = static_cast<char>(std::toupper(c));
  }
  simulator_->Put(record);
  Pass(10);
  Synced();
  EXPECT_THAT(MatchedBy(Md5Of(1)), SizeIs(1));
}

TEST_F(NcmecTest, TheServersClockStepsBack) {
  Begin();
  simulator_->Put(Image("a", 1));
  simulator_->Put(Image("b", 2));
  Pass(1000);
  simulator_->Put(Image("a", 3));
  Pass(10);
  Synced();
  // What happens after it has times that were read before.
  simulator_->Advance(-500);
  simulator_->Put(Image("new", 4));
  simulator_->Delete("42-image-a");
  const SyncReport report = Synced();
  EXPECT_THAT(report.warnings, Contains(HasSubstr("went back")));
  Pass(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(MatchedBy(Md5Of(3)), IsEmpty());
  Pass(2000);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

// Between two syncs, and on again past what it told before.
TEST_F(NcmecTest, TheServersClockStepsBackUnseen) {
  for (const int64_t after : {600, 4000}) {
    SCOPED_TRACE(after);
    StartAgain();
    Begin();
    simulator_->Put(Image("a", 1));
    simulator_->Put(Image("b", 2));
    Pass(1000);
    simulator_->Put(Image("b", 3));
    Pass(10);
    Synced();
    Pass(5);
    simulator_->Advance(-3000);
    Pass(5);
    simulator_->Put(Image("new", 4));
    simulator_->Delete("42-image-a");
    simulator_->Delete("42-image-b");
    Pass(after);
    const SyncReport report = Synced();
    EXPECT_THAT(report.warnings, Contains(HasSubstr("went back")));
    EXPECT_EQ(Held(), Truth());
    Pass(3600);
    EXPECT_THAT(Synced().warnings, IsEmpty());
    EXPECT_EQ(Held(), Truth());
  }
}

TEST_F(NcmecTest, EntriesThatMoveOutOfARangeWhileItIsRead) {
  Begin({.page_size = 3});
  for (uint64_t i = 0; i < 30; ++i) {
    simulator_->Put(Image(absl::StrCat(i), i));
  }
  Pass(10);
  int pages = 0;
  simulator_->set_after_page([&](NcmecSimulator& simulator) {
    if (++pages > 8) return;
    simulator.PutLocked(
        Image(absl::StrCat(3 * pages), 100 + static_cast<uint64_t>(pages)));
    simulator.DeleteLocked(absl::StrCat("42-image-", 3 * pages + 1));
  });
  Synced();
  Pass(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(NcmecTest, AFullRefetchServesTheOldUntilItIsComplete) {
  Begin({.page_size = 2});
  for (uint64_t i = 0; i < 8; ++i) {
    simulator_->Put(Image(absl::StrCat(i), i));
  }
  Pass(10);
  Synced();
  simulator_->Put(Image("new", 20));
  Pass(10);
  SyncOptions how = How();
  how.full = true;
  how.batch_entries = 1;
  int lots = 0;
  how.at_step = [&](std::string_view step) {
    if (step == "fetch") {
      EXPECT_THAT(MatchedBy(Md5Of(0)), SizeIs(1));
      EXPECT_THAT(MatchedBy(Md5Of(20)), IsEmpty());
    }
    if (step == "applied" && ++lots == 2) throw Killed();
  };
  EXPECT_THROW((void)SyncOnce(config_, how), Killed);
  Open();
  // Goes on in the generation.
  how = How();
  ASSERT_OK_AND_ASSIGN(const SyncReport report, SyncOnce(config_, how));
  EXPECT_TRUE(report.full);
  EXPECT_EQ(Held(), Truth());
}

TEST_F(NcmecTest, AFullRefetchThatLacksTooMuchIsHeldUntilItIsAccepted) {
  Begin();
  for (uint64_t i = 0; i < 200; ++i) {
    simulator_->Put(Image(absl::StrCat(i), i));
  }
  Pass(10);
  Synced();
  const Contents before = Held();
  // The source lost most of its entries, without a word.
  Begin();
  simulator_->Put(Image("0", 0));
  Pass(10);
  SyncOptions how = How();
  how.full = true;
  EXPECT_TRUE(IsHeld(SyncOnce(config_, how).status()));
  EXPECT_EQ(Held(), before);
  how.full = false;
  EXPECT_TRUE(IsHeld(SyncOnce(config_, how).status()));
  how.accept = true;
  ASSERT_OK(SyncOnce(config_, how));
  EXPECT_EQ(Held(), Truth());
}

}  // namespace
}  // namespace hashvet::testing
