#include "src/ledger/entry_store.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/text.h"
#include "src/ledger/united_rows.h"

namespace hashvet::ledger {
namespace {

// entries.parts
constexpr int kHasOpinions = 1;
constexpr int kHasFeedback = 2;
constexpr int kHasCases = 4;

int PartsOf(const EntryUpdate& update) {
  return (update.opinions.empty() ? 0 : kHasOpinions) |
         (update.feedback.empty() ? 0 : kHasFeedback) |
         (update.cases.empty() ? 0 : kHasCases);
}

Opinion OpinionOf(const EntryUpdate& update) {
  std::vector<Opinion> opinions = {update.stated};
  for (const OwnerOpinion& each : update.opinions) {
    opinions.push_back(each.opinion);
  }
  return CombineOpinions(opinions);
}

std::string_view WordFor(SourceStatus before, SourceStatus after) {
  if (before == after) return "changed";
  if (after == SourceStatus::kWithdrawn) return "withdrawn";
  return before == SourceStatus::kDeleted ? "restored" : "active again";
}

absl::Status RunFor(Database& database, std::string_view sql, int64_t id) {
  HASHVET_ASSIGN_OR_RETURN(Statement row, database.Prepare(sql));
  return row.Bind(id).Run();
}

}  // namespace

absl::Status QuarantineValue(Change& change, int64_t list, int64_t entry,
                             std::string_view key, const HashValue& value,
                             const GuardFinding& found) {
  HASHVET_ASSIGN_OR_RETURN(Statement row,
                           change.database().Prepare(
                               "INSERT INTO quarantine(list, entry, key, kind, "
                               "value, guard, reason, state, held_at) "
                               "VALUES(?, ?, ?, ?, ?, ?, ?, 1, ?)"));
  HASHVET_RETURN_IF_ERROR(row.Bind(list)
                              .Bind(entry)
                              .Bind(key)
                              .Bind(NameOf(value.kind()))
                              .BindBytes(value.ToBytes())
                              .Bind(found.guard)
                              .Bind(found.reason)
                              .Bind(change.now())
                              .Run());
  return change.Note(list, key, "quarantined", found.reason);
}

absl::StatusOr<EntryStore> EntryStore::Create(Change& change,
                                              const ListRow& list) {
  EntryStore store(change, list);
  const auto policy = KindPolicyOf(list.list.policy, HashKind::kPdq);
  store.pdq_max_distance_ = policy.has_value() ? policy->max_distance : 0;
  HASHVET_ASSIGN_OR_RETURN(Statement row,
                           change.database().Prepare(
                               "SELECT 1 FROM entries WHERE list = ? LIMIT 1"));
  HASHVET_ASSIGN_OR_RETURN(const bool has_one, row.Bind(list.id).Next());
  store.list_is_empty_ = !has_one;
  return store;
}

absl::StatusOr<std::vector<EntryStore::Finding>> EntryStore::Judge(
    std::span<EntryUpdate> updates, DeltaResult& result) {
  std::vector<HashValue> judged;
  std::vector<std::pair<size_t, size_t>> places;
  for (size_t u = 0; u < updates.size(); ++u) {
    for (size_t v = 0; v < updates[u].values.size(); ++v) {
      const HashValue& value = updates[u].values[v].value;
      if (InfoOf(value.kind()).family != HashFamily::kBits) continue;
      judged.push_back(value);
      places.emplace_back(u, v);
      if (value.kind() != HashKind::kPdq) continue;
      result.off_centre += IsOffCentre(*value.As<Hash256>()) ? 1 : 0;
    }
  }
  HASHVET_ASSIGN_OR_RETURN(const ValueGuards* guards,
                           change_->state().Guards());
  HASHVET_ASSIGN_OR_RETURN(
      auto found, guards->Judge(judged, pdq_max_distance_, list_->list.guards));
  std::vector<Finding> findings;
  for (size_t f = 0; f < found.size(); ++f) {
    if (!found[f].has_value()) continue;
    findings.push_back(
        {places[f].first, places[f].second, *std::move(found[f])});
  }
  return findings;
}

absl::Status EntryStore::Apply(std::span<EntryUpdate> updates,
                               const Flags& flags, DeltaResult& result) {
  HASHVET_ASSIGN_OR_RETURN(const auto findings, Judge(updates, result));
  size_t begin = 0;
  for (size_t u = 0; u < updates.size(); ++u) {
    size_t end = begin;
    while (end < findings.size() && findings[end].update == u) ++end;
    HASHVET_RETURN_IF_ERROR(
        ApplyOne(updates[u], std::span(findings).subspan(begin, end - begin),
                 flags, result));
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status EntryStore::ApplyOne(EntryUpdate& update,
                                  std::span<const Finding> findings,
                                  const Flags& flags, DeltaResult& result) {
  HASHVET_RETURN_IF_ERROR(QuarantineMalformed(update, result));
  if (update.status == SourceStatus::kActive && update.expires_at.has_value() &&
      *update.expires_at <= change_->now()) {
    update.status = SourceStatus::kWithdrawn;
  }
  std::optional<StoredEntry> stored;
  if (!list_is_empty_) {
    HASHVET_ASSIGN_OR_RETURN(
        stored, FindStored(change_->state(), list_->id, update.key));
  }
  if (!stored.has_value()) return Insert(update, findings, flags, result);

  const bool later = update.updated_at.has_value() &&
                     stored->said.updated_at.has_value() &&
                     *update.updated_at > *stored->said.updated_at;
  const bool earlier = update.updated_at.has_value() &&
                       stored->said.updated_at.has_value() &&
                       *update.updated_at < *stored->said.updated_at;
  if (earlier && !flags.restore) {
    ++result.outdated;
    return absl::OkStatus();
  }
  if (update.status == SourceStatus::kDeleted) {
    return Delete(*stored, update, flags, result);
  }
  if (stored->said.status == SourceStatus::kDeleted && !flags.restore &&
      !later && !flags.told_order) {
    ++result.tombstoned;
    return absl::OkStatus();
  }
  // Values that are added to those there are may be fewer than before: their
  // findings are by their place among the update's own.
  return Rewrite(*stored, update, findings, flags, result);
}

absl::Status EntryStore::Insert(const EntryUpdate& update,
                                std::span<const Finding> findings,
                                const Flags& flags, DeltaResult& result) {
  HASHVET_RETURN_IF_ERROR(change_->Touch());
  const bool is_deleted = update.status == SourceStatus::kDeleted;
  if (is_deleted) {
    // A tombstone for what may yet be said.
    EntryUpdate grave = {.key = update.key,
                         .status = update.status,
                         .updated_at = update.updated_at};
    HASHVET_RETURN_IF_ERROR(WriteRow(std::nullopt, grave, false, flags.removal,
                                     change_->now(), change_->version()));
    ++result.deleted;
    return absl::OkStatus();
  }
  HASHVET_RETURN_IF_ERROR(WriteRow(std::nullopt, update, false, Removal::kNone,
                                   change_->now(), change_->version()));
  const int64_t id = change_->database().last_id();
  for (size_t v = 0; v < update.values.size(); ++v) {
    EntryValue value = update.values[v];
    HASHVET_RETURN_IF_ERROR(HoldBack(id, update, v, findings, value, result));
    HASHVET_RETURN_IF_ERROR(AddValue(id, value));
  }
  HASHVET_RETURN_IF_ERROR(WriteParts(id, update));
  ++result.added;
  result.withdrawn += update.status == SourceStatus::kWithdrawn ? 1 : 0;
  return absl::OkStatus();
}

absl::Status EntryStore::Rewrite(StoredEntry& stored, const EntryUpdate& said,
                                 std::span<const Finding> findings,
                                 const Flags& flags, DeltaResult& result) {
  Database& database = change_->database();
  EntryUpdate update = said;
  const bool was_deleted = stored.said.status == SourceStatus::kDeleted;
  if (flags.unite && !was_deleted) {
    UnitedRows rows(stored.said);
    rows.Add(std::move(update));
    update = std::move(rows).Take();
  }
  update.malformed.clear();
  for (EntryValue& value : update.values) {
    const auto same =
        std::ranges::find(stored.said.values, value.value, &EntryValue::value);
    value.hold = same == stored.said.values.end() ? Hold::kNone : same->hold;
  }
  if (update == stored.said) {
    ++result.unchanged;
    if (stored.last_seen >= change_->now()) return absl::OkStatus();
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("UPDATE entries SET last_seen = ? WHERE id = ?"));
    return row.Bind(change_->now()).Bind(stored.id).Run();
  }

  const std::string_view word = WordFor(stored.said.status, update.status);
  HASHVET_RETURN_IF_ERROR(
      change_->Note(list_->id, update.key, word, update.reason));
  const bool begins = IsLive(update.status, stored.suppressed) &&
                      !IsLive(stored.said.status, stored.suppressed);
  HASHVET_RETURN_IF_ERROR(WriteRow(stored.id, update, stored.suppressed,
                                   Removal::kNone, stored.first_seen,
                                   begins ? change_->version() : stored.since));

  std::vector<int64_t> kept;  // fingerprints
  for (EntryValue& value : update.values) {
    kept.push_back(FingerprintOf(value.value));
    const auto same =
        std::ranges::find(stored.said.values, value.value, &EntryValue::value);
    if (same == stored.said.values.end()) {
      // The place among what was said now, where the findings are.
      const auto place =
          std::ranges::find(said.values, value.value, &EntryValue::value);
      HASHVET_RETURN_IF_ERROR(HoldBack(
          stored.id, said, static_cast<size_t>(place - said.values.begin()),
          findings, value, result));
      HASHVET_RETURN_IF_ERROR(AddValue(stored.id, value));
    } else if (same->quality != value.quality) {
      HASHVET_ASSIGN_OR_RETURN(
          Statement row,
          database.Prepare("UPDATE entry_values SET quality = ? WHERE entry = "
                           "? AND kind = ? AND value = ?"));
      HASHVET_RETURN_IF_ERROR(row.BindOptional(value.quality)
                                  .Bind(stored.id)
                                  .Bind(value.value.kind())
                                  .BindBytes(value.value.ToBytes())
                                  .Run());
    }
  }
  for (const EntryValue& gone : stored.said.values) {
    if (std::ranges::find(update.values, gone.value, &EntryValue::value) !=
        update.values.end()) {
      continue;
    }
    const std::vector<uint8_t> bytes = gone.value.ToBytes();
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("DELETE FROM entry_values WHERE entry = ? AND kind = "
                         "? AND value = ?"));
    HASHVET_RETURN_IF_ERROR(
        row.Bind(stored.id).Bind(gone.value.kind()).BindBytes(bytes).Run());
    HASHVET_ASSIGN_OR_RETURN(
        Statement held,
        database.Prepare("DELETE FROM quarantine WHERE entry = ? AND kind = ? "
                         "AND value = ? AND state = 1"));
    HASHVET_RETURN_IF_ERROR(held.Bind(stored.id)
                                .Bind(NameOf(gone.value.kind()))
                                .BindBytes(bytes)
                                .Run());
    if (std::ranges::find(kept, FingerprintOf(gone.value)) != kept.end()) {
      continue;
    }
    HASHVET_ASSIGN_OR_RETURN(
        Statement carrier,
        database.Prepare("DELETE FROM value_carriers WHERE fingerprint = ? AND "
                         "entry = ?"));
    HASHVET_RETURN_IF_ERROR(
        carrier.Bind(FingerprintOf(gone.value)).Bind(stored.id).Run());
  }
  HASHVET_RETURN_IF_ERROR(DeleteParts(stored.id));
  HASHVET_RETURN_IF_ERROR(WriteParts(stored.id, update));
  if (was_deleted) {
    ++result.restored;
  } else {
    ++result.changed;
    result.withdrawn += word == "withdrawn" ? 1 : 0;
  }
  return absl::OkStatus();
}

absl::Status EntryStore::Delete(const StoredEntry& stored,
                                const EntryUpdate& update, const Flags& flags,
                                DeltaResult& result) {
  Database& database = change_->database();
  if (stored.said.status == SourceStatus::kDeleted) {
    if (update.updated_at.has_value() &&
        update.updated_at != stored.said.updated_at) {
      HASHVET_ASSIGN_OR_RETURN(
          Statement row,
          database.Prepare("UPDATE entries SET updated_at = ? WHERE id = ?"));
      HASHVET_RETURN_IF_ERROR(
          row.BindOptional(update.updated_at).Bind(stored.id).Run());
    }
    ++result.unchanged;
    return absl::OkStatus();
  }
  HASHVET_RETURN_IF_ERROR(
      change_->Note(list_->id, stored.said.key,
                    flags.removal == Removal::kMissing ? "missing" : "deleted",
                    update.reason));
  // What is deleted is gone; the key stays, so that nobody brings it back
  // unawares.
  for (const EntryValue& value : stored.said.values) {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("DELETE FROM value_carriers WHERE fingerprint = ? AND "
                         "entry = ?"));
    HASHVET_RETURN_IF_ERROR(
        row.Bind(FingerprintOf(value.value)).Bind(stored.id).Run());
  }
  HASHVET_RETURN_IF_ERROR(
      RunFor(database, "DELETE FROM entry_values WHERE entry = ?", stored.id));
  HASHVET_RETURN_IF_ERROR(
      RunFor(database, "DELETE FROM quarantine WHERE entry = ? AND state = 1",
             stored.id));
  HASHVET_RETURN_IF_ERROR(DeleteParts(stored.id));
  EntryUpdate grave = {.key = stored.said.key,
                       .status = SourceStatus::kDeleted,
                       .updated_at = update.updated_at.has_value()
                                         ? update.updated_at
                                         : stored.said.updated_at};
  HASHVET_RETURN_IF_ERROR(WriteRow(stored.id, grave, stored.suppressed,
                                   flags.removal, stored.first_seen,
                                   stored.since));
  ++result.deleted;
  return absl::OkStatus();
}

