#include "src/cli/near_pairs.h"

#include <span>
#include <utility>
#include <vector>

#include "hashvet/base/status.h"
#include "hashvet/index/planner.h"
#include "hashvet/index/ring_index.h"

namespace hashvet::cli {
namespace {

// Copying and sorting a row into the tables on one thread: a million rows took
// 0.45 s on the machine of ring_cost.h, others running.
constexpr double kRingBuildRowUs = 0.45;

// Fewer queries are done before threads would have started.
constexpr uint64_t kMinQueriesForThreads = 256;

// Of a join's blocks; what matters to the planner is that they are several.
constexpr uint64_t kPlannedBatch = 64;

bool RingIsWorthBuilding(const RangeIndex& own, uint32_t max_distance,
                         uint64_t queries) {
  if (own.name() == "ring") return false;  // it is one
  const SearchPlan plan =
      PlanSearch({own.rows(), own.width_bits(), max_distance, kPlannedBatch});
  const auto asked = static_cast<double>(queries);
  const double build_us = kRingBuildRowUs * static_cast<double>(own.rows());
  return plan.choice == IndexChoice::kRing &&
         build_us + asked * plan.ring_us < asked * plan.flat_us;
}

}  // namespace

absl::StatusOr<NearPairs> NearPairs::Create(const RangeIndex& own,
                                            uint32_t max_distance,
                                            uint64_t queries, size_t threads) {
  NearPairs near;
  near.own_ = &own;
  if (threads != 1 && queries >= kMinQueriesForThreads) {
    near.pool_ = MakeThreadPool(threads);
  }
  if (!RingIsWorthBuilding(own, max_distance, queries)) return near;

  const size_t words_per_row = BitRows::WordsFor(own.width_bits());
  std::vector<uint64_t> words;
  try {
    words.resize(own.rows() * words_per_row);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "no memory for an index of the list's ", own.rows(), " rows"));
  }
  for (size_t row = 0; row < own.rows(); ++row) {
    own.CopyRow(row,
                std::span(words).subspan(row * words_per_row, words_per_row));
  }
  HASHVET_ASSIGN_OR_RETURN(const BitRows rows,
                           BitRows::Create(words, own.width_bits()));
  HASHVET_ASSIGN_OR_RETURN(RingIndex ring,
                           RingIndex::Create(rows, near.pool_.get()));
  near.ring_ = std::make_unique<RingIndex>(std::move(ring));
  return near;
}

SearchOptions NearPairs::options() const {
  SearchOptions options;
  options.executor = pool_.get();
  return options;
}

}  // namespace hashvet::cli
