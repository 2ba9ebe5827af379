// What a list asks of its matches. Stored in the snapshot with the list, and
// overridden, list by list, by the operator's configuration
// (hashvet/matcher/policy_config.h).

#ifndef HASHVET_LIST_LIST_POLICY_H_
#define HASHVET_LIST_LIST_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"

namespace hashvet {

enum class ListRole : uint8_t {
  kMatch = 0,   // its matches are the verdict
  kIgnore = 1,  // known good: what it matches is not reported by other lists
  kShadow = 2,  // its matches are recorded and change no verdict
};

HASHVET_EXPORT std::string_view NameOf(ListRole role);  // "match" …

// How byte vectors (PhotoDNA values) are compared; there is no public right
// choice, so a list that carries them must state one.
enum class ByteVectorMetric : uint8_t {
  kNone = 0,
  kL1 = 1,
  kL2 = 2,
  kSquaredL2 = 3,
};

// How near is near, for one kind of value.
struct KindPolicy {
  HashKind kind = HashKind::kPdq;
  // Inclusive: bits, or a distance under `metric`.
  uint32_t max_distance = 31;
  // Inclusive, at most max_distance: for the seven orientations that are not
  // the original. None: max_distance.
  std::optional<uint32_t> max_distance_rotated;
  ByteVectorMetric metric = ByteVectorMetric::kNone;  // of byte vectors only

  friend bool operator==(const KindPolicy&, const KindPolicy&) = default;
};

// When a list is too old, by its own clock: seconds since
// ListPolicy::current_at; 0: never.
struct StalenessPolicy {
  uint32_t late_after_s = 0;   // told in the status
  uint32_t stale_after_s = 0;  // alarmed; answers unless refuse_stale
  uint32_t expired_after_s =
      0;  // answers list_unavailable unless serve_expired
  bool refuse_stale = false;
  bool serve_expired = false;

  friend bool operator==(const StalenessPolicy&,
                         const StalenessPolicy&) = default;
};

struct ListPolicy {
  std::string name;               // 1 .. 128 of A-Z a-z 0-9 . _ - /
  std::string action = "review";  // label handed back with each match; as name
  ListRole role = ListRole::kMatch;
  int min_quality =
      50;  // of a picture that is asked about, inclusive, 0 .. 100
  // The share of items that are asked of this list at all, in millionths; which
  // ones depends on the item and the seed alone.
  uint32_t sampled_ppm = 1'000'000;
  uint64_t sample_seed = 0;
  StalenessPolicy staleness;
  // When the source last confirmed the list, seconds since 1970; 0: not known,
  // and the list is then as old as its publication or its file.
  uint64_t current_at = 0;
  // Ascending, a kind once. A kind that is not named is compared as
  // DefaultKindPolicy says.
  std::vector<KindPolicy> kinds;

  friend bool operator==(const ListPolicy&, const ListPolicy&) = default;
};

// PDQ within 31 bits, digests equal; none for kinds without a public right
// threshold, whose values are then carried and not matched.
HASHVET_EXPORT std::optional<KindPolicy> DefaultKindPolicy(HashKind kind);

// What holds for a kind in this list: its own policy or the default's.
HASHVET_EXPORT std::optional<KindPolicy> KindPolicyOf(const ListPolicy& list,
                                                      HashKind kind);

// Adds the policy of a kind, or replaces it.
HASHVET_EXPORT void SetKindPolicy(const KindPolicy& kind, ListPolicy& list);

// The largest thresholds that are accepted, inclusive: half of the bits, and
// the largest distance there is under a metric. 0 for digests.
HASHVET_EXPORT uint32_t MaxThreshold(HashKind kind, ByteVectorMetric metric);

// Errors: InvalidArgument, naming the field.
HASHVET_EXPORT absl::Status CheckPolicy(const ListPolicy& policy);

}  // namespace hashvet

#endif  // HASHVET_LIST_LIST_POLICY_H_
