// How the files of a log are named, and what one begins and ends with.

#ifndef HASHVET_SRC_AUDIT_AUDIT_FILES_H_
#define HASHVET_SRC_AUDIT_AUDIT_FILES_H_

#include <fcntl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/descriptor.h"

namespace hashvet {

// A path cut at its last slash; the folder of a bare name is ".".
struct AuditPath {
  std::string folder;
  std::string name;

  std::string Full(std::string_view file) const;  // of a file in the folder
};

// Errors: InvalidArgument: no name of a log.
absl::StatusOr<AuditPath> SplitAuditPath(const std::string& path);

// "audit.jsonl" and 7: "audit-00000000000000000007.jsonl", whose name sorts as
// its number does.
std::string RotatedName(std::string_view log, uint64_t first_seq);

struct RotatedFile {
  std::string log;
  uint64_t first_seq;
};
// Nothing for any other name.
std::optional<RotatedFile> ParseRotatedName(std::string_view name);
bool IsLogName(std::string_view name);  // "….jsonl", and no rotated one's

inline constexpr int kAuditOpenFlags =
    O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC |
    O_NONBLOCK;  // a pipe must not make it wait

// Where only those who may write a log can put another in its place.
//
// Errors: PermissionDenied (everybody may write it), and those of opening.
absl::StatusOr<Descriptor> OpenAuditFolder(const std::string& folder);

// Holds a log to one writer as long as the descriptor is open. `name` is the
// lock file's, `path` the log's, for messages.
//
// Errors: FailedPrecondition: somebody else holds it.
absl::StatusOr<Descriptor> LockAuditLog(const Descriptor& folder,
                                        const std::string& name,
                                        const std::string& path);

struct AuditEnds {
  uint64_t whole_bytes = 0;  // up to the last line break, that included
  uint64_t torn_bytes = 0;   // after it
  // Without their breaks; empty when there is no whole line. One that is longer
  // than a line may be is cut, and is then no record.
  std::string first_line;
  std::string last_line;
};

// `path` is for messages. Errors: those of reading.
absl::StatusOr<AuditEnds> ReadAuditEnds(int descriptor,
                                        const std::string& path);

// What fstat told must be a file that a log may be in.
absl::Status CheckAuditFile(int descriptor, const std::string& path);

}  // namespace hashvet

#endif  // HASHVET_SRC_AUDIT_AUDIT_FILES_H_
