// The operator's policy file: what this deployment asks of each list, in place
// of what the list's snapshot says. docs/hashvet.toml is an example with every
// field.
//
//   snapshot's ListPolicy --Apply(PolicyConfig)--> the ListPolicy that holds
//
// The file is TOML and is read strictly: a field that is not known, of another
// type or out of its range is an error, so that no typing mistake leaves a list
// under a policy that nobody chose. Every problem of a file is told at once.

#ifndef HASHVET_MATCHER_POLICY_CONFIG_H_
#define HASHVET_MATCHER_POLICY_CONFIG_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/list_policy.h"

namespace hashvet {

// A field that the file does not give keeps the list's own value.
struct KindOverride {
  HashKind kind = HashKind::kPdq;
  std::optional<uint32_t> max_distance;
  std::optional<uint32_t> max_distance_rotated;
  ByteVectorMetric metric = ByteVectorMetric::kNone;  // given for byte vectors

  friend bool operator==(const KindOverride&, const KindOverride&) = default;
};

struct ListOverride {
  std::string name;
  std::string place;  // "hashvet.toml:7", for messages
  std::optional<ListRole> role;
  std::optional<std::string> action;
  std::optional<int> min_quality;
  std::optional<uint32_t> sampled_ppm;
  std::optional<uint64_t> sample_seed;
  // Seconds; 0: never.
  std::optional<uint32_t> late_after_s;
  std::optional<uint32_t> stale_after_s;
  std::optional<uint32_t> expired_after_s;
  std::optional<bool> refuse_stale;
  std::optional<bool> serve_expired;
  std::vector<KindOverride> kinds;
};

struct PolicyConfig {
  // Between two known-answer tests of a running matcher, 1 .. 86,400.
  std::optional<uint32_t> selftest_every_s;
  std::vector<ListOverride> lists;  // in the order of the file, a name once
};

// The largest file that is read, inclusive, and the longest line in it: deeper
// nesting than such a line holds could exhaust the parser's stack.
inline constexpr size_t kPolicyConfigMaxBytes = size_t{1} << 20;
inline constexpr size_t kPolicyConfigMaxLineBytes = 512;

// name      of the file, for messages
// problems  where not null, gets every problem, in the order of the file, each
//           reading "name:line:column: what, got, want"; a text that is no TOML
//           has one
//
// Errors: InvalidArgument with the first problem.
HASHVET_EXPORT absl::StatusOr<PolicyConfig> ParsePolicyConfig(
    std::string_view text, std::string_view name,
    std::vector<std::string>* problems = nullptr);

// The same of a file, "-" for standard input.
//
// Errors: those of ReadFile and ParsePolicyConfig, and PermissionDenied for a
// file that everybody may write: whoever did could switch a list off.
HASHVET_EXPORT absl::StatusOr<PolicyConfig> ReadPolicyConfig(
    const std::string& path, std::vector<std::string>* problems = nullptr);

// The policies of these lists, in the same order, each with its override.
//
// unknown   where not null, gets a line for each override of a list that is not
//           among them. That is no error here: a list may come later.
// problems  where not null, gets every problem, as of ParsePolicyConfig
//
// Errors: InvalidArgument with the first problem: an override that, with what
// the list says itself, is none (CheckPolicy), such as a rotated threshold over
// the list's own threshold.
HASHVET_EXPORT absl::StatusOr<std::vector<ListPolicy>> Apply(
    const PolicyConfig& config, std::span<const ListPolicy> lists,
    std::vector<std::string>* unknown = nullptr,
    std::vector<std::string>* problems = nullptr);

}  // namespace hashvet

#endif  // HASHVET_MATCHER_POLICY_CONFIG_H_
