// The tables of a snapshot where they lie in memory. Private to the list layer.

#ifndef HASHVET_SRC_LIST_SNAPSHOT_VIEW_H_
#define HASHVET_SRC_LIST_SNAPSHOT_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/index/byte_vector_index.h"
#include "hashvet/index/digest_index.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/list/list_policy.h"
#include "src/list/snapshot_format.h"

namespace hashvet::snapshot {

// Which of them a kind has follows from its family and the sections there are.
struct KindView {
  HashKind kind = HashKind::kPdq;
  CountsRecord counts;                      // 0 rows: removals alone
  std::span<const uint32_t> list_entries;   // how many each list has
  std::optional<FlatPlanes> planes;         // bits
  std::optional<BitRows> rows;              // bits
  std::optional<RingTables> ring;           // bits, beside rows
  std::optional<DigestTables> digests;      // digests
  std::optional<ByteVectorTables> vectors;  // byte vectors
  std::span<const uint32_t> row_begins;     // rows + 1
  std::span<const EntryRecord> entries;
  std::string_view key_bytes;
  std::span<const uint8_t> canaries;  // values, ascending
  std::span<const uint32_t> removed;  // entries of the base, ascending
};

struct View {
  Header header;
  std::vector<ListPolicy> lists;
  std::span<const CategoryRecord> categories;  // categories + 1
  std::string_view category_bytes;
  std::optional<BaseRecord> base;
  std::vector<KindView> kinds;  // ascending
};

// Finds everything in the file. Checks the header, the section table, the
// checksum and content of whatever is small, and the size of the rest: all that
// can be done without reading the large tables. With `checksums` those of all
// sections are checked, on the executor's threads if there is one. Safe on any
// bytes.
//
//   file  aligned to 64 bytes; the view points into it
//   path  for messages
//
// Errors: as SnapshotReader::Open.
absl::StatusOr<View> ViewSnapshot(std::span<const std::byte> file,
                                  std::string_view path, bool checksums,
                                  Executor* executor);

// Checks every number of the large sections but those of search tables, which
// their indexes check: values ascend, each row has its entries, every entry its
// list, category and key.
//
// Errors: DataLoss.
absl::Status VerifyContents(const View& view, std::string_view path,
                            Executor* executor);

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_SNAPSHOT_VIEW_H_
