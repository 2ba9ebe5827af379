// A snapshot file, or an overlay, mapped read-only: what a matcher searches.
// docs/snapshot_format.md describes the bytes.
//
// Nothing of a file is used before it was verified: every checksum, every
// offset, every number. That reads the whole file, so whoever has seen the very
// same file verified before (VerifiedFiles, in verified_files.h) may open it
// quickly: header, section table and everything small are checked, the large
// tables are trusted and only ever read inside their bounds.

#ifndef HASHVET_LIST_SNAPSHOT_READER_H_
#define HASHVET_LIST_SNAPSHOT_READER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/hash/sha256.h"
#include "hashvet/index/byte_vector_index.h"
#include "hashvet/index/digest_index.h"
#include "hashvet/index/range_index.h"
#include "hashvet/list/list_entry.h"
#include "hashvet/list/list_policy.h"

namespace hashvet {

// The formats this build reads, both inclusive. Format 1 and all later ones are
// read for ever; format 0 was a draft.
inline constexpr uint32_t kSnapshotMinFormat = 1;
inline constexpr uint32_t kSnapshotMaxFormat = 2;

// The list number of the canaries: entries that the file's writer planted, and
// that no verdict, statistic or export shows.
inline constexpr uint16_t kCanaryList = 0xFFFF;

// An entry inside the mapped file.
struct EntryView {
  uint16_t list = 0;  // in lists(), or kCanaryList
  std::string_view key;
  std::string_view category;
  std::string_view category_scheme;
  std::optional<int> quality;
  Opinion opinion = Opinion::kUnknown;
};

struct SnapshotOpenOptions {
  // False only for a file that is known to have been verified as it is.
  bool verify = true;
  // Beside all that, holds every entry of the ring tables against its row. A
  // table that is wrong in few places misses some near values only, which no
  // test of some queries shows; who makes a list go live asks for this. It
  // reads rows out of order, so it takes longer than everything else.
  bool verify_rings = false;
  // Also computes the SHA-256 of the whole, beside the verification.
  bool hash = false;
  Executor* executor = nullptr;  // for both; null: this thread
};

// Immutable and thread-safe. Share it by its shared_ptr; the file may be
// replaced (by renaming) or deleted while it is open.
class HASHVET_EXPORT SnapshotReader {
 public:
  struct KindCounts {
    HashKind kind;
    uint64_t unique_values;  // without canaries
    uint64_t entries;        // without canaries
  };

  // Errors:
  //   those of MappedFile::Open
  //   InvalidArgument     not a snapshot at all
  //   FailedPrecondition  a format, minimum reader or kind that this build does
  //                       not know, or the other byte order
  //   DataLoss            truncated, or damaged anywhere; says which section
  static absl::StatusOr<std::shared_ptr<const SnapshotReader>> Open(
      const std::string& path, const SnapshotOpenOptions& options = {});

  // From bytes that are in memory already, such as a decrypted file's; aligned
  // to 64 bytes, kept by `owner`. `path` is for messages. Errors: as Open.
  static absl::StatusOr<std::shared_ptr<const SnapshotReader>> FromBytes(
      std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
      const std::string& path, const SnapshotOpenOptions& options = {});

  ~SnapshotReader();

  const std::string& path() const;
  uint32_t format() const;
  std::span<const std::byte> bytes() const;
  uint64_t size_bytes() const { return bytes().size(); }

  // 16 hex digits that change with the content; names what a verdict saw.
  const std::string& version() const;

  // Of the whole file, where it was asked for.
  const std::optional<Sha256Digest>& sha256() const;

  // The lists the entries belong to, by number; at least one.
  std::span<const ListPolicy> lists() const;

  uint64_t entries() const;  // without canaries
  std::span<const KindCounts> kinds() const;

  // Entries of a kind in one list, as counted when it was written.
  uint64_t EntriesOf(uint16_t list, HashKind kind) const;

  // Rows number the unique values of a kind, canaries among them, in ascending
  // order of ToBytes; 0 for a kind that the snapshot does not carry.
  uint32_t rows(HashKind kind) const;

  // The search index of the kind's family, or null when the snapshot carries
  // no value of the kind.
  const RangeIndex* range_index(HashKind kind) const;
  const DigestIndex* digest_index(HashKind kind) const;
  const ByteVectorIndex* byte_vector_index(HashKind kind) const;

  // Whether canaries alone have the row. REQUIRES: row < rows(kind).
  bool is_canary(HashKind kind, uint32_t row) const;

  // The row's value and its entries, canaries last. REQUIRES: row < rows(kind).
  HashValue value(HashKind kind, uint32_t row) const;
  uint32_t entry_count(HashKind kind, uint32_t row) const;
  EntryView entry(HashKind kind, uint32_t row, uint32_t i) const;
  // The entry's number among all entries of the kind: what an overlay removes.
  uint32_t entry_number(HashKind kind, uint32_t row, uint32_t i) const;
  // The list of the entry of that number, or kCanaryList. REQUIRES: there is
  // one.
  uint16_t list_of_entry(HashKind kind, uint32_t number) const;

  // The canaries of a kind, as the file lists them apart from its tables: each
  // must be found there. Made-up values, at least two for each kind carried.
  std::vector<HashValue> canaries(HashKind kind) const;

  // An overlay says what changed since its base; alone it answers nothing.
  struct BaseIdentity {
    std::string version;
    Sha256Digest sha256;
    uint64_t size_bytes;
  };
  bool is_overlay() const;
  // REQUIRES: is_overlay()
  const BaseIdentity& base() const;
  // The base's entries of the kind that are gone, ascending entry numbers.
  std::span<const uint32_t> removed(HashKind kind) const;

  // Whether this overlay was made for this base: the same version and lists,
  // and removals that exist there. The manifest holds it to the SHA-256.
  //
  // Errors: FailedPrecondition.
  absl::Status CheckBase(const SnapshotReader& base) const;

 private:
  struct State;
  explicit SnapshotReader(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_LIST_SNAPSHOT_READER_H_
