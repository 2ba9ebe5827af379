#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "hashvet/matcher/policy_config.h"

namespace hashvet {
namespace {

template <typename T, typename Of>
void Set(const std::optional<Of>& given, T& field) {
  if (given.has_value()) field = *given;
}

absl::StatusOr<KindPolicy> ApplyKind(const KindOverride& over,
                                     const ListPolicy& list) {
  const std::optional<KindPolicy> own = KindPolicyOf(list, over.kind);
  if (!own.has_value() && !over.max_distance.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        ToAbsl(NameOf(over.kind)),
        " max_distance: got none, want one: the list has none either"));
  }
  KindPolicy kind = own.value_or(KindPolicy{.kind = over.kind});
  if (over.metric != ByteVectorMetric::kNone) {
    // Thresholds under another metric are other numbers.
    if (over.metric != kind.metric) kind.max_distance_rotated.reset();
    kind.metric = over.metric;
  }
  Set(over.max_distance, kind.max_distance);
  if (over.max_distance_rotated.has_value()) {
    kind.max_distance_rotated = over.max_distance_rotated;
  } else if (kind.max_distance_rotated.has_value()) {
    // A threshold that was lowered is not passed by turning the picture.
    kind.max_distance_rotated =
        std::min(*kind.max_distance_rotated, kind.max_distance);
  }
  return kind;
}

absl::StatusOr<ListPolicy> ApplyList(const ListOverride& over,
                                     ListPolicy list) {
  Set(over.role, list.role);
  Set(over.action, list.action);
  Set(over.min_quality, list.min_quality);
  Set(over.sampled_ppm, list.sampled_ppm);
  Set(over.sample_seed, list.sample_seed);
  Set(over.late_after_s, list.staleness.late_after_s);
  Set(over.stale_after_s, list.staleness.stale_after_s);
  Set(over.expired_after_s, list.staleness.expired_after_s);
  Set(over.refuse_stale, list.staleness.refuse_stale);
  Set(over.serve_expired, list.staleness.serve_expired);
  for (const KindOverride& kind : over.kinds) {
    HASHVET_ASSIGN_OR_RETURN(const KindPolicy applied, ApplyKind(kind, list));
    SetKindPolicy(applied, list);
  }
  HASHVET_RETURN_IF_ERROR(CheckPolicy(list));
  return list;
}

}  // namespace

absl::StatusOr<std::vector<ListPolicy>> Apply(
    const PolicyConfig& config, std::span<const ListPolicy> lists,
    std::vector<std::string>* unknown, std::vector<std::string>* problems) {
  std::vector<ListPolicy> applied(lists.begin(), lists.end());
  std::string first_problem;
  for (const ListOverride& over : config.lists) {
    // A hash may have been written in the wrong place.
    const std::string name = WithoutHashes(over.name);
    bool is_known = false;
    for (ListPolicy& list : applied) {
      if (list.name != over.name) continue;
      is_known = true;
      absl::StatusOr<ListPolicy> result = ApplyList(over, list);
      if (result.ok()) {
        list = *std::move(result);
        continue;
      }
      const std::string problem = absl::StrCat(
          over.place, ": list ", name,
          ", with what it says itself: ", result.status().message());
      if (first_problem.empty()) first_problem = problem;
      if (problems != nullptr) problems->push_back(problem);
    }
    if (!is_known && unknown != nullptr) {
      unknown->push_back(absl::StrCat(over.place, ": list ", name,
                                      ": no list of this name is loaded"));
    }
  }
  if (!first_problem.empty()) return absl::InvalidArgumentError(first_problem);
  return applied;
}

}  // namespace hashvet
