// The StopNCII client against its simulator: what a record becomes, what
// happened to public clients, and random histories against the truth.

#include <random>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/feeds/feed_support.h"
#include "tests/feeds/stopncii_simulator.h"

namespace hashvet::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

NciiRecord Record(uint64_t number, std::string status = "Active") {
  return {.value = ToHex(BalancedPdq(number)), .status = std::move(status)};
}

class StopNciiTest : public FeedTest {
 protected:
  void Begin(StopNciiSimulator::Options options = {}) {
    simulator_ = std::make_unique<StopNciiSimulator>(options);
    config_ = {.protocol = "stopncii",
               .base_url = simulator_->base(),
               .credential = "env:FEED_TEST_SECRET"};
    config_.options["page_size"] = "3";
    now_ = simulator_->now();
  }
  void Pass(int64_t seconds) {
    simulator_->Advance(seconds);
    now_ = static_cast<uint64_t>(static_cast<int64_t>(now_) + seconds);
  }
  Contents Truth() {
    Contents contents;
    for (const auto& [key, record] : simulator_->Truth()) {
      std::set<std::string>& values = contents[key];
      values.insert("pdq:" + record.value);
      if (record.status != "Active") values.insert("withdrawn");
    }
    return contents;
  }
  SyncReport Synced() {
    const auto report = SyncOnce(config_);
    EXPECT_OK(report);
    return report.ok() ? *report : SyncReport();
  }

  std::unique_ptr<StopNciiSimulator> simulator_;
  FeedConfig config_;
};

TEST_F(StopNciiTest, WithdrawnAndDeletedStopMatchingAndActiveOnlyIsEnforced) {
  Begin();
  simulator_->Put(Record(1));
  simulator_->Put(Record(2));
  simulator_->Put(Record(3, "Received"));
  Pass(10);
  Synced();
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
  EXPECT_THAT(MatchedBy(BalancedPdq(3)), IsEmpty());
  simulator_->Put(Record(1, "Withdrawn"));
  simulator_->Put(Record(2, "Deleted"));
  simulator_->Put(Record(3));
  Pass(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
  EXPECT_THAT(MatchedBy(BalancedPdq(1)), IsEmpty());
  EXPECT_THAT(MatchedBy(BalancedPdq(2)), IsEmpty());
  EXPECT_THAT(MatchedBy(BalancedPdq(3)), SizeIs(1));
}

TEST_F(StopNciiTest, CasesAndOpinionsAreKept) {
  Begin();
  NciiRecord record = Record(1);
  record.value = absl::AsciiStrToUpper(record.value);
  record.cases = R"({"case-a": "Active", "case-b": "Withdrawn"})";
  record.feedback =
      R"([{"source": "x", "feedbackValue": "Blocked", "tags": ["t"]},
          {"source": "y", "feedbackValue": "NotBlocked", "tags": []},
          {"source": "z", "feedbackValue": "Undefined", "tags": []}])";
  simulator_->Put(record);
  simulator_->Put({.type = "VideoTMK", .value = "abc"});
  Pass(10);
  const SyncReport report = Synced();
  EXPECT_EQ(report.carried, (FeedCounts{{"VideoTMK", 1}}));
  EXPECT_EQ(report.drift, (FeedCounts{{"feedbackValue (unknown)", 1}}));
  ASSERT_OK_AND_ASSIGN(
      const LedgerEntry entry,
      ledger_->FindEntry(kList, "ImagePDQ:" + ToHex(BalancedPdq(1))));
  EXPECT_EQ(entry.opinion, Opinion::kDisputed);
  EXPECT_THAT(entry.tags, ElementsAre("t"));
  EXPECT_THAT(entry.said.cases, SizeIs(2));
}

TEST_F(StopNciiTest, ThreatExchange2004And2005APageThatIsNeverWhole) {
  Begin();
  for (uint64_t i = 0; i < 30; ++i) {
    simulator_->Put(Record(i));
    Pass(1000);
  }
  uint64_t spoilt = 0;
  for (const auto& [key, record] : simulator_->Truth()) {
    if (record.value == ToHex(BalancedPdq(11))) spoilt = record.modified_at;
  }
  simulator_->SpoilTime(spoilt);
  SyncReport report = Synced();
  EXPECT_THAT(Held(), SizeIs(29));
  ASSERT_THAT(report.place.debts, SizeIs(1));
  EXPECT_LE(report.place.debts[0].from, spoilt);
  EXPECT_GE(report.place.debts[0].to, spoilt);
  EXPECT_THAT(report.warnings, Contains(HasSubstr("owed")));
  simulator_->Put(Record(50));
  Pass(1000);
  report = Synced();
  EXPECT_THAT(MatchedBy(BalancedPdq(50)), SizeIs(1));
  ASSERT_THAT(report.place.debts, SizeIs(1));
  EXPECT_EQ(report.place.debts[0].tries, 2);
  simulator_->SpoilTime(std::nullopt);
  EXPECT_THAT(Synced().place.debts, IsEmpty());
  EXPECT_EQ(Held(), Truth());
}