absl::Status EntryStore::HoldBack(int64_t entry, const EntryUpdate& update,
                                  size_t place,
                                  std::span<const Finding> findings,
                                  EntryValue& value, DeltaResult& result) {
  value.hold = Hold::kNone;
  const auto found = std::ranges::find(findings, place, &Finding::value);
  if (found == findings.end()) return absl::OkStatus();
  Database& database = change_->database();
  const std::vector<uint8_t> bytes = value.value.ToBytes();
  const std::string_view kind = NameOf(value.value.kind());
  {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("SELECT state FROM quarantine WHERE entry = ? AND "
                         "kind = ? AND value = ?"));
    HASHVET_ASSIGN_OR_RETURN(
        const bool is_known,
        row.Bind(entry).Bind(kind).BindBytes(bytes).Next());
    if (is_known) {  // an operator has decided
      value.hold = static_cast<Hold>(row.Integer(0));
      return absl::OkStatus();
    }
  }
  value.hold = Hold::kHeld;
  ++result.quarantined[std::string(found->found.guard)];
  return QuarantineValue(*change_, list_->id, entry, update.key, value.value,
                         found->found);
}

absl::Status EntryStore::AddValue(int64_t entry, const EntryValue& value) {
  const std::vector<uint8_t> bytes = value.value.ToBytes();
  HASHVET_ASSIGN_OR_RETURN(
      Statement row, change_->database().Prepare(
                         "INSERT INTO entry_values(entry, kind, value, "
                         "quality, hold, since) VALUES(?, ?, ?, ?, ?, ?)"));
  carriers_.emplace_back(FingerprintOf(value.value), entry);
  return row.Bind(entry)
      .Bind(value.value.kind())
      .BindBytes(bytes)
      .BindOptional(value.quality)
      .Bind(value.hold)
      .Bind(change_->version())
      .Run();
}

