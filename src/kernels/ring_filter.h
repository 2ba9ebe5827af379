// The filter of ring.h, written once over the vectors V of a CPU target.
// Included by the ring_<target>.cc files and nothing else; everything has
// internal linkage (cmake/check_kernel_exports.sh).
//
// In a list of ten million random hashes a bucket holds 150 entries, of which
// 0.3 % pass: the loop is a load, a compare and a rarely taken branch for each
// vector, and what it waits for is memory. So each run asks for the run
// kRunsAhead behind it, every cache line of it: the hardware's own prefetcher
// only starts once a run is half over.

#ifndef HASHVET_SRC_KERNELS_RING_FILTER_H_
#define HASHVET_SRC_KERNELS_RING_FILTER_H_

#include "src/kernels/ring.h"

namespace hashvet::kernels {
namespace {

constexpr uint32_t kWordsPerLine = 32;
// Past this the hardware's prefetcher has caught on.
constexpr uint32_t kMaxLinesAhead = 16;

inline void AskFor(const uint16_t* next, const RingRun& run) {
  const uint16_t* const begin = next + run.begin;
  const uint32_t lines = (run.count + kWordsPerLine - 1) / kWordsPerLine;
  const uint32_t asked = lines < kMaxLinesAhead ? lines : kMaxLinesAhead;
  for (uint32_t line = 0; line < asked; ++line) {
    __builtin_prefetch(begin + line * kWordsPerLine, 0, 0);
  }
  __builtin_prefetch(begin + run.count - 1, 0, 0);  // runs begin anywhere in a line
}

// V has kLanes lanes of 16 bits, at most 32, in a V::Reg, and
//
//   Splat(word)                 the word in every lane
//   Near(p, query, limit)       bit i: at most limit's ones in p[i] ^ query's;
//                               p not necessarily aligned
template <class V>
RingFound Filter(const uint16_t* next, RingRun* runs, size_t run_count,
                 size_t runs_known, uint64_t* out, size_t room) {
  size_t found = 0;
  for (size_t r = 0; r < run_count; ++r) {
    if (r + kRunsAhead < runs_known) AskFor(next, runs[r + kRunsAhead]);
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
        out[found++] =
            begin + first + static_cast<uint32_t>(__builtin_ctz(near));
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
