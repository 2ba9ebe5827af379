// One kind of a snapshot while it is written: its entries in their order, as
// rows and what the rows stand for, then the tables that search the rows.
// Private to the list layer.

#ifndef HASHVET_SRC_LIST_KIND_WRITER_H_
#define HASHVET_SRC_LIST_KIND_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/base/executor.h"
#include "hashvet/hash/hash_kind.h"
#include "src/list/entry_sorter.h"
#include "src/list/section_writer.h"
#include "src/list/snapshot_format.h"
#include "src/list/spool.h"

namespace hashvet::snapshot {

class KindWriter {
 public:
  // The file's kind, which may have no entries but removals (an overlay's).
  KindWriter(HashKind kind, size_t lists, const std::string& spool_folder);

  HashKind kind() const { return kind_; }
  const CountsRecord& counts() const { return counts_; }

  void set_canaries(std::vector<uint8_t> values) {
    canaries_ = std::move(values);
  }
  void set_removed(std::vector<uint32_t> entries) {
    removed_ = std::move(entries);
  }

  // Takes the kind's entries, in their order, from the sorter.
  //
  // Errors: those of the sorter and of spools.
  absl::Status TakeEntries(EntrySorter& sorter,
                           std::span<const uint32_t> category_ranks);

  size_t sections() const;

  // Lays out and fills the kind's sections.
  absl::Status Write(SectionWriter& out, Executor* executor);

 private:
  absl::Status Append(const PendingEntry& entry, uint32_t category);
  absl::Status AppendValue(std::span<const uint8_t> value);
  absl::Status WriteBits(SectionWriter& out, Executor* executor);
  absl::Status WritePlanes(std::span<const uint64_t> words,
                           SectionWriter& out) const;
  absl::Status WriteRing(std::span<const uint64_t> words, SectionWriter& out,
                         Executor* executor) const;
  absl::Status WriteDigests(SectionWriter& out);
  absl::Status WriteByteVectors(SectionWriter& out);
  absl::Status WriteSpool(SectionType type, Spool& spool, SectionWriter& out);

  bool has_planes() const;
  bool has_ring() const;

  const HashKind kind_;
  const HashKindInfo& info_;
  CountsRecord counts_;
  std::vector<uint32_t> list_entries_;  // how many each list has
  std::vector<uint8_t> canaries_;
  std::vector<uint32_t> removed_;
  bool only_canaries_ = true;  // the row that is being filled
  std::vector<uint8_t> last_value_;
  Spool values_;  // bits: as words of rows; others: as they are
  Spool row_begins_;
  Spool entries_;
  Spool key_bytes_;
};

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_KIND_WRITER_H_
