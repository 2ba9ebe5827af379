// The filter of ring.h, written once over the vectors V of a CPU target.
// Included by the ring_<target>.cc files and nothing else; everything has
// internal linkage (cmake/check_kernel_exports.sh).
//
// In a list of ten million random hashes a bucket holds 150 entries, of which
// 0.3 % pass: the loop is a load, a compare and a rarely taken branch for each
// step, and what it waits for is memory. So each run asks for the run
// kRunsAhead behind it, every cache line of it (the hardware's own prefetcher
// only starts once a run is half over), and for the ids of what passes. Into
// level 2: the level-1 cache can wait for half as many lines at once, and
// asking it took longer (twice on AMD Zen 4, a tenth on an Intel Xeon of 2024).
//
// What it does not wait for is branches: buckets of a list hold about the same
// number of entries, but not quite. Steps are long and ends are masked rather
// than looped to, and lines are asked for by the size's class.

#ifndef HASHVET_SRC_KERNELS_RING_FILTER_H_
#define HASHVET_SRC_KERNELS_RING_FILTER_H_

#include "src/kernels/ring.h"

namespace hashvet::kernels {
namespace {

constexpr uint32_t kWordsPerLine = 32;
// Past this the hardware's prefetcher has caught on.
constexpr uint32_t kMaxLinesAhead = 16;

// Asks for the lines of begin, begin + kWordsPerLine and so on, `lines` of
// them, none past last, and that of last: a run begins anywhere in a line.
//
// Always inline: GCC takes a function that only prefetches for one without any
// effect, and drops the calls.
template <uint32_t lines>
[[gnu::always_inline]] inline void AskForLines(const uint16_t* begin,
                                               uint32_t last) {
#pragma GCC unroll 8
  for (uint32_t line = 0; line < lines; ++line) {
    const uint32_t word = line * kWordsPerLine;
    __builtin_prefetch(begin + (word < last ? word : last), 0, 2);
  }
  __builtin_prefetch(begin + last, 0, 2);
}

[[gnu::always_inline]] inline void AskFor(const uint16_t* next,
                                          const RingRun& run) {
  const uint16_t* const begin = next + (run.begin & kEntryMask);
  const uint32_t last = run.count - 1;
  if (last < 2 * kWordsPerLine) {
    AskForLines<2>(begin, last);
  } else if (last < 7 * kWordsPerLine) {
    AskForLines<7>(begin, last);
  } else {
    for (uint32_t word = 0;
         word < last && word <= kMaxLinesAhead * kWordsPerLine;
         word += kWordsPerLine) {
      __builtin_prefetch(begin + word, 0, 2);
    }
    __builtin_prefetch(begin + last, 0, 2);
  }
}

// One for each of the first `count` entries of a step.
[[gnu::always_inline]] inline uint64_t FirstOf(uint32_t count) {
  return count < 64 ? (uint64_t{1} << count) - 1 : ~uint64_t{0};
}

// V has
//
//   kStep                       entries compared at once, at most 64
//   Splat(word)                 a V::Reg with the word in every lane
//   Near(p, left, query, limit)  bit i, for i below left and kStep: at most
//                               limit's ones in p[i] ^ query's. p is not
//                               necessarily aligned; up to 32 words past
//                               p[left - 1] may be read
template <class V>
RingFound Filter(const uint16_t* next, RingRun* runs, size_t run_count,
                 size_t runs_known, const uint32_t* ids, uint64_t* out,
                 size_t room) {
  // Steps in which entries passed: one in twelve at 0.3 %, hence no branch
  // until there are some.
  struct Step {
    uint64_t near;
    uint64_t begin;
  };
  constexpr size_t kMaxSteps = 32;
  Step steps[kMaxSteps];
  size_t step_count = 0;

  uint64_t* const out_begin = out;
  uint64_t* const out_end = out + room;
  const auto write_steps = [&] {
    for (size_t s = 0; s < step_count; ++s) {
      uint64_t near = steps[s].near;
      do {
        const uint64_t entry =
            steps[s].begin + static_cast<uint32_t>(__builtin_ctzll(near));
        __builtin_prefetch(ids + (entry & kEntryMask), 0, 2);
        *out++ = entry;
        near &= near - 1;
      } while (near != 0);
    }
    step_count = 0;
  };

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
    bool too_long = false;
    if (static_cast<size_t>(out_end - out) < step_count * 64 + count)
        [[unlikely]] {
      write_steps();
      const auto left = static_cast<size_t>(out_end - out);
      too_long = left < count;
      if (too_long) {
        count = static_cast<uint32_t>(left);
        run->begin += count;
        run->count -= count;
      }
    }
    const auto query = V::Splat(run->next);
    const auto limit = V::Splat(run->max_next_distance);
    const uint16_t* const entries = next + (begin & kEntryMask);
    for (uint32_t first = 0; first < count; first += V::kStep) {
      steps[step_count].near =
          V::Near(entries + first, count - first, query, limit);
      steps[step_count].begin = begin + first;
      step_count += steps[step_count].near != 0 ? 1 : 0;
      if (step_count == kMaxSteps) [[unlikely]] {
        write_steps();
      }
    }
    if (too_long) {
      write_steps();
      return {static_cast<size_t>(run - runs),
              static_cast<size_t>(out - out_begin)};
    }
  }
  write_steps();
  return {run_count, static_cast<size_t>(out - out_begin)};
}

}  // namespace
}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_RING_FILTER_H_
