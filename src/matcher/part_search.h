// Which entries of one part of a generation are near: a base and its overlay,
// searched and merged, each entry judged by its own list's limit. Requests and
// the known-answer test both ask here. Private to the matcher layer.

#ifndef HASHVET_SRC_MATCHER_PART_SEARCH_H_
#define HASHVET_SRC_MATCHER_PART_SEARCH_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/hash/orientation.h"
#include "hashvet/matcher/generation.h"

namespace hashvet {

// How near an entry must be, inclusive.
struct Limit {
  uint32_t original;
  uint32_t rotated;  // at most `original`: of the other seven orientations
  ByteVectorMetric metric = ByteVectorMetric::kNone;  // of byte vectors

  friend bool operator==(const Limit&, const Limit&) = default;
};

Limit LimitOf(const KindPolicy& policy);

// Of a part's lists, by number; none: the list is not asked.
struct Limits {
  std::vector<std::optional<Limit>> lists;
  std::optional<Limit> canaries;  // none: they stay hidden
};

// One picture or value. Points into the caller's data.
struct Query {
  // Of a picture under PDQ: as it is, then its other orientations; 1 ..
  // kOrientations of a variant.
  // Several variants lie one behind the other, `turns` orientations each.
  std::span<const Hash256> orientations = {};
  size_t turns = kOrientations;
  // Else: a value of another origin or kind, and likewise its orientations.
  std::span<const HashValue> values = {};
};

struct Found {
  const SnapshotReader* file;  // the part's base or overlay
  uint32_t row;
  EntryView entry;
  // Bits; 0 for digests; under its list's metric for byte vectors, a root
  // rounded up.
  uint32_t distance;
  Orientation orientation;
  size_t variant = 0;  // of the query, in its order
};

// What is found for each query, in the order of the queries; an entry once,
// with the nearest orientation that its list's limit allows, the first of those
// that are equal. An entry that base and overlay both have is the base's.
//
//   kind     every query's
//
// Errors: those of the index that is searched.
absl::StatusOr<std::vector<std::vector<Found>>> SearchPart(
    const Generation::Part& part, HashKind kind, std::span<const Query> queries,
    const Limits& limits, const SearchOptions& options);

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_PART_SEARCH_H_
