// What sources say: deltas, generations, lines that are no entry.

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/text.h"
#include "hashvet/ledger/ledger.h"
#include "src/ledger/entry_store.h"
#include "src/ledger/state.h"
#include "src/ledger/united_rows.h"

namespace hashvet {
namespace {

using ledger::Change;
using ledger::EntryStore;
using ledger::ListRow;
using ledger::Removal;
using ledger::Statement;
using ledger::UnitedRows;

// Unpacked and judged together: their guards are one search.
constexpr size_t kBlock = 1024;

std::string DetailOf(const DeltaResult& result) {
  std::vector<std::string> parts;
  const auto add = [&](absl::string_view what, uint64_t count) {
    if (count > 0) parts.push_back(absl::StrCat(count, " ", what));
  };
  add("added", result.added);
  add("changed", result.changed);
  add("deleted", result.deleted);
  add("restored", result.restored);
  for (const auto& [guard, count] : result.quarantined) {
    add(absl::StrCat("held by ", guard), count);
  }
  return absl::StrJoin(parts, ", ");
}

// The values of an entry that is refused, for whoever looks at it.
std::string TextOf(const EntryUpdate& update) {
  std::string text;
  for (const EntryValue& each : update.values) {
    absl::StrAppend(&text, text.empty() ? "" : " ",
                    ToAbsl(NameOf(each.value.kind())), ":", ToHex(each.value));
    if (text.size() > kMaxTextBytes) break;
  }
  return text;
}

// Gathers updates in the order of their keys and applies them by the block.
class Applier {
 public:
  Applier(EntryStore& store, const EntryStore::Flags& flags,
          DeltaResult& result)
      : store_(store), flags_(flags), result_(result) {}

  absl::Status Add(EntryUpdate update) {
    if (const absl::Status status = CheckEntry(update); !status.ok()) {
      HASHVET_ASSIGN_OR_RETURN(
          const bool is_new,
          store_.QuarantineText(update.key, "", TextOf(update),
                                ToStd(status.message())));
      ++result_.refused;
      if (is_new) ++result_.quarantined[std::string(kShapeGuard)];
      return absl::OkStatus();
    }
    block_.push_back(std::move(update));
    return block_.size() < kBlock ? absl::OkStatus() : Flush();
  }
  absl::Status Flush() {
    const absl::Status status = store_.Apply(block_, flags_, result_);
    block_.clear();
    return status;
  }

 private:
  EntryStore& store_;
  const EntryStore::Flags flags_;
  DeltaResult& result_;
  std::vector<EntryUpdate> block_;
};

// Numbers of the updates by key; those of one key in the order said.
std::vector<uint32_t> SortedByKey(const UpdateBatch& updates) {
  std::vector<uint32_t> order(updates.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto key = [&](uint32_t i) { return updates.key(i); };
  if (!std::ranges::is_sorted(order, {}, key)) {
    std::ranges::stable_sort(order, {}, key);
  }
  return order;
}

// Where another key begins, of updates in that order.
size_t EndOfKey(const UpdateBatch& updates, std::span<const uint32_t> order,
                size_t begin) {
  size_t end = begin + 1;
  while (end < order.size() &&
         updates.key(order[end]) == updates.key(order[begin])) {
    ++end;
  }
  return end;
}

EntryUpdate UniteRows(const UpdateBatch& updates,
                      std::span<const uint32_t> order, size_t begin,
                      size_t end) {
  EntryUpdate first = updates[order[begin]];
  if (end == begin + 1) return first;
  UnitedRows rows(std::move(first));
  for (size_t i = begin + 1; i < end; ++i) rows.Add(updates[order[i]]);
  return std::move(rows).Take();
}

absl::Status ApplyAll(const Delta& delta, EntryStore& store,
                      DeltaResult& result) {
  const std::vector<uint32_t> order = SortedByKey(delta.updates);
  Applier applier(store,
                  {.unite = delta.unite,
                   .restore = delta.restore,
                   .told_order = delta.told_order},
                  result);
  for (size_t i = 0; i < order.size();) {
    const size_t end = EndOfKey(delta.updates, order, i);
    result.duplicates += end - i - 1;
    if (delta.unite) {
      HASHVET_RETURN_IF_ERROR(
          applier.Add(UniteRows(delta.updates, order, i, end)));
      i = end;
      continue;
    }
    // What a key says again comes after, so that the last one holds, unless it
    // is older than what was said before it.
    EntryUpdate update = delta.updates[order[i]];
    for (++i; i < end; ++i) {
      EntryUpdate next = delta.updates[order[i]];
      if (next.updated_at.has_value() && update.updated_at.has_value() &&
          *next.updated_at < *update.updated_at) {
        continue;
      }
      update = std::move(next);
    }
    HASHVET_RETURN_IF_ERROR(applier.Add(std::move(update)));
  }
  return applier.Flush();
}

absl::Status CheckOpen(ledger::Database& database, const ListRow& list) {
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      database.Prepare("SELECT 1 FROM generations WHERE list = ?"));
  HASHVET_ASSIGN_OR_RETURN(const bool is_open, row.Bind(list.id).Next());
  if (is_open) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "ledger: list ", list.list.policy.name, " has no open generation"));
}

