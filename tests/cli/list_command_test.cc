// hashvet list and hashvet retro, as their users meet them.

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/hash/text.h"
#include "tests/cli/cli_test.h"

namespace hashvet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// As a picture's: 128 ones. The same for the same number.
std::string HashText(uint64_t number) {
  std::mt19937_64 random(number);
  Hash256 hash;
  while (hash.ones() != 128) {
    hash.set_bit(random() % 256, hash.ones() < 128);
  }
  return ToHex(hash);
}

class ListCommandTest : public CliTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(::mkdir(folder_.Path("lists").c_str(), 0700), 0);
    ASSERT_EQ(List({"create", "known", "--action", "block"}).exit_code, 0);
  }

  ProgramResult List(std::vector<std::string> arguments,
                     const RunOptions& options = {}) const {
    arguments.insert(arguments.begin(), "list");
    arguments.insert(arguments.end(), {"--ledger", "ledger"});
    return Run(arguments, options);
  }
  rapidjson::Document Json(std::vector<std::string> arguments) const {
    arguments.push_back("--json");
    const ProgramResult result = List(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return ParseJson(result.out);
  }
  std::string Csv(uint64_t begin, uint64_t end) const {
    std::string csv = "hash,key\n";
    for (uint64_t i = begin; i < end; ++i) {
      absl::StrAppend(&csv, HashText(i), ",key-", i, "\n");
    }
    return csv;
  }
};

TEST_F(ListCommandTest, ImportCountsAndImportingAgainChangesNothing) {
  folder_.Write("list.csv", Csv(0, 50) + "00ff,short\n" + std::string(64, '0') +
                                ",blank\n");
  auto json = Json({"import", "known", "list.csv"});
  EXPECT_EQ(json["added"].GetInt(), 51);
  EXPECT_EQ(json["invalid_lines"].GetInt(), 1);
  EXPECT_EQ(json["quarantined"]["shape"].GetInt(), 1);
  EXPECT_EQ(json["quarantined"]["degenerate"].GetInt(), 1);
  const int version = json["version"].GetInt();
  auto again = Json({"import", "known", "list.csv"});
  EXPECT_EQ(again["unchanged"].GetInt(), 51);
  EXPECT_EQ(again["version"].GetInt(), version);
}

TEST_F(ListCommandTest, MessagesNeverHoldAHash) {
  folder_.Write("list.txt", HashText(1) + "x\n" + HashText(2) + "\n");
  const ProgramResult import = List({"import", "known", "list.txt"});
  EXPECT_THAT(import.err + import.out, Not(HasSubstr(HashText(1))));
  const ProgramResult missing = List({"remove", "known", HashText(3)});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err, HasSubstr("<64 hex digits>"));
}

TEST_F(ListCommandTest, ValuesWithoutAKeyGetOneThatIsAlwaysTheSame) {
  folder_.Write("one.txt", HashText(1) + "\n" + HashText(2) + "\n");
  folder_.Write("two.txt", HashText(2) + "\n" + HashText(3) + "\n");
  EXPECT_EQ(Json({"import", "known", "one.txt"})["added"].GetInt(), 2);
  auto json = Json({"import", "known", "two.txt"});
  EXPECT_EQ(json["added"].GetInt(), 1);
  EXPECT_EQ(json["unchanged"].GetInt(), 1);
}

TEST_F(ListCommandTest, RowsOfOneKeyAreOneEntry) {
  folder_.Write("list.csv", "key,kind,hash\nx,pdq," + HashText(1) + "\nx,md5," +
                                std::string(32, 'A') + "\n");
  EXPECT_EQ(Json({"import", "known", "list.csv"})["added"].GetInt(), 1);
  const ProgramResult out = List({"export", "known"});
  // Normalised, too.
  EXPECT_THAT(LinesOf(out.out), SizeIs(3));
  EXPECT_THAT(out.out, HasSubstr("md5," + std::string(32, 'a') + ",,,x"));
}

