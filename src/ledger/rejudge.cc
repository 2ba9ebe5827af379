#include "src/ledger/rejudge.h"

#include <string>
#include <utility>
#include <vector>

#include "hashvet/base/status.h"
#include "src/ledger/entry_store.h"

namespace hashvet::ledger {
namespace {

// Ids whose entries are looked at together: their guards are one search.
constexpr int64_t kBlock = 4096;

struct JudgedValue {
  int64_t entry;
  std::string key;
  HashValue value;
  Hold hold;
};

absl::StatusOr<std::vector<JudgedValue>> ReadBlock(Change& change,
                                                   const ListRow& list,
                                                   int64_t first) {
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      change.database().Prepare(
          "SELECT e.id, e.key, v.kind, v.value, v.hold FROM entries e JOIN "
          "entry_values v ON v.entry = e.id WHERE e.id BETWEEN ?1 AND ?2 AND "
          "e.list = ?3 AND e.status <> 2 AND v.hold <= 1 "
          "ORDER BY e.id, v.kind, v.value"));
  row.Bind(first).Bind(first + kBlock - 1).Bind(list.id);
  std::vector<JudgedValue> values;
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return values;
    HASHVET_ASSIGN_OR_RETURN(const HashValue value,
                             StoredValue(row.Integer(2), row.Bytes(3)));
    if (InfoOf(value.kind()).family != HashFamily::kBits) continue;
    values.push_back({row.Integer(0), std::string(row.Text(1)), value,
                      static_cast<Hold>(row.Integer(4))});
  }
}

absl::Status SetHold(Change& change, const JudgedValue& value, Hold hold) {
  Database& database = change.database();
  const std::vector<uint8_t> bytes = value.value.ToBytes();
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      database.Prepare("UPDATE entry_values SET hold = ?1, since = iif(?1 = 0, "
                       "?2, since) WHERE entry = ?3 AND kind = ?4 AND value = "
                       "?5"));
  HASHVET_RETURN_IF_ERROR(row.Bind(hold)
                              .Bind(change.version())
                              .Bind(value.entry)
                              .Bind(value.value.kind())
                              .BindBytes(bytes)
                              .Run());
  HASHVET_ASSIGN_OR_RETURN(
      Statement entry,
      database.Prepare("UPDATE entries SET changed = ? WHERE id = ?"));
  return entry.Bind(change.version()).Bind(value.entry).Run();
}

absl::Status LetGo(Change& change, const ListRow& list,
                   const JudgedValue& value) {
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      change.database().Prepare("DELETE FROM quarantine WHERE entry = ? AND "
                                "kind = ? AND value = ? AND state = 1"));
  HASHVET_RETURN_IF_ERROR(row.Bind(value.entry)
                              .Bind(NameOf(value.value.kind()))
                              .BindBytes(value.value.ToBytes())
                              .Run());
  return change.Note(list.id, value.key, "no longer held",
                     "the list's guards changed");
}

}  // namespace

absl::StatusOr<RejudgedValues> Rejudge(Change& change, const ListRow& list) {
  RejudgedValues result;
  HASHVET_ASSIGN_OR_RETURN(const ValueGuards* guards, change.state().Guards());
  const auto policy = KindPolicyOf(list.list.policy, HashKind::kPdq);
  const uint32_t max_distance = policy.has_value() ? policy->max_distance : 0;
  HASHVET_ASSIGN_OR_RETURN(
      const int64_t last,
      change.database().Number("SELECT max(id) FROM entries"));
  for (int64_t first = 1; first <= last; first += kBlock) {
    HASHVET_ASSIGN_OR_RETURN(const std::vector<JudgedValue> values,
                             ReadBlock(change, list, first));
    std::vector<HashValue> judged;
    for (const JudgedValue& value : values) judged.push_back(value.value);
    HASHVET_ASSIGN_OR_RETURN(
        const auto findings,
        guards->Judge(judged, max_distance, list.list.guards));
    for (size_t v = 0; v < values.size(); ++v) {
      const bool is_held = values[v].hold == Hold::kHeld;
      if (findings[v].has_value() == is_held) continue;
      if (is_held) {
        ++result.let_go;
        HASHVET_RETURN_IF_ERROR(LetGo(change, list, values[v]));
        HASHVET_RETURN_IF_ERROR(SetHold(change, values[v], Hold::kNone));
      } else {
        ++result.held;
        HASHVET_RETURN_IF_ERROR(QuarantineValue(change, list.id,
                                                values[v].entry, values[v].key,
                                                values[v].value, *findings[v]));
        HASHVET_RETURN_IF_ERROR(SetHold(change, values[v], Hold::kHeld));
      }
    }
  }
  return result;
}

}  // namespace hashvet::ledger