// What an open generation has of a key and a delta says more of.
absl::Status UniteWithStaged(Change& change, const ListRow& list,
                             EntryUpdate& update, DeltaResult& result) {
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      change.database().Prepare("SELECT said FROM generation_entries WHERE "
                                "list = ? AND key = ?"));
  HASHVET_ASSIGN_OR_RETURN(const bool is_there,
                           row.Bind(list.id).Bind(update.key).Next());
  if (!is_there) return absl::OkStatus();
  HASHVET_ASSIGN_OR_RETURN(EntryUpdate earlier, Unpack(row.Bytes(0)));
  UnitedRows rows(std::move(earlier));
  rows.Add(std::move(update));
  update = std::move(rows).Take();
  ++result.duplicates;
  return absl::OkStatus();
}

absl::Status Stage(const Delta& delta, Change& change, const ListRow& list,
                   DeltaResult& result) {
  HASHVET_RETURN_IF_ERROR(CheckOpen(change.database(), list));
  const std::vector<uint32_t> order = SortedByKey(delta.updates);
  for (size_t i = 0; i < order.size();) {
    const size_t end = delta.unite ? EndOfKey(delta.updates, order, i) : i + 1;
    UpdateBatch united;
    if (delta.unite) {
      result.duplicates += end - i - 1;
      EntryUpdate update = UniteRows(delta.updates, order, i, end);
      HASHVET_RETURN_IF_ERROR(UniteWithStaged(change, list, update, result));
      united.Add(std::move(update));
    }
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        change.database().Prepare(
            "INSERT INTO generation_entries(list, key, said) VALUES(?, ?, ?) "
            "ON CONFLICT(list, key) DO UPDATE SET said = excluded.said"));
    HASHVET_RETURN_IF_ERROR(row.Bind(list.id)
                                .Bind(delta.updates.key(order[i]))
                                .BindBytes(united.empty()
                                               ? delta.updates.packed(order[i])
                                               : united.packed(0))
                                .Run());
    ++result.added;
    i = end;
  }
  return absl::OkStatus();
}

absl::Status WriteCheckpoint(const Delta& delta, Change& change,
                             const ListRow& list) {
  if (delta.checkpoint.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        change.database().Prepare(
            "INSERT INTO checkpoints(list, name, checkpoint, at) "
            "VALUES(?, ?, ?, ?) ON CONFLICT(list, name) DO UPDATE SET "
            "checkpoint = excluded.checkpoint, at = excluded.at "
            "WHERE checkpoint <> excluded.checkpoint"));
    HASHVET_RETURN_IF_ERROR(row.Bind(list.id)
                                .Bind(delta.checkpoint_name)
                                .Bind(*delta.checkpoint)
                                .Bind(change.now())
                                .Run());
  }
  if (delta.confirmed_at.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        change.database().Prepare("UPDATE lists SET current_at = ?1 WHERE id = "
                                  "?2 AND current_at < ?1"));
    HASHVET_RETURN_IF_ERROR(row.Bind(*delta.confirmed_at).Bind(list.id).Run());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DeltaResult> Ledger::Apply(Delta delta) {
  HASHVET_ASSIGN_OR_RETURN(Change change,
                           Change::Begin(*state_, "delta", delta.author));
  HASHVET_RETURN_IF_ERROR(ledger::SettleDue(change).status());
  HASHVET_ASSIGN_OR_RETURN(const ListRow list, state_->FindList(delta.list));
  change.set_list(list.id);
  DeltaResult result;
  HASHVET_ASSIGN_OR_RETURN(EntryStore store, EntryStore::Create(change, list));
  for (const MalformedLine& line : delta.malformed_lines) {
    HASHVET_ASSIGN_OR_RETURN(
        const bool is_new,
        store.QuarantineText(line.where, "", line.text, line.reason));
    if (is_new) ++result.quarantined[std::string(kShapeGuard)];
  }
  if (delta.into_generation) {
    HASHVET_RETURN_IF_ERROR(state_->HoldGeneration(list));
    HASHVET_RETURN_IF_ERROR(Stage(delta, change, list, result));
  } else {
    HASHVET_RETURN_IF_ERROR(ApplyAll(delta, store, result));
    HASHVET_RETURN_IF_ERROR(store.Finish());
  }
  HASHVET_RETURN_IF_ERROR(WriteCheckpoint(delta, change, list));
  HASHVET_ASSIGN_OR_RETURN(result.version, change.Commit(DetailOf(result)));
  return result;
}

