// Any bytes as a policy file: nothing crashes, every problem is one line, and
// what is accepted gives policies that hold.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "hashvet/matcher/policy_config.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckLines(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    Check(line.starts_with("f:"));
    for (const char c : line) Check(static_cast<unsigned char>(c) >= 0x20);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  std::vector<std::string> problems;
  const auto config = hashvet::ParsePolicyConfig(text, "f", &problems);
  Check(config.ok() == problems.empty());
  CheckLines(problems);
  if (!config.ok()) return 0;

  std::vector<hashvet::ListPolicy> lists;
  for (const hashvet::ListOverride& list : config->lists) {
    lists.push_back({.name = list.name});
  }
  std::vector<std::string> unknown;
  const auto applied = hashvet::Apply(*config, lists, &unknown, &problems);
  Check(unknown.empty());
  Check(applied.ok() == problems.empty());
  CheckLines(problems);
  if (!applied.ok()) return 0;
  for (const hashvet::ListPolicy& list : *applied) {
    Check(hashvet::CheckPolicy(list).ok());
  }
  return 0;
}
