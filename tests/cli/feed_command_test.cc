// hashvet feed, against a source on loopback.

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/cli/cli_test.h"
#include "tests/feeds/ncmec_support.h"
#include "tests/feeds/threatexchange_support.h"
#include "tests/support/run_program.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class FeedCommandTest : public CliTest {
 protected:
  FeedCommandTest() : simulator_({.page_size = 50}) {
    std::filesystem::create_directory(folder_.Path("lists"));
    std::filesystem::permissions(folder_.Path("lists"),
                                 std::filesystem::perms::owner_all);
    EXPECT_EQ(Run({"list", "create", "fed", "--ledger", "ledger"}).exit_code,
              0);
  }

  ProgramResult Feed(std::vector<std::string> arguments,
                     RunOptions options = {}) const {
    arguments.insert(arguments.begin(), "feed");
    arguments.insert(arguments.end(), {"--ledger", "ledger"});
    options.environment.emplace_back("SECRET", "user:secret");
    return Run(arguments, options);
  }
  ProgramResult Add(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"add",          "fed",
                                          "--protocol",   "ncmec",
                                          "--base",       simulator_.base(),
                                          "--credential", "env:SECRET"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Feed(arguments);
  }
  void Fill(uint64_t entries) {
    for (uint64_t i = 0; i < entries; ++i) {
      simulator_.Put(Image(absl::StrCat(i), i));
    }
    simulator_.Advance(10);
  }

  NcmecSimulator simulator_;
};

TEST_F(FeedCommandTest, FromASourceToAMatch) {
  Fill(120);
  ASSERT_EQ(Add().exit_code, 0);
  const ProgramResult test = Feed({"test", "fed"});
  EXPECT_EQ(test.exit_code, 0) << test.err;
  EXPECT_THAT(test.out, HasSubstr("taken for user of Test Platform"));
  const ProgramResult sync = Feed({"sync", "--once", "--lists", "lists"});
  EXPECT_EQ(sync.exit_code, 0) << sync.err;
  EXPECT_THAT(sync.out, AllOf(HasSubstr("fed: 3 pages, 120 added"),
                              HasSubstr("snapshot")));
  const ProgramResult match =
      Run({"match", "--hashes", "--lists", "lists", "-"},
          {.input = Hex(BalancedPdq(7)) + "\n"});
  EXPECT_EQ(match.exit_code, 1) << match.err;
  const ProgramResult status = Feed({"status", "--json"});
  EXPECT_EQ(status.exit_code, 0) << status.err;
  const auto json = ParseJson(status.out);
  EXPECT_EQ(json["entries"]["active"].GetInt(), 120);
  EXPECT_FALSE(json["stale"].GetBool());
}