absl::StatusOr<std::optional<std::string>> Ledger::Checkpoint(
    const std::string& list, const std::string& name) {
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state_->database->Prepare(
          "SELECT checkpoint FROM checkpoints WHERE list = ? AND name = ?"));
  HASHVET_ASSIGN_OR_RETURN(const bool is_there,
                           row.Bind(known.id).Bind(name).Next());
  if (!is_there) return std::nullopt;
  return std::string(row.Text(0));
}

absl::Status Ledger::BeginGeneration(const std::string& list,
                                     const std::string& author) {
  HASHVET_ASSIGN_OR_RETURN(Change change,
                           Change::Begin(*state_, "generation begun", author));
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
  change.set_list(known.id);
  HASHVET_RETURN_IF_ERROR(state_->HoldGeneration(known));
  if (CheckOpen(*state_->database, known).ok()) {
    return absl::AlreadyExistsError(
        absl::StrCat("ledger: list ", list, " has an open generation"));
  }
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state_->database->Prepare(
          "INSERT INTO generations(list, begun_at, author) VALUES(?, ?, ?)"));
  HASHVET_RETURN_IF_ERROR(
      row.Bind(known.id).Bind(change.now()).Bind(author).Run());
  HASHVET_RETURN_IF_ERROR(change.Note(known.id, "", "generation begun", ""));
  return change.Commit().status();
}

namespace {

absl::Status CloseGeneration(ledger::Database& database, int64_t list) {
  for (const std::string_view sql :
       {std::string_view("DELETE FROM generation_entries WHERE list = ?"),
        std::string_view("DELETE FROM generations WHERE list = ?")}) {
    HASHVET_ASSIGN_OR_RETURN(Statement row, database.Prepare(sql));
    HASHVET_RETURN_IF_ERROR(row.Bind(list).Run());
  }
  return absl::OkStatus();
}

// Deletes what the open generation does not have.
absl::StatusOr<uint64_t> DeleteMissing(Change& change, const ListRow& list,
                                       DeltaResult& result) {
  HASHVET_ASSIGN_OR_RETURN(EntryStore store, EntryStore::Create(change, list));
  Applier applier(store, {.removal = Removal::kMissing}, result);
  // By blocks of keys, so that no row is changed that is being read.
  std::string after;
  uint64_t missing = 0;
  while (true) {
    std::vector<std::string> keys;
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        change.database().Prepare(
            "SELECT key FROM entries e WHERE list = ?1 AND key > ?2 AND status "
            "<> 2 AND NOT EXISTS(SELECT 1 FROM generation_entries g WHERE "
            "g.list = ?1 AND g.key = e.key) ORDER BY key LIMIT 1024"));
    row.Bind(list.id).Bind(after);
    while (true) {
      HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
      if (!is_there) break;
      keys.emplace_back(row.Text(0));
    }
    row.Reset();
    if (keys.empty()) break;
    missing += keys.size();
    after = keys.back();
    for (std::string& key : keys) {
      HASHVET_RETURN_IF_ERROR(applier.Add(
          {.key = std::move(key), .status = SourceStatus::kDeleted}));
    }
    HASHVET_RETURN_IF_ERROR(applier.Flush());
  }
  HASHVET_RETURN_IF_ERROR(store.Finish());
  return missing;
}

