#include "src/list/published_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"
#include "src/list/private_file.h"

namespace hashvet {
namespace {

constexpr mode_t kDirectoryMode = S_IRWXU | S_IRGRP | S_IXGRP;
constexpr mode_t kFileMode = S_IRUSR | S_IWUSR | S_IRGRP;
constexpr mode_t kPermissions = S_IRWXU | S_IRWXG | S_IRWXO;

bool InGroup(gid_t group) {
  if (::getegid() == group) return true;
  const int count = ::getgroups(0, nullptr);
  if (count <= 0) return false;
  std::vector<gid_t> groups(static_cast<size_t>(count));
  const int got = ::getgroups(count, groups.data());
  return got > 0 && std::find(groups.begin(), groups.begin() + got, group) !=
                        groups.begin() + got;
}

}  // namespace

absl::StatusOr<PublishedDirectory> PublishedDirectory::Open(
    const std::string& given) {
  // With a slash at its end a symbolic link would be followed.
  std::string path = given;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  Descriptor directory(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info;
  if (directory.number() < 0) {
    const int error = errno;
    if (::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode)) {
      return absl::PermissionDeniedError(absl::StrCat(
          "directory: got a symbolic link, want the directory itself: ", path));
    }
    return FileError(error,
                     error == ENOENT
                         ? "cannot open the directory (mkdir -m 700 "
                           "makes it)"
                         : "cannot open the directory",
                     path);
  }
  if (::fstat(directory.number(), &info) != 0) {
    return FileError(errno, "cannot examine", path);
  }
  const mode_t mode = info.st_mode & kPermissions;
  if ((mode & ~kDirectoryMode) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("directory: mode ", ModeText(mode),
                     ", want 0700, or 0750 for one group: ", path));
  }
  const bool ours = info.st_uid == ::geteuid() || info.st_uid == 0;
  if (!ours && !((mode & S_IRGRP) != 0 && InGroup(info.st_gid))) {
    return absl::PermissionDeniedError(
        absl::StrCat("directory: owned by user ", info.st_uid,
                     ", want this user, root, or mode 0750 and this process "
                     "in its group: ",
                     path));
  }
  return PublishedDirectory(path, std::move(directory), info);
}

absl::Status PublishedDirectory::CheckOwner() const {
  if (info_.st_uid == ::geteuid()) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("directory: owned by user ", info_.st_uid, ", want user ",
                   ::geteuid(), ", who publishes: ", path_));
}

absl::Status PublishedDirectory::CheckGroup(
    std::optional<uint32_t> group_id) const {
  const bool shared = (info_.st_mode & S_IRWXG) != 0;
  if (shared && !group_id.has_value()) {
    return absl::PermissionDeniedError(absl::StrCat(
        "directory: mode ", ModeText(info_.st_mode),
        ", want 0700 where no group is to read the list: ", path_));
  }
  if (group_id.has_value() && (!shared || info_.st_gid != *group_id)) {
    return absl::PermissionDeniedError(
        absl::StrCat("directory: mode ", ModeText(info_.st_mode), " and group ",
                     info_.st_gid, ", want 0750 and group ", *group_id,
                     ", which is to read the list: ", path_));
  }
  return absl::OkStatus();
}

std::string PublishedDirectory::PathOf(const std::string& name) const {
  return path_ == "/" ? absl::StrCat(path_, name)
                      : absl::StrCat(path_, "/", name);
}

absl::StatusOr<Descriptor> PublishedDirectory::OpenFile(
    const std::string& name) const {
  const std::string path = PathOf(name);
  struct stat info;
  HASHVET_ASSIGN_OR_RETURN(
      Descriptor file, OpenRegularFile("published file", directory_.number(),
                                       name, O_NOFOLLOW, path, info));
  if (info.st_uid != info_.st_uid && info.st_uid != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("published file: owned by user ", info.st_uid,
                     ", want the directory's owner or root: ", path));
  }
  const mode_t mode = info.st_mode & kPermissions;
  if ((mode & ~kFileMode) != 0 ||
      ((mode & S_IRGRP) != 0 && info.st_gid != info_.st_gid)) {
    return absl::PermissionDeniedError(absl::StrCat(
        "published file: mode ", ModeText(mode), " and group ", info.st_gid,
        ", want 0600, or 0640 and the directory's group: ", path));
  }
  return file;
}

absl::StatusOr<Descriptor> PublishedDirectory::Lock() const {
  Descriptor lock(::openat(directory_.number(), "lock",
                           O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                           S_IRUSR | S_IWUSR));
  if (lock.number() < 0) {
    return FileError(errno, "cannot open", PathOf("lock"));
  }
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return absl::FailedPreconditionError(
          absl::StrCat("another process is publishing: ", path_));
    }
    return FileError(errno, "cannot lock", PathOf("lock"));
  }
  return lock;
}

absl::StatusOr<std::vector<std::string>> PublishedDirectory::Names() const {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator it(path_, error);
  for (; !error && it != std::filesystem::directory_iterator();
       it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error)
    return FileError(error.value(), "cannot read the directory", path_);
  std::ranges::sort(names);
  return names;
}

absl::StatusOr<uint64_t> PublishedDirectory::Remove(
    const std::string& name) const {
  struct stat info;
  if (::fstatat(directory_.number(), name.c_str(), &info,
                AT_SYMLINK_NOFOLLOW) != 0 ||
      ::unlinkat(directory_.number(), name.c_str(), 0) != 0) {
    return FileError(errno, "cannot remove", PathOf(name));
  }
  return static_cast<uint64_t>(info.st_size);
}

absl::Status PublishedDirectory::Flush() const {
  // A file system that cannot flush directories (EINVAL) has nothing to flush.
  if (::fsync(directory_.number()) != 0 && errno != EINVAL) {
    return FileError(errno, "cannot flush the directory", path_);
  }
  return absl::OkStatus();
}

}  // namespace hashvet
