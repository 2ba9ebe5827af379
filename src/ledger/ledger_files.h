// The ledger's directory and file: whose they are, and whether the file is as
// this user's last ledger left it. Private to the ledger layer.

#ifndef HASHVET_SRC_LEDGER_LEDGER_FILES_H_
#define HASHVET_SRC_LEDGER_LEDGER_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/descriptor.h"

namespace hashvet::ledger {

// The directory's path without symbolic links, once it is this user's own and
// 0700.
//
//   create  makes it where it is not there
//
// Errors: NotFound, PermissionDenied.
absl::StatusOr<std::string> CheckDirectory(const std::string& directory,
                                           bool create);

// The file in it is this user's own, a regular one, and 0600.
//
//   create  makes an empty one where it is not there
//
// Errors: NotFound, PermissionDenied, InvalidArgument, ResourceExhausted.
absl::Status CheckFile(const std::string& path, bool create);

// Where it is remembered, beside the file, which file was read and found whole:
// device, inode, size and times. A checkpoint of the journal changes them, so a
// ledger that was not closed is read again. The record is made anew when it is
// lost.
bool IsRemembered(const std::string& path);
void Remember(const std::string& path);

// Makes what was renamed or made in it last.
absl::Status FlushDirectory(const std::string& directory);

// Holds processes apart, by a lock file, until the descriptor is closed.
//
//   busy  what another process does that has it, for the error
//
// Errors: Unavailable when another process has it.
absl::StatusOr<Descriptor> LockFile(const std::string& path,
                                    absl::string_view busy);

// Everybody who has the ledger open shares a lock. The first to open it is
// alone for a moment, and then may check the file; who comes later knows that
// it was checked.
struct OpenLock {
  Descriptor file;
  bool alone = false;  // until ShareOpenLock
};
// Waits so long for whoever is alone. Errors: Unavailable after that.
absl::StatusOr<OpenLock> LockOpen(const std::string& directory, int wait_ms);
void ShareOpenLock(OpenLock& lock);

}  // namespace hashvet::ledger

#endif  // HASHVET_SRC_LEDGER_LEDGER_FILES_H_
