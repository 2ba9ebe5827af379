// The ledger's file: whose it is, which schema it has, whether it is whole.

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/ledger/ledger_support.h"

namespace hashvet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LedgerFileTest : public LedgerTest {
 protected:
  void SetUp() override {}

  std::string file() const { return absl::StrCat(path(), "/", kLedgerFile); }

  void Sql(const std::string& sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message),
              SQLITE_OK)
        << (message == nullptr ? "" : message);
    sqlite3_free(message);
    sqlite3_close(database);
  }

  void MakeOne() {
    Open();
    MakeList("a");
    Apply("a", {Entry("x", {Md5Of(1)})});
    ASSERT_OK(ledger_->Close());
    ledger_ = nullptr;
  }
  absl::Status OpenStatus() {
    LedgerOptions options = Options();
    options.create = false;
    return Ledger::Open(path(), options).status();
  }
};

TEST_F(LedgerFileTest, IsItsOwnersAlone) {
  MakeOne();
  struct stat info;
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  Open();
  Apply("a", {Entry("y", {Md5Of(2)})});
  for (const auto& each : std::filesystem::directory_iterator(path())) {
    ASSERT_EQ(::stat(each.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << each.path();
  }
}

TEST_F(LedgerFileTest, WiderModesAndLinksAreRefused) {
  MakeOne();
  ASSERT_EQ(::chmod(path().c_str(), 0750), 0);
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kPermissionDenied,
                                     HasSubstr("mode 0750, want 0700")));
  ASSERT_EQ(::chmod(path().c_str(), 0700), 0);
  ASSERT_EQ(::chmod(file().c_str(), 0640), 0);
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kPermissionDenied,
                                     HasSubstr("mode 0640, want 0600")));
  ASSERT_EQ(::chmod(file().c_str(), 0600), 0);
  std::filesystem::rename(file(), path() + "/elsewhere");
  std::filesystem::create_symlink(path() + "/elsewhere", file());
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kPermissionDenied,
                                     HasSubstr("symbolic link")));
  std::filesystem::remove(file());
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kNotFound,
                                     HasSubstr("cannot open the ledger")));
}

TEST_F(LedgerFileTest, OlderSchemaIsBroughtUpToDate) {
  ASSERT_EQ(::mkdir(path().c_str(), 0700), 0);
  Sql(ScratchFolder::Read(HASHVET_SOURCE_DIR
                          "/tests/ledger/data/ledger_v1.sql"));
  ASSERT_EQ(::chmod(file().c_str(), 0600), 0);
  Open();
  ASSERT_OK(ledger_->Verify());
  const auto entry = ledger_->FindEntry("ncmec/industry", "42-a");
  ASSERT_OK(entry);
  EXPECT_EQ(entry->opinion, Opinion::kDisputed);
  EXPECT_EQ(entry->said.member, "42");
  EXPECT_THAT(MatchedBy(entry->said.values[0].value),
              ElementsAre("ncmec/industry/42-a"));
  EXPECT_EQ(**ledger_->Checkpoint("ncmec/industry"), "from 1700000000");
  // The tables that came later are there.
  EntryUpdate update = Entry("42-d", {Md5Of(1)});
  update.cases = {{"case", "Active"}};
  EXPECT_EQ(Apply("ncmec/industry", {update}).added, 1u);
}

TEST_F(LedgerFileTest, NewerSchemaIsRefusedWithBothNumbers) {
  MakeOne();
  Sql("PRAGMA user_version = 7");
  EXPECT_THAT(OpenStatus(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("schema 7, this build reads up to 2")));
}

TEST_F(LedgerFileTest, WhatIsNoLedgerIsRefused) {
  MakeOne();
  std::ofstream(file(), std::ios::trunc) << std::string(8192, 'x');
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kInvalidArgument,
                                     HasSubstr("not a ledger")));
  std::filesystem::remove(file());
  Sql("CREATE TABLE t(x)");
  ASSERT_EQ(::chmod(file().c_str(), 0600), 0);
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kInvalidArgument,
                                     HasSubstr("another program's")));
}

