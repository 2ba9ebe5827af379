#include "src/cli/policy_check.h"

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

}  // namespace hashvet::cli
