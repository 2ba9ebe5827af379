// The lists themselves: who they are and what they ask of matches.

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/ledger/ledger.h"
#include "src/ledger/rejudge.h"
#include "src/ledger/state.h"

namespace hashvet {
namespace {

using ledger::Change;
using ledger::ListRow;
using ledger::Statement;

constexpr std::string_view kColumns =
    "id, name, source, owner, local, role, action, min_quality, sampled_ppm, "
    "sample_seed, current_at, late_after_s, stale_after_s, expired_after_s, "
    "refuse_stale, serve_expired, guard_degenerate, guard_panel, panel_margin, "
    "guard_change, max_fall_percent, max_growth_percent, max_removed_percent";

ListRow ReadList(const Statement& row) {
  int column = 0;
  const auto integer = [&] { return row.Integer(column++); };
  const auto seconds = [&] { return static_cast<uint32_t>(integer()); };
  ListRow read;
  read.id = integer();
  LedgerList& list = read.list;
  ListPolicy& policy = list.policy;
  policy.name = row.Text(column++);
  list.source = row.Text(column++);
  list.owner = row.Text(column++);
  list.local = integer() != 0;
  policy.role = static_cast<ListRole>(integer());
  policy.action = row.Text(column++);
  policy.min_quality = static_cast<int>(integer());
  policy.sampled_ppm = static_cast<uint32_t>(integer());
  policy.sample_seed = static_cast<uint64_t>(integer());
  policy.current_at = static_cast<uint64_t>(integer());
  policy.staleness.late_after_s = seconds();
  policy.staleness.stale_after_s = seconds();
  policy.staleness.expired_after_s = seconds();
  policy.staleness.refuse_stale = integer() != 0;
  policy.staleness.serve_expired = integer() != 0;
  GuardOptions& guards = list.guards;
  guards.degenerate = integer() != 0;
  guards.panel = integer() != 0;
  guards.panel_margin = seconds();
  guards.change = integer() != 0;
  guards.max_fall_percent = seconds();
  guards.max_growth_percent = seconds();
  guards.max_removed_percent = seconds();
  return read;
}

absl::Status ReadKinds(ledger::Database& database, ListRow& list) {
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      database.Prepare("SELECT kind, max_distance, max_distance_rotated, "
                       "metric FROM list_kinds WHERE list = ? ORDER BY kind"));
  row.Bind(list.id);
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return absl::OkStatus();
    KindPolicy kind;
    HASHVET_ASSIGN_OR_RETURN(
        kind.kind, HashKindFromNumber(static_cast<uint32_t>(row.Integer(0))));
    kind.max_distance = static_cast<uint32_t>(row.Integer(1));
    if (!row.IsNull(2)) {
      kind.max_distance_rotated = static_cast<uint32_t>(row.Integer(2));
    }
    kind.metric = static_cast<ByteVectorMetric>(row.Integer(3));
    SetKindPolicy(kind, list.list.policy);
  }
}

absl::Status CheckList(const LedgerList& list) {
  HASHVET_RETURN_IF_ERROR(CheckPolicy(list.policy));
  const EntryUpdate texts = {
      .key = "-", .member = list.source, .reason = list.owner};
  const absl::Status status = CheckEntry(texts);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(
      "list: source or owner: ", status.message(), ": ", list.policy.name));
}

// Everything but the name, from parameter 2 on.
void BindList(const LedgerList& list, Statement& row) {
  const ListPolicy& policy = list.policy;
  const GuardOptions& guards = list.guards;
  row.Bind(policy.name)
      .Bind(list.source)
      .Bind(list.owner)
      .Bind(list.local ? 1 : 0)
      .Bind(policy.role)
      .Bind(policy.action)
      .Bind(policy.min_quality)
      .Bind(policy.sampled_ppm)
      .Bind(policy.sample_seed)
      .Bind(policy.current_at)
      .Bind(policy.staleness.late_after_s)
      .Bind(policy.staleness.stale_after_s)
      .Bind(policy.staleness.expired_after_s)
      .Bind(policy.staleness.refuse_stale ? 1 : 0)
      .Bind(policy.staleness.serve_expired ? 1 : 0)
      .Bind(guards.degenerate ? 1 : 0)
      .Bind(guards.panel ? 1 : 0)
      .Bind(guards.panel_margin)
      .Bind(guards.change ? 1 : 0)
      .Bind(guards.max_fall_percent)
      .Bind(guards.max_growth_percent)
      .Bind(guards.max_removed_percent);
}

absl::Status WriteKinds(ledger::Database& database, int64_t id,
                        const LedgerList& list) {
  HASHVET_ASSIGN_OR_RETURN(
      Statement gone,
      database.Prepare("DELETE FROM list_kinds WHERE list = ?"));
  HASHVET_RETURN_IF_ERROR(gone.Bind(id).Run());
  for (const KindPolicy& kind : list.policy.kinds) {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("INSERT INTO list_kinds(list, kind, max_distance, "
                         "max_distance_rotated, metric) "
                         "VALUES(?, ?, ?, ?, ?)"));
    HASHVET_RETURN_IF_ERROR(row.Bind(id)
                                .Bind(kind.kind)
                                .Bind(kind.max_distance)
                                .BindOptional(kind.max_distance_rotated)
                                .Bind(kind.metric)
                                .Run());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ListRow> Ledger::State::FindList(const std::string& name) {
  static const std::string sql =
      absl::StrCat("SELECT ", ToAbsl(kColumns), " FROM lists WHERE name = ?");
  HASHVET_ASSIGN_OR_RETURN(Statement row, database->Prepare(sql));
  HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Bind(name).Next());
  if (!is_there) {
    return absl::NotFoundError(
        absl::StrCat("ledger: no list ", ledger::FitToShow(name),
                     " (list create makes one): ", directory));
  }
  ListRow list = ReadList(row);
  HASHVET_RETURN_IF_ERROR(ReadKinds(*database, list));
  return list;
}

