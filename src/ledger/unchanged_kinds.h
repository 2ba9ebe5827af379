// What of a published base is still as it was: kinds that no change since has
// touched need not be built again. Private to the ledger layer.

#ifndef HASHVET_SRC_LEDGER_UNCHANGED_KINDS_H_
#define HASHVET_SRC_LEDGER_UNCHANGED_KINDS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

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

// The kinds of the earlier base that no entry changed since has there or has
// now, ascending. None where very many changed.
//
//   list_numbers  the base's number of each list, by its row
absl::StatusOr<std::vector<HashKind>> UnchangedKinds(
    Ledger::State& state, const EarlierBase& earlier,
    const std::map<int64_t, uint16_t>& list_numbers);

// As ExportSnapshot; kinds that have not changed come from `earlier`, which may
// be null. The bytes are the same.
absl::StatusOr<ExportResult> ExportBase(Ledger& ledger, const std::string& path,
                                        const ExportOptions& options,
                                        const EarlierBase* earlier);

}  // namespace hashvet::ledger

#endif  // HASHVET_SRC_LEDGER_UNCHANGED_KINDS_H_
