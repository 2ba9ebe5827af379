// The filter of ring.h, written once over the vectors V of a CPU target.
// Included by the ring_<target>.cc files and nothing else; everything has
// internal linkage (cmake/check_kernel_exports.sh).
//
// In a list of ten million random hashes a bucket holds 150 entries, of which
// 0.3 % pass: the loop is a load, a compare and a rarely taken branch for each
// vector, and what it waits for is memory. So each run asks for the run
// kRunsAhead behind it, every cache line of it (the hardware's own prefetcher
// only starts once a run is half over), and for the ids of what passes. Into
// level 2: the level-1 cache can wait for half as many lines at once, and
// asking it took twice as long (AMD Zen 4).

#ifndef HASHVET_SRC_KERNELS_RING_FILTER_H_
#define HASHVET_SRC_KERNELS_RING_FILTER_H_

#include "src/kernels/ring.h"

namespace hashvet::kernels {
namespace {

constexpr uint32_t kWordsPerLine = 32;
// Past this the hardware's prefetcher has caught on.
constexpr uint32_t kMaxLinesAhead = 16;

// Always inline: GCC takes a function that only prefetches for one without any
// effect, and drops the calls.
[[gnu::always_inline]] inline void AskFor(const uint16_t* next,
                                          const RingRun& run) {
  const uint16_t* const begin = next + (run.begin & kEntryMask);
  // Runs begin anywhere in a line.
  const uint32_t lines = (run.count - 1) / kWordsPerLine;
  const uint32_t asked = lines < kMaxLinesAhead ? lines : kMaxLinesAhead;
  for (uint32_t line = 0; line <= asked; ++line) {
    __builtin_prefetch(begin + line * kWordsPerLine, 0, 2);
  }
  __builtin_prefetch(begin + run.count - 1, 0, 2);
}

// V has kLanes lanes of 16 bits, at most 32, in a V::Reg, and
//
//   Splat(word)                 the word in every lane
//   Near(p, query, limit)       bit i: at most limit's ones in p[i] ^ query's;
//                               p not necessarily aligned
template <class V>
RingFound Filter(const uint16_t* next, RingRun* runs, size_t run_count,
                 size_t runs_known, const uint32_t* ids, uint64_t* out,
                 size_t room) {
  uint64_t* const out_begin = out;
  uint64_t* const out_end = out + room;
  RingRun* const end = runs + run_count;
  RingRun* const known = runs + runs_known;
  for (RingRun* run = runs; run != end; ++run) {
    if (static_cast<size_t>(known - run) > kRunsAhead) {
      const RingRun& ahead = run[kRunsAhead];
      if (((ahead.begin ^ (&ahead)[-1].begin) & kEntryMask) != 0) {
        AskFor(next, ahead);
      }
    }
    const uint64_t begin = run->begin;
    uint32_t count = run->count;
    const bool too_long = static_cast<size_t>(out_end - out) < count;
    if (too_long) [[unlikely]] {
      count = static_cast<uint32_t>(out_end - out);
      run->begin += count;
      run->count -= count;
    }
    const auto query = V::Splat(run->next);
    const auto limit = V::Splat(run->max_next_distance);
    const uint16_t* const entries = next + (begin & kEntryMask);
    for (uint32_t first = 0; first < count; first += V::kLanes) {
      uint32_t near = V::Near(entries + first, query, limit);
      if (near == 0) [[likely]] {
        continue;
      }
      const uint32_t left = count - first;
      if (left < V::kLanes) near &= (uint32_t{1} << left) - 1;
      for (; near != 0; near &= near - 1) {
        const uint64_t entry =
            begin + first + static_cast<uint32_t>(__builtin_ctz(near));
        __builtin_prefetch(ids + (entry & kEntryMask), 0, 2);
        *out++ = entry;
      }
    }
    if (too_long) [[unlikely]] {
      return {static_cast<size_t>(run - runs),
              static_cast<size_t>(out - out_begin)};
    }
  }
  return {run_count, static_cast<size_t>(out - out_begin)};
}

}  // namespace
}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_RING_FILTER_H_
