#include "src/cli/policy_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/matcher/policy_config.h"

namespace hashvet::cli {

std::vector<std::string> PoliciesOfNoList(const std::string& policy,
                                          std::span<const ListStatus> lists) {
  std::vector<std::string> unknown;
  if (policy.empty() || policy == "-") return unknown;
  const auto config = ReadPolicyConfig(policy);
  if (!config.ok()) return unknown;
  std::vector<ListPolicy> policies;
  for (const ListStatus& list : lists) policies.push_back(list.policy);
  // What it applies to was judged when the lists were opened.
  (void)Apply(*config, policies, &unknown);
  return unknown;
}

std::vector<std::string> CarriedOnlyLines(std::span<const std::string> only,
                                          std::span<const ListStatus> lists) {
  std::vector<std::string> lines;
  for (const ListStatus& list : lists) {
    if (!only.empty() && std::ranges::count(only, list.policy.name) == 0) {
      continue;
    }
    for (const Generation::CarriedOnly& carried : list.carried_only) {
      lines.push_back(absl::StrCat(
          "list ", list.policy.name, ": ", carried.entries, " ",
          ToAbsl(NameOf(carried.kind)),
          carried.entries == 1 ? " entry" : " entries",
          " carried only: no threshold, want one in a policy file: --policy"));
    }
  }
  return lines;
}

}  // namespace hashvet::cli
