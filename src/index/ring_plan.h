// Which buckets of a ring index some queries look into.

#ifndef HASHVET_SRC_INDEX_RING_PLAN_H_
#define HASHVET_SRC_INDEX_RING_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hashvet/index/ring_index.h"
#include "src/index/allowances.h"
#include "src/index/ring_cut.h"
#include "src/kernels/ring.h"

namespace hashvet {

// Runs of entries for several queries, one group's behind the other's.
class RunQueue {
 public:
  // From the first run not yet removed.
  std::span<kernels::RingRun> runs() {
    return {runs_.get() + begin_, end_ - begin_};
  }
  // Room for `count` more; Append(n) makes the first n of it part of the queue.
  kernels::RingRun* Room(size_t count);
  void Append(size_t count) { end_ += count; }
  void RemoveFirst(size_t count) { begin_ += count; }
  void RemoveLast(size_t count) { end_ -= count; }

 private:
  std::unique_ptr<kernels::RingRun[]> runs_;
  size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

class RingPlan {
 public:
  // Queries that look into buckets together: the eight hashes of a picture
  // share many. A run's mark has a bit for each query that asks for it.
  static constexpr size_t kMaxGroup = 8;

  // The tables must outlive this. scan_cost: see SearchRing.
  RingPlan(const RingTables& tables, uint32_t max_distance, double scan_cost);

  // True when every query is better answered by looking at every row.
  bool always_scan() const { return always_scan_; }
  bool DearerThanScan(size_t verified) const;

  // Queries as their chunks, one query's behind the other's.
  using Chunks = std::span<const uint16_t>;
  size_t chunks() const { return cuts_.size(); }
  void CopyChunks(std::span<const uint64_t> query,
                  std::span<uint16_t> chunks) const;

  // How many of these queries, kMaxGroup at most, are worth asking together: 1
  // where they share little.
  size_t GroupOf(BitRows queries) const;

  // Appends the cache lines that AppendRuns will read for these queries.
  void AppendLines(Chunks group, std::vector<const void*>& lines) const;

  struct Work {
    size_t runs = 0;
    uint64_t candidates = 0;  // entries in them
    // No runs were appended: dearer than a scan, or, for a group, to be asked
    // query by query.
    bool refused = false;
  };
  Work AppendRuns(Chunks group, RunQueue& queue) const;

  // What the work and comparing `verified` rows should take.
  static double NsOf(const Work& work, size_t verified);

 private:
  const uint32_t* OffsetsOf(size_t chunk) const {
    return tables_.offsets.data() + chunk * kRingOffsets;
  }
  Levels EvenLevelsOf(Chunks query) const;
  Levels LevelsAround(Chunks query) const;
  Work RunsAt(std::span<const Levels> levels, Chunks group,
              RunQueue& queue) const;

  const RingTables& tables_;
  const MasksByOnes& masks_;
  const uint32_t max_distance_;
  const size_t rows_;
  std::vector<ChunkOf> cuts_;
  double scan_ns_;
  bool always_scan_;
  double probes_;      // of a query at even levels
  double candidates_;  // in them, were the rows random
  std::vector<uint16_t> line_masks_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_RING_PLAN_H_
