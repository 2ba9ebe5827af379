// A snapshot file, mapped read-only and verified completely before it answers
// anything: every checksum, every offset, every row number.

#ifndef HASHVET_LIST_SNAPSHOT_READER_H_
#define HASHVET_LIST_SNAPSHOT_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/index/range_index.h"
#include "hashvet/list/list_policy.h"

namespace hashvet {

// The formats this build reads, both inclusive. Format 0 is a first draft: no
// later build promises to read it.
inline constexpr uint32_t kSnapshotMinFormat = 0;
inline constexpr uint32_t kSnapshotMaxFormat = 0;

// An entry inside the mapped file.
struct EntryView {
  std::string_view key;
  std::string_view category;
  std::optional<int> quality;
};

// Immutable and thread-safe. Share it by its shared_ptr; the file may be
// replaced (by renaming) or deleted while it is open.
class HASHVET_EXPORT SnapshotReader {
 public:
  struct KindCounts {
    HashKind kind;
    uint64_t unique_values;
    uint64_t entries;
    bool searchable;  // false: carried, but this build cannot search the kind
  };

  // Errors:
  //   those of MappedFile::Open
  //   InvalidArgument     not a snapshot at all
  //   FailedPrecondition  a newer format or kind, or the other byte order
  //   DataLoss            truncated, or damaged anywhere; says which section
  static absl::StatusOr<std::shared_ptr<const SnapshotReader>> Open(
      const std::string& path);

  ~SnapshotReader();

  const std::string& path() const;
  uint32_t format() const;
  const ListPolicy& policy() const;

  // 16 hex digits that change with the content; names what a verdict saw.
  const std::string& version() const;

  uint64_t entries() const;
  uint64_t size_bytes() const;
  std::span<const KindCounts> kinds() const;

  // The search index of a bit kind, or null when the snapshot carries no value
  // of it or this build cannot search it.
  const RangeIndex* index(HashKind kind) const;

  // The row of exactly this value, for the digest kinds.
  std::optional<uint32_t> FindDigest(const HashValue& digest) const;

  // The row's value and its entries; rows number the unique values of a kind,
  // in ascending order of ToBytes. REQUIRES: row < unique_values of the kind.
  HashValue value(HashKind kind, uint32_t row) const;
  uint32_t entry_count(HashKind kind, uint32_t row) const;
  EntryView entry(HashKind kind, uint32_t row, uint32_t i) const;

 private:
  struct State;
  explicit SnapshotReader(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_LIST_SNAPSHOT_READER_H_