// Applies what it has: a full state brings back what was deleted.
absl::Status ApplyStaged(Change& change, const ListRow& list,
                         DeltaResult& result) {
  HASHVET_ASSIGN_OR_RETURN(EntryStore store, EntryStore::Create(change, list));
  Applier applier(store, {.restore = true}, result);
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      change.database().Prepare("SELECT said FROM generation_entries WHERE "
                                "list = ? ORDER BY key"));
  row.Bind(list.id);
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) break;
    HASHVET_ASSIGN_OR_RETURN(EntryUpdate update, Unpack(row.Bytes(0)));
    HASHVET_RETURN_IF_ERROR(applier.Add(std::move(update)));
  }
  HASHVET_RETURN_IF_ERROR(applier.Flush());
  return store.Finish();
}

}  // namespace

absl::StatusOr<DeltaResult> Ledger::FinishGeneration(
    const std::string& list, bool accept, const std::string& author) {
  HASHVET_ASSIGN_OR_RETURN(
      Change change, Change::Begin(*state_, "generation finished", author));
  HASHVET_RETURN_IF_ERROR(ledger::SettleDue(change).status());
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
  change.set_list(known.id);
  HASHVET_RETURN_IF_ERROR(CheckOpen(*state_->database, known));
  HASHVET_RETURN_IF_ERROR(state_->HoldGeneration(known));
  HASHVET_ASSIGN_OR_RETURN(
      Statement count,
      state_->database->Prepare(
          "SELECT count(*) FROM entries WHERE list = ? AND status <> 2"));
  HASHVET_RETURN_IF_ERROR(count.Bind(known.id).Next().status());
  const auto before = static_cast<uint64_t>(count.Integer(0));
  count.Reset();
  DeltaResult result;
  HASHVET_RETURN_IF_ERROR(ApplyStaged(change, known, result));
  const uint64_t came = result.added + result.restored;
  HASHVET_ASSIGN_OR_RETURN(const uint64_t missing,
                           DeleteMissing(change, known, result));
  const auto held = HoldReason(
      {.before = before, .after = before - std::min(before, missing)},
      known.list.guards);
  if (held.has_value() && !accept) {
    return HeldError(absl::StrCat("list ", list, ": ", before, " entries now, ",
                                  missing, " of them missing and ", came,
                                  " new in the generation (", *held,
                                  "): accept it explicitly"));
  }
  HASHVET_RETURN_IF_ERROR(CloseGeneration(*state_->database, known.id));
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state_->database->Prepare(
          "UPDATE lists SET generation = generation + 1 WHERE id = ?"));
  HASHVET_RETURN_IF_ERROR(row.Bind(known.id).Run());
  HASHVET_RETURN_IF_ERROR(change.Note(known.id, "", "generation finished", ""));
  HASHVET_ASSIGN_OR_RETURN(result.version, change.Commit(DetailOf(result)));
  state_->generations_held.erase(known.id);
  return result;
}

absl::Status Ledger::AbandonGeneration(const std::string& list) {
  HASHVET_ASSIGN_OR_RETURN(
      Change change, Change::Begin(*state_, "generation abandoned", "hashvet"));
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
  change.set_list(known.id);
  HASHVET_RETURN_IF_ERROR(CheckOpen(*state_->database, known));
  HASHVET_RETURN_IF_ERROR(state_->HoldGeneration(known));
  HASHVET_RETURN_IF_ERROR(CloseGeneration(*state_->database, known.id));
  HASHVET_RETURN_IF_ERROR(
      change.Note(known.id, "", "generation abandoned", ""));
  HASHVET_RETURN_IF_ERROR(change.Commit().status());
  state_->generations_held.erase(known.id);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<uint64_t>> Ledger::OpenGeneration(
    const std::string& list) {
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
  if (!CheckOpen(*state_->database, known).ok()) return std::nullopt;
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state_->database->Prepare(
          "SELECT count(*) FROM generation_entries WHERE list = ?"));
  HASHVET_RETURN_IF_ERROR(row.Bind(known.id).Next().status());
  return static_cast<uint64_t>(row.Integer(0));
}

}  // namespace hashvet
