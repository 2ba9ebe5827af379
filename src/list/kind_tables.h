// The entries of one kind: gathered one by one, then sorted into the tables of
// the snapshot file. Private to the list layer.

#ifndef HASHVET_SRC_LIST_KIND_TABLES_H_
#define HASHVET_SRC_LIST_KIND_TABLES_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "hashvet/hash/hash_kind.h"
#include "src/list/snapshot_format.h"

namespace hashvet::snapshot {

// In the order they came; entry i has the value bytes
// values[i * size_bytes, (i + 1) * size_bytes).
struct PendingKind {
  explicit PendingKind(HashKind of) : kind(of) {}

  HashKind kind;
  std::vector<uint8_t> values;
  std::vector<EntryRecord> entries;  // categories by the number given at Add
  std::string key_bytes;
};

// As in the file; the vectors of the form the kind does not have are empty.
struct KindTables {
  uint64_t rows = 0;
  std::vector<uint8_t> values;
  std::array<std::vector<uint32_t>, 4> prefix;
  std::vector<uint64_t> rest;
  std::vector<uint32_t> row_begins;
  std::vector<EntryRecord> entries;
  std::string key_bytes;
};

// Sorted by value, key, category and quality; equal entries once, so the order
// in which they came leaves no trace.
//
//   category_ranks  the file's number of each category given at Add; in the
//                   order of the categories' bytes
KindTables MakeKindTables(const PendingKind& pending,
                          const std::vector<uint32_t>& category_ranks);

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_KIND_TABLES_H_
