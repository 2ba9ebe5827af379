#include "src/index/ring_plan.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "src/index/ring_cost.h"

namespace hashvet {
namespace {

// A plan whose buckets hold this many times what random rows would is worth
// 2,000 steps of looking for a better one.
constexpr double kSkewed = 2.0;
constexpr double kSkewedAtLeast = 4096;  // entries

// A group is worth while where its queries ask for at most this share of the
// values of a chunk that as many strangers would.
constexpr double kShared = 0.75;

// Levels that such a search considers: 0 to 3 bits away.
constexpr size_t kLevels = 5;

// Up to here the runs of several queries are cheap to have room for.
constexpr size_t kFewRuns = 4096;

double ProbingNs(const RingPlan::Work& work) {
  return static_cast<double>(work.runs) * ring_cost::kProbeNs +
         static_cast<double>(work.candidates) * ring_cost::kCandidateNs;
}

// As AllMasks, in buckets: BucketOf is linear.
const MasksByOnes& BucketMasks(RingCut cut) {
  if (cut == RingCut::kInOrder) return AllMasks();
  static const MasksByOnes* const masks = [cut] {
    auto* const of_buckets = new MasksByOnes(AllMasks());
    for (uint16_t& mask : of_buckets->masks) mask = BucketOf(cut, mask);
    return of_buckets;
  }();
  return *masks;
}

}  // namespace

kernels::RingRun* RunQueue::Room(size_t count) {
  if (end_ + count > capacity_) {
    const size_t waiting = end_ - begin_;
    const size_t wanted = waiting + count;
    if (2 * wanted > capacity_) {
      // So large that few queries move it; a large radius has a million runs a
      // query at 256 bits.
      capacity_ = wanted <= kFewRuns ? 4 * wanted : wanted + wanted / 4;
      auto larger =
          std::make_unique_for_overwrite<kernels::RingRun[]>(capacity_);
      std::copy_n(runs_.get() + begin_, waiting, larger.get());
      runs_ = std::move(larger);
    } else {
      std::copy_n(runs_.get() + begin_, waiting, runs_.get());
    }
    begin_ = 0;
    end_ = waiting;
  }
  return runs_.get() + end_;
}

RingPlan::RingPlan(const RingTables& tables, uint32_t max_distance,
                   double scan_cost)
    : tables_(tables),
      masks_(BucketMasks(tables.cut)),
      max_distance_(max_distance),
      rows_(tables.rows.size()) {
  const size_t chunks = tables.rows.width_bits() / 16;
  cuts_.reserve(chunks);
  for (size_t c = 0; c < chunks; ++c) cuts_.emplace_back(tables.cut, c);
  scan_ns_ = scan_cost * ring_cost::kScanWordNs * static_cast<double>(rows_) *
             static_cast<double>(tables.rows.words_per_row());
  // Even levels are known before the first query: too many probes alone.
  const size_t low = (size_t{max_distance} + 1) / chunks;
  const size_t left = (size_t{max_distance} + 1) % chunks;
  probes_ = static_cast<double>((chunks - left) * ProbesAt(masks_, low) +
                                left * ProbesAt(masks_, low + 1));
  candidates_ = probes_ * static_cast<double>(rows_) / 65'536;
  always_scan_ =
      probes_ * ring_cost::kProbeNs + candidates_ * ring_cost::kCandidateNs >
      scan_ns_;
  if (always_scan_) return;
  // Buckets that differ in their lowest bits share a cache line of 16 offsets.
  const size_t asked = ProbesAt(masks_, std::max<size_t>(low, 1));
  for (size_t m = 0; m < asked; ++m) {
    line_masks_.push_back(masks_.masks[m] & 0xFFF0);
  }
  std::ranges::sort(line_masks_);
  const auto repeated = std::ranges::unique(line_masks_);
  line_masks_.erase(repeated.begin(), repeated.end());
}

double RingPlan::NsOf(const Work& work, size_t verified) {
  return ring_cost::kQueryNs + ProbingNs(work) +
         static_cast<double>(verified) * ring_cost::kVerifyNs;
}

bool RingPlan::DearerThanScan(size_t verified) const {
  return static_cast<double>(verified) * ring_cost::kVerifyNs > scan_ns_;
}

void RingPlan::CopyChunks(std::span<const uint64_t> query,
                          std::span<uint16_t> chunks) const {
  for (size_t c = 0; c < cuts_.size(); ++c) chunks[c] = cuts_[c](query.data());
}

size_t RingPlan::GroupOf(BitRows queries) const {
  const size_t count = queries.size();
  // The first quarter tells: by parity, what no turn changes.
  const size_t looked_at = (chunks() + 3) / 4;
  size_t different = 0;
  for (size_t c = 0; c < looked_at; ++c) {
    std::array<uint16_t, kMaxGroup> values;
    for (size_t q = 0; q < count; ++q) {
      values[q] = cuts_[c](queries[q].data());
      const auto end = values.begin() + static_cast<ptrdiff_t>(q);
      if (std::find(values.begin(), end, values[q]) == end) ++different;
    }
    // Strangers are told apart soon.
    if (c == 1 && different == 2 * count) return std::min<size_t>(count, 1);
  }
  const auto all = static_cast<double>(count * looked_at);
  return static_cast<double>(different) <= kShared * all
             ? count
             : std::min<size_t>(count, 1);
}

void RingPlan::AppendLines(Chunks group,
                           std::vector<const void*>& lines) const {
  const size_t before = lines.size();
  lines.resize(before + group.size() * line_masks_.size());
  const void** line = lines.data() + before;
  for (size_t c = 0; c < chunks(); ++c) {
    const uint32_t* const offsets = OffsetsOf(c);
    for (size_t q = c; q < group.size(); q += chunks()) {
      const uint16_t value = group[q];
      size_t earlier = c;
      while (group[earlier] != value) earlier += chunks();
      if (earlier != q) continue;
      const uint16_t bucket = BucketOf(tables_.cut, value);
      for (const uint16_t mask : line_masks_)
        *line++ = offsets + (bucket ^ mask);
    }
  }
  lines.resize(static_cast<size_t>(line - lines.data()));
}

RingPlan::Work RingPlan::AppendRuns(Chunks group, RunQueue& queue) const {
  const size_t count = group.size() / chunks();
  std::array<Levels, kMaxGroup> levels;
  for (size_t q = 0; q < count; ++q) {
    levels[q] = EvenLevelsOf(group.subspan(q * chunks(), chunks()));
  }
  Work work = RunsAt(std::span(levels).first(count), group, queue);
  const double of_probes = static_cast<double>(work.runs) / probes_;
  const bool skewed =
      static_cast<double>(work.candidates) >
      kSkewed * candidates_ * std::max(of_probes, 1.0) + kSkewedAtLeast;
  // Large buckets are met: fewer bits in their tables, more in others?
  if (skewed && count == 1 &&
      (kLevels - 1) * chunks() >= size_t{max_distance_} + 1) {
    queue.RemoveLast(work.runs);
    const Levels around = LevelsAround(group);
    const Work other = RunsAt({&around, 1}, group, queue);
    if (ProbingNs(other) < ProbingNs(work)) {
      work = other;
    } else {
      queue.RemoveLast(other.runs);
      work = RunsAt(std::span(levels).first(1), group, queue);
    }
  }
  if ((skewed && count > 1) || ProbingNs(work) > scan_ns_) {
    queue.RemoveLast(work.runs);
    return {.refused = true};
  }
  return work;
}

Levels RingPlan::EvenLevelsOf(Chunks query) const {
  std::array<uint32_t, kMaxChunks> own;
  for (size_t c = 0; c < chunks(); ++c) {
    const uint32_t* const at = OffsetsOf(c) + BucketOf(tables_.cut, query[c]);
    own[c] = at[1] - at[0];
  }
  return EvenLevels(std::span(own).first(chunks()), max_distance_);
}

namespace {

// What some of a group's queries ask of the buckets around one.
struct Asker {
  uint16_t bucket;  // of their value of the chunk
  uint16_t next;    // and of the one that follows
  uint16_t level;
  uint16_t limit;  // d_c + d_next, inclusive
  uint64_t mark;   // who they are
};

}  // namespace

RingPlan::Work RingPlan::RunsAt(std::span<const Levels> levels, Chunks group,
                                RunQueue& queue) const {
  // One more: an empty bucket's is written and then overwritten.
  size_t room = 1;
  for (const Levels& of_query : levels) {
    for (size_t c = 0; c < chunks(); ++c) {
      room += ProbesAt(masks_, of_query.of[c]);
    }
  }
  kernels::RingRun* const first = queue.Room(room);
  kernels::RingRun* run = first;
  uint64_t candidates = 0;
  for (size_t c = 0; c < chunks(); ++c) {
    const size_t following = c + 1 == chunks() ? 0 : c + 1;
    // Askers of one bucket stand behind each other.
    std::array<Asker, kMaxGroup> askers;
    size_t asker_count = 0;
    size_t highest = 0;
    for (size_t q = 0; q < levels.size(); ++q) {
      const uint16_t level = levels[q].of[c];
      if (level == 0) continue;
      highest = std::max<size_t>(highest, level);
      // d_c + d_next <= t_c + t_next + 1
      const Asker asker = {
          .bucket = BucketOf(tables_.cut, group[q * chunks() + c]),
          .next = group[q * chunks() + following],
          .level = level,
          .limit = static_cast<uint16_t>(level + levels[q].of[following] - 1),
          .mark = uint64_t{1} << (kernels::kEntryBits + q)};
      size_t place = asker_count;
      bool known = false;
      for (size_t a = 0; a < asker_count && !known; ++a) {
        if (askers[a].bucket != asker.bucket) continue;
        place = a + 1;
        if (askers[a].next == asker.next && askers[a].level == asker.level &&
            askers[a].limit == asker.limit) {
          askers[a].mark |= asker.mark;
          known = true;
        }
      }
      if (known) continue;
      std::copy_backward(
          askers.begin() + static_cast<ptrdiff_t>(place),
          askers.begin() + static_cast<ptrdiff_t>(asker_count),
          askers.begin() + static_cast<ptrdiff_t>(asker_count + 1));
      askers[place] = asker;
      ++asker_count;
    }
    const uint32_t* const offsets = OffsetsOf(c);
    const uint64_t table = c * rows_;
    // d_c is the ones of the mask.
    for (size_t ones = 0; ones < highest && ones <= 16; ++ones) {
      const size_t masks_end = masks_.count[ones + 1];
      for (size_t m = masks_.count[ones]; m < masks_end; ++m) {
        for (size_t a = 0; a < asker_count; ++a) {
          const Asker& asker = askers[a];
          if (ones >= asker.level) continue;
          const uint32_t* const at = offsets + (asker.bucket ^ masks_.masks[m]);
          const uint32_t begin = at[0];
          const uint32_t count = at[1] - begin;
          candidates += count;
          *run = {
              (table + begin) | asker.mark, count, asker.next,
              static_cast<uint16_t>(std::min<size_t>(asker.limit - ones, 16))};
          run += count != 0 ? 1 : 0;
        }
      }
    }
  }
  const auto runs = static_cast<size_t>(run - first);
  queue.Append(runs);
  return {.runs = runs, .candidates = candidates};
}

// The cheapest levels, with the sizes of the buckets up to a bit away; those
// further away are taken to be as full as these.
Levels RingPlan::LevelsAround(Chunks query) const {
  std::array<double, kMaxChunks* kLevels> cost = {};
  for (size_t c = 0; c < chunks(); ++c) {
    const uint32_t* const offsets = OffsetsOf(c);
    const uint16_t bucket = BucketOf(tables_.cut, query[c]);
    double entries = 0, of_bucket = 0;
    for (size_t level = 1; level < kLevels; ++level) {
      const size_t begin = masks_.count[level - 1];
      const size_t end = masks_.count[level];
      const auto buckets = static_cast<double>(end - begin);
      if (level <= 2) {
        double more = 0;
        for (size_t m = begin; m < end; ++m) {
          const uint32_t* const at = offsets + (bucket ^ masks_.masks[m]);
          more += at[1] - at[0];
        }
        of_bucket = more / buckets;
      }
      entries += of_bucket * buckets;
      cost[c * kLevels + level] = ProbingNs(
          {.runs = end, .candidates = static_cast<uint64_t>(entries)});
    }
  }
  return CheapestLevels(std::span(cost).first(chunks() * kLevels), chunks(),
                        kLevels, max_distance_);
}

}  // namespace hashvet
