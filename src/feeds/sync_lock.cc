// One sync of a list at a time: a lock on one byte of a file in the ledger's
// directory, which byte being the list's. It ends with the process.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/sync.h"
#include "hashvet/hash/sha256.h"

namespace hashvet {
namespace {

constexpr char kLockFile[] = "feeds.lock";

}  // namespace

absl::StatusOr<SyncLock> SyncLock::Take(const std::string& ledger_directory,
                                        const std::string& list) {
  const std::string path = absl::StrCat(ledger_directory, "/", kLockFile);
  const int descriptor =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("feeds: cannot open: ", std::strerror(errno), ": ", path));
  }
  SyncLock lock(descriptor);
  HASHVET_ASSIGN_OR_RETURN(
      const Sha256Digest digest,
      Sha256Of(std::as_bytes(std::span(list.data(), list.size()))));
  off_t byte = 0;
  for (size_t i = 0; i < 7; ++i) byte = byte << 8 | digest[i];
  struct flock range = {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = byte;
  range.l_len = 1;
  if (::fcntl(descriptor, F_OFD_SETLK, &range) == 0) return lock;
  if (errno == EAGAIN || errno == EACCES) {
    return absl::UnavailableError(absl::StrCat(
        "feeds: another process syncs the list ", list, ": ", path));
  }
  return absl::InternalError(
      absl::StrCat("feeds: cannot lock: ", std::strerror(errno), ": ", path));
}

SyncLock::SyncLock(SyncLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

SyncLock::~SyncLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace hashvet
