// Which buckets of a ring index a query looks into.

#ifndef HASHVET_SRC_INDEX_RING_PLAN_H_
#define HASHVET_SRC_INDEX_RING_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hashvet/index/ring_index.h"
#include "src/index/allowances.h"
#include "src/kernels/ring.h"

namespace hashvet {

// Runs of entries for several queries, one query's behind the other's.
class RunQueue {
 public:
  // From the first run not yet removed.
  std::span<kernels::RingRun> runs() {
    return std::span(runs_).subspan(begin_, end_ - begin_);
  }
  // Room for `count` more; Append(n) makes the first n of it part of the queue.
  kernels::RingRun* Room(size_t count);
  void Append(size_t count) { end_ += count; }
  void RemoveFirst(size_t count) { begin_ += count; }
  void RemoveLast(size_t count) { end_ -= count; }

 private:
  std::vector<kernels::RingRun> runs_;
  size_t begin_ = 0, end_ = 0;
};

class RingPlan {
 public:
  // The tables must outlive this. scan_cost: see SearchRing.
  RingPlan(const RingTables& tables, uint32_t max_distance, double scan_cost);

  // True when every query is better answered by looking at every row.
  bool always_scan() const { return always_scan_; }
  // What looking at every row would take, and comparing `rows` of them.
  double scan_ns() const { return scan_ns_; }
  bool DearerThanScan(size_t verified) const;

  // Appends the cache lines that AppendRuns will read for this query.
  void AppendLines(std::span<const uint64_t> query,
                   std::vector<const void*>& lines) const;

  struct Work {
    size_t runs = 0;
    uint64_t candidates = 0;  // entries in them
    bool scan = false;        // dearer than a scan: no runs were appended
  };
  Work AppendRuns(std::span<const uint64_t> query, RunQueue& queue) const;

  // What the work and comparing `verified` rows should take.
  static double NsOf(const Work& work, size_t verified);

 private:
  const uint32_t* OffsetsOf(size_t chunk) const {
    return tables_.offsets.data() + chunk * kRingOffsets;
  }
  Work RunsAt(const Levels& levels, const uint64_t* query,
              RunQueue& queue) const;
  Levels LevelsAround(const uint64_t* query) const;

  const RingTables& tables_;
  const MasksByOnes& masks_;
  const uint32_t max_distance_;
  const size_t rows_;
  const size_t chunks_;
  double scan_ns_;
  bool always_scan_;
  double skewed_candidates_;
  std::vector<uint16_t> line_masks_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_RING_PLAN_H_
