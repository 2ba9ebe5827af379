#include "hashvet/audit/verify_audit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"
#include "src/audit/audit_files.h"
#include "src/audit/audit_line.h"

namespace hashvet {
namespace {

std::string Missing(uint64_t begin, uint64_t end) {
  return end - begin == 1
             ? absl::StrCat("record ", begin, " is missing")
             : absl::StrCat("records ", begin, " to ", end - 1, " are missing");
}

// Holds each line against the one before it.
class ChainCheck {
 public:
  ChainCheck(const VerifyAuditOptions& options, AuditPoint before)
      : options_(options) {
    report_.last = before;
    expected_seen_ = options.expect == before;
  }

  // False when the line is wrong, and then no line after it counts.
  bool Line(std::string_view line, const std::string& file, uint64_t number) {
    const std::string wrong = WrongWith(line, file, number);
    if (wrong.empty()) return true;
    report_.fault = {file, number, wrong};
    return false;
  }

  void Fault(const std::string& file, uint64_t line, std::string what) {
    report_.fault = {file, line, std::move(what)};
  }

  // An expected record must have been among them.
  void End(const std::string& last_file) {
    if (!options_.expect || expected_seen_) return;
    const uint64_t want = options_.expect->seq;
    report_.fault = {
        last_file, 0,
        want > report_.last.seq
            ? absl::StrCat("the log ends with record ", report_.last.seq, ": ",
                           Missing(report_.last.seq + 1, want + 1))
            : absl::StrCat("record ", want,
                           ", which is expected, lies before the first one")};
  }

  AuditReport& report() { return report_; }

 private:
  std::string WrongWith(std::string_view line, const std::string& file,
                        uint64_t number) {
    const absl::StatusOr<AuditLine> parsed = ParseAuditLine(line);
    if (!parsed.ok()) return std::string(parsed.status().message());
    const uint64_t want = report_.last.seq + 1;
    if (parsed->seq > want) {
      return absl::StrCat("got record ", parsed->seq, ", want ", want, ": ",
                          Missing(want, parsed->seq));
    }
    if (parsed->seq < want) {
      return absl::StrCat("got record ", parsed->seq, ", want ", want,
                          ": a record was added or moved");
    }
    if (parsed->prev != report_.last.hash) {
      return absl::StrCat("record ", parsed->seq,
                          ": prev is not the SHA-256 of record ", want - 1,
                          ": one of the two was changed");
    }
    if (number == 1) {
      const auto name =
          ParseRotatedName(std::filesystem::path(file).filename().string());
      if (name && name->first_seq != parsed->seq) {
        return absl::StrCat("the file's name says record ", name->first_seq,
                            ", it begins with ", parsed->seq);
      }
    }
    const absl::StatusOr<Sha256Digest> hash = HashOfLine(line);
    if (!hash.ok()) return std::string(hash.status().message());
    if (options_.expect && options_.expect->seq == parsed->seq) {
      if (options_.expect->hash != *hash) {
        return absl::StrCat("record ", parsed->seq,
                            ": its SHA-256 is not the expected one");
      }
      expected_seen_ = true;
    }
    if (report_.records++ == 0) {
      report_.first_seq = parsed->seq;
      report_.first_time = parsed->time;
    }
    report_.last = {parsed->seq, *hash};
    report_.last_time = parsed->time;
    return "";
  }

  const VerifyAuditOptions& options_;
  AuditReport report_;
  bool expected_seen_ = false;
};

// Gives each whole line of a file, without its break, to `on_line` until that
// returns false. Returns how many bytes come after the last break.
absl::StatusOr<uint64_t> ReadLines(
    const std::string& path,
    absl::FunctionRef<bool(std::string_view)> on_line) {
  const int descriptor =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return FileError(errno, "cannot open", path);
  const absl::Cleanup close = [descriptor] { ::close(descriptor); };
  struct stat info;
  if (::fstat(descriptor, &info) != 0) {
    return FileError(errno, "cannot look at", path);
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("audit log: want a regular file: ", path));
  }
  // Room for a longest line and its break: what fills it without one is no
  // record.
  std::string buffer(kAuditMaxLineBytes + 1, '\0');
  size_t held = 0;
  while (true) {
    const ssize_t got =
        ::read(descriptor, buffer.data() + held, buffer.size() - held);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(errno, "cannot read", path);
    if (got == 0) return held;
    held += static_cast<size_t>(got);
    std::string_view rest(buffer.data(), held);
    for (size_t end = rest.find('\n'); end != std::string_view::npos;
         end = rest.find('\n')) {
      if (!on_line(rest.substr(0, end))) return 0;
      rest.remove_prefix(end + 1);
    }
    held = rest.size();
    if (held == buffer.size() && !on_line(rest)) return 0;
    std::memmove(buffer.data(), rest.data(), held);
  }
}

}  // namespace

absl::StatusOr<std::vector<AuditFiles>> FindAuditLogs(const std::string& path) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(path, error);
  AuditPath parts{path, ""};
  if (!is_folder) {
    HASHVET_ASSIGN_OR_RETURN(parts, SplitAuditPath(path));
  }
  // By log, then the rotated ones by number, then the one that is written.
  std::map<std::string, std::map<uint64_t, std::string>> logs;
  for (std::filesystem::directory_iterator entry(parts.folder, error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::string log = name;
    uint64_t order = UINT64_MAX;
    if (const auto rotated = ParseRotatedName(name)) {
      log = rotated->log;
      order = rotated->first_seq;
    } else if (!IsLogName(name)) {
      continue;
    }
    if (is_folder || log == parts.name) {
      logs[log].emplace(order, parts.Full(name));
    }
  }
  if (error) return FileError(error.value(), "cannot look for", path);
  if (logs.empty()) {
    return absl::NotFoundError(
        absl::StrCat("audit log: got none, want one: ", path));
  }
  std::vector<AuditFiles> found;
  for (const auto& [log, files] : logs) {
    AuditFiles one{parts.Full(log), {}};
    for (const auto& [order, file] : files) one.files.push_back(file);
    found.push_back(std::move(one));
  }
  return found;
}

absl::StatusOr<AuditReport> VerifyAudit(std::span<const std::string> files,
                                        const VerifyAuditOptions& options) {
  if (files.empty()) {
    return absl::InvalidArgumentError("audit log: got no file, want some");
  }
  HASHVET_ASSIGN_OR_RETURN(const Sha256Digest nothing, Sha256Of({}));
  ChainCheck check(options, options.after.value_or(AuditPoint{0, nothing}));
  AuditReport& report = check.report();
  for (const std::string& file : files) {
    uint64_t lines = 0;
    HASHVET_ASSIGN_OR_RETURN(const uint64_t torn_bytes,
                             ReadLines(file, [&](std::string_view line) {
                               return check.Line(line, file, ++lines);
                             }));
    ++report.files;
    if (report.fault) return report;
    if (torn_bytes > 0 && &file != &files.back()) {
      check.Fault(file, lines + 1,
                  "the line is cut off, and more files follow");
      return report;
    }
    report.torn_bytes = torn_bytes;
  }
  check.End(files.back());
  return report;
}

}  // namespace hashvet
