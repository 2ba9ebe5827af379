// What one query sees: some snapshots, what changed since each was written, and
// the policy that holds for each of their lists.
//
//   part 0   base snapshot [+ overlay]   lists 0, 1, …
//   part 1   base snapshot [+ overlay]   lists …
//
// Immutable and thread-safe. A Matcher serves one generation at a time and
// swaps it for the next; whoever holds one by its shared_ptr keeps its files
// mapped.

#ifndef HASHVET_MATCHER_GENERATION_H_
#define HASHVET_MATCHER_GENERATION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/list_policy.h"
#include "hashvet/list/snapshot_reader.h"

namespace hashvet {

// What the operator asks of a snapshot's lists in place of what the snapshot
// says: policies in, as many out, in the same order and of the same names.
// policy_config.h's Apply is one.
using PolicyOverride = std::function<absl::StatusOr<std::vector<ListPolicy>>(
    std::span<const ListPolicy>)>;

class HASHVET_EXPORT Generation {
 public:
  // Bases with their overlays.
  struct Part {
    std::shared_ptr<const SnapshotReader> base;
    std::shared_ptr<const SnapshotReader> overlay;  // may be null
    // When it was published or written, seconds since 1970; 0: not known. It
    // stands for the current_at of lists that do not say: no source confirmed
    // them later.
    uint64_t as_of = 0;

    // The base's, and after a '.' the overlay's.
    std::string version() const;
    // Whether a list has entries of the kind, removed ones counted.
    bool Carries(uint16_t list, HashKind kind) const;
  };

  // Entries that no query can reach: the list's policy has no threshold for
  // their kind.
  struct CarriedOnly {
    HashKind kind;
    uint64_t entries;
  };

  struct List {
    size_t part;        // in parts()
    uint16_t number;    // in the lists of the part's snapshots
    ListPolicy policy;  // the one that holds
    std::vector<CarriedOnly> carried_only;
  };

  // policy  may be empty: each list's own policy holds.
  //
  // Errors:
  //   InvalidArgument     no part, a null base, two lists of one name, or a
  //                       policy that is none
  //   FailedPrecondition  an overlay without its base, or of another one
  //   those of `policy`
  static absl::StatusOr<std::shared_ptr<const Generation>> Create(
      std::vector<Part> parts, const PolicyOverride& policy = {});

  std::span<const Part> parts() const { return parts_; }
  // Part by part, each part's by number.
  std::span<const List> lists() const { return lists_; }
  std::span<const List> lists_of(size_t part) const {
    return std::span(lists_).subspan(first_list_[part],
                                     first_list_[part + 1] - first_list_[part]);
  }
  // The parts' versions, joined by '+'.
  const std::string& version() const { return version_; }

  // Entries of each list, overlays counted, in the order of lists(). The first
  // call looks up every entry that an overlay removes.
  std::span<const uint64_t> CountEntries() const;

 private:
  explicit Generation(std::vector<Part> parts) : parts_(std::move(parts)) {}
  absl::Status TakeLists(size_t part, const PolicyOverride& policy);

  std::vector<Part> parts_;
  std::vector<List> lists_;
  std::vector<size_t> first_list_;  // of each part, and the number of all
  std::string version_;
  mutable std::once_flag counted_;
  mutable std::vector<uint64_t> entries_;
};

}  // namespace hashvet

#endif  // HASHVET_MATCHER_GENERATION_H_
