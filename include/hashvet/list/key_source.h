// Where secrets come from: an open descriptor, a file that only its owner may
// read, or the output of an operator's command (a vault's client). Never an
// argument or an environment variable: other users see those.
//
//   fd:3                  everything until its end
//   file:/etc/hashvet/k   owned by this user or root, mode 0600 or 0400
//   command:vault read …  through /bin/sh -c; what it writes on its standard
//                         output, if it ends with 0

#ifndef HASHVET_LIST_KEY_SOURCE_H_
#define HASHVET_LIST_KEY_SOURCE_H_

#include <chrono>
#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/base/private_memory.h"

namespace hashvet {

struct KeySourceLimits {
  size_t max_bytes = size_t{16} << 10;  // inclusive
  // For a descriptor or command that says nothing.
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
};

// Reads the secret, at least one byte. Does not close a descriptor.
//
// Errors; no message repeats more of `source` than its first word and a path,
// since somebody may have put a key there:
//   InvalidArgument    no such form of source; nothing to read
//   NotFound           no such file or descriptor
//   PermissionDenied   a file that others may read or own, or a symbolic link
//   ResourceExhausted  longer than max_bytes
//   DeadlineExceeded   not there in time; the command was killed
//   FailedPrecondition the command failed
HASHVET_EXPORT absl::StatusOr<PrivateMemory> ReadSecret(
    std::string_view source, const KeySourceLimits& limits = {});

}  // namespace hashvet

#endif  // HASHVET_LIST_KEY_SOURCE_H_