TEST_F(StopNciiTest, ANextSetThatBeginsEarlierIsReadAgain) {
  Begin();
  simulator_->Put(Record(1));
  Pass(1000);
  Synced();
  simulator_->SetNextOnce(simulator_->now() - 500);
  Synced();
  Pass(1000);
  simulator_->SetNextOnce(simulator_->now() - 5000);
  EXPECT_THAT(Synced().warnings, Contains(HasSubstr("read again")));
  simulator_->Put(Record(1, "Withdrawn"));
  Pass(10);
  Synced();
  EXPECT_EQ(Held(), Truth());
}

TEST_F(StopNciiTest, ACheckpointOfOverThirtyDaysIsReadAnewWhileTheOldServes) {
  Begin();
  simulator_->Put(Record(1));
  Pass(10);
  Synced();
  simulator_->Put(Record(2));
  Pass(31 * 86'400);
  SyncOptions how = How();
  how.at_step = [&](std::string_view step) {
    if (step == "fetch") {
      EXPECT_THAT(MatchedBy(BalancedPdq(1)), SizeIs(1));
    }
  };
  ASSERT_OK_AND_ASSIGN(const SyncReport report, SyncOnce(config_, how));
  EXPECT_TRUE(report.full);
  EXPECT_EQ(Held(), Truth());
}

TEST_F(StopNciiTest, FeedbackIsPosted) {
  Begin();
  simulator_->Put(Record(1));
  Pass(10);
  Synced();
  const std::string value = ToHex(BalancedPdq(1));
  ASSERT_OK(ledger_->QueueFeedback({.list = kList,
                                    .key = "ImagePDQ:" + value,
                                    .type = "pdq",
                                    .affirmative = false,
                                    .reasons = {"a"},
                                    .author = "test"}));
  EXPECT_EQ(Synced().feedback_sent, 1);
  EXPECT_THAT(
      simulator_->feedback(),
      ElementsAre(absl::StrCat("{\"count\":1,\"hashFeedbacks\":[{\"tags\":"
                               "[\"a\"],\"feedbackValue\":\"NotBlocked\","
                               "\"hashValue\":\"",
                               value, "\"}]}")));
}

TEST_F(StopNciiTest, RefusedKeysAreToldAsThat) {
  Begin();
  ::setenv("FEED_TEST_SECRET", "user:other", 1);
  const absl::Status status = SyncOnce(config_).status();
  EXPECT_EQ(CauseOf(status), FeedCause::kAuthentication);
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("other")));
}

TEST_F(StopNciiTest, RandomHistoriesEndAsTheSource) {
  RecordProperty("histories", static_cast<int>(Histories(100)));
  for (uint64_t seed = 0; seed < Histories(100); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 random(seed);
    const auto below = [&](uint64_t limit) { return random() % limit; };
    Begin({.start_inclusive = below(2) == 0});
    for (uint64_t steps = 20 + below(30); steps > 0; --steps) {
      using Kind = FeedFault::Kind;
      const uint64_t choice = below(8);
      if (choice == 0) {
        static constexpr Kind kKinds[] = {Kind::kTruncate, Kind::kCut,
                                          Kind::kReset,    Kind::kGzip,
                                          Kind::kStatus,   Kind::kBody};
        simulator_->Inject({.kind = kKinds[below(6)],
                            .number = 503,
                            .text = "0",
                            .times = 1 + static_cast<int>(below(5))});
        if (below(4) == 0) simulator_->ExpireTokens();
      } else if (choice <= 2) {
        SyncOptions how = How();
        how.batch_entries = 1 + below(8);
        how.full = below(10) == 0;
        how.accept = below(2) == 0;
        const uint64_t die_at = below(3) == 0 ? below(10) : UINT64_MAX;
        uint64_t at = 0;
        how.at_step = [&](std::string_view) {
          if (at++ == die_at) throw Killed();
        };
        try {
          (void)SyncOnce(config_, how);
        } catch (const Killed&) {
          Open();
        }
      } else if (choice == 3) {
        Pass(static_cast<int64_t>(below(2) == 0 ? below(4) : below(200'000)));
      } else {
        static constexpr const char* kStatuses[] = {
            "Active", "Active", "Active", "Withdrawn", "Deleted", "Received"};
        simulator_->Put(Record(below(12), kStatuses[below(6)]));
      }
    }
    simulator_->ClearFaults();
    Pass(10);
    SyncOptions how = How();
    how.accept = true;
    ASSERT_OK(SyncOnce(config_, how));
    ASSERT_OK(SyncOnce(config_, how));
    ASSERT_EQ(Held(), Truth());
    StartAgain();
  }
}

}  // namespace
}  // namespace hashvet::testing
