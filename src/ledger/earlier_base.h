// A published base, and what changed since: what has not changed is taken from
// it, and need be neither read from the tables nor sorted again. Private to the
// ledger layer.

#ifndef HASHVET_SRC_LEDGER_EARLIER_BASE_H_
#define HASHVET_SRC_LEDGER_EARLIER_BASE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/ledger/export.h"
#include "hashvet/ledger/ledger.h"
#include "hashvet/list/snapshot_reader.h"

namespace hashvet::ledger {

// A base that this ledger exported at its version `version`, at most as many
// days ago as tombstones are kept.
struct EarlierBase {
  std::shared_ptr<const SnapshotReader> snapshot;
  uint64_t version = 0;
};

// Entries that changed since a version, those that are gone among them.
struct Changes {
  // By the base's number of their list.
  std::map<uint16_t, absl::flat_hash_set<std::string>> keys;
  std::set<HashKind> kinds;  // that they have now

  bool Contains(uint16_t list, std::string_view key) const;
  // Whether the base has any of them with values of this kind, or they have
  // some now.
  bool Touch(const SnapshotReader& base, HashKind kind) const;
};

// Nothing where more than kMaxOverlayEntries changed.
//
//   list_numbers  the base's number of each list, by its row
absl::StatusOr<std::optional<Changes>> ChangesSince(
    Ledger::State& state, uint64_t version,
    const std::map<int64_t, uint16_t>& list_numbers);

// As ExportSnapshot; what has not changed comes from `earlier`, which may be
// null. The bytes are the same.
absl::StatusOr<ExportResult> ExportBase(Ledger& ledger, const std::string& path,
                                        const ExportOptions& options,
                                        const EarlierBase* earlier);

}  // namespace hashvet::ledger

#endif  // HASHVET_SRC_LEDGER_EARLIER_BASE_H_
