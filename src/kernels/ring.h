// Filtering the buckets of a ring multi-index (index/ring_index.h), one table
// per CPU target.
//
// A kernel file includes this and <immintrin.h> or <arm_neon.h>, no more: see
// hamming.h.

#ifndef HASHVET_SRC_KERNELS_RING_H_
#define HASHVET_SRC_KERNELS_RING_H_

#include <stddef.h>
#include <stdint.h>

namespace hashvet::kernels {

// Entries next to each other in `next`, all of one bucket, and what the query
// asks of them.
struct RingRun {
  uint64_t begin;              // the first entry; above kEntryBits, a mark that
                               // comes out with each entry that passes
  uint32_t count;              // at least 1
  uint16_t next;               // the query's bits in the following chunk
  uint16_t max_next_distance;  // inclusive, bits
};

constexpr unsigned kEntryBits = 56;
constexpr uint64_t kEntryMask = (uint64_t{1} << kEntryBits) - 1;

// Words of `next` past the last entry that a filter may read, and ignores.
constexpr size_t kNextPadding = 32;

// How far ahead of the run being filtered memory is asked for, in runs: about
// as many cache lines as a core can have under way.
constexpr size_t kRunsAhead = 32;

struct RingFound {
  size_t runs;     // of those given, how many are done, from the first on
  size_t entries;  // written to `out`
};

// Writes to `out` the entries e of the runs, in order, with at most
// max_next_distance bits set in next[e] ^ run.next. Stops when `out` may be
// full; the run it stopped in, the first not done, then begins where to go on.
//
//   next        16 bits an entry, kNextPadding words longer than its entries
//   runs        run_count runs, and runs_known in all behind each other: the
//               memory of those that come next is asked for. Runs of the same
//               entries behind each other ask once
//   ids         beside `next`: asked for where an entry passes, not read
//   room        entries that `out` holds, at least 1
//
// Never allocates, never throws.
using RingFilterFn = RingFound (*)(const uint16_t* next, RingRun* runs,
                                   size_t run_count, size_t runs_known,
                                   const uint32_t* ids, uint64_t* out,
                                   size_t room);

struct RingTable {
  RingFilterFn filter;
};

extern const RingTable kRingPortable;
extern const RingTable kRingAvx2;
extern const RingTable kRingAvx512;
extern const RingTable kRingNeon;

}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_RING_H_
