#include "hashvet/audit/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/metrics.h"
#include "hashvet/base/status.h"
#include "src/audit/audit_files.h"
#include "src/audit/audit_line.h"

namespace hashvet {
namespace {

// The record that a line holds, and its place.
absl::StatusOr<AuditPoint> PointOf(const std::string& line,
                                   const std::string& path) {
  const absl::StatusOr<AuditLine> parsed = ParseAuditLine(line);
  if (!parsed.ok()) {
    return absl::DataLossError(absl::StrCat(
        "audit log: the last line is ", parsed.status().message(), ": ", path));
  }
  HASHVET_ASSIGN_OR_RETURN(const Sha256Digest hash, HashOfLine(line));
  return AuditPoint{parsed->seq, hash};
}

}  // namespace

struct AuditLog::State {
  absl::Status Open();
  absl::StatusOr<AuditPoint> LastOfRotated() const;
  absl::Status Repair(uint64_t whole_bytes, uint64_t torn_bytes);
  absl::Status OpenActive(int more_flags);
  absl::Status Append(std::span<const AuditRecord> records);
  absl::StatusOr<std::string> Format(std::span<const AuditRecord> records,
                                     AuditPoint& last) const;
  absl::Status Rotate();
  absl::Status Write(std::string_view text);
  absl::Status Cut();
  absl::Status Flush();
  absl::Status FlushFolder();
  absl::Status FailForGood(absl::Status error);
  absl::Status CheckUsable() const;
  bool durable() const { return options.durability != AuditDurability::kNever; }

  std::string path;
  AuditPath parts;
  AuditOptions options;
  pid_t process = 0;
  Descriptor folder;
  Descriptor lock;

