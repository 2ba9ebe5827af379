// One record as a line of JSON, and back.

#ifndef HASHVET_SRC_AUDIT_AUDIT_LINE_H_
#define HASHVET_SRC_AUDIT_AUDIT_LINE_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/audit/audit_log.h"
#include "hashvet/hash/sha256.h"

namespace hashvet {

// The line with its break. Errors: InvalidArgument (AuditField::name, two
// fields of one name, over kAuditMaxLineBytes).
absl::StatusOr<std::string> FormatAuditLine(
    uint64_t seq, std::chrono::system_clock::time_point time,
    const AuditRecord& record, const Sha256Digest& prev);

// What the chain needs of a line.
struct AuditLine {
  uint64_t seq = 0;
  std::string time;
  Sha256Digest prev = {};
};

// `line` has no break. Errors: DataLoss; the message repeats nothing of it.
absl::StatusOr<AuditLine> ParseAuditLine(std::string_view line);

// What the next line's `prev` says; `line` has no break.
absl::StatusOr<Sha256Digest> HashOfLine(std::string_view line);

}  // namespace hashvet

#endif  // HASHVET_SRC_AUDIT_AUDIT_LINE_H_
