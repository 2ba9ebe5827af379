// Publishing while the system fails at every single call, while the process is
// killed, and while the power is cut: the directory serves the old list or the
// new one, always, and says which.

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hashvet/list/key_source.h"
#include "hashvet/list/publication.h"
#include "hashvet/list/sealed_file.h"
#include "tests/cli/cli_test.h"
#include "tests/support/lost_writes.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// A command, what the directory holds before it, and what may stand there
// afterwards.
struct Scenario {
  std::string name;
  // Each a whole command, but for "snapshot" and "--lists lists".
  std::vector<std::vector<std::string>> before;
  std::vector<std::string> command;
};

void PrintTo(const Scenario& scenario, std::ostream* os) {
  *os << scenario.name;
}

const std::string kNothing = "nothing";

// About as long as the program runs.
constexpr std::chrono::microseconds kKillWithin{15'000};

class PublishDirectoryTest : public CliTest {
 protected:
  void SetUp() override {
    BuildList("a.hvs", HashLines(1), {"--name", "known"});
    BuildList("b.hvs", HashLines(2), {"--name", "known"});
    BuildList("c.hvs", HashLines(3), {"--overlay-of", "a.hvs"});
    WriteKey("seal.key", std::string(64, '5'));
    // RFC 8032's first test key, in PEM.
    WriteKey(
        "sign.pem",
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
        "-----END PRIVATE KEY-----\n");
    lists_ = std::filesystem::canonical(folder_.path()).string() + "/lists";
    cut_ = folder_.Path("cut");
    disk_ = folder_.Path("disk");
    for (const std::string& made : {lists_, cut_, disk_}) {
      ASSERT_EQ(::mkdir(made.c_str(), 0700), 0);
    }
  }

  void Prepare(const Scenario& scenario) {
    for (const auto& command : scenario.before) {
      const ProgramResult result = Snapshot(command);
      ASSERT_EQ(result.exit_code, 0) << result.err;
    }
    before_ = ReadFolder(lists_);
    old_state_ = StateOf(lists_);
    const ProgramResult result = Snapshot(scenario.command);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    new_state_ = StateOf(lists_);
    ASSERT_THAT(new_state_, StartsWith("version"));
  }

  ProgramResult Snapshot(std::vector<std::string> command,
                         const RunOptions& options = {}) const {
    command.insert(command.begin(), "snapshot");
    command.insert(command.end(), {"--lists", "lists"});
    return Run(command, options);
  }

  struct FaultyResult {
    ProgramResult program;
    bool fired = false;
    int syncs = 0;
  };

  // From the state before, with these settings of faulty_files.cc.
  FaultyResult RunFaulty(
      const std::vector<std::string>& command,
      std::vector<std::pair<std::string, std::string>> settings) const {
    WriteFolder(lists_, before_);
    WriteFolder(disk_, {});
    const std::string log = folder_.Path("log");
    std::filesystem::remove(log);
    settings.insert(settings.end(),
                    {{"LD_PRELOAD", HASHVET_FAULTY_FILES},
                     // The sanitizer need not be the first library.
                     {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                     {"HASHVET_FAULT_FOLDER", lists_},
                     {"HASHVET_FAULT_LOG", log}});
    FaultyResult result;
    result.program = Snapshot(command, {.environment = settings});
    for (const std::string& line : LinesOf(ScratchFolder::Read(log))) {
      result.fired |= line == "fired";
      result.syncs += absl::StrContains(line, "sync ") ? 1 : 0;
    }
    return result;
  }

  // Which list a directory serves, in one line; kNothing where nothing was ever
  // published; an error's text otherwise.
  std::string StateOf(const std::string& directory) const {
    PublishedOptions options;
    options.verified_path = folder_.Path("verified");
    options.verify_always = true;
    const auto secret = ReadSecret("file:" + folder_.Path("seal.key"));
    EXPECT_OK(secret);
    const auto key = EncryptionKey::FromSecret(secret->bytes());
    EXPECT_OK(key);
    options.encryption_key = &*key;
    const auto published = OpenPublished(directory, options);
    if (!published.ok()) {
      return absl::IsNotFound(published.status()) &&
                     !std::filesystem::exists(directory + "/manifest")
                 ? kNothing
                 : published.status().ToString();
    }
    const Manifest& manifest = published->manifest;
    return absl::StrCat(
        "version ", manifest.version, " state ", manifest.current.version,
        " base ", published->base->version(), " overlay ",
        published->overlay == nullptr ? "none" : published->overlay->version());
  }

  bool IsOldOrNew(const std::string& state) const {
    return state == old_state_ || state == new_state_;
  }

  // Nothing but what a manifest of now or before names.
  void ExpectNoLeftovers(const FolderContent& folder,
                         const std::string& manifest_before) const {
    ASSERT_TRUE(folder.contains("manifest"));
    const std::string manifests = manifest_before + folder.at("manifest");
    for (const auto& [name, content] : folder) {
      if (name == "manifest" || name == "lock" || name == "verified") continue;
      EXPECT_THAT(manifests, HasSubstr(name)) << "left over";
    }
  }

  // The cuts at call `k`, or after the end, that leave neither list.
  int BrokenCuts(const Scenario& scenario, const std::string& no_sync) {
    int broken = 0;
    for (int k = 1;; ++k) {
      const FaultyResult result =
          RunFaulty(scenario.command, {{"HASHVET_FAULT_CALL", absl::StrCat(k)},
                                       {"HASHVET_FAULT_KIND", "KILL"},
                                       {"HASHVET_FAULT_DISK", disk_},
                                       {"HASHVET_FAULT_NOSYNC", no_sync}});
      EXPECT_EQ(result.program.exit_code, result.fired ? 128 + 9 : 0);
      for (const FolderContent& left : AfterPowerCut(before_, disk_)) {
        WriteFolder(cut_, left);
        const std::string state = StateOf(cut_);
        ++cuts_;
        // What was told to be done must stay done.
        const bool good =
            result.fired
                ? IsOldOrNew(state)
                : state == new_state_ && SameFiles(left, ReadFolder(lists_));
        if (!good) ++broken;
        if (!good && no_sync.empty()) {
          ADD_FAILURE() << "call " << k << ": " << state;
        }
      }
      if (!result.fired) return broken;
    }
  }

  int cuts() const { return cuts_; }

  static std::string HashLines(uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string lines;
    for (int line = 0; line < 8; ++line) {
      for (int word = 0; word < 4; ++word) {
        absl::StrAppend(&lines, absl::Hex(random(), absl::kZeroPad16));
      }
      lines += '\n';
    }
    return lines;
  }

  std::string lists_;
  FolderContent before_;
  std::string old_state_;
  std::string new_state_;

 private:
  void WriteKey(std::string_view name, const std::string& text) const {
    ASSERT_EQ(::chmod(folder_.Write(name, text).c_str(), 0600), 0);
  }

  static bool SameFiles(const FolderContent& a, const FolderContent& b) {
    const auto names = [](const FolderContent& folder) {
      std::set<std::string> lists;
      for (const auto& [name, content] : folder) {
        if (absl::EndsWith(name, ".hvs")) lists.insert(name);
      }
      return lists;
    };
    return names(a) == names(b);
  }

  std::string cut_;
  std::string disk_;
  int cuts_ = 0;
};

class PublishFaultsTest : public PublishDirectoryTest,
                          public ::testing::WithParamInterface<Scenario> {};

using PublishKillTest = PublishDirectoryTest;

TEST_P(PublishFaultsTest, KilledBeforeAnyCallLeavesTheOldListOrTheNewOne) {
  ASSERT_NO_FATAL_FAILURE(Prepare(GetParam()));
  int calls = 0;
  for (int k = 1;; ++k) {
    const FaultyResult result =
        RunFaulty(GetParam().command, {{"HASHVET_FAULT_CALL", absl::StrCat(k)},
                                       {"HASHVET_FAULT_KIND", "KILL"}});
    if (!result.fired) break;
    ++calls;
    EXPECT_EQ(result.program.exit_code, 128 + 9);
    const std::string state = StateOf(lists_);
    EXPECT_TRUE(IsOldOrNew(state)) << "call " << k << ": " << state;
    const FolderContent left = ReadFolder(lists_);
    const ProgramResult next =
        Snapshot({"publish", "a.hvs", "--accept", "--plain", "--sign-key",
                  "file:sign.pem"});
    EXPECT_EQ(next.exit_code, 0) << next.err;
    ExpectNoLeftovers(ReadFolder(lists_),
                      left.contains("manifest") ? left.at("manifest") : "");
  }
  EXPECT_GT(calls, 5) << "the kills did not reach the program";
}

TEST_P(PublishFaultsTest, AnyCallThatFailsLeavesTheOldListOrTheNewOne) {
  ASSERT_NO_FATAL_FAILURE(Prepare(GetParam()));
  for (const std::string kind : {"ENOSPC", "EIO", "SHORT"}) {
    int calls = 0;
    for (int k = 1;; ++k) {
      SCOPED_TRACE(absl::StrCat(kind, " at call ", k));
      const FaultyResult result = RunFaulty(
          GetParam().command, {{"HASHVET_FAULT_CALL", absl::StrCat(k)},
                               {"HASHVET_FAULT_KIND", kind}});
      const ProgramResult& program = result.program;
      const std::string state = StateOf(lists_);
      if (!result.fired) {
        EXPECT_EQ(program.exit_code, 0) << program.err;
        break;
      }
      ++calls;
      ASSERT_TRUE(IsOldOrNew(state)) << state << "\n" << program.err;
      if (program.exit_code == 0) {
        EXPECT_EQ(state, new_state_);
        EXPECT_EQ(program.err, "");
      } else {
        EXPECT_EQ(program.exit_code, 3);
        EXPECT_EQ(LinesOf(program.err).size(), 1u) << program.err;
        EXPECT_THAT(program.err, StartsWith("hashvet: "));
        if (state == new_state_ && state != old_state_) {
          EXPECT_THAT(program.err, HasSubstr("cannot flush the directory"));
        }
      }
      // Nothing stays of it once the next one is through.
      const FolderContent left = ReadFolder(lists_);
      const ProgramResult next =
          Snapshot({"publish", "a.hvs", "--accept", "--plain", "--sign-key",
                    "file:sign.pem"});
      EXPECT_EQ(next.exit_code, 0) << next.err;
      ExpectNoLeftovers(ReadFolder(lists_),
                        left.contains("manifest") ? left.at("manifest") : "");
    }
    EXPECT_GT(calls, 5) << "the faults did not reach the program";
  }
}

TEST_P(PublishFaultsTest, PowerCutAnywhereLeavesTheOldListOrTheNewOne) {
  ASSERT_NO_FATAL_FAILURE(Prepare(GetParam()));
  EXPECT_EQ(BrokenCuts(GetParam(), ""), 0);
  EXPECT_GT(cuts(), 10);
  RecordProperty("cuts", cuts());
}

// The negative control: the simulation sees a flush that is left out.
TEST_P(PublishFaultsTest, EveryFlushThatIsLeftOutIsNoticed) {
  ASSERT_NO_FATAL_FAILURE(Prepare(GetParam()));
  const int syncs = RunFaulty(GetParam().command, {}).syncs;
  ASSERT_GT(syncs, 0);
  for (int n = 1; n <= syncs; ++n) {
    EXPECT_GT(BrokenCuts(GetParam(), absl::StrCat(n)), 0)
        << "without flush " << n << " of " << syncs;
  }
}

const std::vector<std::string> kPublishA = {"publish", "a.hvs"};
const std::vector<std::string> kPublishB = {"publish", "b.hvs"};

INSTANTIATE_TEST_SUITE_P(
    , PublishFaultsTest,
    ::testing::Values(
        Scenario{"first", {}, kPublishA},
        Scenario{"next", {kPublishA}, kPublishB},
        Scenario{"overlay", {kPublishA}, {"publish", "--overlay", "c.hvs"}},
        Scenario{"sealed_and_signed",
                 {{"publish", "a.hvs", "--sign-key", "file:sign.pem"}},
                 {"publish", "b.hvs", "--sign-key", "file:sign.pem",
                  "--encrypt-key", "file:seal.key"}},
        Scenario{"rollback", {kPublishA, kPublishB}, {"rollback"}},
        Scenario{
            "gc", {kPublishA, {"publish", "b.hvs", "--keep", "0"}}, {"gc"}}),
    [](const auto& test) { return test.param.name; });

// HASHVET_KILLS says how many; ./dev evidence asks for 10,000.
TEST_F(PublishKillTest, KilledAtAnyMomentLeavesTheOldListOrTheNewOne) {
  const char* asked = std::getenv("HASHVET_KILLS");
  const int kills = asked == nullptr ? 200 : std::atoi(asked);
  ASSERT_EQ(Snapshot(kPublishA).exit_code, 0);
  ASSERT_EQ(Snapshot(kPublishB).exit_code, 0);
  const std::vector<std::vector<std::string>> commands = {
      kPublishA,
      kPublishB,
      {"rollback"},
      {"gc"},
      {"publish", "a.hvs", "--keep", "0"}};
  std::mt19937_64 random(4);
  int in_time = 0;  // before the program had ended
  for (int i = 0; i < kills; ++i) {
    const auto before = ReadManifest(lists_);
    ASSERT_OK(before);
    std::vector<std::string> command = commands[random() % commands.size()];
    command.insert(command.begin(), "snapshot");
    command.insert(command.end(), {"--lists", lists_});
    {
      RunningProgram program(Command(command), {.folder = folder_.path()});
      std::this_thread::sleep_for(
          std::chrono::microseconds(random() % kKillWithin.count()));
      in_time += program.Kill() ? 1 : 0;
    }
    ASSERT_THAT(StateOf(lists_), StartsWith("version")) << "kill " << i;
    const auto after = ReadManifest(lists_);
    ASSERT_OK(after);
    if (after->version == before->version) {
      ASSERT_EQ(*after, *before) << "kill " << i;
    } else {
      ASSERT_EQ(after->version, before->version + 1) << "kill " << i;
    }
  }
  EXPECT_GT(in_time, kills / 10);
  RecordProperty("kills_in_time", in_time);
  const std::string manifest = ScratchFolder::Read(lists_ + "/manifest");
  ASSERT_EQ(Snapshot(kPublishA).exit_code, 0);
  ExpectNoLeftovers(ReadFolder(lists_), manifest);
}

}  // namespace
}  // namespace hashvet::testing