TEST_F(ListCommandTest, AnInterruptedImportGoesOnWhereItWas) {
  folder_.Write("list.csv", Csv(0, 60));
  // A disk that is full for the third transaction.
  ProgramResult stopped = List({"import", "known", "list.csv", "--chunk", "20"},
                               {.max_file_bytes = 190'000});
  const int code = stopped.exit_code;
  auto json = Json({"import", "known", "list.csv", "--chunk", "20"});
  if (code != 0) {
    EXPECT_EQ(code, 3) << stopped.err;
    EXPECT_EQ(json["resumed_at"].GetInt() % 20, 0);
    EXPECT_EQ(json["resumed_at"].GetInt() + json["added"].GetInt(), 60);
  }
  EXPECT_EQ(LinesOf(List({"export", "known"}).out).size(), 61u);
}

TEST_F(ListCommandTest, RemovingTellsWhoStillMakesItMatch) {
  ASSERT_EQ(List({"create", "other"}).exit_code, 0);
  for (const char* key : {"one", "two"}) {
    ASSERT_EQ(List({"add", "known", "--key", key, HashText(1)}).exit_code, 0);
  }
  ASSERT_EQ(List({"add", "other", "--key", "three", HashText(1)}).exit_code, 0);
  EXPECT_THAT(List({"remove", "known", "one"}).out,
              HasSubstr("still matched by\tknown\ttwo"));
  EXPECT_THAT(List({"withdraw", "known", "two"}).out,
              HasSubstr("still matched by\tother\tthree"));
  EXPECT_THAT(List({"remove", "other", "three"}).out,
              Not(HasSubstr("still matched by")));
  EXPECT_THAT(List({"remove", "known", "one"}).out, HasSubstr("1 unchanged"));
  EXPECT_EQ(List({"withdraw", "known", "one"}).exit_code, 3);
  EXPECT_EQ(List({"remove", "known", "none"}).exit_code, 3);
}

TEST_F(ListCommandTest, AllOfTheKeysOrNone) {
  folder_.Write("list.csv", Csv(0, 3));
  ASSERT_EQ(List({"import", "known", "list.csv"}).exit_code, 0);
  EXPECT_EQ(List({"suppress", "known", "key-1", "none"}).exit_code, 3);
  EXPECT_EQ(LinesOf(List({"export", "known"}).out).size(), 4u);
  EXPECT_EQ(List({"suppress", "known", "key-1", "key-2", "--until", "2d",
                  "--reason", "a meme"})
                .exit_code,
            0);
  EXPECT_EQ(LinesOf(List({"export", "known"}).out).size(), 2u);
  EXPECT_EQ(LinesOf(List({"export", "known", "--all"}).out).size(), 4u);
  EXPECT_EQ(List({"unsuppress", "known", "key-1"}).exit_code, 0);
  EXPECT_EQ(LinesOf(List({"export", "known"}).out).size(), 3u);
  EXPECT_THAT(List({"history", "known", "key-1"}).out, HasSubstr("a meme"));
}

TEST_F(ListCommandTest, ADryRunChangesNothing) {
  folder_.Write("list.csv", Csv(0, 3));
  EXPECT_EQ(
      Json({"import", "known", "list.csv", "--dry-run"})["added"].GetInt(), 3);
  EXPECT_EQ(LinesOf(List({"export", "known"}).out).size(), 1u);
}

TEST_F(ListCommandTest, QuarantineShowsReleasesAndDrops) {
  const std::string bad = std::string(32, '0') + std::string(32, 'f');
  ASSERT_EQ(List({"add", "known", "--key", "x", bad}).exit_code, 0);
  ASSERT_EQ(
      List({"add", "known", "--key", "y", std::string(64, '0')}).exit_code, 0);
  EXPECT_THAT(LinesOf(List({"export", "known"}).out), SizeIs(1));
  const auto lines = LinesOf(List({"quarantine"}).out);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], HasSubstr("degenerate"));
  EXPECT_EQ(List({"quarantine", "--release", "1", "--drop", "2"}).exit_code, 0);
  EXPECT_THAT(List({"quarantine"}).out, IsEmpty());
  EXPECT_THAT(LinesOf(List({"export", "known"}).out), SizeIs(2));
  EXPECT_EQ(List({"quarantine", "--release", "2"}).exit_code, 3);
}

TEST_F(ListCommandTest, AFullImportIsHeldWhenItLacksTooMuch) {
  folder_.Write("all.csv", Csv(0, 200));
  folder_.Write("part.csv", Csv(0, 180));
  ASSERT_EQ(List({"import", "known", "all.csv"}).exit_code, 0);
  const ProgramResult held = List({"import", "known", "part.csv", "--full"});
  EXPECT_EQ(held.exit_code, 13);
  EXPECT_THAT(held.err, HasSubstr("20 of them missing"));
  EXPECT_THAT(LinesOf(List({"export", "known"}).out), SizeIs(201));
  EXPECT_EQ(
      List({"import", "known", "part.csv", "--full", "--accept"}).exit_code, 0);
  EXPECT_THAT(LinesOf(List({"export", "known"}).out), SizeIs(181));
}

