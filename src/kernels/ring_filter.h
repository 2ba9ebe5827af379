// The filter of ring.h, written once over the vectors V of a CPU target.
// Included by the ring_<target>.cc files and nothing else; everything has
// internal linkage (cmake/check_kernel_exports.sh).
//
// In a list of ten million random hashes a bucket holds 150 entries, of which
// 0.3 % pass: the loop is a load, a compare and a rarely taken branch for each
// vector, and what it waits for is memory. So each run asks for the run
// kRunsAhead behind it, every cache line of it (the hardware's own prefetcher
// only starts once a run is half over), for a share of the other lines that
// are wanted, and for the ids of what passes. Entries are looked at once: they
// are kept out of the caches that offsets and rows live in.

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
  const uint16_t* const begin = next + run.begin;
  const uint16_t* const last = begin + run.count - 1;
  __builtin_prefetch(begin, 0, 2);
  __builtin_prefetch(last, 0, 2);  // runs begin anywhere in a line
  if (run.count > kWordsPerLine) {
    const uint32_t lines = run.count / kWordsPerLine;
    const uint32_t asked = lines < kMaxLinesAhead ? lines : kMaxLinesAhead;
    for (uint32_t line = 1; line <= asked; ++line) {
      __builtin_prefetch(begin + line * kWordsPerLine, 0, 2);
    }
  }
}

// V has kLanes lanes of 16 bits, at most 32, in a V::Reg, and
//
//   Splat(word)                 the word in every lane
//   Near(p, query, limit)       bit i: at most limit's ones in p[i] ^ query's;
//                               p not necessarily aligned
template <class V>
RingFound Filter(const uint16_t* next, RingRun* runs, size_t run_count,
                 const RingAhead& ahead, uint64_t* out, size_t room) {
  const size_t lines_a_run =
      run_count == 0 ? 0 : (ahead.line_count + run_count - 1) / run_count;
  size_t line = 0;
  size_t found = 0;
  for (size_t r = 0; r < run_count; ++r) {
    if (r + kRunsAhead < ahead.runs_known) AskFor(next, runs[r + kRunsAhead]);
    for (size_t l = 0; l < lines_a_run && line < ahead.line_count; ++l) {
      __builtin_prefetch(ahead.lines[line++]);
    }
    RingRun& run = runs[r];
    const uint64_t begin = run.begin;
    uint32_t count = run.count;
    const bool too_long = room - found < count;
    if (too_long) [[unlikely]] {
      count = static_cast<uint32_t>(room - found);
      run.begin += count;
      run.count -= count;
    }
    const auto query = V::Splat(run.next);
    const auto limit = V::Splat(run.max_next_distance);
    for (uint32_t first = 0; first < count; first += V::kLanes) {
      uint32_t near = V::Near(next + begin + first, query, limit);
      if (near == 0) [[likely]] {
        continue;
      }
      const uint32_t left = count - first;
      if (left < V::kLanes) near &= (uint32_t{1} << left) - 1;
      for (; near != 0; near &= near - 1) {
        const uint64_t entry =
            begin + first + static_cast<uint32_t>(__builtin_ctz(near));
        __builtin_prefetch(ahead.ids + entry, 0, 2);
        out[found++] = entry;
      }
    }
    if (too_long) [[unlikely]] {
      return {r, found};
    }
  }
  return {run_count, found};
}

}  // namespace
}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_RING_FILTER_H_
