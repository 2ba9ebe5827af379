// What operators decide, and feedback that is to be sent.

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "hashvet/base/status.h"
#include "hashvet/ledger/ledger.h"
#include "src/ledger/entry_store.h"
#include "src/ledger/state.h"

namespace hashvet {
namespace {

using ledger::Change;
using ledger::IsLive;
using ledger::ListRow;
using ledger::Statement;
using ledger::StoredEntry;

absl::Status NoEntry(const std::string& list, const std::string& key) {
  return absl::NotFoundError(absl::StrCat(
      "ledger: list ", list, " has no entry ", ledger::FitToShow(key)));
}

absl::StatusOr<StoredEntry> FindPresent(Ledger::State& state,
                                        const ListRow& list,
                                        const std::string& key) {
  HASHVET_ASSIGN_OR_RETURN(auto entry, ledger::FindStored(state, list.id, key));
  if (!entry.has_value() || entry->said.status == SourceStatus::kDeleted) {
    return NoEntry(list.list.policy.name, key);
  }
  return *std::move(entry);
}

absl::Status SetSuppressed(Change& change, const StoredEntry& entry,
                           bool suppressed) {
  const bool begins =
      !suppressed && IsLive(entry.said.status, false) && entry.suppressed;
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      change.database().Prepare("UPDATE entries SET suppressed = ?, changed = "
                                "?, since = ? WHERE id = ?"));
  return row.Bind(suppressed ? 1 : 0)
      .Bind(change.version())
      .Bind(begins ? change.version() : entry.since)
      .Bind(entry.id)
      .Run();
}

}  // namespace

namespace {

absl::Status SuppressOne(Change& change, const ListRow& list,
                         const std::string& key, std::optional<uint64_t> until,
                         const std::string& reason) {
  Ledger::State& state = change.state();
  HASHVET_ASSIGN_OR_RETURN(const StoredEntry entry,
                           FindPresent(state, list, key));
  {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        state.database->Prepare(
            "SELECT until, author, reason FROM suppressions WHERE entry = ?"));
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Bind(entry.id).Next());
    if (is_there && row.OptionalInteger(0) == until &&
        row.Text(1) == change.author() && row.Text(2) == reason) {
      return absl::OkStatus();  // said before
    }
  }
  HASHVET_RETURN_IF_ERROR(change.Note(list.id, key, "suppressed", reason));
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state.database->Prepare(
          "INSERT OR REPLACE INTO suppressions(entry, until, author, reason, "
          "at) VALUES(?, ?, ?, ?, ?)"));
  HASHVET_RETURN_IF_ERROR(row.Bind(entry.id)
                              .BindOptional(until)
                              .Bind(change.author())
                              .Bind(reason)
                              .Bind(change.now())
                              .Run());
  return SetSuppressed(change, entry, true);
}

absl::Status UnsuppressOne(Change& change, const ListRow& list,
                           const std::string& key) {
  Ledger::State& state = change.state();
  HASHVET_ASSIGN_OR_RETURN(const auto entry,
                           ledger::FindStored(state, list.id, key));
  if (!entry.has_value()) return NoEntry(list.list.policy.name, key);
  if (!entry->suppressed) return absl::OkStatus();
  HASHVET_RETURN_IF_ERROR(change.Note(list.id, key, "unsuppressed", ""));
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state.database->Prepare("DELETE FROM suppressions WHERE entry = ?"));
  HASHVET_RETURN_IF_ERROR(row.Bind(entry->id).Run());
  return SetSuppressed(change, *entry, false);
}

}  // namespace

absl::Status Ledger::Suppress(const std::string& list,
                              const std::vector<std::string>& keys,
                              std::optional<uint64_t> until,
                              const std::string& reason,
                              const std::string& author) {
  HASHVET_RETURN_IF_ERROR(
      CheckEntry({.key = "-", .member = author, .reason = reason}));
  HASHVET_ASSIGN_OR_RETURN(Change change,
                           Change::Begin(*state_, "suppress", author));
  if (until.has_value() && *until <= change.now()) {
    return absl::InvalidArgumentError(
        "suppression: ends in the past, want a later time");
  }
  HASHVET_RETURN_IF_ERROR(ledger::SettleDue(change).status());
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
  change.set_list(known.id);
  for (const std::string& key : keys) {
    HASHVET_RETURN_IF_ERROR(SuppressOne(change, known, key, until, reason));
  }
  return change.Commit(absl::StrCat(keys.size(), " suppressed")).status();
}

absl::Status Ledger::Unsuppress(const std::string& list,
                                const std::vector<std::string>& keys,
                                const std::string& author) {
  HASHVET_ASSIGN_OR_RETURN(Change change,
                           Change::Begin(*state_, "unsuppress", author));
  HASHVET_RETURN_IF_ERROR(ledger::SettleDue(change).status());
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
  change.set_list(known.id);
  for (const std::string& key : keys) {
    HASHVET_RETURN_IF_ERROR(UnsuppressOne(change, known, key));
  }
  return change.Commit(absl::StrCat(keys.size(), " unsuppressed")).status();
}

