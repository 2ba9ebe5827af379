// The tables of a snapshot where they lie in memory, verified. Private to the
// list layer.

#ifndef HASHVET_SRC_LIST_SNAPSHOT_VIEW_H_
#define HASHVET_SRC_LIST_SNAPSHOT_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/list/list_policy.h"
#include "src/list/snapshot_format.h"

namespace hashvet::snapshot {

struct KindView {
  HashKind kind = HashKind::kPdq;
  uint64_t rows = 0;
  FlatPlanes planes;                     // where HasPlanes
  std::span<const uint8_t> values;       // else: rows x size_bytes, ascending
  std::span<const uint32_t> row_begins;  // rows + 1
  std::span<const EntryRecord> entries;
  std::string_view key_bytes;
};

struct View {
  Header header;
  ListPolicy policy;
  std::span<const uint32_t> category_begins;  // categories + 1
  std::string_view category_bytes;
  std::vector<KindView> kinds;  // ascending
};

// Checks every byte and every number of the file before anything is returned.
// Safe on any bytes.
//
//   file  aligned to 64 bytes; the view points into it
//   path  for messages
//
// Errors: as SnapshotReader::Open.
absl::StatusOr<View> VerifySnapshot(std::span<const std::byte> file,
                                    std::string_view path);

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_SNAPSHOT_VIEW_H_
