// A snapshot file while it is written: sections are laid out in order, each of
// a size that is known, and filled in any order. Private to the list layer.

#ifndef HASHVET_SRC_LIST_SECTION_WRITER_H_
#define HASHVET_SRC_LIST_SECTION_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/atomic_file.h"
#include "hashvet/base/checksum.h"
#include "hashvet/hash/hash_kind.h"
#include "src/list/snapshot_format.h"

namespace hashvet::snapshot {

template <typename T>
std::span<const std::byte> BytesOf(const T& range) {
  return std::as_bytes(std::span(range.data(), range.size()));
}

class SectionWriter {
 public:
  // A section that was laid out, to be filled from its beginning to its end.
  using Place = size_t;

  // `sections` will be laid out, no more and no less.
  SectionWriter(AtomicFile file, size_t sections);

  // In ascending order of (kind, type); kind 0 for those of the whole file.
  Place Lay(SectionType type, HashKind kind, uint64_t size_bytes);
  absl::Status Fill(Place place, std::span<const std::byte> bytes);

  // Both at once.
  absl::Status Add(SectionType type, HashKind kind,
                   std::span<const std::byte> bytes) {
    return Fill(Lay(type, kind, bytes.size()), bytes);
  }

  // The file's size, once it is in place. Errors: those of AtomicFile, and
  // Internal when a section is not full.
  absl::StatusOr<uint64_t> Finish();

 private:
  struct Progress {
    uint64_t filled = 0;
    ChecksumStream checksum;
  };

  AtomicFile file_;
  const size_t sections_;
  uint64_t end_;
  std::vector<Section> table_;
  std::vector<Progress> progress_;  // beside table_
};

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_SECTION_WRITER_H_
