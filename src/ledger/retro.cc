#include "hashvet/ledger/retro.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/index/byte_vector_index.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/index/join.h"
#include "hashvet/index/planner.h"
#include "hashvet/index/ring_index.h"
#include "hashvet/index/row_index.h"
#include "src/ledger/entry_store.h"
#include "src/ledger/state.h"
#include "src/list/byte_vector_limit.h"

namespace hashvet {
namespace {

constexpr uint64_t kPlannedBatch = 4096;

// Who has a new value, and how near is near for it.
struct NewEntry {
  std::string list;
  std::string key;
  std::string category;
  uint32_t max_distance = 0;
  ByteVectorMetric metric = ByteVectorMetric::kNone;

  friend auto operator<=>(const NewEntry&, const NewEntry&) = default;
};

// The new values of one kind: equal ones are one row.
struct KindPart {
  std::map<HashValue, std::vector<NewEntry>> entries;
  std::vector<const std::vector<NewEntry>*> rows;
  std::unique_ptr<RangeIndex> index;       // of bit hashes
  std::optional<ByteVectorIndex> vectors;  // of byte vectors; else digests
  // The widest of its lists: of bit hashes, and by metric of byte vectors, L2
  // and its square together, squared.
  uint32_t max_distance = 0;
  std::optional<uint32_t> max_l1;
  std::optional<uint32_t> max_squared_l2;
};

void Widen(const NewEntry& entry, KindPart& part) {
  if (const auto squared = SquaredLimit(entry.metric, entry.max_distance);
      squared.has_value()) {
    part.max_squared_l2 = std::max(part.max_squared_l2.value_or(0), *squared);
  } else if (entry.metric == ByteVectorMetric::kL1) {
    part.max_l1 = std::max(part.max_l1.value_or(0), entry.max_distance);
  } else {
    part.max_distance = std::max(part.max_distance, entry.max_distance);
  }
}

// A bit hash's words, whatever its width, behind those that are there.
void AppendWords(const HashValue& value, std::vector<uint64_t>& words) {
  std::visit(
      [&](const auto& hash) {
        if constexpr (requires { hash.words(); }) {
          words.insert(words.end(), hash.words().begin(), hash.words().end());
        }
      },
      value.value());
}

uint32_t WidthOf(HashKind kind) {
  return static_cast<uint32_t>(InfoOf(kind).size_bytes * 8);
}

absl::StatusOr<std::unique_ptr<RangeIndex>> IndexOver(BitRows rows,
                                                      uint32_t max_distance,
                                                      uint64_t queries) {
  const SearchPlan plan =
      PlanSearch({rows.size(), rows.width_bits(), max_distance, kPlannedBatch});
  // Building the tables has to pay.
  const double build_us = 4'000.0 + 0.5 * static_cast<double>(rows.size());
  if (plan.choice == IndexChoice::kRing &&
      build_us + plan.ring_us * static_cast<double>(queries) <
          plan.flat_us * static_cast<double>(queries)) {
    HASHVET_ASSIGN_OR_RETURN(RingIndex ring, RingIndex::Create(rows));
    return std::make_unique<RingIndex>(std::move(ring));
  }
  if (rows.width_bits() == Hash256::kBits) {
    std::vector<Hash256> hashes;
    for (size_t r = 0; r < rows.size(); ++r) {
      const std::span<const uint64_t> words = rows[r];
      hashes.push_back(Hash256({words[0], words[1], words[2], words[3]}));
    }
    HASHVET_ASSIGN_OR_RETURN(FlatIndex flat, FlatIndex::Create(hashes));
    return std::make_unique<FlatIndex>(std::move(flat));
  }
  HASHVET_ASSIGN_OR_RETURN(RowIndex all, RowIndex::Create(rows));
  return std::make_unique<RowIndex>(std::move(all));
}

// The new values' side, at once. `sql` picks what changed.
absl::Status ReadNew(Ledger::State& state, uint64_t since,
                     const std::map<int64_t, ListPolicy>& lists,
                     std::map<HashKind, KindPart>& kinds,
                     uint64_t& carried_only) {
  static const std::string sql =
      absl::StrCat("SELECT ", ToAbsl(ledger::kEntryColumns),
                   " FROM entries WHERE changed > ? AND status = 0 AND "
                   "suppressed = 0");
  HASHVET_ASSIGN_OR_RETURN(ledger::Statement row, state.database->Prepare(sql));
  row.Bind(since);
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return absl::OkStatus();
    const auto list = lists.find(row.Integer(1));
    if (list == lists.end()) continue;
    HASHVET_ASSIGN_OR_RETURN(const ledger::StoredEntry entry,
                             ledger::ReadEntry(state, row));
    for (size_t v = 0; v < entry.said.values.size(); ++v) {
      const EntryValue& value = entry.said.values[v];
      if (!ledger::IsLive(value.hold) ||
          std::max(entry.since, entry.value_since[v]) <= since) {
        continue;
      }
      const HashKind kind = value.value.kind();
      const auto policy = KindPolicyOf(list->second, kind);
      if (!policy.has_value()) {
        ++carried_only;
        continue;
      }
      KindPart& part = kinds[kind];
      NewEntry& added = part.entries[value.value].emplace_back(
          NewEntry{list->second.name, entry.said.key, entry.said.category,
                   policy->max_distance, policy->metric});
      Widen(added, part);
    }
  }
}

}  // namespace