absl::Status EntryStore::WriteParts(int64_t entry, const EntryUpdate& update) {
  Database& database = change_->database();
  for (const OwnerOpinion& each : update.opinions) {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("INSERT INTO opinions(entry, owner, opinion, tags) "
                         "VALUES(?, ?, ?, ?)"));
    const std::string tags = absl::StrJoin(each.tags, "\n");
    HASHVET_RETURN_IF_ERROR(
        row.Bind(entry).Bind(each.owner).Bind(each.opinion).Bind(tags).Run());
  }
  for (const EntryFeedback& each : update.feedback) {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("INSERT INTO entry_feedback(entry, type, member, "
                         "affirmative, reason) VALUES(?, ?, ?, ?, ?)"));
    HASHVET_RETURN_IF_ERROR(row.Bind(entry)
                                .Bind(each.type)
                                .Bind(each.member)
                                .Bind(each.affirmative ? 1 : 0)
                                .Bind(each.reason)
                                .Run());
  }
  for (const EntryCase& each : update.cases) {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare(
            "INSERT INTO entry_cases(entry, id, status) VALUES(?, ?, ?)"));
    HASHVET_RETURN_IF_ERROR(
        row.Bind(entry).Bind(each.id).Bind(each.status).Run());
  }
  return absl::OkStatus();
}

