#include "src/audit/audit_files.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "hashvet/audit/audit_log.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

constexpr std::string_view kSuffix = ".jsonl";
constexpr size_t kSeqDigits = 20;  // the most that 64 bits need
constexpr size_t kBlockBytes = size_t{64} << 10;

// Exactly these bytes of the file, or fewer at its end.
absl::StatusOr<std::string> ReadAt(int descriptor, uint64_t offset, size_t size,
                                   const std::string& path) {
  std::string bytes(size, '\0');
  size_t got = 0;
  while (got < size) {
    const ssize_t read = ::pread(descriptor, bytes.data() + got, size - got,
                                 static_cast<off_t>(offset + got));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return FileError(errno, "cannot read", path);
    if (read == 0) break;
    got += static_cast<size_t>(read);
  }
  bytes.resize(got);
  return bytes;
}

// The offset behind the last line break before `end`, or 0.
absl::StatusOr<uint64_t> LineBegin(int descriptor, uint64_t end,
                                   const std::string& path) {
  while (end > 0) {
    const uint64_t begin = end - std::min<uint64_t>(end, kBlockBytes);
    HASHVET_ASSIGN_OR_RETURN(const std::string block,
                             ReadAt(descriptor, begin, end - begin, path));
    const size_t found = block.rfind('\n');
    if (found != std::string::npos) return begin + found + 1;
    end = begin;
  }
  return 0;
}

}  // namespace

std::string AuditPath::Full(std::string_view file) const {
  return folder == "."
             ? std::string(file)
             : absl::StrCat(folder, folder == "/" ? "" : "/", ToAbsl(file));
}

absl::StatusOr<AuditPath> SplitAuditPath(const std::string& path) {
  const size_t slash = path.rfind('/');
  AuditPath parts;
  if (slash == std::string::npos) {
    parts = {".", path};
  } else {
    parts = {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
  }
  if (IsLogName(parts.name)) return parts;
  return absl::InvalidArgumentError(
      absl::StrCat("audit log: want a name that ends in .jsonl, and not in a "
                   "number as rotated files do: ",
                   path));
}

std::string RotatedName(std::string_view log, uint64_t first_seq) {
  log.remove_suffix(kSuffix.size());
  const std::string digits = absl::StrCat(first_seq);
  return absl::StrCat(ToAbsl(log), "-",
                      std::string(kSeqDigits - digits.size(), '0'), digits,
                      ToAbsl(kSuffix));
}

std::optional<RotatedFile> ParseRotatedName(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  std::string_view stem = name.substr(0, name.size() - kSuffix.size());
  if (stem.size() < kSeqDigits + 2) return std::nullopt;
  const std::string_view digits = stem.substr(stem.size() - kSeqDigits);
  stem.remove_suffix(kSeqDigits);
  uint64_t seq = 0;
  if (!stem.ends_with('-') ||
      !std::ranges::all_of(digits,
                           [](char c) { return c >= '0' && c <= '9'; }) ||
      !absl::SimpleAtoi(ToAbsl(digits), &seq)) {
    return std::nullopt;
  }
  stem.remove_suffix(1);
  return RotatedFile{absl::StrCat(ToAbsl(stem), ToAbsl(kSuffix)), seq};
}

bool IsLogName(std::string_view name) {
  return name.size() > kSuffix.size() && name.ends_with(kSuffix) &&
         !ParseRotatedName(name).has_value();
}

absl::StatusOr<Descriptor> OpenAuditFolder(const std::string& folder) {
  Descriptor descriptor(
      ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.number() < 0) return FileError(errno, "cannot open", folder);
  struct stat info;
  if (::fstat(descriptor.number(), &info) != 0) {
    return FileError(errno, "cannot look at", folder);
  }
  if ((info.st_mode & S_IWOTH) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        "audit log: got a directory that everybody may write, want one for its "
        "owner and group: ",
        folder));
  }
  return descriptor;
}

absl::StatusOr<Descriptor> LockAuditLog(const Descriptor& folder,
                                        const std::string& name,
                                        const std::string& path) {
  Descriptor lock(::openat(folder.number(), name.c_str(),
                           kAuditOpenFlags | O_CREAT, S_IRUSR | S_IWUSR));
  if (lock.number() < 0) return FileError(errno, "cannot open", path);
  HASHVET_RETURN_IF_ERROR(CheckAuditFile(lock.number(), path));
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return FileError(errno, "cannot lock", path);
  return absl::FailedPreconditionError(absl::StrCat(
      "audit log: it is open already, want one log a process: ", path));
}

absl::StatusOr<AuditEnds> ReadAuditEnds(int descriptor,
                                        const std::string& path) {
  struct stat info;
  if (::fstat(descriptor, &info) != 0) {
    return FileError(errno, "cannot look at", path);
  }
  const auto size = static_cast<uint64_t>(info.st_size);
  AuditEnds ends;
  HASHVET_ASSIGN_OR_RETURN(ends.whole_bytes, LineBegin(descriptor, size, path));
  ends.torn_bytes = size - ends.whole_bytes;
  if (ends.whole_bytes == 0) return ends;
  HASHVET_ASSIGN_OR_RETURN(const uint64_t last,
                           LineBegin(descriptor, ends.whole_bytes - 1, path));
  const size_t last_bytes =
      std::min<uint64_t>(ends.whole_bytes - 1 - last, kAuditMaxLineBytes);
  HASHVET_ASSIGN_OR_RETURN(ends.last_line,
                           ReadAt(descriptor, last, last_bytes, path));
  HASHVET_ASSIGN_OR_RETURN(
      ends.first_line,
      ReadAt(descriptor, 0,
             std::min<uint64_t>(ends.whole_bytes, kAuditMaxLineBytes), path));
  ends.first_line.resize(
      std::min(ends.first_line.find('\n'), ends.first_line.size()));
  return ends;
}

absl::Status CheckAuditFile(int descriptor, const std::string& path) {
  struct stat info;
  if (::fstat(descriptor, &info) != 0) {
    return FileError(errno, "cannot look at", path);
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("audit log: want a regular file: ", path));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        "audit log: got mode 0", absl::Hex((info.st_mode >> 6) & 7),
        absl::Hex((info.st_mode >> 3) & 7), absl::Hex(info.st_mode & 7),
        ", want 0600: ", path));
  }
  return absl::OkStatus();
}

}  // namespace hashvet
