// One entry's rows: read together, written together.
// Private to the ledger layer.

#ifndef HASHVET_SRC_LEDGER_ENTRY_STORE_H_
#define HASHVET_SRC_LEDGER_ENTRY_STORE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/ledger/entry.h"
#include "src/ledger/state.h"

namespace hashvet::ledger {

struct StoredEntry {
  int64_t id = 0;
  int64_t list = 0;
  EntryUpdate said;  // values by kind and bytes, with their holds
  std::vector<uint64_t> value_since;  // beside said.values
  Removal removal = Removal::kNone;
  bool suppressed = false;
  Opinion opinion = Opinion::kUnknown;
  uint64_t first_seen = 0;
  uint64_t last_seen = 0;
  uint64_t changed = 0;
  uint64_t since = 0;

  EntryState state() const;
  LedgerEntry ToEntry() const;
};

// The columns that ReadEntry takes, from `entries`.
inline constexpr std::string_view kEntryColumns =
    "id, list, key, status, removal, suppressed, opinion, stated, parts, "
    "category, member, created_at, updated_at, expires_at, reason, first_seen, "
    "last_seen, changed, since";

// An entry from its row; its other tables are asked. Only what `row` says where
// `shallow`: without values and parts.
absl::StatusOr<StoredEntry> ReadEntry(Ledger::State& state,
                                      const Statement& row,
                                      bool shallow = false);

// By its key; nothing where the list has none.
absl::StatusOr<std::optional<StoredEntry>> FindStored(Ledger::State& state,
                                                      int64_t list,
                                                      std::string_view key);

// The value that a row's bytes are. Errors: DataLoss.
absl::StatusOr<HashValue> StoredValue(int64_t kind,
                                      std::span<const uint8_t> bytes);

// A value that a guard holds, with a line in the entry's history.
absl::Status QuarantineValue(Change& change, int64_t list, int64_t entry,
                             std::string_view key, const HashValue& value,
                             const GuardFinding& found);

// Writes entries of one list. The rows of value_carriers are gathered and go in
// sorted: call Finish before the change is committed.
class EntryStore {
 public:
  static absl::StatusOr<EntryStore> Create(Change& change, const ListRow& list);

  struct Flags {
    bool unite = false;
    bool restore = false;
    bool told_order = false;
    Removal removal = Removal::kSaid;  // of updates that delete
  };

  // Updates in the order of their keys, a key once, each as CheckEntry wants
  // it; counted in `result`.
  absl::Status Apply(std::span<EntryUpdate> updates, const Flags& flags,
                     DeltaResult& result);

  // What no entry can be made of. False where it was known.
  absl::StatusOr<bool> QuarantineText(std::string_view key,
                                      std::string_view kind,
                                      std::string_view text,
                                      std::string_view reason);

  absl::Status Finish();

 private:
  struct Finding {
    size_t update;
    size_t value;
    GuardFinding found;
  };

  EntryStore(Change& change, const ListRow& list)
      : change_(&change), list_(&list) {}

  absl::StatusOr<std::vector<Finding>> Judge(std::span<EntryUpdate> updates,
                                             DeltaResult& result);
  absl::Status ApplyOne(EntryUpdate& update, std::span<const Finding> findings,
                        const Flags& flags, DeltaResult& result);
  absl::Status Insert(const EntryUpdate& update,
                      std::span<const Finding> findings, const Flags& flags,
                      DeltaResult& result);
  absl::Status Rewrite(StoredEntry& stored, const EntryUpdate& update,
                       std::span<const Finding> findings, const Flags& flags,
                       DeltaResult& result);
  absl::Status Delete(const StoredEntry& stored, const EntryUpdate& update,
                      const Flags& flags, DeltaResult& result);
  // Sets `value`'s hold from the finding and what was decided before.
  absl::Status HoldBack(int64_t entry, const EntryUpdate& update, size_t value,
                        std::span<const Finding> findings, EntryValue& held,
                        DeltaResult& result);
  absl::Status AddValue(int64_t entry, const EntryValue& value);
  absl::Status WriteParts(int64_t entry, const EntryUpdate& update);
  absl::Status DeleteParts(int64_t entry);
  absl::Status QuarantineMalformed(const EntryUpdate& update,
                                   DeltaResult& result);
  absl::Status WriteRow(std::optional<int64_t> id, const EntryUpdate& update,
                        bool suppressed, Removal removal, uint64_t first_seen,
                        uint64_t since);

  Change* change_;
  const ListRow* list_;
  uint32_t pdq_max_distance_ = 0;
  bool list_is_empty_ = false;
  std::vector<std::pair<int64_t, int64_t>> carriers_;  // fingerprint, entry
};

}  // namespace hashvet::ledger

#endif  // HASHVET_SRC_LEDGER_ENTRY_STORE_H_
