// Random histories of a source, with faults and deaths on the way, against the
// simulator's truth: nothing lost, nothing back from the dead.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/feeds/ncmec_support.h"

namespace hashvet::testing {
namespace {

class NcmecHistoryTest : public NcmecTest {
 protected:
  uint64_t Random(uint64_t below) { return random_() % below; }

  void Change() {
    const std::string id = absl::StrCat(Random(12));
    NcmecRecord record = Image(id, Random(1000));
    record.video = Random(3) == 0;
    record.member = 42 + static_cast<int>(Random(2));
    const std::string key = record.Key();
    const auto truth = simulator_->Truth();
    if (truth.contains(key) && Random(2) == 0) {
      simulator_->Delete(key);
    } else {
      if (Random(6) == 0) {
        record.feedback =
            "<negativeFeedback type=\"Md5\"><reasons><reason guid=\"g\" "
            "name=\"n\"/><members><member id=\"43\"/></members></reasons>"
            "</negativeFeedback>";
      }
      simulator_->Put(record);
    }
  }

  void InjectOne() {
    using Kind = FeedFault::Kind;
    FeedFault fault = {.path = "/v2/",
                       .times = 1 + static_cast<int>(Random(5))};
    switch (Random(8)) {
      case 0:
        fault.kind = Kind::kStatus;
        fault.number = Random(2) == 0 ? 500 : 503;
        break;
      case 1:
        fault.kind = Kind::kTruncate;
        break;
      case 2:
        fault.kind = Kind::kCut;
        break;
      case 3:
        fault.kind = Kind::kReset;
        break;
      case 4:
        fault.kind = Kind::kGzip;
        break;
      case 5:
        fault.kind = Kind::kBody;
        fault.text = "<html>Service</html>";
        break;
      case 6:
        simulator_->ExpireCursors();
        return;
      default:
        fault.kind = Kind::kStatus;
        fault.number = 429;
        fault.text = "1";
        break;
    }
    simulator_->Inject(fault);
  }

  void SyncOrDie() {
    SyncOptions how = How();
    how.batch_entries = 1 + Random(8);
    how.full = Random(10) == 0;
    how.accept = Random(2) == 0;
    const uint64_t die_at = Random(3) == 0 ? Random(12) : UINT64_MAX;
    uint64_t steps = 0;
    how.at_step = [&](std::string_view) {
      if (steps++ == die_at) throw Killed();
    };
    try {
      (void)SyncOnce(config_, how);
    } catch (const Killed&) {
      Open();
    }
  }

  void History(uint64_t seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    random_.seed(seed);
    Begin({.page_size = 1 + Random(6),
           .from_inclusive = Random(2) == 0,
           .to_inclusive = Random(2) == 0});
    for (uint64_t steps = 20 + Random(30); steps > 0; --steps) {
      switch (Random(8)) {
        case 0:
          InjectOne();
          break;
        case 1:
        case 2:
          SyncOrDie();
          break;
        case 3:
          // The server's clock is set back, and time goes on.
          if (Random(4) == 0) {
            simulator_->Advance(-static_cast<int64_t>(Random(5000)));
          }
          Pass(static_cast<int64_t>(Random(2) == 0 ? Random(4)
                                                   : Random(200'000)));
          break;
        default:
          Change();
      }
    }
    simulator_->ClearFaults();
    // Past what was stamped before a step back.
    Pass(50'000);
    SyncOptions how = How();
    how.accept = true;
    // A debt may be new, and is asked for once a sync.
    ASSERT_OK(SyncOnce(config_, how));
    ASSERT_OK(SyncOnce(config_, how));
    EXPECT_EQ(Held(), Truth());
  }

  std::mt19937_64 random_;
};

TEST_F(NcmecHistoryTest, EndAsTheSource) {
  RecordProperty("histories", static_cast<int>(Histories(100)));
  for (uint64_t seed = 0; seed < Histories(100); ++seed) {
    History(seed);
    if (HasFailure()) return;
    // A ledger of its own for each.
    StartAgain();
  }
}

// A process of its own, ended by SIGKILL before its nth step.
TEST_F(NcmecHistoryTest, KilledBetweenAnyTwoStepsItEndsAsTheSource) {
  Begin({.page_size = 5});
  for (uint64_t i = 0; i < 40; ++i) {
    simulator_->Put(Image(absl::StrCat(i), i));
  }
  Pass(10);
  const uint64_t rounds = Histories(60);
  int kills = 0;
  for (uint64_t round = 0; round < rounds; ++round) {
    simulator_->Put(Image(absl::StrCat(round % 50), 1000 + round));
    if (round % 3 == 0 && simulator_->Truth().contains(
                              absl::StrCat("42-image-", (round + 7) % 50))) {
      simulator_->Delete(absl::StrCat("42-image-", (round + 7) % 50));
    }
    Pass(10);
    ledger_ = nullptr;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Open();
      SyncOptions how = How();
      how.batch_entries = 1;
      how.full = round % 5 == 0;
      how.accept = true;
      uint64_t steps = 0;
      how.at_step = [&](std::string_view) {
        if (steps++ == round % 40) ::kill(::getpid(), SIGKILL);
      };
      (void)SyncOnce(config_, how);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    kills += WIFSIGNALED(status) ? 1 : 0;
    Open();
  }
  RecordProperty("kills", kills);
  SyncOptions how = How();
  how.accept = true;
  ASSERT_OK(SyncOnce(config_, how));
  EXPECT_EQ(Held(), Truth());
}

}  // namespace
}  // namespace hashvet::testing