absl::StatusOr<LedgerList> Ledger::FindList(const std::string& name) {
  HASHVET_ASSIGN_OR_RETURN(ListRow list, state_->FindList(name));
  return std::move(list.list);
}

absl::StatusOr<std::vector<LedgerList>> Ledger::Lists() {
  std::vector<std::string> names;
  {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        state_->database->Prepare("SELECT name FROM lists ORDER BY name"));
    while (true) {
      HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
      if (!is_there) break;
      names.emplace_back(row.Text(0));
    }
  }
  std::vector<LedgerList> lists;
  for (const std::string& name : names) {
    HASHVET_ASSIGN_OR_RETURN(lists.emplace_back(), FindList(name));
  }
  return lists;
}

absl::Status Ledger::CreateList(const LedgerList& list,
                                const std::string& author) {
  HASHVET_RETURN_IF_ERROR(CheckList(list));
  HASHVET_ASSIGN_OR_RETURN(Change change,
                           Change::Begin(*state_, "list created", author));
  if (state_->FindList(list.policy.name).ok()) {
    return absl::AlreadyExistsError(absl::StrCat(
        "ledger: list ", list.policy.name, " is there: ", directory()));
  }
  ledger::Database& database = *state_->database;
  {
    static const std::string sql = absl::StrCat(
        "INSERT INTO lists(", ToAbsl(kColumns.substr(4)),  // without the id
        ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?)");
    HASHVET_ASSIGN_OR_RETURN(Statement row, database.Prepare(sql));
    BindList(list, row);
    HASHVET_RETURN_IF_ERROR(row.Run());
  }
  const int64_t id = database.last_id();
  HASHVET_RETURN_IF_ERROR(WriteKinds(database, id, list));
  HASHVET_RETURN_IF_ERROR(change.Note(id, "", "list created", ""));
  return change.Commit().status();
}

absl::StatusOr<RejudgedValues> Ledger::UpdateList(const LedgerList& list,
                                                  const std::string& author) {
  HASHVET_RETURN_IF_ERROR(CheckList(list));
  HASHVET_ASSIGN_OR_RETURN(Change change,
                           Change::Begin(*state_, "list changed", author));
  HASHVET_ASSIGN_OR_RETURN(const ListRow before,
                           state_->FindList(list.policy.name));
  RejudgedValues rejudged;
  if (before.list == list) return rejudged;
  ledger::Database& database = *state_->database;
  {
    static const std::string sql = absl::StrCat(
        "UPDATE lists SET (", ToAbsl(kColumns.substr(4)),
        ") = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?) WHERE id = ?");
    HASHVET_ASSIGN_OR_RETURN(Statement row, database.Prepare(sql));
    BindList(list, row);
    HASHVET_RETURN_IF_ERROR(row.Bind(before.id).Run());
  }
  HASHVET_RETURN_IF_ERROR(WriteKinds(database, before.id, list));
  HASHVET_RETURN_IF_ERROR(change.Note(before.id, "", "list changed", ""));
  if (before.list.guards != list.guards ||
      KindPolicyOf(before.list.policy, HashKind::kPdq) !=
          KindPolicyOf(list.policy, HashKind::kPdq)) {
    HASHVET_ASSIGN_OR_RETURN(rejudged,
                             ledger::Rejudge(change, {before.id, list}));
  }
  HASHVET_RETURN_IF_ERROR(
      change
          .Commit(absl::StrCat(rejudged.held, " held, ", rejudged.let_go,
                               " no longer held by its guards"))
          .status());
  return rejudged;
}

absl::Status Ledger::SetMember(const std::string& source, const std::string& id,
                               const std::string& name) {
  HASHVET_RETURN_IF_ERROR(
      CheckEntry({.key = "-", .member = id, .reason = name}));
  HASHVET_ASSIGN_OR_RETURN(Change change,
                           Change::Begin(*state_, "member", "hashvet"));
  HASHVET_ASSIGN_OR_RETURN(const int64_t number,
                           state_->NumberOfMember(source, id));
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state_->database->Prepare("UPDATE members SET name = ? WHERE id = ?"));
  HASHVET_RETURN_IF_ERROR(row.Bind(name).Bind(number).Run());
  return change.Commit().status();
}

absl::StatusOr<std::map<std::string, std::string>> Ledger::Members(
    const std::string& source) {
  HASHVET_ASSIGN_OR_RETURN(
      Statement row, state_->database->Prepare(
                         "SELECT member, name FROM members WHERE source = ?"));
  row.Bind(source);
  std::map<std::string, std::string> members;
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return members;
    members.emplace(row.Text(0), row.Text(1));
  }
}

}  // namespace hashvet
