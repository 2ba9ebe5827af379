// How far a ring search probes each table: allowances t_c >= -1 whose (t_c + 1)
// sum to max_distance + 1 (index/ring_index.h has the theory).

#ifndef HASHVET_SRC_INDEX_ALLOWANCES_H_
#define HASHVET_SRC_INDEX_ALLOWANCES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace hashvet {

inline constexpr size_t kMaxChunks = 64;

// Levels are t + 1: 0 does not probe a table, 1 probes the query's own bucket,
// 2 those a bit away as well, up to 17, all of them. (More changes nothing, but
// the levels of a large radius have to go somewhere.)
struct Levels {
  std::array<uint16_t, kMaxChunks> of = {};
};

// Words of 16 bits, fewest ones first.
struct MasksByOnes {
  MasksByOnes();
  std::array<uint16_t, 65'536> masks;
  std::array<uint32_t, 18> count;  // count[n]: how many have fewer than n ones
};
const MasksByOnes& AllMasks();

// Buckets that a table probed at `level` looks at.
inline size_t ProbesAt(const MasksByOnes& all, size_t level) {
  return all.count[level < 17 ? level : 17];
}

// Even levels: every table gets (max_distance + 1) / chunks, and those with the
// smallest own buckets one more for what is left.
Levels EvenLevels(std::span<const uint32_t> own_bucket, uint32_t max_distance);

// The levels of least cost. cost[c * levels + l] is what probing table c at
// level l costs, 0 at level 0; levels over levels - 1 are not considered.
// Exact, by dynamic programming: chunks * levels * max_distance steps.
//
// REQUIRES: (levels - 1) * chunks >= max_distance + 1
Levels CheapestLevels(std::span<const double> cost, size_t chunks,
                      size_t levels, uint32_t max_distance);

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_ALLOWANCES_H_
