#include "hashvet/ledger/density.h"

#include <algorithm>
#include <utility>

#include "hashvet/base/status.h"
#include "hashvet/index/join.h"
#include "hashvet/index/ring_index.h"

namespace hashvet {

absl::StatusOr<std::vector<DenseEntry>> FindDense(Ledger& ledger,
                                                  const std::string& list,
                                                  Executor* executor) {
  HASHVET_ASSIGN_OR_RETURN(const LedgerList known, ledger.FindList(list));
  const auto policy = KindPolicyOf(known.policy, HashKind::kPdq);
  if (!policy.has_value()) return std::vector<DenseEntry>();
  std::vector<Hash256> rows;
  HASHVET_RETURN_IF_ERROR(
      ledger.ForEachEntry(list, [&](const LedgerEntry& entry) {
        for (const EntryValue& value : entry.said.values) {
          if (const auto* hash = value.value.As<Hash256>();
              value.value.kind() == HashKind::kPdq) {
            rows.push_back(*hash);
          }
        }
        return absl::OkStatus();
      }));
  std::ranges::sort(rows);
  const auto rest = std::ranges::unique(rows);
  rows.erase(rest.begin(), rest.end());
  HASHVET_ASSIGN_OR_RETURN(const RingIndex index,
                           RingIndex::Create(rows, executor));
  std::vector<uint32_t> near(rows.size());
  HASHVET_RETURN_IF_ERROR(
      SelfJoin(index, policy->max_distance, {.executor = executor},
               [&](size_t row, std::span<const Neighbor> before) {
                 near[row] += static_cast<uint32_t>(before.size());
                 for (const Neighbor& each : before) ++near[each.row];
                 return absl::OkStatus();
               }));
  std::vector<DenseEntry> dense;
  HASHVET_RETURN_IF_ERROR(
      ledger.ForEachEntry(list, [&](const LedgerEntry& entry) {
        uint64_t most = 0;
        for (const EntryValue& value : entry.said.values) {
          if (value.value.kind() != HashKind::kPdq) continue;
          const auto found =
              std::ranges::lower_bound(rows, *value.value.As<Hash256>());
          if (found == rows.end() || *found != *value.value.As<Hash256>()) {
            continue;  // it came meanwhile
          }
          most = std::max<uint64_t>(
              most, near[static_cast<size_t>(found - rows.begin())]);
        }
        if (most > kMaxNearValues) dense.push_back({entry.said.key, most});
        return absl::OkStatus();
      }));
  std::ranges::stable_sort(dense, [](const DenseEntry& a, const DenseEntry& b) {
    return a.near_values > b.near_values;
  });
  return dense;
}

}  // namespace hashvet