struct RetroMatcher::State {
  uint64_t version = 0;
  uint64_t values = 0;
  uint64_t carried_only = 0;
  std::map<HashKind, KindPart> kinds;
};

RetroMatcher::RetroMatcher(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
RetroMatcher::RetroMatcher(RetroMatcher&&) noexcept = default;
RetroMatcher& RetroMatcher::operator=(RetroMatcher&&) noexcept = default;
RetroMatcher::~RetroMatcher() = default;

uint64_t RetroMatcher::version() const { return state_->version; }
uint64_t RetroMatcher::values() const { return state_->values; }
uint64_t RetroMatcher::carried_only() const { return state_->carried_only; }

absl::StatusOr<RetroMatcher> RetroMatcher::Create(Ledger& ledger,
                                                  uint64_t since,
                                                  const RetroOptions& options) {
  // Who only asks does not wait for who writes.
  if (const absl::Status due = ledger.ApplyDue().status();
      !due.ok() && !absl::IsUnavailable(due)) {
    return due;
  }
  auto state = std::make_unique<State>();
  {
    HASHVET_ASSIGN_OR_RETURN(const ledger::Reading moment,
                             ledger::Reading::Begin(ledger.state()));
    HASHVET_ASSIGN_OR_RETURN(state->version, ledger.version());
    if (since > state->version) {
      return absl::InvalidArgumentError(absl::StrCat(
          "retro: got version ", since, ", and the ledger is at ",
          state->version,
          "; was it restored? 0 asks about everything: ", ledger.directory()));
    }
    std::vector<std::string> names = options.lists;
    if (names.empty()) {
      HASHVET_ASSIGN_OR_RETURN(const auto all, ledger.Lists());
      for (const LedgerList& list : all) names.push_back(list.policy.name);
    }
    std::map<int64_t, ListPolicy> lists;
    for (const std::string& name : names) {
      HASHVET_ASSIGN_OR_RETURN(const ledger::ListRow list,
                               ledger.state().FindList(name));
      if (list.list.policy.role == ListRole::kIgnore) continue;
      lists[list.id] = list.list.policy;
    }
    HASHVET_RETURN_IF_ERROR(ReadNew(ledger.state(), since, lists, state->kinds,
                                    state->carried_only));
  }
  for (auto& [kind, part] : state->kinds) {
    for (auto& [value, entries] : part.entries) {
      std::ranges::sort(entries);
      part.rows.push_back(&entries);
    }
    state->values += part.rows.size();
    if (InfoOf(kind).family == HashFamily::kByteVector) {
      std::vector<ByteVector144> vectors;
      for (const auto& [value, entries] : part.entries) {
        vectors.push_back(*value.As<ByteVector144>());
      }
      HASHVET_ASSIGN_OR_RETURN(part.vectors, ByteVectorIndex::Create(vectors));
    }
    if (InfoOf(kind).family != HashFamily::kBits) continue;
    std::vector<uint64_t> words;
    for (const auto& [value, entries] : part.entries) {
      AppendWords(value, words);
    }
    HASHVET_ASSIGN_OR_RETURN(const BitRows rows,
                             BitRows::Create(words, WidthOf(kind)));
    HASHVET_ASSIGN_OR_RETURN(part.index, IndexOver(rows, part.max_distance,
                                                   options.expected_stored));
  }
  return RetroMatcher(std::move(state));
}

namespace {

struct Found {
  size_t stored;
  const NewEntry* entry;
  HashKind kind;
  uint32_t distance;
};

// How far an entry's value is from the stored one, if that is near for it.
using Judge = absl::FunctionRef<std::optional<uint32_t>(const NewEntry&)>;

void AddFound(const std::vector<NewEntry>& entries, size_t stored,
              HashKind kind, Judge judge, std::vector<Found>& found) {
  for (const NewEntry& entry : entries) {
    if (const auto distance = judge(entry); distance.has_value()) {
      found.push_back({stored, &entry, kind, *distance});
    }
  }
}

// The stored hashes of a kind, and where each stands in the block.
absl::Status JoinKind(const KindPart& part, HashKind kind,
                      std::span<const HashValue> stored,
                      const SearchOptions& options, std::vector<Found>& found) {
  std::vector<uint64_t> words;
  std::vector<size_t> places;
  for (size_t s = 0; s < stored.size(); ++s) {
    if (stored[s].kind() != kind) continue;
    AppendWords(stored[s], words);
    places.push_back(s);
  }
  if (places.empty()) return absl::OkStatus();
  HASHVET_ASSIGN_OR_RETURN(const BitRows asked,
                           BitRows::Create(words, WidthOf(kind)));
  return Join(*part.index, asked, part.max_distance, options,
              [&](size_t other, std::span<const Neighbor> near) {
                for (const Neighbor& each : near) {
                  AddFound(
                      *part.rows[each.row], places[other], kind,
                      [&](const NewEntry& entry) {
                        return each.distance <= entry.max_distance
                                   ? std::optional(each.distance)
                                   : std::nullopt;
                      },
                      found);
                }
                return absl::OkStatus();
              });
}

// Under the metric of each list that has a value.
absl::Status JoinVectors(const KindPart& part, HashKind kind,
                         std::span<const HashValue> stored,
                         const SearchOptions& options,
                         std::vector<Found>& found) {
  std::vector<ByteVector144> asked;
  std::vector<size_t> places;
  for (size_t s = 0; s < stored.size(); ++s) {
    if (stored[s].kind() != kind) continue;
    asked.push_back(*stored[s].As<ByteVector144>());
    places.push_back(s);
  }
  if (asked.empty()) return absl::OkStatus();
  const auto add = [&](const Neighbors& near, auto judge) {
    for (size_t q = 0; q < asked.size(); ++q) {
      for (const Neighbor& each : near.of(q)) {
        AddFound(
            *part.rows[each.row], places[q], kind,
            [&](const NewEntry& entry) { return judge(entry, each.distance); },
            found);
      }
    }
  };
  if (part.max_l1.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(
        const Neighbors near,
        part.vectors->SearchL1(asked, *part.max_l1, options));
    add(near,
        [](const NewEntry& entry,
           uint32_t distance) -> std::optional<uint32_t> {
          if (entry.metric != ByteVectorMetric::kL1 ||
              distance > entry.max_distance) {
            return std::nullopt;
          }
          return distance;
        });
  }
  if (part.max_squared_l2.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(
        const Neighbors near,
        part.vectors->SearchSquaredL2(asked, *part.max_squared_l2, options));
    add(near,
        [](const NewEntry& entry, uint32_t squared) -> std::optional<uint32_t> {
          const auto max = SquaredLimit(entry.metric, entry.max_distance);
          if (!max.has_value() || squared > *max) return std::nullopt;
          return entry.metric == ByteVectorMetric::kL2 ? RootRoundedUp(squared)
                                                       : squared;
        });
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RetroMatcher::Match(
    std::span<const HashValue> stored, const SearchOptions& options,
    absl::FunctionRef<absl::Status(const RetroMatch&)> sink) const {
  std::vector<Found> found;
  for (const auto& [kind, part] : state_->kinds) {
    if (part.index != nullptr) {
      HASHVET_RETURN_IF_ERROR(JoinKind(part, kind, stored, options, found));
    } else if (part.vectors.has_value()) {
      HASHVET_RETURN_IF_ERROR(JoinVectors(part, kind, stored, options, found));
    } else {
      for (size_t s = 0; s < stored.size(); ++s) {
        if (stored[s].kind() != kind) continue;
        const auto equal = part.entries.find(stored[s]);
        if (equal != part.entries.end()) {
          AddFound(
              equal->second, s, kind,
              [](const NewEntry&) { return std::optional<uint32_t>(0); },
              found);
        }
      }
    }
  }
  std::ranges::sort(found, {}, [](const Found& f) {
    return std::tuple(f.stored, std::string_view(f.entry->list),
                      std::string_view(f.entry->key), f.kind, f.distance);
  });
  for (const Found& each : found) {
    HASHVET_RETURN_IF_ERROR(sink({.stored = each.stored,
                                  .list = each.entry->list,
                                  .key = each.entry->key,
                                  .category = each.entry->category,
                                  .kind = each.kind,
                                  .distance = each.distance}));
  }
  return absl::OkStatus();
}

}  // namespace hashvet
