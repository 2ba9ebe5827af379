#include "src/feeds/ncmec/large_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/sha256.h"
#include "src/feeds/ncmec/wire.h"
#include "src/feeds/url.h"

namespace hashvet::ncmec {
namespace {

constexpr size_t kMaxNameBytes = 200;  // of a file's, without its type

}  // namespace

absl::StatusOr<LargeFiles> LargeFiles::Open(std::string directory) {
  struct stat info;
  if (::stat(directory.c_str(), &info) != 0) {
    return FileError(errno, "large fingerprints", directory);
  }
  if (!S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("large fingerprints: want a directory: ", directory));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        "large fingerprints: others may use the directory, want mode 0700: ",
        directory));
  }
  return LargeFiles(std::move(directory));
}

std::string LargeFiles::PathOf(std::string_view key,
                               std::string_view type) const {
  std::string name = QueryEscaped(key);
  if (name.size() > kMaxNameBytes) {
    const auto digest =
        Sha256Of(std::as_bytes(std::span(key.data(), key.size())));
    name = digest.ok() ? Sha256Text(*digest) : name.substr(0, kMaxNameBytes);
  }
  return absl::StrCat(directory_, "/", name, ".", QueryEscaped(type));
}

bool LargeFiles::Has(std::string_view key, std::string_view type,
                     uint64_t at) const {
  struct stat info;
  return ::stat(PathOf(key, type).c_str(), &info) == 0 &&
         static_cast<uint64_t>(info.st_mtim.tv_sec) == at;
}

absl::Status LargeFiles::Write(std::string_view key, std::string_view type,
                               uint64_t at, ByteSource source) const {
  const std::string path = PathOf(key, type);
  HASHVET_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  std::vector<char> buffer(65'536);
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const size_t got, source(std::span(buffer)));
    if (got == 0) break;
    HASHVET_RETURN_IF_ERROR(
        file.Append(std::as_bytes(std::span(buffer).first(got))));
  }
  HASHVET_RETURN_IF_ERROR(file.Commit());
  // Without this time it would be asked for again, which does no harm.
  const timespec time = {.tv_sec = static_cast<time_t>(at), .tv_nsec = 0};
  const timespec times[2] = {time, time};
  if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) {
    return FileError(errno, "large fingerprints", path);
  }
  return absl::OkStatus();
}

absl::Status LargeFiles::Remove(std::string_view key) const {
  for (const std::string_view type : FingerprintTypes()) {
    const std::string path = PathOf(key, type);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
      return FileError(errno, "large fingerprints", path);
    }
  }
  return absl::OkStatus();
}

}  // namespace hashvet::ncmec
