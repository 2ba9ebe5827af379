// What a running matcher says of itself: which generation serves, since when,
// what it last refused and why, and how each list stands. Holds no hash value.

#ifndef HASHVET_MATCHER_MATCHER_STATUS_H_
#define HASHVET_MATCHER_MATCHER_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/matcher/generation.h"
#include "hashvet/matcher/staleness.h"

namespace hashvet {

struct ListStatus {
  std::string name;
  std::string version;  // of its part
  ListRole role = ListRole::kMatch;
  uint64_t entries = 0;
  Staleness staleness = Staleness::kFresh;
  std::optional<uint64_t> age_s;  // since its source confirmed it
  absl::Status answers;           // not OK: too old, and so not asked
  ListPolicy policy;              // the one that holds
  std::vector<Generation::CarriedOnly> carried_only;
};

struct MatcherStatus {
  std::string version;      // of the generation that serves
  uint64_t generation = 0;  // its number, counted from 1
  // All times are seconds since 1970.
  uint64_t serving_since_s = 0;

  // What is on offer and refused just now; OK where nothing is.
  absl::Status refusal;
  // The last of them, whether or not it has been put right; empty: none.
  std::string last_refusal;
  uint64_t last_refusal_s = 0;
  uint64_t refusals = 0;  // how often something else was refused

  // Of the last known-answer test of the generation that serves, where one was
  // made since it began to; what failed is also why searches that find nothing
  // answer list_unavailable.
  absl::Status self_test;
  std::optional<uint64_t> self_test_s;

  // Generations that are replaced and still pinned by a request.
  size_t retired = 0;

  std::vector<ListStatus> lists;
};

}  // namespace hashvet

#endif  // HASHVET_MATCHER_MATCHER_STATUS_H_