TEST_F(ListCommandTest, AFullImportIsOfItsOwnTextAlone) {
  folder_.Write("old.csv", Csv(0, 3));
  folder_.Write("next.csv", Csv(1, 4));
  ASSERT_EQ(List({"import", "known", "old.csv"}).exit_code, 0);
  // The end of this one never comes: a third input is missing.
  EXPECT_EQ(List({"import", "known", "--full", "old.csv", "none"}).exit_code,
            3);
  ASSERT_EQ(List({"import", "known", "--full", "next.csv"}).exit_code, 0);
  const ProgramResult out = List({"export", "known"});
  EXPECT_THAT(LinesOf(out.out), SizeIs(4));
  EXPECT_THAT(out.out, Not(HasSubstr("key-0")));
}

TEST_F(ListCommandTest, DiffTellsWhatWouldChange) {
  folder_.Write("list.csv", Csv(0, 3));
  ASSERT_EQ(List({"import", "known", "list.csv"}).exit_code, 0);
  EXPECT_EQ(List({"diff", "known", "list.csv"}).exit_code, 0);
  folder_.Write("next.csv", "hash,key\n" + HashText(1) + ",key-0\n" +
                                HashText(2) + ",key-2\n" + HashText(9) +
                                ",key-9\n");
  const ProgramResult diff = List({"diff", "known", "next.csv"});
  EXPECT_EQ(diff.exit_code, 1);
  EXPECT_THAT(LinesOf(diff.out),
              ElementsAre("changed\tkey-0", "missing\tkey-1", "added\tkey-9"));
}