absl::StatusOr<std::vector<SuppressionItem>> Ledger::Suppressions(
    const std::string& list) {
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state_->database->Prepare(
          "SELECT e.key, s.until, s.author, s.reason, s.at FROM suppressions s "
          "JOIN entries e ON e.id = s.entry WHERE e.list = ? ORDER BY e.key"));
  row.Bind(known.id);
  std::vector<SuppressionItem> items;
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return items;
    items.push_back({.list = list,
                     .key = std::string(row.Text(0)),
                     .until = row.OptionalInteger(1),
                     .author = std::string(row.Text(2)),
                     .reason = std::string(row.Text(3)),
                     .at = static_cast<uint64_t>(row.Integer(4))});
  }
}

absl::StatusOr<std::vector<QuarantineItem>> Ledger::Quarantine(
    const std::string& list, size_t max_items) {
  std::optional<int64_t> only;
  if (!list.empty()) {
    HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(list));
    only = known.id;
  }
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state_->database->Prepare(
          "SELECT q.id, l.name, q.key, q.kind, q.guard, q.reason, q.entry, "
          "q.held_at FROM quarantine q JOIN lists l ON l.id = q.list "
          "WHERE q.state = 1 AND (?1 IS NULL OR q.list = ?1) ORDER BY q.id "
          "LIMIT ?2"));
  row.BindOptional(only).Bind(
      static_cast<int64_t>(std::min<size_t>(max_items, INT64_MAX)));
  std::vector<QuarantineItem> items;
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return items;
    items.push_back({.id = row.Integer(0),
                     .list = std::string(row.Text(1)),
                     .key = std::string(row.Text(2)),
                     .kind = std::string(row.Text(3)),
                     .guard = std::string(row.Text(4)),
                     .reason = std::string(row.Text(5)),
                     .releasable = !row.IsNull(6),
                     .held_at = static_cast<uint64_t>(row.Integer(7))});
  }
}

namespace {

absl::Status DecideOne(Change& change, int64_t id, Hold decision) {
  const bool releases = decision == Hold::kReleased;
  ledger::Database& database = change.database();
  int64_t list = 0;
  std::string key;
  std::optional<uint64_t> entry;
  std::string kind;
  std::vector<uint8_t> value;
  {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("SELECT list, key, entry, kind, value, state FROM "
                         "quarantine WHERE id = ?"));
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Bind(id).Next());
    if (!is_there) {
      return absl::NotFoundError(absl::StrCat("quarantine: no item ", id));
    }
    list = row.Integer(0);
    key = row.Text(1);
    entry = row.OptionalInteger(2);
    kind = row.Text(3);
    const auto bytes = row.Bytes(4);
    value.assign(bytes.begin(), bytes.end());
    if (row.Integer(5) != static_cast<int64_t>(Hold::kHeld)) {
      return absl::FailedPreconditionError(
          absl::StrCat("quarantine: item ", id, " is no longer held"));
    }
  }
  if (releases && !entry.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "quarantine: item ", id, " is no value, it can only be dropped"));
  }
  HASHVET_RETURN_IF_ERROR(
      change.Note(list, key, releases ? "released" : "dropped", ""));
  {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("UPDATE quarantine SET state = ?, decided_at = ?, "
                         "decided_by = ? WHERE id = ?"));
    HASHVET_RETURN_IF_ERROR(row.Bind(decision)
                                .Bind(change.now())
                                .Bind(change.author())
                                .Bind(id)
                                .Run());
  }
  if (entry.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(const HashKind known, ParseHashKind(kind));
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("UPDATE entry_values SET hold = ?1, since = iif(?1 = "
                         "2, ?2, since) WHERE entry = ?3 AND kind = ?4 AND "
                         "value = ?5"));
    HASHVET_RETURN_IF_ERROR(row.Bind(decision)
                                .Bind(change.version())
                                .Bind(*entry)
                                .Bind(known)
                                .BindBytes(value)
                                .Run());
    HASHVET_ASSIGN_OR_RETURN(
        Statement changed,
        database.Prepare("UPDATE entries SET changed = ? WHERE id = ?"));
    HASHVET_RETURN_IF_ERROR(changed.Bind(change.version()).Bind(*entry).Run());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Ledger::Decide(const std::vector<int64_t>& release,
                            const std::vector<int64_t>& drop,
                            const std::string& author) {
  HASHVET_ASSIGN_OR_RETURN(Change change,
                           Change::Begin(*state_, "quarantine", author));
  for (const int64_t id : release) {
    HASHVET_RETURN_IF_ERROR(DecideOne(change, id, Hold::kReleased));
  }
  for (const int64_t id : drop) {
    HASHVET_RETURN_IF_ERROR(DecideOne(change, id, Hold::kDropped));
  }
  return change
      .Commit(
          absl::StrCat(release.size(), " released, ", drop.size(), " dropped"))
      .status();
}

// ---- Feedback.

