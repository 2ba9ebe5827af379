// Questions to the ledger.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/ledger/ledger.h"
#include "src/ledger/entry_store.h"
#include "src/ledger/state.h"

namespace hashvet {
namespace {

using ledger::IsLive;
using ledger::ListRow;
using ledger::Reading;
using ledger::Statement;
using ledger::StoredEntry;

}  // namespace

absl::StatusOr<uint64_t> Ledger::LastChange() {
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state_->database->Prepare("SELECT max(changed) FROM entries"));
  HASHVET_RETURN_IF_ERROR(row.Next().status());
  return static_cast<uint64_t>(row.Integer(0));
}

absl::StatusOr<LedgerEntry> Ledger::FindEntry(const std::string& list,
                                              const std::string& key) {
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
  HASHVET_ASSIGN_OR_RETURN(const auto entry,
                           ledger::FindStored(*state_, known.id, key));
  if (entry.has_value()) return entry->ToEntry();
  return absl::NotFoundError(absl::StrCat(
      "ledger: list ", list, " has no entry ", ledger::FitToShow(key)));
}

absl::Status Ledger::ForEachEntry(
    const std::string& list,
    absl::FunctionRef<absl::Status(const LedgerEntry&)> sink) {
  HASHVET_ASSIGN_OR_RETURN(const Reading reading, Reading::Begin(*state_));
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
  static const std::string sql =
      absl::StrCat("SELECT ", ToAbsl(ledger::kEntryColumns),
                   " FROM entries WHERE list = ? AND status <> 2 ORDER BY key");
  HASHVET_ASSIGN_OR_RETURN(Statement row, state_->database->Prepare(sql));
  row.Bind(known.id);
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return absl::OkStatus();
    HASHVET_ASSIGN_OR_RETURN(const StoredEntry entry,
                             ledger::ReadEntry(*state_, row));
    HASHVET_RETURN_IF_ERROR(sink(entry.ToEntry()));
  }
}

absl::StatusOr<std::vector<Carrier>> Ledger::WhoCarries(
    const HashValue& value) {
  HASHVET_ASSIGN_OR_RETURN(const Reading reading, Reading::Begin(*state_));
  static const std::string sql = absl::StrCat(
      "SELECT ", ToAbsl(ledger::kEntryColumns),
      ", (SELECT name FROM lists l WHERE l.id = entries.list) AS name FROM "
      "entries WHERE id IN (SELECT entry FROM value_carriers WHERE fingerprint "
      "= ?) ORDER BY name, key");
  HASHVET_ASSIGN_OR_RETURN(Statement row, state_->database->Prepare(sql));
  row.Bind(ledger::FingerprintOf(value));
  std::vector<Carrier> carriers;
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return carriers;
    HASHVET_ASSIGN_OR_RETURN(const StoredEntry entry,
                             ledger::ReadEntry(*state_, row));
    const auto carried =
        std::ranges::find(entry.said.values, value, &EntryValue::value);
    if (carried == entry.said.values.end()) continue;  // only the fingerprint
    carriers.push_back(
        {.list = std::string(row.Text(19)),
         .key = entry.said.key,
         .state = entry.state(),
         .hold = carried->hold,
         .matches = IsLive(entry.said.status, entry.suppressed) &&
                    IsLive(carried->hold)});
  }
}