// Additions and removals in a matcher that runs.
TEST_F(ListCommandTest, ARunningMatcherFollowsTheLedger) {
  folder_.Write("list.csv", Csv(0, 3));
  ASSERT_EQ(List({"import", "known", "list.csv"}).exit_code, 0);
  ASSERT_EQ(List({"publish", "--lists", "lists"}).exit_code, 0);
  RunningProgram match(
      Command({"match", "--watch", "--hashes", "--lists", "lists"}),
      {.folder = folder_.path()});
  const auto ask = [&](uint64_t number) {
    match.Write(HashText(number) + ",100,asked\n");
    return match.ReadLine().value_or("(nothing)");
  };
  EXPECT_THAT(ask(1), HasSubstr("match\tasked\tknown\tkey-1"));
  EXPECT_THAT(ask(7), HasSubstr("no_match"));
  const auto becomes = [&](uint64_t number, const std::string& want) {
    for (std::string got; got != "(nothing)";) {
      got = ask(number);
      if (got.starts_with(want)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  };
  ASSERT_EQ(List({"add", "known", "--key", "seven", HashText(7)}).exit_code, 0);
  ASSERT_EQ(List({"publish", "--lists", "lists", "--overlay"}).exit_code, 0);
  EXPECT_TRUE(becomes(7, "match"));
  ASSERT_EQ(List({"remove", "known", "key-1"}).exit_code, 0);
  ASSERT_EQ(List({"publish", "--lists", "lists", "--overlay"}).exit_code, 0);
  EXPECT_TRUE(becomes(1, "no_match"));
  EXPECT_TRUE(becomes(7, "match"));
}

TEST_F(ListCommandTest, BackupAndRestore) {
  folder_.Write("list.csv", Csv(0, 3));
  ASSERT_EQ(List({"import", "known", "list.csv"}).exit_code, 0);
  ASSERT_EQ(List({"backup", "copy"}).exit_code, 0);
  ASSERT_EQ(List({"remove", "known", "key-1"}).exit_code, 0);
  ASSERT_EQ(List({"restore", "copy"}).exit_code, 0);
  EXPECT_THAT(LinesOf(List({"export", "known"}).out), SizeIs(4));
  folder_.Write("bad", "no backup");
  EXPECT_EQ(List({"restore", "bad"}).exit_code, 2);
  EXPECT_THAT(LinesOf(List({"export", "known"}).out), SizeIs(4));
}

TEST_F(ListCommandTest, VerifyFindsWhatOpeningDoesNot) {
  folder_.Write("list.csv", Csv(0, 3));
  ASSERT_EQ(List({"import", "known", "list.csv"}).exit_code, 0);
  const ProgramResult whole = List({"verify", "--json"});
  EXPECT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_THAT(whole.out, HasSubstr("\"done\":\"whole\""));
  // Every page is as SQLite wants it, and a value is no longer found.
  sqlite3* database = nullptr;
  ASSERT_EQ(
      ::sqlite3_open(folder_.Path("ledger/ledger.sqlite").c_str(), &database),
      SQLITE_OK);
  EXPECT_EQ(
      ::sqlite3_exec(database, "DELETE FROM value_carriers WHERE entry = 1",
                     nullptr, nullptr, nullptr),
      SQLITE_OK);
  ::sqlite3_close(database);
  EXPECT_EQ(List({"stats"}).exit_code, 0);
  const ProgramResult damaged = List({"verify"});
  EXPECT_EQ(damaged.exit_code, 3);
  EXPECT_THAT(damaged.err, HasSubstr("1 values that are not found"));
}

TEST_F(ListCommandTest, RefusedLedgersAreTold) {
  EXPECT_EQ(Run({"list", "stats", "--ledger", "none"}).exit_code, 3);
  ASSERT_EQ(::chmod(folder_.Path("ledger").c_str(), 0755), 0);
  const ProgramResult wide = List({"stats"});
  EXPECT_EQ(wide.exit_code, 3);
  EXPECT_THAT(wide.err, HasSubstr("mode 0755, want 0700"));
  ASSERT_EQ(::chmod(folder_.Path("ledger").c_str(), 0700), 0);
  EXPECT_EQ(List({"create", "known"}).exit_code, 3);  // it is there
  EXPECT_EQ(List({"create", "a b"}).exit_code, 2);
  EXPECT_EQ(List({"import", "none", "list.csv"}).exit_code, 3);
  EXPECT_EQ(List({"add", "known", "00ff"}).exit_code, 2);
}

TEST_F(ListCommandTest, AnUpdatedListKeepsWhatIsNotTold) {
  ASSERT_EQ(List({"create", "known", "--update", "--no-guard", "panel",
                  "--threshold", "ahash64-imagehash=4", "--owner", "us"})
                .exit_code,
            0);
  folder_.Write("blank.csv", "hash,key\n" + std::string(64, '0') + ",blank\n");
  ASSERT_EQ(List({"create", "known", "--update", "--no-guard", "degenerate"})
                .exit_code,
            0);
  EXPECT_TRUE(
      Json({"import", "known", "blank.csv"})["quarantined"].ObjectEmpty());
  auto json = Json({"create", "known", "--update", "--guard", "degenerate"});
  EXPECT_EQ(json["held"].GetInt(), 1);
  EXPECT_STREQ(Json({"stats", "known"})["owner"].GetString(), "us");
  for (const char* const bad : {"pdq", "pdq=x", "nothing=3", "photodna=l3:4"}) {
    EXPECT_EQ(List({"create", "other", "--threshold", bad}).exit_code, 2)
        << bad;
  }
}

TEST_F(ListCommandTest, TheSourcesWordMovesTheClock) {
  folder_.Write("list.csv", Csv(0, 3));
  ASSERT_EQ(List({"import", "known", "list.csv", "--current-at",
                  "2026-01-31T12:00:00Z"})
                .exit_code,
            0);
  EXPECT_EQ(Json({"stats", "known"})["confirmed_at"].GetUint64(), 1769860800u);
  EXPECT_EQ(
      List({"import", "known", "list.csv", "--current-at", "monday"}).exit_code,
      2);
}

TEST_F(ListCommandTest, WhatExpiredIsNotToldAsActive) {
  ASSERT_EQ(
      List({"add", "known", "--key", "soon", "--expires", "1s", HashText(1)})
          .exit_code,
      0);
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  EXPECT_EQ(Json({"stats", "known"})["entries"]["withdrawn"].GetInt(), 1);
  EXPECT_THAT(LinesOf(List({"export", "known"}).out), SizeIs(1));
}

TEST_F(ListCommandTest, AnOverlayThatIsHeldExitsAsHeld) {
  folder_.Write("list.csv", Csv(0, 100));
  ASSERT_EQ(List({"import", "known", "list.csv"}).exit_code, 0);
  ASSERT_EQ(List({"publish", "--lists", "lists"}).exit_code, 0);
  folder_.Write("more.csv", Csv(100, 400));
  ASSERT_EQ(List({"import", "known", "more.csv"}).exit_code, 0);
  const ProgramResult held = List({"publish", "--lists", "lists"});
  EXPECT_EQ(List({"publish", "--lists", "lists", "--dry-run"}).exit_code, 13);
  const auto before = ScratchFolder::Read(folder_.Path("lists/manifest"));
  EXPECT_THAT(
      List({"publish", "--lists", "lists", "--accept", "--dry-run"}).out,
      HasSubstr("not published: ledger version 3, as an overlay, 300 entries"));
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("lists/manifest")), before);
  EXPECT_EQ(held.exit_code, 13) << held.err;
  EXPECT_THAT(held.err, HasSubstr("(--accept)"));
  EXPECT_EQ(List({"publish", "--lists", "lists", "--accept"}).exit_code, 0);
}

