// One kind of a snapshot as an earlier file has it: rows, search tables,
// entries and canaries are copied, not built. Private to the list layer.

#ifndef HASHVET_SRC_LIST_REUSED_KIND_H_
#define HASHVET_SRC_LIST_REUSED_KIND_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/list/section_writer.h"
#include "src/list/snapshot_format.h"
#include "src/list/used_categories.h"

namespace hashvet::snapshot {

class ReusedKind {
 public:
  // Errors: FailedPrecondition (`earlier` is an overlay, or has no such kind),
  // DataLoss (a section is damaged).
  static absl::StatusOr<ReusedKind> Find(
      std::shared_ptr<const SnapshotReader> earlier, HashKind kind);

  const CountsRecord& counts() const { return counts_; }
  size_t sections() const { return sections_.size(); }

  std::vector<UsedCategory> Categories() const;

  // As it is, but for the numbers of the categories.
  //
  //   category_ranks  the new file's, by the earlier file's
  absl::Status Write(SectionWriter& out,
                     std::span<const uint32_t> category_ranks) const;

 private:
  ReusedKind() = default;
  template <typename T>
  std::span<const T> Contents(SectionType type,
                              std::span<const Section> sections) const;
  std::span<const EntryRecord> entries() const;

  std::shared_ptr<const SnapshotReader> earlier_;
  HashKind kind_ = HashKind::kPdq;
  CountsRecord counts_;
  std::vector<Section> sections_;
  std::vector<Section> category_sections_;
};

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_REUSED_KIND_H_