absl::StatusOr<std::vector<HistoryItem>> Ledger::History(
    const std::string& list, const std::string& key, size_t max_items) {
  HASHVET_ASSIGN_OR_RETURN(const Reading reading, Reading::Begin(*state_));
  std::optional<int64_t> only;
  if (!list.empty()) {
    HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
    only = known.id;
  }
  const auto limit =
      static_cast<int64_t>(std::min<size_t>(max_items, INT64_MAX));
  std::vector<HistoryItem> items;
  const auto read = [&](Statement& row) -> absl::Status {
    while (true) {
      HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
      if (!is_there) return absl::OkStatus();
      items.push_back({.version = static_cast<uint64_t>(row.Integer(0)),
                       .at = static_cast<uint64_t>(row.Integer(1)),
                       .list = std::string(row.Text(2)),
                       .key = std::string(row.Text(3)),
                       .what = std::string(row.Text(4)),
                       .author = std::string(row.Text(5)),
                       .reason = std::string(row.Text(6))});
    }
  };
  if (key.empty()) {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        state_->database->Prepare(
            "SELECT v.version, v.at, coalesce(l.name, ''), '', v.what, "
            "v.author, v.detail FROM versions v LEFT JOIN lists l ON l.id = "
            "v.list WHERE ?1 IS NULL OR v.list = ?1 ORDER BY v.version DESC "
            "LIMIT ?2"));
    HASHVET_RETURN_IF_ERROR(read(row.BindOptional(only).Bind(limit)));
    return items;
  }
  {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        state_->database->Prepare(
            "SELECT h.version, v.at, l.name, h.key, h.what, h.author, h.reason "
            "FROM history h JOIN versions v ON v.version = h.version JOIN "
            "lists l ON l.id = h.list WHERE h.list = ?1 AND h.key = ?2 "
            "ORDER BY h.id DESC LIMIT ?3"));
    HASHVET_RETURN_IF_ERROR(read(row.BindOptional(only).Bind(key).Bind(limit)));
  }
  // That an entry came is told by the entry itself.
  if (items.size() < max_items) {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        state_->database->Prepare(
            "SELECT 0, e.first_seen, l.name, e.key, 'added', '', '' FROM "
            "entries e JOIN lists l ON l.id = e.list WHERE e.list = ? AND "
            "e.key = ?"));
    HASHVET_RETURN_IF_ERROR(read(row.BindOptional(only).Bind(key)));
  }
  if (items.empty()) {
    return absl::NotFoundError(absl::StrCat(
        "ledger: list ", list, " never had an entry ", ledger::FitToShow(key)));
  }
  return items;
}

absl::StatusOr<ListStats> Ledger::Stats(const std::string& list) {
  HASHVET_ASSIGN_OR_RETURN(const Reading reading, Reading::Begin(*state_));
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
  ListStats stats = {.list = list};
  const auto read = [&](std::string_view sql, auto&& each) -> absl::Status {
    HASHVET_ASSIGN_OR_RETURN(Statement row, state_->database->Prepare(sql));
    row.Bind(known.id);
    while (true) {
      HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
      if (!is_there) return absl::OkStatus();
      HASHVET_RETURN_IF_ERROR(each(row));
    }
  };
  // The state that entry.h defines.
  HASHVET_RETURN_IF_ERROR(
      read("SELECT CASE WHEN status = 2 THEN 4 WHEN status = 1 THEN 3 WHEN "
           "suppressed THEN 2 WHEN EXISTS(SELECT 1 FROM quarantine q WHERE "
           "q.entry = e.id AND q.state IN (1, 3)) AND NOT EXISTS(SELECT 1 FROM "
           "entry_values v WHERE v.entry = e.id AND v.hold IN (0, 2)) THEN 1 "
           "ELSE 0 END AS state, opinion, count(*) FROM entries e WHERE list = "
           "? GROUP BY state, opinion",
           [&](const Statement& row) {
             const auto state = static_cast<EntryState>(row.Integer(0));
             const auto count = static_cast<uint64_t>(row.Integer(2));
             stats.entries[state] += count;
             if (state != EntryState::kDeleted) {
               stats.opinions[static_cast<Opinion>(row.Integer(1))] += count;
             }
             return absl::OkStatus();
           }));
  HASHVET_RETURN_IF_ERROR(
      read("SELECT v.kind, count(*), sum(v.hold IN (0, 2) AND e.status = 0 AND "
           "NOT e.suppressed), sum(v.hold = 1) FROM entries e JOIN "
           "entry_values v ON v.entry = e.id WHERE e.list = ? GROUP BY v.kind",
           [&](const Statement& row) -> absl::Status {
             HASHVET_ASSIGN_OR_RETURN(
                 const HashKind kind,
                 HashKindFromNumber(static_cast<uint32_t>(row.Integer(0))));
             stats.kinds[kind] = {static_cast<uint64_t>(row.Integer(1)),
                                  static_cast<uint64_t>(row.Integer(2)),
                                  static_cast<uint64_t>(row.Integer(3))};
             return absl::OkStatus();
           }));
  HASHVET_RETURN_IF_ERROR(read(
      "SELECT guard, count(*) FROM quarantine WHERE list = ? AND state = 1 "
      "GROUP BY guard",
      [&](const Statement& row) {
        stats.quarantined[std::string(row.Text(0))] =
            static_cast<uint64_t>(row.Integer(1));
        return absl::OkStatus();
      }));
  return stats;
}

}  // namespace hashvet
