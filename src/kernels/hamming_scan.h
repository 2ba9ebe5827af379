// The scan of hamming.h, written once over the vectors V of a CPU target.
// Included by the hamming_<target>.cc files and nothing else.
//
// Everything here has internal linkage, so that no copy built for one
// instruction set can be linked into another (cmake/check_kernel_exports.sh).
//
// A scan computes for each row a *bound*, never above the row's distance, and
// computes distances only for vectors in which a bound passes. A list made to
// pass everywhere therefore costs bound + distance, no more.
//
//   bound   of prefix words a b c d and a query's       random rows passing
//   Sum96   ones in a^qa, b^qb, c^qc                    4 in 10,000 at 31
//   Or128   ones in (a^qa)|(b^qb), (c^qc)|(d^qd)        8 in 10,000 at 36
//   Sum128  ones in a^qa, b^qb, c^qc, d^qd              4 in 1,000 at 48
//
// Or128 is as sharp as Sum96 and takes fewer instructions; Sum96 reads a
// quarter less memory, which is what counts for a query alone.

#ifndef HASHVET_SRC_KERNELS_HAMMING_SCAN_H_
#define HASHVET_SRC_KERNELS_HAMMING_SCAN_H_

#include "src/kernels/hamming.h"

namespace hashvet::kernels {
namespace {

// V has kLanes lanes of 32 bits, one row each, in a V::Reg, and
//
//   Load(p), Store(p, a)       kLanes words, p not necessarily aligned
//   Splat(word)                the word in every lane
//   Xor(a, b), OrXor(x, a, b)  a ^ b; x | (a ^ b)
//   Add(a, b), Min(a, b)       per lane
//   Total(Count(a))            ones per lane; Count(a) may be any form of it
//                              that adds up: Total(Add(Count(a), Count(b))),
//                              for up to seven counts
//   RestTotal(rest, query)     ones in bits 128..255 of kLanes rows ^ query's
//   AtMost(a, limit)           bit i: lane i of a is at most limit's
//   kVectors                   vectors of rows bounded before one test
//   kLoneQueries               up to how many are bound by memory, not work

constexpr size_t kQueryWords = 4;

// The prefix words of a query, each in every lane.
template <class V>
struct QueryLanes {
  explicit QueryLanes(const uint64_t* query)
      : w{V::Splat(static_cast<uint32_t>(query[0])),
          V::Splat(static_cast<uint32_t>(query[0] >> 32)),
          V::Splat(static_cast<uint32_t>(query[1])),
          V::Splat(static_cast<uint32_t>(query[1] >> 32))} {}
  typename V::Reg w[4];
};

// Appends row's hit, if it is one.
inline size_t ScanRow(const Planes256& planes, size_t row,
                      const uint64_t* queries, size_t query,
                      uint32_t max_distance, Hit* out) {
  const uint64_t* q = queries + query * kQueryWords;
  int distance = 0;
  for (size_t p = 0; p < 4; ++p) {
    const auto word = static_cast<uint32_t>(q[p / 2] >> (p % 2 * 32));
    distance += __builtin_popcount(planes.prefix[p][row] ^ word);
  }
  for (size_t w = 0; w < 2; ++w) {
    distance += __builtin_popcountll(planes.rest[2 * row + w] ^ q[2 + w]);
  }
  if (static_cast<uint32_t>(distance) > max_distance) return 0;
  *out = {static_cast<uint32_t>(query), static_cast<uint32_t>(row),
          static_cast<uint32_t>(distance)};
  return 1;
}

// Appends the hits among kLanes rows from `row` on. With kPrefixFirst, `rest`,
// which may be out of cache, is read only if the first 128 bits leave a row
// near enough.
template <class V, bool kPrefixFirst>
inline size_t ScanVector(const Planes256& planes, size_t row,
                         const uint64_t* queries, size_t query,
                         uint32_t max_distance, Hit* out) {
  const uint64_t* words = queries + query * kQueryWords;
  const QueryLanes<V> q(words);
  const auto limit = V::Splat(max_distance);
  auto count = V::Count(V::Xor(V::Load(planes.prefix[0] + row), q.w[0]));
  for (size_t p = 1; p < 4; ++p) {
    count = V::Add(count,
                   V::Count(V::Xor(V::Load(planes.prefix[p] + row), q.w[p])));
  }
  auto distance = V::Total(count);
  if (kPrefixFirst && V::AtMost(distance, limit) == 0) return 0;
  distance = V::Add(distance, V::RestTotal(planes.rest + 2 * row, words + 2));
  uint32_t hits = V::AtMost(distance, limit);
  if (hits == 0) return 0;
  uint32_t distances[V::kLanes];
  V::Store(distances, distance);
  size_t found = 0;
  for (; hits != 0; hits &= hits - 1) {
    const auto lane = static_cast<uint32_t>(__builtin_ctz(hits));
    out[found++] = {static_cast<uint32_t>(query),
                    static_cast<uint32_t>(row) + lane, distances[lane]};
  }
  return found;
}

// Distances of all rows, no bound first: vectors, then rows left over.
template <class V>
size_t ScanWhole(const Planes256& planes, size_t begin, size_t end,
                 const uint64_t* queries, size_t query_count,
                 uint32_t max_distance, Hit* out) {
  size_t found = 0;
  size_t row = begin;
  for (; row + V::kLanes <= end; row += V::kLanes) {
    for (size_t q = 0; q < query_count; ++q) {
      found += ScanVector<V, false>(planes, row, queries, q, max_distance,
                                    out + found);
    }
  }
  for (; row < end; ++row) {
    for (size_t q = 0; q < query_count; ++q) {
      found += ScanRow(planes, row, queries, q, max_distance, out + found);
    }
  }
  return found;
}

enum class Bound { kSum96, kOr128, kSum128 };

// r: one vector of each prefix plane that the bound reads.
template <class V, Bound kBound>
inline typename V::Reg BoundOf(const typename V::Reg* r,
                               const QueryLanes<V>& q) {
  const auto first = V::Xor(r[0], q.w[0]);
  const auto third = V::Xor(r[2], q.w[2]);
  if constexpr (kBound == Bound::kOr128) {
    return V::Total(V::Add(V::Count(V::OrXor(first, r[1], q.w[1])),
                           V::Count(V::OrXor(third, r[3], q.w[3]))));
  } else {
    auto count = V::Add(V::Count(first), V::Count(third));
    count = V::Add(count, V::Count(V::Xor(r[1], q.w[1])));
    if constexpr (kBound == Bound::kSum128) {
      count = V::Add(count, V::Count(V::Xor(r[3], q.w[3])));
    }
    return V::Total(count);
  }
}

// Loads kVectors vectors of rows once and compares them with every query, with
// one rarely taken branch a query.
template <class V, Bound kBound>
size_t ScanBounded(const Planes256& planes, size_t begin, size_t end,
                   const uint64_t* queries, size_t query_count,
                   uint32_t max_distance, Hit* out) {
  constexpr size_t kPlanes = kBound == Bound::kSum96 ? 3 : 4;
  constexpr size_t kStep = V::kVectors * V::kLanes;
  const auto limit = V::Splat(max_distance);
  size_t found = 0;
  size_t row = begin;
  for (; row + kStep <= end; row += kStep) {
    typename V::Reg rows[V::kVectors][kPlanes];
    for (size_t v = 0; v < V::kVectors; ++v) {
      for (size_t p = 0; p < kPlanes; ++p) {
        rows[v][p] = V::Load(planes.prefix[p] + row + v * V::kLanes);
      }
    }
    for (size_t query = 0; query < query_count; ++query) {
      const QueryLanes<V> q(queries + query * kQueryWords);
      typename V::Reg bound[V::kVectors];
      for (size_t v = 0; v < V::kVectors; ++v) {
        bound[v] = BoundOf<V, kBound>(rows[v], q);
      }
      auto least = bound[0];
      for (size_t v = 1; v < V::kVectors; ++v) least = V::Min(least, bound[v]);
      if (V::AtMost(least, limit) == 0) [[likely]] {
        continue;
      }
      for (size_t v = 0; v < V::kVectors; ++v) {
        if (V::AtMost(bound[v], limit) == 0) continue;
        found += ScanVector<V, true>(planes, row + v * V::kLanes, queries,
                                     query, max_distance, out + found);
      }
    }
  }
  return found + ScanWhole<V>(planes, row, end, queries, query_count,
                              max_distance, out + found);
}

// Up to which distance each bound is the fastest way, as measured (README.md).
constexpr uint32_t kMaxDistanceSum96 = 31;
constexpr uint32_t kMaxDistanceOr128 = 36;
constexpr uint32_t kMaxDistanceSum128 = 48;

template <class V>
inline size_t Scan(const Planes256& planes, size_t begin, size_t end,
                   const uint64_t* queries, size_t query_count,
                   uint32_t max_distance, Hit* out) {
  auto* scan = ScanWhole<V>;
  if (max_distance <= kMaxDistanceSum96 && query_count <= V::kLoneQueries) {
    scan = ScanBounded<V, Bound::kSum96>;
  } else if (max_distance <= kMaxDistanceOr128) {
    scan = ScanBounded<V, Bound::kOr128>;
  } else if (max_distance <= kMaxDistanceSum128) {
    scan = ScanBounded<V, Bound::kSum128>;
  }
  return scan(planes, begin, end, queries, query_count, max_distance, out);
}

}  // namespace
}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_HAMMING_SCAN_H_