  mutable std::mutex mutex;  // of all that follows
  Descriptor active;         // closed where a rotation was left half done
  uint64_t size_bytes = 0;   // of the active file's whole records
  uint64_t first_seq = 1;    // of the active file
  bool has_rest = false;     // a failed write left bytes behind size_bytes
  AuditPoint head;
  absl::Status failed;  // for good
};

absl::StatusOr<AuditLog> AuditLog::Open(const std::string& path,
                                        const AuditOptions& options) {
  auto state = std::make_unique<State>();
  HASHVET_ASSIGN_OR_RETURN(state->parts, SplitAuditPath(path));
  state->path = path;
  state->options = options;
  state->process = ::getpid();
  if (!state->options.clock) {
    state->options.clock = std::chrono::system_clock::now;
  }
  HASHVET_RETURN_IF_ERROR(state->Open());
  return AuditLog(std::move(state));
}

AuditLog::AuditLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
AuditLog::AuditLog(AuditLog&&) noexcept = default;
AuditLog& AuditLog::operator=(AuditLog&&) noexcept = default;
AuditLog::~AuditLog() = default;

absl::Status AuditLog::Append(std::span<const AuditRecord> records) {
  static Counter& appended = GetCounter("hashvet_audit_records_total");
  static Counter& failures = GetCounter("hashvet_audit_failures_total");
  std::lock_guard lock(state_->mutex);
  const absl::Status status = state_->Append(records);
  if (status.ok()) {
    appended.Add(records.size());
  } else {
    failures.Add();
  }
  return status;
}

absl::Status AuditLog::Sync() {
  std::lock_guard lock(state_->mutex);
  HASHVET_RETURN_IF_ERROR(state_->CheckUsable());
  // Where there is no active file, a rotation has flushed what there was.
  return state_->active.number() >= 0 ? state_->Flush() : absl::OkStatus();
}

AuditPoint AuditLog::head() const {
  std::lock_guard lock(state_->mutex);
  return state_->head;
}

const std::string& AuditLog::path() const { return state_->path; }

absl::Status AuditLog::State::Open() {
  HASHVET_ASSIGN_OR_RETURN(folder, OpenAuditFolder(parts.folder));
  HASHVET_ASSIGN_OR_RETURN(lock,
                           LockAuditLog(folder, parts.name + ".lock", path));
  HASHVET_RETURN_IF_ERROR(OpenActive(0));
  HASHVET_ASSIGN_OR_RETURN(const AuditEnds ends,
                           ReadAuditEnds(active.number(), path));
  size_bytes = ends.whole_bytes;
  if (ends.whole_bytes > 0) {
    HASHVET_ASSIGN_OR_RETURN(head, PointOf(ends.last_line, path));
    HASHVET_ASSIGN_OR_RETURN(const AuditPoint first,
                             PointOf(ends.first_line, path));
    first_seq = first.seq;
  } else {
    HASHVET_ASSIGN_OR_RETURN(head, LastOfRotated());
    first_seq = head.seq + 1;
  }
  return ends.torn_bytes == 0 ? absl::OkStatus()
                              : Repair(ends.whole_bytes, ends.torn_bytes);
}

// The end of the newest rotated file, or the beginning of the log.
absl::StatusOr<AuditPoint> AuditLog::State::LastOfRotated() const {
  std::optional<std::pair<uint64_t, std::string>> newest;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(parts.folder, error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const auto rotated = ParseRotatedName(name);
    if (!rotated || rotated->log != parts.name) continue;
    if (!newest || newest->first < rotated->first_seq) {
      newest = {rotated->first_seq, name};
    }
  }
  if (error) return FileError(error.value(), "cannot list", parts.folder);
  if (!newest) {
    HASHVET_ASSIGN_OR_RETURN(const Sha256Digest nothing, Sha256Of({}));
    return AuditPoint{0, nothing};
  }
  const std::string rotated_path = parts.Full(newest->second);
  const Descriptor file(
      ::openat(folder.number(), newest->second.c_str(),
               O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return FileError(errno, "cannot open", rotated_path);
  HASHVET_RETURN_IF_ERROR(CheckAuditFile(file.number(), rotated_path));
  HASHVET_ASSIGN_OR_RETURN(const AuditEnds ends,
                           ReadAuditEnds(file.number(), rotated_path));
  if (ends.torn_bytes > 0 || ends.whole_bytes == 0) {
    return absl::DataLossError(absl::StrCat(
        "audit log: the last line is torn, in a file that was rotated whole: ",
        rotated_path));
  }
  return PointOf(ends.last_line, rotated_path);
}

// Writes what was cut over what is cut, so that at no moment the log looks
// whole without saying so.
absl::Status AuditLog::State::Repair(uint64_t whole_bytes,
                                     uint64_t torn_bytes) {
  const AuditRecord record{AuditEvent::kRepaired,
                           {{"torn_bytes", static_cast<int64_t>(torn_bytes)}}};
  AuditPoint repaired = head;
  HASHVET_ASSIGN_OR_RETURN(const std::string line,
                           Format(std::span(&record, 1), repaired));
  const Descriptor in_place(::openat(folder.number(), parts.name.c_str(),
                                     kAuditOpenFlags & ~O_APPEND));
  if (in_place.number() < 0) return FileError(errno, "cannot open", path);
  size_t done = 0;
  while (done < line.size()) {
    const ssize_t wrote =
        ::pwrite(in_place.number(), line.data() + done, line.size() - done,
                 static_cast<off_t>(whole_bytes + done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return FileError(errno, "cannot write", path);
    done += static_cast<size_t>(wrote);
  }
  size_bytes = whole_bytes + line.size();
  head = repaired;
  HASHVET_RETURN_IF_ERROR(Cut());
  return durable() ? Flush() : absl::OkStatus();
}

absl::Status AuditLog::State::OpenActive(int more_flags) {
  active = Descriptor(::openat(folder.number(), parts.name.c_str(),
                               kAuditOpenFlags | O_CREAT | more_flags,
                               S_IRUSR | S_IWUSR));
  if (active.number() < 0) return FileError(errno, "cannot open", path);
  HASHVET_RETURN_IF_ERROR(CheckAuditFile(active.number(), path));
  return FlushFolder();
}

absl::Status AuditLog::State::CheckUsable() const {
  if (process != ::getpid()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "audit log: opened before fork(), want one log a process: ", path));
  }
  return failed;
}

absl::Status AuditLog::State::Append(std::span<const AuditRecord> records) {
  HASHVET_RETURN_IF_ERROR(CheckUsable());
  AuditPoint after = head;
  HASHVET_ASSIGN_OR_RETURN(const std::string text, Format(records, after));
  if (text.empty()) return absl::OkStatus();
  if (has_rest) HASHVET_RETURN_IF_ERROR(Cut());
  if (active.number() < 0 ||
      (size_bytes > 0 && size_bytes + text.size() > options.max_file_bytes)) {
    HASHVET_RETURN_IF_ERROR(Rotate());
  }
  if (const absl::Status status = Write(text); !status.ok()) {
    has_rest = true;
    (void)Cut();  // else the next Append does
    return status;
  }
  size_bytes += text.size();
  head = after;
  return options.durability == AuditDurability::kEveryAppend ? Flush()
                                                             : absl::OkStatus();
}

// The lines of these records behind `last`, which moves on.
absl::StatusOr<std::string> AuditLog::State::Format(
    std::span<const AuditRecord> records, AuditPoint& last) const {
  std::string text;
  for (const AuditRecord& record : records) {
    HASHVET_ASSIGN_OR_RETURN(
        const std::string line,
        FormatAuditLine(last.seq + 1, options.clock(), record, last.hash));
    HASHVET_ASSIGN_OR_RETURN(
        last.hash,
        HashOfLine(std::string_view(line).substr(0, line.size() - 1)));
    ++last.seq;
    text += line;
  }
  return text;
}

// Each step may fail and is taken up by the next Append where it was left.
absl::Status AuditLog::State::Rotate() {
  if (active.number() >= 0) {
    if (durable()) HASHVET_RETURN_IF_ERROR(Flush());
    const std::string rotated = RotatedName(parts.name, first_seq);
    struct stat info;
    if (::fstatat(folder.number(), rotated.c_str(), &info,
                  AT_SYMLINK_NOFOLLOW) == 0) {
      return FileError(EEXIST, "cannot rotate to", parts.Full(rotated));
    }
    if (::renameat(folder.number(), parts.name.c_str(), folder.number(),
                   rotated.c_str()) != 0) {
      return FileError(errno, "cannot rotate to", parts.Full(rotated));
    }
    active = Descriptor();
    size_bytes = 0;
    first_seq = head.seq + 1;
  }
  return OpenActive(O_EXCL);
}

absl::Status AuditLog::State::Write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(active.number(), text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return FileError(errno, "cannot write", path);
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return absl::OkStatus();
}

absl::Status AuditLog::State::Cut() {
  if (::ftruncate(active.number(), static_cast<off_t>(size_bytes)) != 0) {
    return FileError(errno, "cannot cut off a part of a record", path);
  }
  has_rest = false;
  return absl::OkStatus();
}

absl::Status AuditLog::State::Flush() {
  if (::fdatasync(active.number()) == 0) return absl::OkStatus();
  return FailForGood(FileError(errno, "cannot flush to the disk", path));
}

absl::Status AuditLog::State::FlushFolder() {
  // A file system that cannot flush directories (EINVAL) has nothing to flush.
  if (!durable() || ::fsync(folder.number()) == 0 || errno == EINVAL) {
    return absl::OkStatus();
  }
  return FailForGood(FileError(errno, "cannot flush the directory of", path));
}

absl::Status AuditLog::State::FailForGood(absl::Status error) {
  failed = std::move(error);
  return failed;
}

}  // namespace hashvet
