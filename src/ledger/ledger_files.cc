#include "src/ledger/ledger_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <span>

#include "absl/strings/str_cat.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"

namespace hashvet::ledger {
namespace {

std::string ModeText(mode_t mode) {
  return absl::StrCat("0", (mode >> 6) & 7, (mode >> 3) & 7, mode & 7);
}

absl::Status CheckOwned(const struct stat& info, absl::string_view what,
                        absl::string_view want, const std::string& path) {
  if (info.st_uid != ::geteuid()) {
    return absl::PermissionDeniedError(
        absl::StrCat("ledger ", what, ": owned by user ", info.st_uid,
                     ", want this user: ", path));
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("ledger ", what, ": mode ", ModeText(info.st_mode),
                     ", want ", want, ": ", path));
  }
  return absl::OkStatus();
}

// What changes with the file. Nothing when a journal lies beside it.
std::optional<std::string> IdentityOf(const std::string& path) {
  struct stat info;
  if (::lstat((path + "-wal").c_str(), &info) == 0 && info.st_size > 0) {
    return std::nullopt;
  }
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return absl::StrCat("hashvet ledger 1\n", info.st_dev, " ", info.st_ino, " ",
                      info.st_size, " ", info.st_mtim.tv_sec, ".",
                      info.st_mtim.tv_nsec, " ", info.st_ctim.tv_sec, ".",
                      info.st_ctim.tv_nsec, "\n");
}

std::string RecordOf(const std::string& path) { return path + ".checked"; }

}  // namespace

absl::StatusOr<std::string> CheckDirectory(const std::string& directory,
                                           bool create) {
  if (create && ::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return FileError(errno, "cannot make the directory", directory);
  }
  const Descriptor opened(::open(
      directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (opened.number() < 0) {
    const int error = errno;
    struct stat info;
    if (::lstat(directory.c_str(), &info) == 0 && S_ISLNK(info.st_mode)) {
      return absl::PermissionDeniedError(absl::StrCat(
          "ledger directory: got a symbolic link, want the directory itself: ",
          directory));
    }
    return FileError(error, "cannot open the ledger's directory", directory);
  }
  struct stat info;
  if (::fstat(opened.number(), &info) != 0) {
    return FileError(errno, "cannot examine", directory);
  }
  HASHVET_RETURN_IF_ERROR(CheckOwned(info, "directory", "0700", directory));
  char* const real = ::realpath(directory.c_str(), nullptr);
  if (real == nullptr) return FileError(errno, "cannot examine", directory);
  std::string path = real;
  std::free(real);
  return path;
}

absl::Status CheckFile(const std::string& path, bool create) {
  const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  Descriptor file(::open(path.c_str(), flags));
  if (file.number() < 0 && errno == ENOENT && create) {
    file = Descriptor(::open(path.c_str(), flags | O_CREAT, 0600));
    if (file.number() >= 0) {
      HASHVET_RETURN_IF_ERROR(FlushDirectory(path.substr(0, path.rfind('/'))));
    }
  }
  if (file.number() < 0 && errno == ELOOP) {
    return absl::PermissionDeniedError(absl::StrCat(
        "ledger file: got a symbolic link, want the file itself: ", path));
  }
  if (file.number() < 0)
    return FileError(errno, "cannot open the ledger", path);
  struct stat info;
  if (::fstat(file.number(), &info) != 0) {
    return FileError(errno, "cannot examine", path);
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("ledger file: want a regular file: ", path));
  }
  return CheckOwned(info, "file", "0600", path);
}

bool IsRemembered(const std::string& path) {
  const auto identity = IdentityOf(path);
  if (!identity.has_value()) return false;
  const std::string record = RecordOf(path);
  const Descriptor file(
      ::open(record.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  struct stat info;
  if (file.number() < 0 || ::fstat(file.number(), &info) != 0 ||
      !CheckOwned(info, "record", "0600", record).ok()) {
    return false;
  }
  std::string text(identity->size() + 1, '\0');
  const ssize_t got = ::read(file.number(), text.data(), text.size());
  return got == static_cast<ssize_t>(identity->size()) &&
         text.compare(0, identity->size(), *identity) == 0;
}

void Remember(const std::string& path) {
  const auto identity = IdentityOf(path);
  if (!identity.has_value()) return;
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(RecordOf(path));
  if (!file.ok() || !file->Append(std::as_bytes(std::span(*identity))).ok()) {
    return;
  }
  (void)file->CommitUnflushed();
}

absl::Status FlushDirectory(const std::string& directory) {
  const Descriptor opened(
      ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number() >= 0 && ::fsync(opened.number()) == 0) {
    return absl::OkStatus();
  }
  return FileError(errno, "cannot flush the directory", directory);
}

namespace {

absl::StatusOr<Descriptor> OpenLockFile(const std::string& path) {
  Descriptor file(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.number() < 0) return FileError(errno, "cannot open", path);
  return file;
}

}  // namespace

absl::StatusOr<Descriptor> LockFile(const std::string& path,
                                    absl::string_view busy) {
  HASHVET_ASSIGN_OR_RETURN(Descriptor file, OpenLockFile(path));
  if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) return FileError(errno, "cannot lock", path);
  return absl::UnavailableError(
      absl::StrCat("ledger: another process ", busy, ", try again: ", path));
}

absl::StatusOr<OpenLock> LockOpen(const std::string& directory, int wait_ms) {
  constexpr int kPauseMs = 20;
  const std::string path = absl::StrCat(directory, "/open.lock");
  OpenLock lock;
  HASHVET_ASSIGN_OR_RETURN(lock.file, OpenLockFile(path));
  for (int waited_ms = 0;; waited_ms += kPauseMs) {
    lock.alone = ::flock(lock.file.number(), LOCK_EX | LOCK_NB) == 0;
    if (lock.alone || ::flock(lock.file.number(), LOCK_SH | LOCK_NB) == 0) {
      return lock;
    }
    if (errno != EWOULDBLOCK) return FileError(errno, "cannot lock", path);
    if (waited_ms >= wait_ms) break;
    ::usleep(kPauseMs * 1000);
  }
  return absl::UnavailableError(absl::StrCat(
      "ledger: another process checks or restores it, try again: ", path));
}

void ShareOpenLock(OpenLock& lock) {
  if (lock.alone) (void)::flock(lock.file.number(), LOCK_SH);
  lock.alone = false;
}

}  // namespace hashvet::ledger
