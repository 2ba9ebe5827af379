// Commands on a ledger while the process is killed or the system fails, at
// every single call: the ledger is whole, and holds what was there before or
// what came of the command, never a part of it; the same command again ends
// where it would have ended at once. Power cuts are bench/evidence/ledger.py's:
// what a cut leaves of a file that is written in place, only a file system
// knows.

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hashvet/hash/text.h"
#include "hashvet/ledger/ledger.h"
#include "hashvet/list/publication.h"
#include "tests/cli/cli_test.h"
#include "tests/support/lost_writes.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct LedgerScenario {
  std::string name;
  std::vector<std::string> command;  // but for "list" and "--ledger ledger"
  int transactions = 1;              // of the ledger, at most
};

void PrintTo(const LedgerScenario& scenario, std::ostream* os) {
  *os << scenario.name;
}

class LedgerFaultsTest : public CliTest,
                         public ::testing::WithParamInterface<LedgerScenario> {
 protected:
  void SetUp() override {
    std::string csv = "hash,key\n";
    for (uint64_t i = 0; i < 40; ++i) {
      absl::StrAppend(&csv, Hex(i), ",key-", i, "\n");
    }
    folder_.Write("first.csv", csv);
    csv += "00ff,bad\n";
    for (uint64_t i = 40; i < 100; ++i) {
      absl::StrAppend(&csv, Hex(i), ",key-", i, "\n");
    }
    folder_.Write("second.csv", csv);
    root_ = std::filesystem::canonical(folder_.path()).string();
    ledger_ = root_ + "/ledger";
    lists_ = root_ + "/lists";
    for (const std::string& made : {ledger_, lists_}) {
      ASSERT_EQ(::mkdir(made.c_str(), 0700), 0);
    }
    ASSERT_EQ(List({"create", "known"}).exit_code, 0);
    ASSERT_EQ(List({"import", "known", "first.csv"}).exit_code, 0);
    ASSERT_EQ(List({"publish", "--lists", "lists"}).exit_code, 0);
    ASSERT_EQ(List({"remove", "known", "key-1"}).exit_code, 0);
    ledger_before_ = ReadFolder(ledger_);
    lists_before_ = ReadFolder(lists_);
    old_state_ = StateOf(ledger_);
    ASSERT_THAT(old_state_, StartsWith("version"));
  }

  static std::string Hex(uint64_t number) {
    std::mt19937_64 random(number);
    Hash256 hash;
    while (hash.ones() != 128) {
      hash.set_bit(random() % 256, hash.ones() < 128);
    }
    return ToHex(hash);
  }

  ProgramResult List(std::vector<std::string> command,
                     const RunOptions& options = {}) const {
    command.insert(command.begin(), "list");
    command.insert(command.end(), {"--ledger", "ledger"});
    return Run(command, options);
  }

  void Restore() const {
    WriteFolder(ledger_, ledger_before_);
    WriteFolder(lists_, lists_before_);
  }

  struct FaultyResult {
    ProgramResult program;
    bool fired = false;
  };
  FaultyResult RunFaulty(
      std::vector<std::pair<std::string, std::string>> settings) const {
    Restore();
    const std::string log = folder_.Path("log");
    std::filesystem::remove(log);
    settings.insert(settings.end(),
                    {{"LD_PRELOAD", HASHVET_FAULTY_FILES},
                     {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                     {"HASHVET_FAULT_FOLDER", ledger_},
                     {"HASHVET_FAULT_LOG", log}});
    FaultyResult result;
    result.program = List(GetParam().command, {.environment = settings});
    for (const std::string& line : LinesOf(ScratchFolder::Read(log))) {
      result.fired |= line == "fired";
    }
    return result;
  }

  // Everything that the ledger holds, in one line; an error's text otherwise.
  static std::string StateOf(const std::string& directory) {
    auto ledger = Ledger::Open(directory, {.check_always = true});
    if (!ledger.ok()) return ledger.status().ToString();
    if (absl::Status whole = (*ledger)->Verify(); !whole.ok()) {
      return whole.ToString();
    }
    std::string state = absl::StrCat("version ", *(*ledger)->version());
    const absl::Status read =
        (*ledger)->ForEachEntry("known", [&](const LedgerEntry& entry) {
          absl::StrAppend(&state, " ", entry.said.key, ":",
                          std::string(NameOf(entry.state)),
                          entry.said.values.size());
          return absl::OkStatus();
        });
    if (!read.ok()) return read.ToString();
    absl::StrAppend(&state, " held ", (*ledger)->Quarantine("known")->size());
    return state;
  }

  // What the finished command leaves: several transactions have states between.
  void FindStates() {
    Restore();
    ASSERT_EQ(List(GetParam().command).exit_code, 0);
    new_state_ = StateOf(ledger_);
    ASSERT_THAT(new_state_, StartsWith("version"));
  }

  // One of the states that a whole number of transactions leaves.
  bool IsAState(const std::string& state) const {
    if (state == old_state_ || state == new_state_) return true;
    return GetParam().transactions > 1 && absl::StartsWith(state, "version");
  }

  void ExpectServed(const std::string& what) const {
    const auto published = OpenPublished(lists_);
    EXPECT_OK(published) << what;
  }

  // The same again: exactly what it would have left at once.
  void ExpectTheSameAgain(const std::string& what) const {
    const ProgramResult again = List(GetParam().command);
    EXPECT_EQ(again.exit_code, 0) << what << "\n" << again.err;
    const std::string state = StateOf(ledger_);
    if (GetParam().transactions > 1) {
      // Versions count transactions; what they hold is the same.
      EXPECT_EQ(state.substr(state.find(' ', 8)),
                new_state_.substr(new_state_.find(' ', 8)))
          << what;
    } else {
      EXPECT_EQ(state, new_state_) << what;
    }
    ExpectServed(what);
  }

  std::string root_;
  std::string ledger_;
  std::string lists_;
  FolderContent ledger_before_;
  FolderContent lists_before_;
  std::string old_state_;
  std::string new_state_;
};

TEST_P(LedgerFaultsTest, KilledBeforeAnyCallLeavesAllOrNothing) {
  ASSERT_NO_FATAL_FAILURE(FindStates());
  int kills = 0;
  for (int k = 1;; ++k) {
    const FaultyResult result =
        RunFaulty({{"HASHVET_FAULT_CALL", absl::StrCat(k)},
                   {"HASHVET_FAULT_KIND", "KILL"}});
    if (!result.fired) break;
    ++kills;
    const std::string what = absl::StrCat("call ", k);
    EXPECT_EQ(result.program.exit_code, 128 + 9) << what;
    const std::string state = StateOf(ledger_);
    EXPECT_TRUE(IsAState(state)) << what << ": " << state;
    ExpectServed(what);
    ExpectTheSameAgain(what);
    if (HasFailure()) break;
  }
  EXPECT_GT(kills, 5) << "the kills did not reach the program";
  RecordProperty("kills", kills);
}

TEST_P(LedgerFaultsTest, AnyCallThatFailsLeavesAllOrNothing) {
  ASSERT_NO_FATAL_FAILURE(FindStates());
  int faults = 0;
  for (const std::string kind : {"ENOSPC", "EIO"}) {
    for (int k = 1;; ++k) {
      const FaultyResult result =
          RunFaulty({{"HASHVET_FAULT_CALL", absl::StrCat(k)},
                     {"HASHVET_FAULT_KIND", kind}});
      if (!result.fired) break;
      ++faults;
      const std::string what = absl::StrCat(kind, " at call ", k);
      const std::string state = StateOf(ledger_);
      EXPECT_TRUE(IsAState(state)) << what << ": " << state;
      if (result.program.exit_code != 0) {
        EXPECT_THAT(result.program.err, StartsWith("hashvet: ")) << what;
        EXPECT_TRUE(result.program.exit_code == 3 ||
                    result.program.exit_code == 2)
            << what << ": " << result.program.exit_code;
      } else {
        EXPECT_EQ(state, new_state_) << what;
      }
      ExpectServed(what);
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(faults, 10) << "the faults did not reach the program";
  RecordProperty("faults", faults);
}

// HASHVET_LEDGER_KILLS says how many; ./dev evidence ledger asks for 5,000.
class LedgerKillTest : public LedgerFaultsTest {};

TEST_P(LedgerKillTest, KilledAtAnyMomentLeavesWholeTransactions) {
  const char* asked = std::getenv("HASHVET_LEDGER_KILLS");
  const int kills = asked == nullptr ? 200 : std::atoi(asked);
  const std::vector<std::vector<std::string>> commands = {
      {"import", "known", "second.csv", "--chunk", "25"},
      {"remove", "known", "key-2", "key-3"},
      {"import", "known", "first.csv", "--restore"},
      {"publish", "--lists", "lists"},
      {"publish", "--lists", "lists", "--base"}};
  std::mt19937_64 random(4);
  int in_time = 0;
  uint64_t version = 0;
  for (int i = 0; i < kills; ++i) {
    std::vector<std::string> command = commands[random() % commands.size()];
    command.insert(command.begin(), "list");
    command.insert(command.end(), {"--ledger", ledger_});
    {
      RunningProgram program(Command(command), {.folder = folder_.path()});
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 25'000));
      in_time += program.Kill() ? 1 : 0;
    }
    const auto ledger = Ledger::Open(ledger_, {.check_always = true});
    ASSERT_OK(ledger) << "kill " << i;
    ASSERT_OK((*ledger)->Verify()) << "kill " << i;
    ASSERT_GE(*(*ledger)->version(), version) << "kill " << i;
    version = *(*ledger)->version();
    // Removed together, or not at all.
    const auto state = [&](const char* key) {
      return (*ledger)->FindEntry("known", key)->state;
    };
    ASSERT_EQ(state("key-2"), state("key-3")) << "kill " << i;
    ASSERT_OK(OpenPublished(lists_)) << "kill " << i;
  }
  EXPECT_GT(in_time, kills / 10);
  RecordProperty("kills_in_time", in_time);
}

INSTANTIATE_TEST_SUITE_P(, LedgerKillTest,
                         ::testing::Values(LedgerScenario{"random", {}}),
                         [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    , LedgerFaultsTest,
    ::testing::Values(
        LedgerScenario{"add",
                       {"add", "known", "--key", "key-7",
                        "00112233445566778899aabbccddeeff"
                        "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}},
        LedgerScenario{"remove", {"remove", "known", "key-2", "key-3"}},
        LedgerScenario{"suppress", {"suppress", "known", "key-2", "key-3"}},
        LedgerScenario{
            "import", {"import", "known", "second.csv", "--chunk", "25"}, 5},
        LedgerScenario{"overlay", {"publish", "--lists", "lists", "--overlay"}},
        LedgerScenario{"base", {"publish", "--lists", "lists", "--base"}}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace hashvet::testing
