#include "src/ledger/earlier_base.h"

#include "hashvet/base/status.h"
#include "src/ledger/sqlite.h"
#include "src/ledger/state.h"

namespace hashvet::ledger {

bool Changes::Contains(uint16_t list, std::string_view key) const {
  const auto of_list = keys.find(list);
  return of_list != keys.end() && of_list->second.contains(ToAbsl(key));
}

bool Changes::Touch(const SnapshotReader& base, HashKind kind) const {
  if (kinds.contains(kind)) return true;
  for (uint32_t row = 0; row < base.rows(kind); ++row) {
    const uint32_t entries = base.entry_count(kind, row);
    for (uint32_t i = 0; i < entries; ++i) {
      const EntryView entry = base.entry(kind, row, i);
      if (Contains(entry.list, entry.key)) return true;
    }
  }
  return false;
}

absl::StatusOr<std::optional<Changes>> ChangesSince(
    Ledger::State& state, uint64_t version,
    const std::map<int64_t, uint16_t>& list_numbers) {
  Changes changes;
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state.database->Prepare("SELECT id, list, key FROM entries WHERE changed "
                              "> ? ORDER BY changed LIMIT ?"));
  HASHVET_ASSIGN_OR_RETURN(
      Statement kind, state.database->Prepare("SELECT DISTINCT kind FROM "
                                              "entry_values WHERE entry = ?"));
  row.Bind(version).Bind(kMaxOverlayEntries + 1);
  for (uint64_t changed = 1;; ++changed) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return changes;
    if (changed > kMaxOverlayEntries) return std::nullopt;
    const auto number = list_numbers.find(row.Integer(1));
    if (number == list_numbers.end()) continue;
    changes.keys[number->second].emplace(row.Text(2));
    kind.Reset();
    kind.Bind(row.Integer(0));
    while (true) {
      HASHVET_ASSIGN_OR_RETURN(const bool has_kind, kind.Next());
      if (!has_kind) break;
      HASHVET_ASSIGN_OR_RETURN(
          const HashKind known,
          HashKindFromNumber(static_cast<uint32_t>(kind.Integer(0))));
      changes.kinds.insert(known);
    }
  }
}

}  // namespace hashvet::ledger
