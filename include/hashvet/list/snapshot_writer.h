// Entries to a snapshot file (docs/snapshot_format.md): values that are equal
// are kept once with all their entries, and the search tables are laid out
// ready to be mapped.

#ifndef HASHVET_LIST_SNAPSHOT_WRITER_H_
#define HASHVET_LIST_SNAPSHOT_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/list/list_entry.h"
#include "hashvet/list/list_policy.h"

namespace hashvet {

struct SnapshotCounts {
  uint64_t entries = 0;
  uint64_t unique_values = 0;
  uint64_t size_bytes = 0;
};

// Not thread-safe. Holds all entries in memory.
class HASHVET_EXPORT SnapshotWriter {
 public:
  // Errors: as CheckPolicy.
  static absl::StatusOr<SnapshotWriter> Create(ListPolicy policy);

  SnapshotWriter(SnapshotWriter&&) noexcept;
  SnapshotWriter& operator=(SnapshotWriter&&) noexcept;
  ~SnapshotWriter();

  // An entry equal to an earlier one in every field is kept once.
  //
  // Errors: InvalidArgument (key or category over 65,535 bytes, quality not 0
  // .. 100),
  // ResourceExhausted (over 2^32 - 1 entries).
  absl::Status Add(ListEntry entry);

  // Writes the file whole or not at all; may be called more than once. The same
  // entries in any order give the same bytes.
  //
  // Errors: FailedPrecondition when there are no entries (an empty list would
  // answer "no match" to everything), ResourceExhausted (over 4 GiB of distinct
  // categories), and those of AtomicFile.
  absl::StatusOr<SnapshotCounts> Write(const std::string& path);

 private:
  struct State;
  explicit SnapshotWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_LIST_SNAPSHOT_WRITER_H_