absl::Status EntryStore::DeleteParts(int64_t entry) {
  Database& database = change_->database();
  HASHVET_RETURN_IF_ERROR(
      RunFor(database, "DELETE FROM opinions WHERE entry = ?", entry));
  HASHVET_RETURN_IF_ERROR(
      RunFor(database, "DELETE FROM entry_feedback WHERE entry = ?", entry));
  return RunFor(database, "DELETE FROM entry_cases WHERE entry = ?", entry);
}

absl::Status EntryStore::QuarantineMalformed(const EntryUpdate& update,
                                             DeltaResult& result) {
  for (const MalformedValue& each : update.malformed) {
    HASHVET_ASSIGN_OR_RETURN(
        const bool is_new,
        QuarantineText(update.key, each.kind, each.text, each.reason));
    if (is_new) ++result.quarantined[std::string(kShapeGuard)];
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> EntryStore::QuarantineText(std::string_view key,
                                                std::string_view kind,
                                                std::string_view text,
                                                std::string_view reason) {
  const std::string shown_key = FitToShow(key);
  const std::string shown_kind = FitToShow(kind);
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      change_->database().Prepare(
          "INSERT OR IGNORE INTO quarantine(list, key, kind, text, guard, "
          "reason, state, held_at) VALUES(?, ?, ?, ?, ?, ?, 1, ?)"));
  HASHVET_RETURN_IF_ERROR(row.Bind(list_->id)
                              .Bind(shown_key)
                              .Bind(shown_kind)
                              .Bind(text.substr(0, kMaxTextBytes))
                              .Bind(kShapeGuard)
                              .Bind(reason)
                              .Bind(change_->now())
                              .Run());
  if (change_->database().changed_rows() == 0) return false;
  HASHVET_RETURN_IF_ERROR(change_->Touch());
  return true;
}

absl::Status EntryStore::WriteRow(std::optional<int64_t> id,
                                  const EntryUpdate& update, bool suppressed,
                                  Removal removal, uint64_t first_seen,
                                  uint64_t since) {
  Ledger::State& state = change_->state();
  std::optional<int64_t> category;
  if (!update.category.empty() || !update.category_scheme.empty()) {
    HASHVET_ASSIGN_OR_RETURN(
        category,
        state.NumberOfCategory(update.category_scheme, update.category));
  }
  std::optional<int64_t> member;
  if (!update.member.empty()) {
    HASHVET_ASSIGN_OR_RETURN(
        member, state.NumberOfMember(list_->list.source, update.member));
  }
  constexpr std::string_view kInsert =
      "INSERT INTO entries(list, key, status, removal, suppressed, opinion, "
      "stated, parts, category, member, created_at, updated_at, expires_at, "
      "reason, deleted_at, first_seen, last_seen, changed, since) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
      "?15, ?16, ?17, ?18, ?19)";
  constexpr std::string_view kUpdate =
      "UPDATE entries SET status = ?3, removal = ?4, suppressed = ?5, opinion "
      "= ?6, stated = ?7, parts = ?8, category = ?9, member = ?10, created_at "
      "= ?11, updated_at = ?12, expires_at = ?13, reason = ?14, deleted_at = "
      "?15, first_seen = ?16, last_seen = ?17, changed = ?18, since = ?19 "
      "WHERE id = ?20 AND list = ?1 AND key = ?2";
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      change_->database().Prepare(id.has_value() ? kUpdate : kInsert));
  row.Bind(list_->id)
      .Bind(update.key)
      .Bind(update.status)
      .Bind(removal)
      .Bind(suppressed ? 1 : 0)
      .Bind(OpinionOf(update))
      .Bind(update.stated)
      .Bind(PartsOf(update))
      .BindOptional(category)
      .BindOptional(member)
      .BindOptional(update.created_at)
      .BindOptional(update.updated_at)
      .BindOptional(update.expires_at);
  if (update.reason.empty()) {
    row.BindNull();
  } else {
    row.Bind(update.reason);
  }
  if (update.status == SourceStatus::kDeleted) {
    row.Bind(change_->now());
  } else {
    row.BindNull();
  }
  row.Bind(first_seen)
      .Bind(change_->now())
      .Bind(change_->version())
      .Bind(since);
  if (id.has_value()) row.Bind(*id);
  return row.Run();
}

absl::Status EntryStore::Finish() {
  std::ranges::sort(carriers_);
  HASHVET_ASSIGN_OR_RETURN(
      Statement row, change_->database().Prepare(
                         "INSERT OR IGNORE INTO value_carriers(fingerprint, "
                         "entry) VALUES(?, ?)"));
  for (const auto& [fingerprint, entry] : carriers_) {
    HASHVET_RETURN_IF_ERROR(row.Bind(fingerprint).Bind(entry).Run());
  }
  carriers_.clear();
  return absl::OkStatus();
}

}  // namespace hashvet::ledger
