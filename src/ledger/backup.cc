// SQLite's online backup, into a file that appears whole or not at all.

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"
#include "hashvet/ledger/ledger.h"
#include "src/base/directory_of.h"
#include "src/ledger/ledger_files.h"
#include "src/ledger/state.h"

namespace hashvet {
namespace {

// So many pages at once, that others get to write in between.
constexpr int kPagesAtOnce = 4096;

absl::Status CopyInto(sqlite3* from, const std::string& path,
                      absl::FunctionRef<void(int, int)> progress) {
  sqlite3* to = nullptr;
  const absl::Cleanup close = [&] { sqlite3_close(to); };
  int code = sqlite3_open_v2(
      path.c_str(), &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return ledger::SqliteError(code, to, path);
  sqlite3_backup* backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == nullptr) {
    return ledger::SqliteError(sqlite3_errcode(to), to, path);
  }
  do {
    code = sqlite3_backup_step(backup, kPagesAtOnce);
    const int total = sqlite3_backup_pagecount(backup);
    progress(total - sqlite3_backup_remaining(backup), total);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) sqlite3_sleep(50);
  } while (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED);
  const int end = sqlite3_backup_finish(backup);
  HASHVET_RETURN_IF_ERROR(
      ledger::SqliteError(code == SQLITE_DONE ? end : code, to, path));
  // One file alone, without a journal beside it.
  code = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", nullptr, nullptr,
                      nullptr);
  return ledger::SqliteError(code, to, path);
}

// A ledger of its own that is whole, of a schema that this build knows, and
// brought up to date.
absl::Status PrepareCandidate(sqlite3* from, const std::string& directory,
                              LedgerOptions options) {
  (void)::unlink(absl::StrCat(directory, "/", kLedgerFile).c_str());
  HASHVET_ASSIGN_OR_RETURN(const std::string folder,
                           ledger::CheckDirectory(directory, true));
  const std::string copy = absl::StrCat(folder, "/", kLedgerFile);
  HASHVET_RETURN_IF_ERROR(ledger::CheckFile(copy, true));
  HASHVET_RETURN_IF_ERROR(CopyInto(from, copy, [](int, int) {}));
  options.create = false;
  options.dry_run = false;
  HASHVET_ASSIGN_OR_RETURN(const auto ledger, Ledger::Open(folder, options));
  HASHVET_RETURN_IF_ERROR(ledger->Verify());
  return ledger->Close();
}

}  // namespace

absl::Status Ledger::Backup(const std::string& path,
                            absl::FunctionRef<void(int, int)> progress) {
  std::error_code ignored;
  if (std::filesystem::equivalent(DirectoryOf(path), directory(), ignored)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "backup: want another directory than the ledger's own: ", path));
  }
  // All pages are of one moment, whatever others write meanwhile: the copy
  // would otherwise begin again with every change.
  HASHVET_ASSIGN_OR_RETURN(const ledger::Reading moment,
                           ledger::Reading::Begin(*state_));
  HASHVET_RETURN_IF_ERROR(version().status());
  HASHVET_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  HASHVET_RETURN_IF_ERROR(
      CopyInto(state_->database->handle(), file.temporary_path(), progress));
  return file.Commit();
}

absl::Status Ledger::Restore(const std::string& backup_path,
                             const std::string& directory,
                             const LedgerOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(const std::string real,
                           ledger::CheckDirectory(directory, true));
  const std::string path = absl::StrCat(real, "/", kLedgerFile);
  // A file that is no whole ledger replaces none. It is read as it is: opening
  // it as a ledger would change it.
  HASHVET_ASSIGN_OR_RETURN(const Descriptor lock,
                           ledger::LockFile(absl::StrCat(real, "/publish.lock"),
                                            "publishes from it"));
  sqlite3* from = nullptr;
  const absl::Cleanup close = [&] { sqlite3_close(from); };
  int code =
      sqlite3_open_v2(backup_path.c_str(), &from,
                      SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return ledger::SqliteError(code, from, backup_path);
  const std::string candidate = absl::StrCat(real, "/restore.tmp");
  const absl::Cleanup remove = [&] {
    for (const char* left : {"", ".checked", "-wal", "-shm"}) {
      (void)::unlink(absl::StrCat(candidate, "/", kLedgerFile, left).c_str());
    }
    (void)::unlink(absl::StrCat(candidate, "/open.lock").c_str());
    (void)::rmdir(candidate.c_str());
  };
  if (const absl::Status status = PrepareCandidate(from, candidate, options);
      !status.ok()) {
    // What is wrong is wrong with the backup.
    return absl::Status(
        status.code(),
        absl::StrReplaceAll(
            status.message(),
            {{absl::StrCat(candidate, "/", kLedgerFile), backup_path}}));
  }
  if (options.dry_run) return absl::OkStatus();
  struct stat info;
  if (::lstat(path.c_str(), &info) == 0) {
    // Folds its journal in, and finds out whether somebody has it open.
    LedgerOptions before = options;
    before.create = false;
    if (auto old = Open(directory, before); old.ok()) {
      HASHVET_RETURN_IF_ERROR((*old)->Close());
    } else if (absl::IsUnavailable(old.status())) {
      return old.status();
    }
  }
  // Nobody opens it from here on.
  HASHVET_ASSIGN_OR_RETURN(const ledger::OpenLock alone,
                           ledger::LockOpen(real, 0));
  if (!alone.alone || ::lstat((path + "-wal").c_str(), &info) == 0) {
    return absl::UnavailableError(absl::StrCat(
        "ledger: another process has it open, or it was not closed: ", path));
  }
  // There is a ledger under the name at every moment.
  const std::string aside = path + ".before";
  (void)::unlink(aside.c_str());
  if (::link(path.c_str(), aside.c_str()) != 0 && errno != ENOENT) {
    return FileError(errno, "cannot put aside", path);
  }
  if (::rename(absl::StrCat(candidate, "/", kLedgerFile).c_str(),
               path.c_str()) != 0) {
    return FileError(errno, "cannot put in place", path);
  }
  return ledger::FlushDirectory(real);
}

}  // namespace hashvet
