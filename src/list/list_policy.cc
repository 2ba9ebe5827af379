#include "hashvet/list/list_policy.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/index/byte_vector_index.h"

namespace hashvet {
namespace {

constexpr size_t kMaxWordBytes = 128;

bool IsWordCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/';
}

// Names and actions stand in commands, file names, JSON and logs.
absl::Status CheckWord(std::string_view field, std::string_view word) {
  if (word.empty() || word.size() > kMaxWordBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("policy ", ToAbsl(field), ": got ", word.size(),
                     " characters, want 1 to ", kMaxWordBytes));
  }
  const auto foreign =
      std::find_if_not(word.begin(), word.end(), IsWordCharacter);
  if (foreign != word.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "policy ", ToAbsl(field), ": the character at position ",
        foreign - word.begin() + 1, " is none of A-Z a-z 0-9 . _ - /"));
  }
  return absl::OkStatus();
}

absl::Status CheckThreshold(std::string_view field, uint32_t got,
                            uint32_t max) {
  if (got <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "policy ", ToAbsl(field), ": got ", got, ", want 0 to ", max));
}

absl::Status CheckKind(const KindPolicy& policy) {
  const HashKindInfo& info = InfoOf(policy.kind);
  const std::string name(info.name);
  if ((info.family == HashFamily::kByteVector) !=
      (policy.metric != ByteVectorMetric::kNone)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "policy ", name, " metric: ",
        policy.metric == ByteVectorMetric::kNone
            ? "got none, want l1, l2 or squared_l2"
            : "got one, but such values are not compared under a metric"));
  }
  const uint32_t max = MaxThreshold(policy.kind, policy.metric);
  HASHVET_RETURN_IF_ERROR(
      CheckThreshold(name + " max_distance", policy.max_distance, max));
  if (!policy.max_distance_rotated.has_value()) return absl::OkStatus();
  return CheckThreshold(name + " max_distance_rotated",
                        *policy.max_distance_rotated, policy.max_distance);
}

absl::Status CheckStaleness(const StalenessPolicy& policy) {
  uint32_t before = 0;
  for (const uint32_t after_s :
       {policy.late_after_s, policy.stale_after_s, policy.expired_after_s}) {
    if (after_s == 0) continue;
    if (after_s < before) {
      return absl::InvalidArgumentError(
          absl::StrCat("policy staleness: got ", after_s, " s after ", before,
                       " s, want late, stale and expired in this order"));
    }
    before = after_s;
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view NameOf(ListRole role) {
  switch (role) {
    case ListRole::kMatch:
      return "match";
    case ListRole::kIgnore:
      return "ignore";
    case ListRole::kShadow:
      return "shadow";
  }
  return "match";
}

std::optional<KindPolicy> DefaultKindPolicy(HashKind kind) {
  if (kind == HashKind::kPdq) return KindPolicy{.kind = kind};
  if (InfoOf(kind).family == HashFamily::kDigest) {
    return KindPolicy{.kind = kind, .max_distance = 0};
  }
  return std::nullopt;
}

std::optional<KindPolicy> KindPolicyOf(const ListPolicy& list, HashKind kind) {
  for (const KindPolicy& own : list.kinds) {
    if (own.kind == kind) return own;
  }
  return DefaultKindPolicy(kind);
}

void SetKindPolicy(const KindPolicy& kind, ListPolicy& list) {
  const auto at = std::lower_bound(
      list.kinds.begin(), list.kinds.end(), kind,
      [](const KindPolicy& a, const KindPolicy& b) { return a.kind < b.kind; });
  if (at != list.kinds.end() && at->kind == kind.kind) {
    *at = kind;
  } else {
    list.kinds.insert(at, kind);
  }
}

uint32_t MaxThreshold(HashKind kind, ByteVectorMetric metric) {
  const HashKindInfo& info = InfoOf(kind);
  switch (info.family) {
    case HashFamily::kBits:
      return static_cast<uint32_t>(info.size_bytes * 8 / 2);
    case HashFamily::kDigest:
      return 0;
    case HashFamily::kByteVector:
      break;
  }
  switch (metric) {
    case ByteVectorMetric::kL1:
      return kMaxL1Distance;
    case ByteVectorMetric::kL2:
      return static_cast<uint32_t>(kMaxL2Distance);
    case ByteVectorMetric::kSquaredL2:
      return kMaxSquaredL2Distance;
    case ByteVectorMetric::kNone:
      break;
  }
  return 0;
}

absl::Status CheckPolicy(const ListPolicy& policy) {
  HASHVET_RETURN_IF_ERROR(CheckWord("name", policy.name));
  HASHVET_RETURN_IF_ERROR(CheckWord("action", policy.action));
  if (policy.role > ListRole::kShadow) {
    return absl::InvalidArgumentError(
        "policy role: want match, ignore or shadow");
  }
  if (policy.min_quality < 0 || policy.min_quality > 100) {
    return absl::InvalidArgumentError(absl::StrCat(
        "policy min_quality: got ", policy.min_quality, ", want 0 to 100"));
  }
  HASHVET_RETURN_IF_ERROR(
      CheckThreshold("sampled_ppm", policy.sampled_ppm, 1'000'000));
  HASHVET_RETURN_IF_ERROR(CheckStaleness(policy.staleness));
  for (size_t i = 0; i < policy.kinds.size(); ++i) {
    HASHVET_RETURN_IF_ERROR(CheckKind(policy.kinds[i]));
    if (i > 0 && policy.kinds[i - 1].kind >= policy.kinds[i].kind) {
      return absl::InvalidArgumentError(
          "policy kinds: a kind twice, or out of order");
    }
  }
  return absl::OkStatus();
}

}  // namespace hashvet
