// Entries to a snapshot file (docs/snapshot_format.md): values that are equal
// are kept once with all their entries, and the search tables are laid out
// ready to be mapped. An overlay is written the same way, and says what changed
// since a base.

#ifndef HASHVET_LIST_SNAPSHOT_WRITER_H_
#define HASHVET_LIST_SNAPSHOT_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/sha256.h"
#include "hashvet/list/list_entry.h"
#include "hashvet/list/list_policy.h"

namespace hashvet {

class SnapshotReader;

struct SnapshotCounts {
  uint64_t entries = 0;        // without canaries
  uint64_t unique_values = 0;  // without canaries
  uint64_t removed = 0;        // entries of the base, by an overlay
  uint64_t size_bytes = 0;
};

struct SnapshotWriterOptions {
  // Entries beyond this are sorted and spilled to a nameless file in the folder
  // of the output, and merged in the end.
  size_t memory_bytes = size_t{256} << 20;
  std::string spill_folder = ".";
  Executor* executor = nullptr;  // builds search tables; null: this thread
  // Of an overlay's base, where that is known, as from a manifest: the base is
  // then not read for it.
  std::optional<Sha256Digest> base_sha256;
};

// Not thread-safe.
class HASHVET_EXPORT SnapshotWriter {
 public:
  // Of one list, or several.
  //
  // Errors: as CheckPolicy; InvalidArgument for no list, two of one name, or
  // over 1024 of them.
  static absl::StatusOr<SnapshotWriter> Create(
      ListPolicy list, const SnapshotWriterOptions& options = {});
  static absl::StatusOr<SnapshotWriter> Create(
      std::vector<ListPolicy> lists, const SnapshotWriterOptions& options = {});

  // Of what changed since `base`, whose lists it has. Reads the whole base
  // once for its SHA-256, unless that is known.
  static absl::StatusOr<SnapshotWriter> CreateOverlay(
      std::shared_ptr<const SnapshotReader> base,
      const SnapshotWriterOptions& options = {});

  SnapshotWriter(SnapshotWriter&&) noexcept;
  SnapshotWriter& operator=(SnapshotWriter&&) noexcept;
  ~SnapshotWriter();

  // An entry equal to an earlier one in every field is kept once. `list` is a
  // number of the lists given to Create.
  //
  // Errors: InvalidArgument (key, category or scheme over 65,535 bytes, quality
  // not 0 .. 100, no such list), ResourceExhausted (over 2^32 - 1 entries), and
  // those of the spill file.
  absl::Status Add(ListEntry entry) { return Add(0, std::move(entry)); }
  absl::Status Add(uint16_t list, ListEntry entry);

  // Of an overlay: every entry of the base with this key in this list, of every
  // kind, no longer matches. A key that the base does not have is no error:
  // SnapshotCounts::removed tells how many went. Errors: InvalidArgument (no
  // overlay, no such list).
  absl::Status Remove(uint16_t list, std::string key);

  // Takes all entries of the kind, its search tables included, from an earlier
  // snapshot as they are: for a kind that has not changed since. The bytes are
  // those that Add would give. What `earlier` shows must be known to be right:
  // its tables are not built anew.
  //
  // Errors: FailedPrecondition (`earlier` is an overlay, has other lists or
  // policies, or has no such kind), InvalidArgument (this is an overlay, or has
  // entries of the kind), DataLoss (damaged).
  absl::Status Reuse(std::shared_ptr<const SnapshotReader> earlier,
                     HashKind kind);

  // Whether the kind's tables are as this build writes them: those of an
  // earlier format are built anew (AddEarlier).
  static bool CanReuse(const SnapshotReader& earlier, HashKind kind);

  // Adds the kind's entries as an earlier snapshot has them, but for those that
  // `left_out` says: they are in order, and need not be told one by one. More
  // may be added. How many each list has of them.
  //
  // Errors: as Reuse, but that lists of the same names may have other policies.
  absl::StatusOr<std::vector<uint64_t>> AddEarlier(
      std::shared_ptr<const SnapshotReader> earlier, HashKind kind,
      absl::FunctionRef<bool(uint16_t list, std::string_view key)> left_out);

  // Writes the file whole or not at all; once. The same entries in any order
  // give the same bytes, with any memory_bytes.
  //
  // Errors: FailedPrecondition when there are no entries (an empty list would
  // answer "no match" to everything; an overlay may be without), or on a second
  // call; ResourceExhausted (over 4 GiB of distinct categories), and those of
  // AtomicFile.
  absl::StatusOr<SnapshotCounts> Write(const std::string& path);

 private:
  struct State;
  explicit SnapshotWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_LIST_SNAPSHOT_WRITER_H_