// ---- retro

class RetroCommandTest : public ListCommandTest {
 protected:
  void SetUp() override {
    ListCommandTest::SetUp();
    folder_.Write("list.csv", Csv(0, 20));
    ASSERT_EQ(List({"import", "known", "list.csv"}).exit_code, 0);
    std::string stored;
    for (uint64_t i = 0; i < 200; ++i) {
      absl::StrAppend(&stored, "picture,", i, ",", HashText(i), "\n");
    }
    folder_.Write("stored.csv", stored);
  }
  ProgramResult Retro(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "retro");
    arguments.insert(arguments.end(), {"--ledger", "ledger"});
    return Run(arguments);
  }
};

TEST_F(RetroCommandTest, OnlyWhatIsNewMatches) {
  const ProgramResult all = Retro({"--since", "0", "stored.csv"});
  EXPECT_EQ(all.exit_code, 1);
  EXPECT_THAT(LinesOf(all.out), SizeIs(20));
  EXPECT_THAT(LinesOf(all.out)[3], HasSubstr("picture,3\t2\tknown\tkey-3"));
  EXPECT_THAT(all.err, HasSubstr("next time --since 2"));
  EXPECT_EQ(Retro({"--since", "2", "stored.csv"}).exit_code, 0);
  ASSERT_EQ(List({"add", "known", "--key", "x", HashText(77)}).exit_code, 0);
  EXPECT_THAT(LinesOf(Retro({"--since", "2", "stored.csv"}).out), SizeIs(1));
}

TEST_F(RetroCommandTest, TheOutputIsNoneOfTheInputs) {
  const std::string before = ScratchFolder::Read(folder_.Path("stored.csv"));
  const ProgramResult result =
      Retro({"--since", "0", "-o", "./stored.csv", "stored.csv"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("want another"));
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("stored.csv")), before);
}

TEST_F(RetroCommandTest, AVersionThatTheLedgerNeverHadIsRefused) {
  EXPECT_EQ(Retro({"--since", "9999", "stored.csv"}).exit_code, 2);
  EXPECT_EQ(Retro({"--since", "-1", "stored.csv"}).exit_code, 2);
}

TEST_F(RetroCommandTest, AnInterruptedRunGoesOnAndEndsTheSame) {
  const std::vector<std::string> command = {"--since", "0", "-o", "out",
                                            "stored.csv"};
  ASSERT_EQ(Retro(command).exit_code, 1);
  const std::string whole = ScratchFolder::Read(folder_.Path("out"));
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("out.progress")));
  // As if it had been killed after the first 11 stored hashes, while it wrote
  // on.
  size_t end = 0;
  for (int line = 0; line < 11; ++line) end = whole.find('\n', end) + 1;
  folder_.Write("out", whole.substr(0, end + 9));
  struct stat info;
  ASSERT_EQ(::stat(folder_.Path("stored.csv").c_str(), &info), 0);
  const std::string run = absl::StrCat(
      "since 0 to 2 pdq stored.csv ", info.st_dev, ".", info.st_ino, ".",
      info.st_size, ".", info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec);
  folder_.Write("out.progress",
                absl::StrCat(run, "\n", end, "\n11\n0\n", "11\n"));
  const ProgramResult again = Retro(command);
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("200 stored, 20 matches"));
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("out")), whole);
  // Another question's progress is not gone on with, nor another file's of the
  // same name.
  folder_.Write("out.progress",
                absl::StrCat("since 1", run.substr(7), "\n0\n11\n0\n11\n"));
  ASSERT_EQ(Retro(command).exit_code, 1);
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("out")), whole);
  folder_.Write("out.progress", absl::StrCat(run, "\n0\n11\n0\n11\n"));
  folder_.Write("stored.csv",
                ScratchFolder::Read(folder_.Path("stored.csv")) + "# more\n");
  ASSERT_EQ(Retro(command).exit_code, 1);
  EXPECT_EQ(ScratchFolder::Read(folder_.Path("out")), whole);
}

TEST_F(RetroCommandTest, InvalidLinesAreCountedAndStopNothing) {
  folder_.Write("bad.csv",
                "no hash\na,00ff\n# comment\n\nb," + HashText(1) + "\r\n");
  const ProgramResult result = Retro({"--since", "0", "bad.csv"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.err, HasSubstr("bad.csv:2"));
  EXPECT_THAT(result.err, HasSubstr("2 invalid lines"));
}

}  // namespace
}  // namespace hashvet::testing
