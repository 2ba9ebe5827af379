// The audit log: what was matched and what became of the lists, one JSON object
// a line, only ever appended to, each line chained to the one before.
//
//   {"seq":7,"time":"2026-11-25T11:51:41.000000Z","event":"match",
//    "fields":{"item":"upload-18","list":"ncmec/industry",...},
//    "prev":"<SHA-256 of line 6, its line break included>"}
//
// Line 1's `prev` is the SHA-256 of nothing. A file that has grown enough is
// renamed from audit.jsonl to audit-<its first seq, 20 digits>.jsonl, and the
// chain goes on in a new audit.jsonl. Whoever changes, removes, inserts or
// moves a line breaks the chain, and VerifyAudit (verify_audit.h) says where.
//
// What that does not show: somebody who may write the files can cut the log's
// end off, or write all of it anew. Keep head() in another place now and then,
// and compare.
//
// No hash value comes in: a field is a number, text, or the SHA-256 of a file.
// No text field may be named for a value, and a run of 32 hex digits or more in
// a text is written as "<64 hex digits>". So an entry key made of the value
// itself, as some sources do, is not kept: log the list's version beside it,
// and never use a digest of a picture as the item's name.

#ifndef HASHVET_AUDIT_AUDIT_LOG_H_
#define HASHVET_AUDIT_AUDIT_LOG_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/sha256.h"

namespace hashvet {

enum class AuditEvent : uint8_t {
  kMatch,           // "match": an entry matched an item
  kPublished,       // "published": a list went live
  kRolledBack,      // "rolled_back"
  kSwapped,         // "swapped": a matcher took a new generation
  kRefused,         // "refused": a list, manifest or generation
  kSelftestFailed,  // "selftest_failed": the known-answer test
  kCollected,       // "collected": old files were deleted
  kRepaired,        // "repaired": the log itself cut off a torn last line
};

HASHVET_EXPORT std::string_view NameOf(AuditEvent event);

// A Sha256Digest is a file's, never a picture's.
using AuditValue =
    std::variant<int64_t, std::string, std::vector<std::string>, Sha256Digest>;

struct AuditField {
  // 1 to 64 of a-z 0-9 _, a letter first; none of its words is "hash", "value",
  // "digest" or a kind such as "pdq" or "sha256", unless it holds a
  // Sha256Digest.
  std::string name;
  AuditValue value;
};

struct AuditRecord {
  AuditEvent event = AuditEvent::kMatch;
  std::vector<AuditField> fields;  // a name once
};

// A place in a log: a record's number, and the SHA-256 of its line. Record 0 is
// the beginning. As text "SEQ:HASH".
struct AuditPoint {
  uint64_t seq = 0;
  Sha256Digest hash = {};

  friend bool operator==(const AuditPoint&, const AuditPoint&) = default;
};

HASHVET_EXPORT std::string AuditPointText(const AuditPoint& point);
// Errors: InvalidArgument.
HASHVET_EXPORT absl::StatusOr<AuditPoint> ParseAuditPoint(
    std::string_view text);

// When a record is on the disk, and not only with the system.
enum class AuditDurability : uint8_t {
  kEveryAppend,  // when Append returns
  kOnSync,       // when Sync returns, for callers that append in batches
  kNever,        // when the system gets to it
};

struct AuditOptions {
  AuditDurability durability = AuditDurability::kEveryAppend;
  // A file is rotated before an Append would make it longer; an Append is never
  // split.
  uint64_t max_file_bytes = uint64_t{64} << 20;
  // For tests; empty: the system's.
  std::function<std::chrono::system_clock::time_point()> clock;
};

// The longest line, inclusive; so what VerifyAudit needs in memory.
inline constexpr size_t kAuditMaxLineBytes = size_t{1} << 20;

// One process writes a log, which an exclusive lock holds it to: after fork() a
// child opens another log. Thread-safe.
//
// An error of Append means that the records may not be kept: whoever must not
// act without a trace ("fail closed") then withholds the answer. A full disk
// leaves the log valid and the next Append tries again. After a failed flush to
// the disk nobody knows what is on it: every later call returns the same error,
// until the log is opened anew.
class HASHVET_EXPORT AuditLog {
 public:
  // Opens the log, or begins it, readable by its owner only (mode 0600). A last
  // line that a crash left torn is cut off, and a record says how much.
  //
  // path  ends in ".jsonl", in a directory that only its owner and group write
  //
  // Errors:
  //   InvalidArgument     another name, a symbolic link, no regular file
  //   PermissionDenied    may not be written, or others may read or write it
  //   FailedPrecondition  another process has it open
  //   DataLoss            the last whole line is no record, or a rotated file
  //                       does not end in one: nothing is changed
  //   ResourceExhausted   the disk is full
  static absl::StatusOr<AuditLog> Open(const std::string& path,
                                       const AuditOptions& options = {});

  AuditLog(AuditLog&&) noexcept;
  AuditLog& operator=(AuditLog&&) noexcept;
  ~AuditLog();

  // All of them in one write, or none.
  //
  // Errors: InvalidArgument (a field's name, a line over kAuditMaxLineBytes),
  // FailedPrecondition (this process forked off the one that opened it),
  // ResourceExhausted, and those of the disk.
  absl::Status Append(std::span<const AuditRecord> records);
  absl::Status Append(const AuditRecord& record) {
    return Append(std::span(&record, 1));
  }

  absl::Status Sync();

  // The last record that was appended.
  AuditPoint head() const;

  const std::string& path() const;

 private:
  struct State;
  explicit AuditLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_AUDIT_AUDIT_LOG_H_
