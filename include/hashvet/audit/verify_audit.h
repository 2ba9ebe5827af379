// Whether an audit log is as it was written: every line is a record, every
// record has the next number and the SHA-256 of the line before, and every
// rotated file is there.
//
// The end of a log, and its last line, are held by nothing in it: give a place
// that was kept elsewhere (AuditLog::head) to be sure of everything up to
// there.

#ifndef HASHVET_AUDIT_VERIFY_AUDIT_H_
#define HASHVET_AUDIT_VERIFY_AUDIT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/audit/audit_log.h"
#include "hashvet/base/export.h"

namespace hashvet {

// The files of one log, the oldest first.
struct AuditFiles {
  std::string log;  // as AuditLog::Open takes it; need not be there
  std::vector<std::string> files;
};

// The log of this path, or every log in a directory, by name.
//
// Errors: NotFound (neither the log nor a rotated file of it; no log in the
// directory), InvalidArgument (no name of a log), PermissionDenied.
HASHVET_EXPORT absl::StatusOr<std::vector<AuditFiles>> FindAuditLogs(
    const std::string& path);

struct VerifyAuditOptions {
  // The record before the first one, where older files were put away.
  std::optional<AuditPoint> after;
  // A record that must be there, as it was.
  std::optional<AuditPoint> expect;
};

struct AuditReport {
  uint64_t files = 0;
  // Of the records that were found right, in order.
  uint64_t records = 0;
  uint64_t first_seq = 0;  // 0: there are none
  std::string first_time;
  std::string last_time;
  AuditPoint last;
  // The last file ends in the middle of a line: a writer is at work, or crashed
  // and will cut that off. It counts for nothing.
  uint64_t torn_bytes = 0;

  // The first thing that is wrong; what comes after it was not looked at.
  struct Fault {
    std::string file;
    uint64_t line = 0;
    std::string what;
  };
  std::optional<Fault> fault;
};

// Reads the files in this order, once, in a bounded amount of memory.
//
// Errors: those of a file that cannot be read; InvalidArgument without files.
HASHVET_EXPORT absl::StatusOr<AuditReport> VerifyAudit(
    std::span<const std::string> files, const VerifyAuditOptions& options = {});

}  // namespace hashvet

#endif  // HASHVET_AUDIT_VERIFY_AUDIT_H_
