#include "src/index/ring_plan.h"

#include <algorithm>
#include <array>

#include "src/index/ring_build.h"
#include "src/index/ring_cost.h"

namespace hashvet {
namespace {

// A plan whose buckets hold this many times what random rows would is worth
// 2,000 steps of looking for a better one.
constexpr double kSkewed = 2.0;
constexpr double kSkewedAtLeast = 4096;  // entries

// Levels that such a search considers: 0 to 3 bits away.
constexpr size_t kLevels = 5;

// Up to here the runs of several queries are cheap to have room for.
constexpr size_t kFewRuns = 4096;

double ProbingNs(const RingPlan::Work& work) {
  return static_cast<double>(work.runs) * ring_cost::kProbeNs +
         static_cast<double>(work.candidates) * ring_cost::kCandidateNs;
}

}  // namespace

kernels::RingRun* RunQueue::Room(size_t count) {
  if (end_ + count > runs_.size()) {
    std::copy(runs_.begin() + static_cast<ptrdiff_t>(begin_),
              runs_.begin() + static_cast<ptrdiff_t>(end_), runs_.begin());
    end_ -= begin_;
    begin_ = 0;
    const size_t wanted = end_ + count;
    if (wanted <= kFewRuns) {
      // So large that few queries move it.
      if (4 * wanted > runs_.size()) runs_.resize(8 * wanted);
    } else if (wanted > runs_.size()) {
      // A large radius: a million runs a query at 256 bits.
      runs_.resize(wanted + wanted / 4);
    }
  }
  return runs_.data() + end_;
}

RingPlan::RingPlan(const RingTables& tables, uint32_t max_distance,
                   double scan_cost)
    : tables_(tables),
      masks_(AllMasks()),
      max_distance_(max_distance),
      rows_(tables.rows.size()),
      chunks_(tables.rows.width_bits() / 16) {
  scan_ns_ = scan_cost * ring_cost::kScanWordNs * static_cast<double>(rows_) *
             static_cast<double>(tables.rows.words_per_row());
  // Even levels are known before the first query: too many probes alone.
  const size_t low = (size_t{max_distance} + 1) / chunks_;
  const size_t left = (size_t{max_distance} + 1) % chunks_;
  const double probes =
      static_cast<double>((chunks_ - left) * ProbesAt(masks_, low) +
                          left * ProbesAt(masks_, low + 1));
  const double entries = probes * static_cast<double>(rows_) / 65'536;
  always_scan_ =
      probes * ring_cost::kProbeNs + entries * ring_cost::kCandidateNs >
      scan_ns_;
  skewed_candidates_ = kSkewed * entries + kSkewedAtLeast;
  // Values that differ in their lowest four bits share a cache line.
  if (always_scan_) return;
  const size_t asked = ProbesAt(masks_, std::max<size_t>(low, 1));
  for (size_t m = 0; m < asked; ++m) {
    if (masks_.masks[m] % 16 == 0) line_masks_.push_back(masks_.masks[m]);
  }
}

double RingPlan::NsOf(const Work& work, size_t verified) {
  return ring_cost::kQueryNs + ProbingNs(work) +
         static_cast<double>(verified) * ring_cost::kVerifyNs;
}

bool RingPlan::DearerThanScan(size_t verified) const {
  return static_cast<double>(verified) * ring_cost::kVerifyNs > scan_ns_;
}

void RingPlan::AppendLines(std::span<const uint64_t> query,
                           std::vector<const void*>& lines) const {
  const size_t before = lines.size();
  lines.resize(before + chunks_ * line_masks_.size());
  const void** line = lines.data() + before;
  for (size_t c = 0; c < chunks_; ++c) {
    const uint32_t* const offsets = OffsetsOf(c);
    const uint16_t value = ChunkOf(query.data(), c);
    for (const uint16_t mask : line_masks_) *line++ = offsets + (value ^ mask);
  }
}

RingPlan::Work RingPlan::AppendRuns(std::span<const uint64_t> query,
                                    RunQueue& queue) const {
  const uint64_t* const words = query.data();
  std::array<uint32_t, kMaxChunks> own;
  for (size_t c = 0; c < chunks_; ++c) {
    const uint32_t* const at = OffsetsOf(c) + ChunkOf(words, c);
    own[c] = at[1] - at[0];
  }
  Work work = RunsAt(EvenLevels(std::span(own).first(chunks_), max_distance_),
                     words, queue);
  // Large buckets are met: fewer bits in their tables, more in others?
  if (static_cast<double>(work.candidates) > skewed_candidates_ &&
      (kLevels - 1) * chunks_ >= size_t{max_distance_} + 1) {
    queue.RemoveLast(work.runs);
    const Work around = RunsAt(LevelsAround(words), words, queue);
    if (ProbingNs(around) < ProbingNs(work)) {
      work = around;
    } else {
      queue.RemoveLast(around.runs);
      work = RunsAt(EvenLevels(std::span(own).first(chunks_), max_distance_),
                    words, queue);
    }
  }
  if (ProbingNs(work) > scan_ns_) {
    queue.RemoveLast(work.runs);
    return {.scan = true};
  }
  return work;
}

RingPlan::Work RingPlan::RunsAt(const Levels& levels, const uint64_t* query,
                                RunQueue& queue) const {
  size_t probes = 0;
  for (size_t c = 0; c < chunks_; ++c) probes += ProbesAt(masks_, levels.of[c]);
  // One more: an empty bucket's is written and then overwritten.
  kernels::RingRun* const first = queue.Room(probes + 1);
  kernels::RingRun* run = first;
  uint64_t candidates = 0;
  for (size_t c = 0; c < chunks_; ++c) {
    const size_t level = levels.of[c];
    if (level == 0) continue;
    const size_t following = c + 1 == chunks_ ? 0 : c + 1;
    const uint16_t value = ChunkOf(query, c);
    const uint16_t next = ChunkOf(query, following);
    const uint32_t* const offsets = OffsetsOf(c);
    const uint64_t table = c * rows_;
    // d_c + d_next <= t_c + t_next + 1, and d_c is the ones of the mask.
    const size_t limit = level + levels.of[following] - 1;
    for (size_t ones = 0; ones < level && ones <= 16; ++ones) {
      const auto max_next =
          static_cast<uint16_t>(std::min<size_t>(limit - ones, 16));
      const size_t masks_end = masks_.count[ones + 1];
      for (size_t m = masks_.count[ones]; m < masks_end; ++m) {
        const uint32_t* const at = offsets + (value ^ masks_.masks[m]);
        const uint32_t begin = at[0];
        const uint32_t count = at[1] - begin;
        candidates += count;
        *run = {table + begin, count, next, max_next};
        run += count != 0 ? 1 : 0;
      }
    }
  }
  const auto runs = static_cast<size_t>(run - first);
  queue.Append(runs);
  return {.runs = runs, .candidates = candidates};
}

// The cheapest levels, with the sizes of the buckets up to a bit away; those
// further away are taken to be as full as these.
Levels RingPlan::LevelsAround(const uint64_t* query) const {
  std::array<double, kMaxChunks* kLevels> cost = {};
  for (size_t c = 0; c < chunks_; ++c) {
    const uint32_t* const offsets = OffsetsOf(c);
    const uint16_t value = ChunkOf(query, c);
    double entries = 0, of_bucket = 0;
    for (size_t level = 1; level < kLevels; ++level) {
      const size_t begin = masks_.count[level - 1];
      const size_t end = masks_.count[level];
      const auto buckets = static_cast<double>(end - begin);
      if (level <= 2) {
        double more = 0;
        for (size_t m = begin; m < end; ++m) {
          const uint32_t* const at = offsets + (value ^ masks_.masks[m]);
          more += at[1] - at[0];
        }
        of_bucket = more / buckets;
      }
      entries += of_bucket * buckets;
      cost[c * kLevels + level] = ProbingNs(
          {.runs = end, .candidates = static_cast<uint64_t>(entries)});
    }
  }
  return CheapestLevels(std::span(cost).first(chunks_ * kLevels), chunks_,
                        kLevels, max_distance_);
}

}  // namespace hashvet