TEST_F(LedgerFileTest, DamageIsFoundWhenItIsOpened) {
  MakeOne();
  const std::string whole = ScratchFolder::Read(file());
  // Every page but the first has its type overwritten, one at a time.
  int found = 0;
  for (size_t page = 1; page * 4096 < whole.size(); ++page) {
    std::string damaged = whole;
    damaged[page * 4096] = 'x';
    std::ofstream(file(), std::ios::trunc) << damaged;
    const absl::Status status = OpenStatus();
    if (!status.ok()) {
      EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
      ++found;
    }
  }
  EXPECT_EQ(found, static_cast<int>(whole.size() / 4096) - 1);
}

TEST_F(LedgerFileTest, WhoeverComesLaterDoesNotCheckAgain) {
  MakeOne();
  Open();
  // A page that is damaged while it is open: who opens it beside does not read
  // it all, who opens it alone does.
  std::string damaged = ScratchFolder::Read(file());
  damaged[damaged.size() - 4096] = 'x';
  const std::string name = file();
  {
    std::fstream out(name, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(damaged.size() - 4096));
    out.put('x');
  }
  EXPECT_OK(Ledger::Open(path(), Options()));
  EXPECT_EQ(Ledger::Open(path(), {.busy_timeout_ms = 0, .check_always = true})
                .status()
                .code(),
            absl::StatusCode::kDataLoss);
  (void)ledger_->Close();
  std::filesystem::remove(file() + ".checked");
  EXPECT_EQ(OpenStatus().code(), absl::StatusCode::kDataLoss);
}

TEST_F(LedgerFileTest, ABackupIsOfAnotherPlace) {
  MakeOne();
  Open();
  for (const char* const name : {"ledger.sqlite", "ledger.sqlite-wal", "x"}) {
    EXPECT_THAT(
        ledger_->Backup(absl::StrCat(path(), "/", name), [](int, int) {}),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 HasSubstr("another directory")));
  }
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("a/x"));
}

TEST_F(LedgerFileTest, AnotherWriterIsToldAtOnce) {
  MakeOne();
  Open();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr),
            SQLITE_OK);
  EXPECT_THAT(
      ledger_->Apply(DeltaOf("a", {Entry("y", {Md5Of(2)})})),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("another process")));
  // Readers are not kept waiting.
  EXPECT_OK(ledger_->FindEntry("a", "x"));
  sqlite3_close(other);
  EXPECT_OK(ledger_->Apply(DeltaOf("a", {Entry("y", {Md5Of(2)})})));
}

TEST_F(LedgerFileTest, BackupWhileOpenAndRestore) {
  MakeOne();
  Open();
  const std::string copy = folder_.Path("backup");
  ASSERT_OK(ledger_->Backup(copy, [](int, int) {}));
  struct stat info;
  ASSERT_EQ(::stat(copy.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  Apply("a", {Entry("y", {Md5Of(2)})});
  EXPECT_THAT(
      Ledger::Restore(copy, path(), Options()),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("has it open")));
  ASSERT_OK(ledger_->Close());
  ASSERT_OK(Ledger::Restore(copy, path(), Options()));
  Open();
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("a/x"));
  EXPECT_TRUE(MatchedBy(Md5Of(2)).empty());
  // A file that is none replaces nothing.
  const std::string bad = folder_.Write("bad", std::string(8192, 'x'));
  ASSERT_OK(ledger_->Close());
  EXPECT_THAT(Ledger::Restore(bad, path(), Options()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr(absl::StrCat("not a ledger at all: ", bad))));
  Open();
  EXPECT_THAT(MatchedBy(Md5Of(1)), ElementsAre("a/x"));
}

}  // namespace
}  // namespace hashvet::testing
