// Which index answers a search soonest, and how long that should take: flat or
// ring, from how many rows there are, how wide, how far and how many queries at
// once. The choice never changes an answer.
//
// The estimate is a count of the work (buckets probed, entries filtered, rows
// compared) times what each cost on one measured machine (planner.cc); on
// another the times differ, and their order rarely does.

#ifndef HASHVET_INDEX_PLANNER_H_
#define HASHVET_INDEX_PLANNER_H_

#include <cstdint>
#include <string>

#include "hashvet/base/export.h"

namespace hashvet {

struct SearchShape {
  uint64_t rows = 0;
  uint32_t width_bits = 256;
  uint32_t max_distance = 31;  // inclusive
  uint64_t batch = 1;          // queries asked at once
};

enum class IndexChoice { kFlat, kRing };

struct SearchPlan {
  IndexChoice choice = IndexChoice::kFlat;
  // One query, one thread, random rows. ring_us is infinite for a width or
  // radius that a ring index does not take.
  double flat_us = 0;
  double ring_us = 0;
  // What the ring index would do for one query.
  double probed = 0;      // buckets
  double candidates = 0;  // entries in them
  double verified = 0;    // rows compared in full

  // One line: the choice, the estimates and what they are made of.
  std::string Explain() const;
};

HASHVET_EXPORT SearchPlan PlanSearch(const SearchShape& shape);

}  // namespace hashvet

#endif  // HASHVET_INDEX_PLANNER_H_