absl::StatusOr<int64_t> Ledger::QueueFeedback(const FeedbackItem& item) {
  EntryUpdate texts = {.key = item.key, .member = item.author};
  for (const std::string& reason : item.reasons) {
    texts.feedback.push_back({.type = item.type, .reason = reason});
  }
  HASHVET_RETURN_IF_ERROR(CheckEntry(texts));
  HASHVET_ASSIGN_OR_RETURN(Change change,
                           Change::Begin(*state_, "feedback", item.author));
  HASHVET_ASSIGN_OR_RETURN(const ListRow known, state_->FindList(item.list));
  const std::string reasons = absl::StrJoin(item.reasons, "\n");
  ledger::Database& database = *state_->database;
  {
    // Asked for again before it went out, it is the same.
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("SELECT id FROM feedback_queue WHERE list = ? AND key "
                         "= ? AND type = ? AND affirmative = ? AND reasons = ? "
                         "AND state = 'queued'"));
    HASHVET_ASSIGN_OR_RETURN(const bool is_there,
                             row.Bind(known.id)
                                 .Bind(item.key)
                                 .Bind(item.type)
                                 .Bind(item.affirmative ? 1 : 0)
                                 .Bind(reasons)
                                 .Next());
    if (is_there) return row.Integer(0);
  }
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      database.Prepare("INSERT INTO feedback_queue(list, key, type, "
                       "affirmative, reasons, author, queued_at, attempts, "
                       "next_try_at, state) "
                       "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?7, 'queued')"));
  HASHVET_RETURN_IF_ERROR(row.Bind(known.id)
                              .Bind(item.key)
                              .Bind(item.type)
                              .Bind(item.affirmative ? 1 : 0)
                              .Bind(reasons)
                              .Bind(item.author)
                              .Bind(change.now())
                              .Run());
  const int64_t id = database.last_id();
  HASHVET_RETURN_IF_ERROR(change.Commit().status());
  return id;
}

namespace {

constexpr std::string_view kFeedback =
    "SELECT f.id, l.name, f.key, f.type, f.affirmative, f.reasons, f.author, "
    "f.queued_at, f.attempts, f.next_try_at, f.state FROM feedback_queue f "
    "JOIN lists l ON l.id = f.list WHERE l.name = ?1";

absl::StatusOr<std::vector<FeedbackItem>> ReadFeedback(Statement row) {
  std::vector<FeedbackItem> items;
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return items;
    FeedbackItem& item = items.emplace_back();
    item.id = row.Integer(0);
    item.list = row.Text(1);
    item.key = row.Text(2);
    item.type = row.Text(3);
    item.affirmative = row.Integer(4) != 0;
    if (const std::string reasons(row.Text(5)); !reasons.empty()) {
      item.reasons = absl::StrSplit(reasons, '\n');
    }
    item.author = row.Text(6);
    item.queued_at = static_cast<uint64_t>(row.Integer(7));
    item.attempts = static_cast<uint64_t>(row.Integer(8));
    item.next_try_at = row.OptionalInteger(9);
    item.state = row.Text(10);
  }
}

// One attempt, and what became of it.
absl::Status Tried(Ledger::State& state, int64_t id, std::string_view to,
                   std::optional<uint64_t> next_try_at) {
  HASHVET_ASSIGN_OR_RETURN(Change change,
                           Change::Begin(state, "feedback", "hashvet"));
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      change.database().Prepare(
          "UPDATE feedback_queue SET attempts = attempts + 1, state = ?, "
          "next_try_at = ? WHERE id = ? AND state = 'queued'"));
  HASHVET_RETURN_IF_ERROR(
      row.Bind(to).BindOptional(next_try_at).Bind(id).Run());
  if (change.database().changed_rows() == 0) {
    return absl::NotFoundError(
        absl::StrCat("feedback: item ", id, " is not queued"));
  }
  return change.Commit().status();
}

}  // namespace

absl::StatusOr<std::vector<FeedbackItem>> Ledger::DueFeedback(
    const std::string& list, size_t max_items) {
  static const std::string sql = absl::StrCat(
      ToAbsl(kFeedback),
      " AND f.state = 'queued' AND f.next_try_at <= ?2 ORDER BY f.id LIMIT ?3");
  HASHVET_ASSIGN_OR_RETURN(Statement row, state_->database->Prepare(sql));
  row.Bind(list)
      .Bind(state_->Now())
      .Bind(static_cast<int64_t>(std::min<size_t>(max_items, INT64_MAX)));
  return ReadFeedback(std::move(row));
}

absl::StatusOr<std::vector<FeedbackItem>> Ledger::Feedback(
    const std::string& list) {
  static const std::string sql =
      absl::StrCat(ToAbsl(kFeedback), " ORDER BY f.id");
  HASHVET_ASSIGN_OR_RETURN(Statement row, state_->database->Prepare(sql));
  row.Bind(list);
  return ReadFeedback(std::move(row));
}

absl::Status Ledger::FeedbackSent(int64_t id) {
  return Tried(*state_, id, "sent", std::nullopt);
}

absl::Status Ledger::FeedbackFailed(int64_t id,
                                    std::optional<uint64_t> next_try_at) {
  return Tried(*state_, id, next_try_at.has_value() ? "queued" : "failed",
               next_try_at);
}

}  // namespace hashvet
