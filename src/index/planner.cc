#include "hashvet/index/planner.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"
#include "hashvet/index/ring_index.h"
#include "src/index/allowances.h"
#include "src/index/ring_cost.h"

namespace hashvet {
namespace {

// The chance that 16 random bits have at most `ones` ones.
double AtMost(int ones) {
  const MasksByOnes& all = AllMasks();
  return all.count[std::clamp(ones + 1, 0, 17)] / 65'536.0;
}

// Of one table at `level`, its follower at `next_level`.
void AddTable(double rows, size_t level, size_t next_level, SearchPlan& plan) {
  const MasksByOnes& all = AllMasks();
  const double bucket = rows / 65'536;
  for (size_t ones = 0; ones < std::min<size_t>(level, 17); ++ones) {
    const double buckets = all.count[ones + 1] - all.count[ones];
    const int max_next = static_cast<int>(level + next_level - 1 - ones);
    plan.probed += buckets * -std::expm1(-bucket);  // those not empty
    plan.candidates += buckets * bucket;
    plan.verified += buckets * bucket * AtMost(max_next);
  }
}

}  // namespace

SearchPlan PlanSearch(const SearchShape& shape) {
  SearchPlan plan;
  const double rows = static_cast<double>(shape.rows);
  const double words = (shape.width_bits + 63) / 64;
  const bool in_batch = shape.batch > 2;
  double row_ns =
      words * (in_batch ? ring_cost::kScanBatchWordNs : ring_cost::kScanWordNs);
  if (shape.width_bits == 256) {
    for (const ring_cost::FlatNs& flat : ring_cost::kFlat) {
      if (shape.max_distance > flat.max_distance) continue;
      row_ns = in_batch ? flat.batch : flat.lone;
      break;
    }
  }
  plan.flat_us = 1e-3 * rows * row_ns;
  if (shape.width_bits < RingIndex::kMinWidthBits ||
      shape.width_bits > RingIndex::kMaxWidthBits ||
      shape.width_bits % 16 != 0 || shape.max_distance > shape.width_bits) {
    plan.ring_us = std::numeric_limits<double>::infinity();
    return plan;
  }
  const size_t chunks = shape.width_bits / 16;
  const size_t low = (size_t{shape.max_distance} + 1) / chunks;
  const size_t left = (size_t{shape.max_distance} + 1) % chunks;
  for (size_t c = 0; c < chunks; ++c) {
    AddTable(rows, low + (c < left), low + ((c + 1) % chunks < left), plan);
  }
  double probes = 0;  // empty buckets cost as well
  for (size_t c = 0; c < chunks; ++c) {
    probes += static_cast<double>(ProbesAt(AllMasks(), low + (c < left)));
  }
  plan.ring_us = 1e-3 * (ring_cost::kQueryNs + probes * ring_cost::kProbeNs +
                         plan.candidates * ring_cost::kCandidateNs +
                         plan.verified * ring_cost::kVerifyNs);
  if (plan.ring_us < plan.flat_us) plan.choice = IndexChoice::kRing;
  return plan;
}

std::string SearchPlan::Explain() const {
  return absl::StrFormat(
      "%s: ring about %.1f us a query (%.0f buckets, %.0f entries, %.0f rows "
      "compared), flat about %.1f us",
      choice == IndexChoice::kRing ? "ring" : "flat", ring_us, probed,
      candidates, verified, flat_us);
}

}  // namespace hashvet
