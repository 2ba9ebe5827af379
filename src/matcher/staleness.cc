#include "hashvet/matcher/staleness.h"

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {

std::string_view NameOf(Staleness staleness) {
  switch (staleness) {
    case Staleness::kFresh:
      return "fresh";
    case Staleness::kLate:
      return "late";
    case Staleness::kStale:
      return "stale";
    case Staleness::kExpired:
      break;
  }
  return "expired";
}

std::optional<uint64_t> AgeOf(const ListPolicy& list, uint64_t now_s) {
  if (list.current_at == 0) return std::nullopt;
  return now_s > list.current_at ? now_s - list.current_at : 0;
}

Staleness StalenessOf(const ListPolicy& list, uint64_t now_s) {
  const std::optional<uint64_t> age_s = AgeOf(list, now_s);
  if (!age_s.has_value()) return Staleness::kFresh;
  const auto passed = [&](uint32_t after_s) {
    return after_s != 0 && *age_s > after_s;
  };
  if (passed(list.staleness.expired_after_s)) return Staleness::kExpired;
  if (passed(list.staleness.stale_after_s)) return Staleness::kStale;
  if (passed(list.staleness.late_after_s)) return Staleness::kLate;
  return Staleness::kFresh;
}

absl::Status CheckStaleness(const ListPolicy& list, uint64_t now_s) {
  const Staleness staleness = StalenessOf(list, now_s);
  const bool expired = staleness == Staleness::kExpired;
  const bool refused =
      (expired && !list.staleness.serve_expired) ||
      (staleness >= Staleness::kStale && list.staleness.refuse_stale);
  if (!refused) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "list ", list.name, ": ", ToAbsl(NameOf(staleness)), ": confirmed ",
      *AgeOf(list, now_s), " s ago, want at most ",
      expired ? list.staleness.expired_after_s : list.staleness.stale_after_s,
      " s"));
}

}  // namespace hashvet
