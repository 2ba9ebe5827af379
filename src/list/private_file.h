// Files that only their owner may read: keys, and what this host remembers of
// lists. Anything else about them is told, and they are then not used.

#ifndef HASHVET_SRC_LIST_PRIVATE_FILE_H_
#define HASHVET_SRC_LIST_PRIVATE_FILE_H_

#include <sys/stat.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "src/base/descriptor.h"

namespace hashvet {

// "0640"
std::string ModeText(mode_t mode);

// Opens a regular file for reading, and examines what it opened.
//
// what       begins the messages: "private file"
// directory  where `name` is looked up; AT_FDCWD for where the process is
// flags      O_NOFOLLOW, or 0 where a symbolic link is followed
// path       for messages
//
// Errors: NotFound, PermissionDenied (a symbolic link), InvalidArgument (no
// regular file).
absl::StatusOr<Descriptor> OpenRegularFile(std::string_view what, int directory,
                                           const std::string& name, int flags,
                                           const std::string& path,
                                           struct stat& info);

// Opens a regular file for reading that this user or root owns and nobody else
// may read or write; no symbolic link.
//
// Errors: NotFound, PermissionDenied, InvalidArgument (no regular file).
absl::StatusOr<Descriptor> OpenPrivateFile(const std::string& path);

// Everything in it. Errors: as OpenPrivateFile; ResourceExhausted (over
// max_bytes), DataLoss.
absl::StatusOr<std::string> ReadPrivateFile(const std::string& path,
                                            size_t max_bytes);

// What is left to read, up to max_bytes (inclusive), and one byte more where
// there is more.
absl::StatusOr<std::string> ReadUpTo(int descriptor, size_t max_bytes,
                                     const std::string& path);

}  // namespace hashvet

#endif  // HASHVET_SRC_LIST_PRIVATE_FILE_H_
