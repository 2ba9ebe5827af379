// The scans of byte_vector.h, written once over the vectors V of a CPU target.
// Included by the byte_vector_<target>.cc files and nothing else.
//
// Everything here has internal linkage, so that no copy built for one
// instruction set can be linked into another (cmake/check_kernel_exports.sh).
//
// A scan first computes L1 over the first 32 bytes, which is two instructions a
// vector, and goes on only for groups in which that leaves a row near enough.
// Under squared L2 it is a bound as well: n differences with sum s have squares
// of sum s^2 / n at least (Cauchy and Schwarz), so squares of sum at most t
// leave s at most sqrt(n * t). A list made to pass everywhere costs bound +
// distance, no more.

#ifndef HASHVET_SRC_KERNELS_BYTE_VECTOR_SCAN_H_
#define HASHVET_SRC_KERNELS_BYTE_VECTOR_SCAN_H_

#include "src/kernels/byte_vector.h"

namespace hashvet::kernels {
namespace {

// V has a V::Reg with one word, eight bytes, of each of kLanes rows, and
//
//   Load(p)              kLanes words
//   Splat(p)             the word in every lane
//   AtMost(t, limit)     bit i: lane i of the totals t is at most limit
//   Min(s, t)            of totals, per lane
//   Store(p, t)          kLanes totals as 64-bit numbers
//   kGroups              groups of rows bounded before one test
//
// V::L1 and V::SquaredL2 are metrics M with a sum M::Sum,
//
//   Zero()               no differences
//   Add(sum, a, b)       with those of the words a and b of each lane, for up
//                        to 18 words
//   Total(sum)           per lane

constexpr size_t kGroupWordBytes = kVectorGroupRows * kVectorWordBytes;
constexpr uint32_t kMaxPrefixL1 = kVectorPrefixWords * kVectorWordBytes * 255;

template <class V>
constexpr size_t kRegs = kVectorGroupRows / V::kLanes;  // a word of a group
template <class V>
constexpr size_t kRegBytes = V::kLanes* kVectorWordBytes;

// Adds the differences in `words` words: of the group's from `group` on and of
// the query's from `query` on.
template <class V, class M>
inline void AddWords(const uint8_t* group, const uint8_t* query, size_t words,
                     typename M::Sum* sum) {
  for (size_t w = 0; w < words; ++w) {
    const auto q = V::Splat(query + w * kVectorWordBytes);
    for (size_t r = 0; r < kRegs<V>; ++r) {
      sum[r] = M::Add(
          sum[r], V::Load(group + w * kGroupWordBytes + r * kRegBytes<V>), q);
    }
  }
}

// Bit i: row i of the group has at most that sum.
template <class V, class M>
inline uint32_t AtMost(const typename M::Sum* sum, uint32_t limit) {
  uint32_t rows = 0;
  for (size_t r = 0; r < kRegs<V>; ++r) {
    rows |= V::AtMost(M::Total(sum[r]), limit) << (r * V::kLanes);
  }
  return rows;
}

// Appends the hits among the rows [row, end) of row's group. Sums only grow:
// once all are too large the rest of the bytes need no look.
template <class V, class M>
inline size_t ScanGroup(const Rows144& rows, size_t row, size_t end,
                        const uint8_t* queries, size_t query,
                        uint32_t max_distance, Hit* out) {
  constexpr size_t kMiddleWords = 4;  // doubles what has been looked at
  const uint8_t* q = queries + query * kVectorBytes;
  const uint8_t* prefix = rows.prefix + row * 8 * kVectorPrefixWords;
  const uint8_t* rest = rows.rest + row * 8 * kVectorRestWords;
  typename M::Sum sum[kRegs<V>];
  for (auto& s : sum) s = M::Zero();
  AddWords<V, M>(prefix, q, kVectorPrefixWords, sum);
  if (AtMost<V, M>(sum, max_distance) == 0) return 0;
  q += kVectorPrefixWords * kVectorWordBytes;
  AddWords<V, M>(rest, q, kMiddleWords, sum);
  if (AtMost<V, M>(sum, max_distance) == 0) return 0;
  AddWords<V, M>(rest + kMiddleWords * kGroupWordBytes,
                 q + kMiddleWords * kVectorWordBytes,
                 kVectorRestWords - kMiddleWords, sum);
  uint32_t hits = AtMost<V, M>(sum, max_distance);
  if (end - row < kVectorGroupRows) hits &= (1U << (end - row)) - 1;
  if (hits == 0) return 0;
  uint64_t distances[kVectorGroupRows];
  for (size_t r = 0; r < kRegs<V>; ++r) {
    V::Store(distances + r * V::kLanes, M::Total(sum[r]));
  }
  size_t found = 0;
  for (; hits != 0; hits &= hits - 1) {
    const auto i = static_cast<uint32_t>(__builtin_ctz(hits));
    out[found++] = {static_cast<uint32_t>(query),
                    static_cast<uint32_t>(row) + i,
                    static_cast<uint32_t>(distances[i])};
  }
  return found;
}

// Distances of all rows, no bound first.
template <class V, class M>
size_t ScanWhole(const Rows144& rows, size_t begin, size_t end,
                 const uint8_t* queries, size_t query_count,
                 uint32_t max_distance, Hit* out) {
  size_t found = 0;
  for (size_t row = begin; row < end; row += kVectorGroupRows) {
    for (size_t query = 0; query < query_count; ++query) {
      found += ScanGroup<V, M>(rows, row, end, queries, query, max_distance,
                               out + found);
    }
  }
  return found;
}

// Loads the prefixes of kGroups groups once and compares them with every query,
// with one rarely taken branch a query.
template <class V, class M>
size_t ScanBounded(const Rows144& rows, size_t begin, size_t end,
                   const uint8_t* queries, size_t query_count,
                   uint32_t max_prefix_l1, uint32_t max_distance, Hit* out) {
  constexpr size_t kStep = V::kGroups * kVectorGroupRows;
  size_t found = 0;
  size_t row = begin;
  for (; row + kStep <= end; row += kStep) {
    const uint8_t* prefix = rows.prefix + row * 8 * kVectorPrefixWords;
    typename V::Reg words[V::kGroups][kVectorPrefixWords][kRegs<V>];
    for (size_t g = 0; g < V::kGroups; ++g) {
      for (size_t w = 0; w < kVectorPrefixWords; ++w) {
        for (size_t r = 0; r < kRegs<V>; ++r, prefix += kRegBytes<V>) {
          words[g][w][r] = V::Load(prefix);
        }
      }
    }
    for (size_t query = 0; query < query_count; ++query) {
      const uint8_t* q = queries + query * kVectorBytes;
      typename V::L1::Sum sum[V::kGroups][kRegs<V>];
      for (size_t w = 0; w < kVectorPrefixWords; ++w) {
        const auto word = V::Splat(q + w * kVectorWordBytes);
        for (size_t g = 0; g < V::kGroups; ++g) {
          for (size_t r = 0; r < kRegs<V>; ++r) {
            if (w == 0) sum[g][r] = V::L1::Zero();
            sum[g][r] = V::L1::Add(sum[g][r], words[g][w][r], word);
          }
        }
      }
      auto least = V::L1::Total(sum[0][0]);
      for (size_t g = 0; g < V::kGroups; ++g) {
        for (size_t r = 0; r < kRegs<V>; ++r) {
          least = V::Min(least, V::L1::Total(sum[g][r]));
        }
      }
      if (V::AtMost(least, max_prefix_l1) == 0) [[likely]] {
        continue;
      }
      for (size_t g = 0; g < V::kGroups; ++g) {
        if (AtMost<V, typename V::L1>(sum[g], max_prefix_l1) == 0) continue;
        found += ScanGroup<V, M>(rows, row + g * kVectorGroupRows, end, queries,
                                 query, max_distance, out + found);
      }
    }
  }
  return found + ScanWhole<V, M>(rows, row, end, queries, query_count,
                                 max_distance, out + found);
}

template <class V>
size_t ScanL1(const Rows144& rows, size_t begin, size_t end,
              const uint8_t* queries, size_t query_count, uint32_t max_distance,
              Hit* out) {
  if (max_distance >= kMaxPrefixL1) {  // the prefix alone rules nothing out
    return ScanWhole<V, typename V::L1>(rows, begin, end, queries, query_count,
                                        max_distance, out);
  }
  return ScanBounded<V, typename V::L1>(rows, begin, end, queries, query_count,
                                        max_distance, max_distance, out);
}

// The largest s with s * s <= n.
inline uint32_t SquareRoot(uint64_t n) {
  uint32_t root = 0;
  for (uint32_t bit = 1U << 31; bit != 0; bit >>= 1) {
    const uint64_t next = root | bit;
    if (next * next <= n) root = static_cast<uint32_t>(next);
  }
  return root;
}

template <class V>
size_t ScanSquaredL2(const Rows144& rows, size_t begin, size_t end,
                     const uint8_t* queries, size_t query_count,
                     uint32_t max_distance, Hit* out) {
  const uint32_t max_prefix_l1 = SquareRoot(
      uint64_t{kVectorPrefixWords * kVectorWordBytes} * max_distance);
  if (max_prefix_l1 >= kMaxPrefixL1) {
    return ScanWhole<V, typename V::SquaredL2>(rows, begin, end, queries,
                                               query_count, max_distance, out);
  }
  return ScanBounded<V, typename V::SquaredL2>(
      rows, begin, end, queries, query_count, max_prefix_l1, max_distance, out);
}

}  // namespace
}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_BYTE_VECTOR_SCAN_H_
