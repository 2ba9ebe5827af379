#include "src/list/private_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"

namespace hashvet {

std::string ModeText(mode_t mode) {
  return absl::StrCat("0", (mode >> 6) & 7, (mode >> 3) & 7, mode & 7);
}

absl::StatusOr<Descriptor> OpenRegularFile(std::string_view what, int directory,
                                           const std::string& name, int flags,
                                           const std::string& path,
                                           struct stat& info) {
  Descriptor file(
      ::openat(directory, name.c_str(),
               O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags));
  if (file.number() < 0 && errno == ELOOP && (flags & O_NOFOLLOW) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        ToAbsl(what), ": got a symbolic link, want the file itself: ", path));
  }
  if (file.number() < 0) return FileError(errno, "cannot open", path);
  if (::fstat(file.number(), &info) != 0) {
    return FileError(errno, "cannot examine", path);
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(ToAbsl(what), ": want a regular file: ", path));
  }
  return file;
}

absl::StatusOr<Descriptor> OpenPrivateFile(const std::string& path) {
  struct stat info;
  HASHVET_ASSIGN_OR_RETURN(
      Descriptor file,
      OpenRegularFile("private file", AT_FDCWD, path, O_NOFOLLOW, path, info));
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("private file: owned by user ", info.st_uid,
                     ", want this user or root: ", path));
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("private file: mode ", ModeText(info.st_mode),
                     ", want 0600 or 0400: ", path));
  }
  return file;
}

absl::StatusOr<std::string> ReadUpTo(int descriptor, size_t max_bytes,
                                     const std::string& path) {
  std::string text(max_bytes + 1, '\0');
  size_t length = 0;
  while (length < text.size()) {
    const ssize_t got =
        ::read(descriptor, text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(errno, "cannot read", path);
    if (got == 0) break;
    length += static_cast<size_t>(got);
  }
  text.resize(length);
  return text;
}

absl::StatusOr<std::string> ReadPrivateFile(const std::string& path,
                                            size_t max_bytes) {
  HASHVET_ASSIGN_OR_RETURN(const Descriptor file, OpenPrivateFile(path));
  HASHVET_ASSIGN_OR_RETURN(std::string text,
                           ReadUpTo(file.number(), max_bytes, path));
  if (text.size() > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("private file: over ", max_bytes, " bytes: ", path));
  }
  return text;
}

}  // namespace hashvet
