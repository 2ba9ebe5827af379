// Remembers which files were verified completely, so that the next process to
// open the very same file need not read all of it again.
//
// A file is the same when device, inode, size, both times to the nanosecond and
// the SHA-256 that it should have are. The record is a small file of this
// user's or root's, mode 0600; where there is any doubt about it, nothing is
// remembered.

#ifndef HASHVET_LIST_VERIFIED_FILES_H_
#define HASHVET_LIST_VERIFIED_FILES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/sha256.h"

namespace hashvet {

struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size_bytes = 0;
  int64_t mtime_ns = 0;  // last written
  int64_t ctime_ns = 0;  // last changed in any way; no program can set it

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

// Errors: those of fstat.
HASHVET_EXPORT absl::StatusOr<FileIdentity> IdentityOf(int descriptor);

// Nanoseconds since 1970, by the clock that files' times come from.
HASHVET_EXPORT int64_t FileClockNow();

// Not thread-safe; several processes may share a record.
class HASHVET_EXPORT VerifiedFiles {
 public:
  // At most so many are remembered, the latest.
  static constexpr size_t kMaxFiles = 128;

  explicit VerifiedFiles(std::string record_path)
      : record_path_(std::move(record_path)) {}

  bool Contains(const FileIdentity& file, const Sha256Digest& sha256) const;

  // That all of the file was verified, from FileClockNow() = `began_ns` on,
  // with the same identity before and after. A file that changed within 20 ms
  // before that is not remembered: it could change again without its times
  // showing it.
  //
  // Errors: those of AtomicFile, none of which the caller need heed.
  absl::Status Remember(const FileIdentity& file, const Sha256Digest& sha256,
                        int64_t began_ns) const;

 private:
  std::string record_path_;
};

}  // namespace hashvet

#endif  // HASHVET_LIST_VERIFIED_FILES_H_
