#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "src/ledger/entry_store.h"

namespace hashvet::ledger {
namespace {

std::vector<std::string> LinesOf(std::string_view text) {
  if (text.empty()) return {};
  return absl::StrSplit(ToAbsl(text), '\n');
}

absl::Status ReadValues(Ledger::State& state, StoredEntry& entry) {
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state.database->Prepare("SELECT kind, value, quality, hold, since FROM "
                              "entry_values WHERE entry = ?"));
  row.Bind(entry.id);
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return absl::OkStatus();
    HASHVET_ASSIGN_OR_RETURN(HashValue value,
                             StoredValue(row.Integer(0), row.Bytes(1)));
    const auto quality = row.OptionalInteger(2);
    entry.said.values.push_back(
        {.value = std::move(value),
         .quality = quality.has_value()
                        ? std::optional(static_cast<int>(*quality))
                        : std::nullopt,
         .hold = static_cast<Hold>(row.Integer(3))});
    entry.value_since.push_back(static_cast<uint64_t>(row.Integer(4)));
  }
}

absl::Status ReadParts(Ledger::State& state, StoredEntry& entry) {
  {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        state.database->Prepare(
            "SELECT owner, opinion, tags FROM opinions WHERE entry = ?"));
    row.Bind(entry.id);
    while (true) {
      HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
      if (!is_there) break;
      entry.said.opinions.push_back({std::string(row.Text(0)),
                                     static_cast<Opinion>(row.Integer(1)),
                                     LinesOf(row.Text(2))});
    }
  }
  {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        state.database->Prepare("SELECT type, member, affirmative, reason FROM "
                                "entry_feedback WHERE entry = ?"));
    row.Bind(entry.id);
    while (true) {
      HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
      if (!is_there) break;
      entry.said.feedback.push_back(
          {std::string(row.Text(0)), std::string(row.Text(1)),
           row.Integer(2) != 0, std::string(row.Text(3))});
    }
  }
  HASHVET_ASSIGN_OR_RETURN(
      Statement row, state.database->Prepare(
                         "SELECT id, status FROM entry_cases WHERE entry = ?"));
  row.Bind(entry.id);
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return absl::OkStatus();
    entry.said.cases.push_back(
        {std::string(row.Text(0)), std::string(row.Text(1))});
  }
}

}  // namespace

EntryState StoredEntry::state() const {
  if (said.status == SourceStatus::kDeleted) return EntryState::kDeleted;
  if (said.status == SourceStatus::kWithdrawn) return EntryState::kWithdrawn;
  if (suppressed) return EntryState::kSuppressed;
  if (!said.values.empty() &&
      std::ranges::none_of(said.values, [](const EntryValue& value) {
        return IsLive(value.hold);
      })) {
    return EntryState::kQuarantined;
  }
  return EntryState::kActive;
}

LedgerEntry StoredEntry::ToEntry() const {
  LedgerEntry entry = {.said = said,
                       .state = state(),
                       .opinion = opinion,
                       .suppressed = suppressed,
                       .first_seen = first_seen,
                       .last_seen = last_seen,
                       .changed = changed};
  for (const OwnerOpinion& each : said.opinions) {
    entry.tags.insert(entry.tags.end(), each.tags.begin(), each.tags.end());
  }
  std::ranges::sort(entry.tags);
  const auto rest = std::ranges::unique(entry.tags);
  entry.tags.erase(rest.begin(), rest.end());
  return entry;
}

absl::StatusOr<HashValue> StoredValue(int64_t kind,
                                      std::span<const uint8_t> bytes) {
  HASHVET_ASSIGN_OR_RETURN(const HashKind known,
                           HashKindFromNumber(static_cast<uint32_t>(kind)));
  return HashValue::FromBytes(known, bytes);
}

absl::StatusOr<StoredEntry> ReadEntry(Ledger::State& state,
                                      const Statement& row, bool shallow) {
  StoredEntry entry;
  entry.id = row.Integer(0);
  entry.list = row.Integer(1);
  entry.said.key = row.Text(2);
  entry.said.status = static_cast<SourceStatus>(row.Integer(3));
  entry.removal = static_cast<Removal>(row.Integer(4));
  entry.suppressed = row.Integer(5) != 0;
  entry.opinion = static_cast<Opinion>(row.Integer(6));
  entry.said.stated = static_cast<Opinion>(row.Integer(7));
  const bool has_parts = row.Integer(8) != 0;
  if (!row.IsNull(9)) {
    HASHVET_ASSIGN_OR_RETURN(
        std::tie(entry.said.category_scheme, entry.said.category),
        state.CategoryOf(row.Integer(9)));
  }
  if (!row.IsNull(10)) {
    HASHVET_ASSIGN_OR_RETURN(entry.said.member,
                             state.MemberOf(row.Integer(10)));
  }
  entry.said.created_at = row.OptionalInteger(11);
  entry.said.updated_at = row.OptionalInteger(12);
  entry.said.expires_at = row.OptionalInteger(13);
  entry.said.reason = row.Text(14);
  entry.first_seen = static_cast<uint64_t>(row.Integer(15));
  entry.last_seen = static_cast<uint64_t>(row.Integer(16));
  entry.changed = static_cast<uint64_t>(row.Integer(17));
  entry.since = static_cast<uint64_t>(row.Integer(18));
  if (shallow) return entry;
  HASHVET_RETURN_IF_ERROR(ReadValues(state, entry));
  if (has_parts) HASHVET_RETURN_IF_ERROR(ReadParts(state, entry));
  return entry;
}

absl::StatusOr<std::optional<StoredEntry>> FindStored(Ledger::State& state,
                                                      int64_t list,
                                                      std::string_view key) {
  static const std::string sql =
      absl::StrCat("SELECT ", ToAbsl(kEntryColumns),
                   " FROM entries WHERE list = ? AND "
                   "key = ?");
  HASHVET_ASSIGN_OR_RETURN(Statement row, state.database->Prepare(sql));
  HASHVET_ASSIGN_OR_RETURN(const bool is_there,
                           row.Bind(list).Bind(key).Next());
  if (!is_there) return std::nullopt;
  HASHVET_ASSIGN_OR_RETURN(StoredEntry entry, ReadEntry(state, row));
  return entry;
}

}  // namespace hashvet::ledger
