#include "src/kafka/root_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/file_error.h"
#include "hashvet/hash/picture_file.h"

namespace hashvet::kafka {
namespace {

constexpr size_t kReadBytes = size_t{64} << 10;

Poison Outside(std::string detail) {
  return {PoisonReason::kPathOutsideRoot, std::move(detail)};
}

PictureHashes Unreadable(std::string_view what, int error) {
  return FailedPicture(
      HashOutcome::kUnreadable,
      absl::UnavailableError(absl::StrCat(
          std::string(what), ": ", std::generic_category().message(error))));
}

// What openat(2) of one name, not followed, said.
std::variant<std::vector<std::byte>, PictureHashes, Poison> NotOpened(
    int error) {
  if (error == ELOOP) return Outside("path: has a symbolic link in it");
  return Unreadable("cannot open", error);
}

bool IsLink(int descriptor) {
  struct stat about = {};
  return ::fstat(descriptor, &about) == 0 && S_ISLNK(about.st_mode);
}

}  // namespace

absl::StatusOr<RootFolder> RootFolder::Open(const std::string& path) {
  Descriptor folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() < 0) return FileError(errno, "cannot open root", path);
  return RootFolder(std::move(folder));
}

// Name by name, each below the folder before it, and none followed: no name
// leads up or aside, so the file lies below the root.
std::variant<std::vector<std::byte>, PictureHashes, Poison> RootFolder::Read(
    std::string_view path, size_t max_bytes) const {
  if (path.empty()) return Outside("path: is empty");
  if (path.find('\0') != std::string_view::npos) {
    return Outside("path: has a NUL byte");
  }
  if (path.front() == '/') {
    return Outside("path: is absolute, want one below the root");
  }
  Descriptor at;
  int folder = folder_.number();
  for (bool last = false; !last;) {
    const size_t slash = path.find('/');
    last = slash == std::string_view::npos;
    const std::string name(path.substr(0, slash));
    path.remove_prefix(last ? path.size() : slash + 1);
    if (name.empty() || name == "." || name == "..") {
      return Outside("path: has an empty name, . or .. in it");
    }
    // O_PATH: nothing is opened yet, so that a device or a pipe is not woken.
    const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    Descriptor next(::openat(folder, name.c_str(), flags));
    if (next.number() < 0) return NotOpened(errno);
    if (IsLink(next.number())) return NotOpened(ELOOP);
    at = std::move(next);
    folder = at.number();
  }
  struct stat about = {};
  if (::fstat(at.number(), &about) != 0)
    return Unreadable("cannot stat", errno);
  if (!S_ISREG(about.st_mode)) {
    return FailedPicture(
        HashOutcome::kUnreadable,
        absl::InvalidArgumentError("is no file, but something else"));
  }
  // The very file that was looked at, whatever has its name by now.
  const std::string same = absl::StrCat("/proc/self/fd/", at.number());
  const Descriptor file(::open(same.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return Unreadable("cannot open", errno);
  std::vector<std::byte> bytes;
  for (;;) {
    const size_t had = bytes.size();
    bytes.resize(had + kReadBytes);
    const ssize_t got = ::read(file.number(), bytes.data() + had, kReadBytes);
    if (got < 0 && errno != EINTR) return Unreadable("cannot read", errno);
    bytes.resize(had + static_cast<size_t>(got < 0 ? 0 : got));
    if (bytes.size() > max_bytes) {
      return FailedPicture(HashOutcome::kOverLimit,
                           absl::ResourceExhaustedError(absl::StrCat(
                               "picture: more than ", max_bytes, " bytes")));
    }
    if (got == 0) break;
  }
  if (bytes.empty()) {
    return FailedPicture(HashOutcome::kUndecodable,
                         absl::InvalidArgumentError("picture: is empty"));
  }
  return bytes;
}

}  // namespace hashvet::kafka