TEST_F(FeedCommandTest, ADryRunChangesNothing) {
  Fill(120);
  Add();
  const ProgramResult dry = Feed({"sync", "--once", "--dry-run", "--json"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_EQ(ParseJson(dry.out)["added"].GetInt(), 120);
  EXPECT_THAT(Run({"list", "export", "fed", "--ledger", "ledger"}).out,
              Not(HasSubstr("42-image")));
  EXPECT_THAT(Feed({"sync", "--once"}).out, HasSubstr("120 added"));
}

TEST_F(FeedCommandTest, BadConfigurationIsOneClearLine) {
  const auto expect = [&](const std::vector<std::string>& arguments, int code,
                          const std::string& text) {
    const ProgramResult result = Feed(arguments);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(text));
    EXPECT_THAT(LinesOf(result.err), SizeIs(1));
  };
  const std::string base = simulator_.base();
  expect({"add", "fed", "--protocol", "ncmec", "--base", "http://example.org",
          "--credential", "env:A"},
         2, "want https");
  expect({"add", "fed", "--protocol", "nonsense", "--base", base}, 2,
         "want one of ncmec");
  expect({"add", "fed", "--protocol", "ncmec", "--credential", "env:A"}, 2,
         "base: missing");
  expect({"add", "fed", "--protocol", "ncmec", "--base", base}, 2,
         "credential: missing");
  expect({"add", "fed", "--protocol", "ncmec", "--base", base, "--credential",
          "user:secret"},
         2, "never the secret itself");
  expect({"add", "fed", "--protocol", "ncmec", "--base", base, "--credential",
          "env:A", "--option", "colour=red"},
         2, "has members, since");
  expect({"add", "fed", "--protocol", "tcap", "--base", base, "--credential",
          "env:A", "--option", "colour=red"},
         2, "tcap has none");
  expect({"add", "fed", "--protocol", "stopncii", "--base",
          "https://example.org", "--credential", "env:A", "--proxy",
          "http://me:top-secret@proxy.example.org"},
         2, "proxy: credentials in it are not taken\n");
  expect({"add", "none", "--protocol", "ncmec", "--base", base, "--credential",
          "env:A"},
         3, "none");
  expect({"sync", "--once"}, 3, "no list has one");
  expect({"sync", "fed", "--once"}, 3, "has none");
  expect({"sync", "fed"}, 2, "--once and --daemon");
  expect({"remove", "fed"}, 3, "has none");
  Add();
  EXPECT_EQ(Add().exit_code, 3);
  EXPECT_EQ(Add({"--update"}).exit_code, 0);
  EXPECT_EQ(Feed({"remove", "fed"}).exit_code, 0);
  EXPECT_EQ(Feed({"list"}).out, "");
}

TEST_F(FeedCommandTest, ATrialWritesNoLargeFingerprints) {
  NcmecRecord record = Image("a", 1);
  record.large = {"tmk-pdqf"};
  simulator_.Put(record);
  simulator_.Advance(10);
  const std::string large = folder_.Path("large");
  std::filesystem::create_directory(large);
  std::filesystem::permissions(large, std::filesystem::perms::owner_all);
  ASSERT_EQ(Add({"--option", "large=" + large}).exit_code, 0);
  EXPECT_EQ(Feed({"sync", "fed", "--once", "--dry-run"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_empty(large));
  EXPECT_EQ(Feed({"sync", "fed", "--once"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::is_empty(large));
}

TEST_F(FeedCommandTest, ExitCodesTellTheCause) {
  Fill(5);
  Add();
  const auto code_of = [&](FeedFault fault) {
    fault.times = 1000;
    simulator_.Inject(fault);
    const ProgramResult result = Feed({"sync", "--once", "--force"});
    simulator_.ClearFaults();
    EXPECT_THAT(LinesOf(result.err), Not(IsEmpty()));
    return result.exit_code;
  };
  using Kind = FeedFault::Kind;
  EXPECT_EQ(code_of({.kind = Kind::kStatus, .number = 503}), 10);
  EXPECT_EQ(code_of({.kind = Kind::kStatus, .number = 403}), 11);
  EXPECT_EQ(code_of({.kind = Kind::kBody, .text = "<html/>"}), 12);
  // The back-off is kept, and told.
  const ProgramResult early = Feed({"sync", "--once"});
  EXPECT_EQ(early.exit_code, 10);
  EXPECT_THAT(early.err, HasSubstr("3 failures in a row"));
  EXPECT_EQ(Feed({"status"}).exit_code, 14);
  EXPECT_EQ(Feed({"sync", "--once", "--force"}).exit_code, 0);
  EXPECT_EQ(Feed({"status"}).exit_code, 0);
  // No secret.
  EXPECT_EQ(Feed({"add", "fed", "--update", "--protocol", "ncmec", "--base",
                  simulator_.base(), "--credential", "env:NOT_THERE"})
                .exit_code,
            0);
  const ProgramResult none = Feed({"sync", "--once"});
  EXPECT_EQ(none.exit_code, 11) << none.err;
}

TEST_F(FeedCommandTest, TwoSyncsAtOnceTheSecondSaysSoAndLeaves) {
  Fill(5);
  Add();
  simulator_.Inject(
      {.kind = FeedFault::Kind::kSlow, .number = 3000, .path = "/v2/status"});
  RunningProgram first(
      Command({"feed", "sync", "--once", "--ledger", "ledger"}),
      {.environment = {{"SECRET", "user:secret"}}, .folder = folder_.path()});
  while (simulator_.Targets().empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const ProgramResult second = Feed({"sync", "--once"});
  EXPECT_EQ(second.exit_code, 15);
  EXPECT_THAT(second.err, HasSubstr("another process syncs the list fed"));
  const ProgramResult done = first.Finish();
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("5 added"));
}

TEST_F(FeedCommandTest, HooksAreRunWithWhatHappened) {
  Fill(5);
  Add();
  const std::vector<std::string> hooks = {
      "sync",
      "--once",
      "--force",
      "--on-update",
      "echo \"$HASHVET_EVENT $HASHVET_LIST\" >> told",
      "--on-error",
      "echo \"$HASHVET_EVENT $HASHVET_DETAIL\" >> told"};
  Feed(hooks);
  Feed(hooks);  // nothing changed
  simulator_.Inject({.kind = FeedFault::Kind::kStatus, .number = 401});
  Feed(hooks);
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("told")),
            "update fed\nerror the server answered 401, want 200\n");
}

TEST_F(FeedCommandTest, WhatCouldNotGoLiveGoesLiveLater) {
  Fill(1);
  Add();
  // Before there is a directory.
  ASSERT_EQ(Feed({"sync", "--once"}).exit_code, 0);
  const std::vector<std::string> sync = {"sync", "--once", "--lists", "lists"};
  EXPECT_THAT(Feed(sync).out, HasSubstr("version 1, snapshot"));
  EXPECT_THAT(Feed(sync).out, Not(HasSubstr("snapshot")));
  // Held: it is told at each sync, and not once.
  simulator_.Delete("42-image-0");
  simulator_.Advance(10);
  std::vector<std::string> hooked = sync;
  hooked.insert(
      hooked.end(),
      {"--on-error", "echo \"$HASHVET_LIST $HASHVET_DETAIL\" >> told"});
  EXPECT_EQ(Feed(hooked).exit_code, 13);
  EXPECT_EQ(Feed(sync).exit_code, 13);
  EXPECT_THAT(ScratchFolder::Read(folder_.Path("told")),
              HasSubstr("fed not published: held"));
}

TEST_F(FeedCommandTest, WhatCameBeforeASyncFailedGoesLive) {
  Fill(120);
  Add();
  // The first of three pages comes.
  simulator_.Inject({.kind = FeedFault::Kind::kSlow, .path = "/v2/entries"});
  simulator_.Inject({.kind = FeedFault::Kind::kStatus,
                     .number = 503,
                     .path = "/v2/entries",
                     .times = 1000});
  const ProgramResult failed = Feed({"sync", "--once", "--lists", "lists"});
  EXPECT_EQ(failed.exit_code, 10);
  EXPECT_THAT(failed.out, HasSubstr("snapshot"));
}

// A matcher tells a list's age from what is published: a source that says that
// nothing changed keeps it fresh.
TEST_F(FeedCommandTest, AConfirmationGoesLiveThoughNothingChanged) {
  ASSERT_EQ(Run({"list", "create", "aging", "--ledger", "ledger",
                 "--stale-after", "8s"})
                .exit_code,
            0);
  Fill(5);
  Feed({"add", "aging", "--protocol", "ncmec", "--base", simulator_.base(),
        "--credential", "env:SECRET"});
  const std::vector<std::string> sync = {"sync", "aging", "--once", "--lists",
                                         "lists"};
  EXPECT_THAT(Feed(sync).out, HasSubstr("snapshot"));
  std::this_thread::sleep_for(std::chrono::milliseconds(3100));
  const ProgramResult confirmed = Feed(sync);
  EXPECT_EQ(confirmed.exit_code, 0) << confirmed.err;
  EXPECT_THAT(confirmed.out, AllOf(HasSubstr("5 unchanged"),
                                   HasSubstr("version 2, snapshot")));
}

TEST_F(FeedCommandTest, ATrialTellsTheSourceNothingAndRunsNoCommand) {
  Fill(2);
  Add();
  Feed({"sync", "--once"});
  Feed({"feedback", "fed", "42-image-1", "--type", "md5", "--right"});
  simulator_.Put(Image("3", 3));
  simulator_.Advance(10);
  const ProgramResult trial =
      Feed({"sync", "--once", "--dry-run", "--on-update", "touch told"});
  EXPECT_EQ(trial.exit_code, 0) << trial.err;
  EXPECT_THAT(trial.out, HasSubstr("1 added"));
  EXPECT_THAT(simulator_.feedback(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("told")));
}

TEST_F(FeedCommandTest, ATrialOfAFileTellsWhatWouldGo) {
  const auto write = [&](int entries) {
    std::string text;
    for (int i = 0; i < entries; ++i) {
      absl::StrAppend(&text, Hex(BalancedPdq(static_cast<uint64_t>(i))), "\n");
    }
    folder_.Write("new.txt", text);
    std::filesystem::rename(folder_.Path("new.txt"), folder_.Path("list.txt"));
  };
  write(100);
  ASSERT_EQ(
      Feed({"add", "fed", "--protocol", "file", "--option", "path=list.txt"})
          .exit_code,
      0);
  Feed({"sync", "--once"});
  write(90);
  const ProgramResult trial = Feed({"sync", "--once", "--dry-run"});
  EXPECT_EQ(trial.exit_code, 0) << trial.err;
  EXPECT_THAT(trial.out, HasSubstr("10 deleted"));
  EXPECT_THAT(trial.err, HasSubstr("would be held"));
  EXPECT_EQ(Feed({"sync", "--once"}).exit_code, 13);
}

TEST_F(FeedCommandTest, AFeedFromElsewhereIsReadAnew) {
  Fill(20);
  Add();
  Feed({"sync", "--once"});
  NcmecSimulator other({.page_size = 50});
  for (uint64_t i = 0; i < 30; ++i) {
    other.Put(Image(absl::StrCat("other-", i), 100 + i));
  }
  other.Advance(10);
  // Nothing of the source: what was read stays read.
  EXPECT_THAT(Add({"--update", "--every", "1h"}).out,
              Not(HasSubstr("read anew")));
  const ProgramResult moved =
      Feed({"add", "fed", "--protocol", "ncmec", "--base", other.base(),
            "--credential", "env:SECRET", "--update"});
  EXPECT_THAT(moved.out, HasSubstr("read anew with the next sync"));
  EXPECT_EQ(Feed({"status"}).exit_code, 14);
  // What was there is not the new source's: a person says that it may go.
  EXPECT_EQ(Feed({"sync", "--once"}).exit_code, 13);
  const ProgramResult sync = Feed({"sync", "--once", "--accept"});
  EXPECT_EQ(sync.exit_code, 0) << sync.err;
  EXPECT_THAT(sync.out, HasSubstr("30 added, 20 deleted"));
}

TEST_F(FeedCommandTest, OptionsThatAskForMoreAreReadAnew) {
  NcmecRecord record = Image("theirs", 1);
  record.member = 43;
  simulator_.Put(record);
  Fill(5);
  simulator_.Advance(1000);
  Add({"--option", "members=42"});
  EXPECT_THAT(Feed({"sync", "--once"}).out, HasSubstr("5 added"));
  Add({"--option", "members=42,43", "--update"});
  EXPECT_THAT(Feed({"sync", "--once"}).out, HasSubstr("1 added"));
}

TEST_F(FeedCommandTest, AnInterruptedSyncIsNoSuccess) {
  Fill(5);
  Add();
  simulator_.Inject(
      {.kind = FeedFault::Kind::kSlow, .number = 1500, .path = "/v2/status"});
  RunningProgram sync(
      Command({"feed", "sync", "--once", "--ledger", "ledger"}),
      {.environment = {{"SECRET", "user:secret"}}, .folder = folder_.path()});
  while (simulator_.Targets().empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  sync.Signal(SIGTERM);
  EXPECT_EQ(sync.Finish().exit_code, 14);
  EXPECT_THAT(Feed({"sync", "--once"}).out, HasSubstr("5 added"));
}

TEST_F(FeedCommandTest, AWaitForTheSourceIsInterruptedAtOnce) {
  Fill(5);
  Add();
  simulator_.Inject({.kind = FeedFault::Kind::kStatus,
                     .number = 503,
                     .text = "25",
                     .path = "/v2/status"});
  RunningProgram sync(
      Command({"feed", "sync", "--once", "--ledger", "ledger"}),
      {.environment = {{"SECRET", "user:secret"}}, .folder = folder_.path()});
  while (simulator_.Targets().empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto begin = std::chrono::steady_clock::now();
  sync.Signal(SIGTERM);
  EXPECT_EQ(sync.Finish().exit_code, 14);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(FeedCommandTest, WhatIsOwedIsToldAsStale) {
  Fill(5);
  // A short range, of few halves.
  Add({"--option", "since=2023-11-14T22:13:15Z"});
  simulator_.SpoilTime(simulator_.Truth().at("42-image-3").timestamp);
  Feed({"sync", "--once", "--on-stale", "echo \"$HASHVET_EVENT\" >> told"});
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("told")), "stale\n");
}

TEST_F(FeedCommandTest, StatusHasTheClocksTheKindsAndTheNextPoll) {
  Fill(5);
  Add({"--every", "1h"});
  EXPECT_THAT(Feed({"status"}).out, HasSubstr("next poll    at once"));
  Feed({"sync", "--once", "--lists", "lists"});
  const ProgramResult status = Feed({"status", "--json", "--lists", "lists"});
  EXPECT_EQ(status.exit_code, 0) << status.err;
  const auto json = ParseJson(status.out);
  for (const char* const clock :
       {"contact_at", "success_at", "newest_at", "published_at"}) {
    EXPECT_GT(json[clock].GetUint64(), 0u) << clock;
  }
  EXPECT_EQ(json["next_at"].GetUint64(), json["contact_at"].GetUint64() + 3600);
  EXPECT_EQ(json["kinds"]["md5"]["live"].GetInt(), 5);
  EXPECT_EQ(Feed({"status", "--lists", "nowhere"}).exit_code, 3);
}

TEST_F(FeedCommandTest, FeedbackIsQueuedAndSent) {
  Fill(2);
  Add();
  Feed({"sync", "--once"});
  EXPECT_EQ(Feed({"feedback", "fed", "no-such", "--type", "md5", "--right"})
                .exit_code,
            3);
  EXPECT_EQ(Feed({"feedback", "fed", "42-image-1", "--type", "md5", "--wrong",
                  "--reason", "Example Reason 1"})
                .exit_code,
            0);
  EXPECT_THAT(Feed({"sync", "--once"}).out, HasSubstr("1 feedback sent"));
  EXPECT_THAT(simulator_.feedback(), SizeIs(1));
  EXPECT_THAT(Feed({"feedback", "fed"}).out, HasSubstr("sent"));
}

// A daemon: what the source takes back stops matching within the poll interval
// and five seconds.
TEST_F(FeedCommandTest, AWithdrawalReachesARunningMatch) {
  Fill(40);
  Add({"--every", "10s"});
  ASSERT_EQ(Feed({"sync", "--once", "--lists", "lists"}).exit_code, 0);
  RunningProgram match(
      Command({"match", "--watch", "--hashes", "--lists", "lists"}),
      {.folder = folder_.path()});
  const std::string value = Hex(BalancedPdq(7)) + ",100,asked\n";
  const auto ask = [&] {
    match.Write(value);
    return match.ReadLine().value_or("");
  };
  EXPECT_THAT(ask(), HasSubstr("42-image-7"));
  RunningProgram daemon(
      Command({"feed", "sync", "--daemon", "--ledger", "ledger", "--lists",
               "lists"}),
      {.environment = {{"SECRET", "user:secret"}}, .folder = folder_.path()});
  ASSERT_TRUE(daemon.ReadLine().has_value());
  // A list that is fed only now is asked for as well.
  Run({"list", "create", "later", "--ledger", "ledger"});
  EXPECT_EQ(Feed({"add", "later", "--protocol", "ncmec", "--base",
                  simulator_.base(), "--credential", "env:SECRET"})
                .exit_code,
            0);
  simulator_.Delete("42-image-7");
  simulator_.Advance(10);
  const auto begin = std::chrono::steady_clock::now();
  const auto limit = begin + std::chrono::seconds(16);  // 10, jitter, 5
  while (ask().find("42-image-7") != std::string::npos &&
         std::chrono::steady_clock::now() < limit) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_LT(std::chrono::steady_clock::now(), limit);
  while (Feed({"status", "later"}).exit_code != 0 &&
         std::chrono::steady_clock::now() < limit) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(Feed({"status", "later"}).exit_code, 0);
}

TEST_F(FeedCommandTest, FromThreatExchangeToAMatchAndBack) {
  ThreatExchangeSimulator source({.page_size = 5});
  for (uint64_t i = 0; i < 12; ++i) source.Put(Pdq(absl::StrCat(i), i));
  source.Advance(10);
  const auto add = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "add",    "fed",          "--protocol",   "threatexchange",
        "--base", source.graph(), "--credential", "env:TOKEN"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Feed(arguments);
  };
  const ProgramResult without = add({});
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_THAT(without.err, HasSubstr("option group: want the privacy group"));
  ASSERT_EQ(add({"--option", "group=999"}).exit_code, 0);
  RunOptions token;
  token.environment.emplace_back("TOKEN", "123|secret");
  const ProgramResult test = Feed({"test", "fed"}, token);
  EXPECT_EQ(test.exit_code, 0) << test.err;
  EXPECT_THAT(test.out, HasSubstr("Test Group"));
  RunOptions wrong;
  wrong.environment.emplace_back("TOKEN", "123|wrong");
  const ProgramResult refused = Feed({"test", "fed"}, wrong);
  EXPECT_EQ(refused.exit_code, 11);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("190"), Not(HasSubstr("wrong"))));
  const auto outcome = [&] {
    const ProgramResult sync =
        Feed({"sync", "--once", "--lists", "lists"}, token);
    EXPECT_EQ(sync.exit_code, 0) << sync.err;
    return Run({"match", "--hashes", "--lists", "lists", "-"},
               {.input = Hex(BalancedPdq(7)) + "\n"})
        .exit_code;
  };
  EXPECT_EQ(outcome(), 1);
  source.Delete("7", 1);
  source.Advance(10);
  EXPECT_EQ(outcome(), 0);
}

// What is written out is what a file feed reads in, in every form.
TEST_F(FeedCommandTest, AnExportIsReadBackTheSame) {
  Fill(30);
  NcmecRecord odd = Image("a, \"b\"", 100);
  odd.fingerprints.emplace_back("md5", Hex(Md5Of(101)));
  odd.fingerprints.emplace_back("sha1", std::string(40, 'b'));
  simulator_.Put(odd);
  simulator_.Advance(10);
  ASSERT_EQ(Add().exit_code, 0);
  ASSERT_EQ(Feed({"sync", "--once"}).exit_code, 0);
  ASSERT_EQ(Run({"list", "suppress", "fed", "42-image-3", "--ledger", "ledger",
                 "--reason", "test"})
                .exit_code,
            0);
  const auto values = [&](const std::string& list) {
    return Feed({"export", list, "--format", "typed"}).out;
  };
  const std::string all = values("fed");
  // Two values an entry; one has four, and one is suppressed.
  EXPECT_EQ(std::ranges::count(all, '\n'), 2 * 29 + 4);
  EXPECT_THAT(all, Not(HasSubstr(Hex(Md5Of(3)))));
  int number = 0;
  for (const std::string format :
       {"csv", "jsonl", "typed", "dataset", "bare"}) {
    SCOPED_TRACE(format);
    const std::string name = absl::StrCat("back", number++);
    std::vector<std::string> write = {"export", "fed", "--format",
                                      format,   "-o",  name + ".list"};
    std::vector<std::string> add = {
        "add",        name,
        "--protocol", "file",
        "--option",   absl::StrCat("path=", folder_.Path(name + ".list"))};
    if (format == "jsonl") {
      write.insert(write.end(), {"--mapping", "mapping"});
      add.insert(add.end(),
                 {"--option", "format=mapped", "--option",
                  absl::StrCat("mapping=", folder_.Path("mapping"))});
    }
    const ProgramResult written = Feed(write);
    ASSERT_EQ(written.exit_code, 0) << written.err;
    EXPECT_THAT(written.out, IsEmpty());
    ASSERT_EQ(Run({"list", "create", name, "--ledger", "ledger"}).exit_code, 0);
    ASSERT_EQ(Feed(add).exit_code, 0);
    const ProgramResult sync = Feed({"sync", name, "--once"});
    ASSERT_EQ(sync.exit_code, 0) << sync.err;
    if (format == "bare") {
      EXPECT_EQ(values(name), Feed({"export", name, "--format", "typed"}).out);
      EXPECT_EQ(std::ranges::count(values(name), '\n'), 30);
      continue;
    }
    std::vector<std::string> sorted[2];
    for (const int side : {0, 1}) {
      sorted[side] = absl::StrSplit(values(side == 0 ? "fed" : name), '\n');
      std::ranges::sort(sorted[side]);
    }
    EXPECT_EQ(sorted[0], sorted[1]);
    // Those that have keys keep them, with the category.
    const std::string csv = Feed({"export", name}).out;
    EXPECT_EQ(csv.find("42-image-a, \"\"b\"\"") != std::string::npos,
              format == "csv" || format == "jsonl");
    EXPECT_EQ(csv.find(",A1,") != std::string::npos, format != "typed");
  }
}

TEST_F(FeedCommandTest, AnExportThatCannotBeIsOneClearLine) {
  ProgramResult result = Feed({"export", "fed", "--format", "xml"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--format: got 'xml', want one of csv"));
  result = Feed({"export", "fed", "--mapping", "m"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--mapping"));
  result = Feed({"export", "none"});
  EXPECT_EQ(result.exit_code, 3);
  result = Feed({"export", "fed", "-o", "no/such/place"});
  EXPECT_EQ(result.exit_code, 2);
}

// Requests do not depend on this machine's zone or clock, nor on a server's
// that steps back, and nothing is lost by any of them.
TEST_F(FeedCommandTest, RequestsAreTheSameInEveryZoneAndAtEveryTime) {
  Fill(120);
  Add();
  const auto targets_under =
      [&](const std::vector<std::pair<std::string, std::string>>& environment) {
        std::filesystem::remove_all(folder_.Path("ledger"));
        Run({"list", "create", "fed", "--ledger", "ledger"});
        Add();
        simulator_.ForgetRequests();
        RunOptions options;
        options.environment = environment;
        const ProgramResult sync = Feed({"sync", "--once"}, options);
        EXPECT_THAT(sync.out, HasSubstr("120 added")) << sync.err;
        return simulator_.Targets();
      };
  const std::vector<std::string> plain = targets_under({{"TZ", "UTC"}});
  EXPECT_THAT(plain, SizeIs(4));
  for (const char* const zone : {"Asia/Tokyo", "America/New_York"}) {
    EXPECT_THAT(targets_under({{"TZ", zone}}), ElementsAreArray(plain));
  }
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's runtime wants to be loaded first";
#endif
  const std::string faketime =
      "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
  if (!std::filesystem::exists(faketime)) {
    GTEST_SKIP() << "no libfaketime here";
  }
  for (const char* const offset : {"-10y", "+10y"}) {
    EXPECT_THAT(targets_under({{"LD_PRELOAD", faketime},
                               {"FAKETIME", offset},
                               {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}}),
                ElementsAreArray(plain));
  }
}

}  // namespace
}  // namespace hashvet::testing
