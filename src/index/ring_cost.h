// What the parts of a search cost, for the planner and for a ring search that
// must know when to stop probing and look at every row.
//
// Nanoseconds on one core of an AMD EPYC (Zen 4, virtual machine), AVX-512, fit
// to `hashvet bench search` from 10,000 to 10,000,000 rows.

#ifndef HASHVET_SRC_INDEX_RING_COST_H_
#define HASHVET_SRC_INDEX_RING_COST_H_

#include <cstdint>

namespace hashvet::ring_cost {

inline constexpr double kQueryNs = 600;
inline constexpr double kProbeNs = 10;        // a bucket, its memory under way
inline constexpr double kCandidateNs = 0.27;  // an entry: two bytes
inline constexpr double kVerifyNs = 14;       // a row, from memory

// A row kept whole looked at by itself, and in a batch, by 64-bit words a row.
inline constexpr double kScanWordNs = 0.28;
inline constexpr double kScanBatchWordNs = 0.07;

// A row of the flat index, by the largest distance that its bounds are good for
// (kernels/README.md): from memory by itself, and in a batch.
struct FlatNs {
  uint32_t max_distance;
  double lone, batch;
};
inline constexpr FlatNs kFlat[] = {
    {36, 0.46, 0.083}, {48, 0.6, 0.16}, {256, 1.2, 0.42}};

}  // namespace hashvet::ring_cost

#endif  // HASHVET_SRC_INDEX_RING_COST_H_
