// The loops of rows.h, written once over the vectors V of a CPU target.
// Included by the rows_<target>.cc files and nothing else; everything has
// internal linkage (cmake/check_kernel_exports.sh).

#ifndef HASHVET_SRC_KERNELS_ROWS_SCAN_H_
#define HASHVET_SRC_KERNELS_ROWS_SCAN_H_

#include "src/kernels/rows.h"

namespace hashvet::kernels {
namespace {

// V has
//
//   Distance(row, query, words)   ones in row ^ query
//   Block<words>                  kRows rows at a time, of that many words:
//     Block(query, max_distance)
//     Near(rows, distances)       bit i: row i's distance is at most the
//                                 maximum; if any bit is set, all distances
// A Block for targets that gain nothing by several rows at a time.
template <class V, size_t kWords>
struct OneRow {
  static constexpr size_t kRows = 1;
  OneRow(const uint64_t* q, uint32_t max) : query(q), max_distance(max) {}

  uint32_t Near(const uint64_t* row, uint64_t* distances) const {
    distances[0] = V::Distance(row, query, kWords);
    return distances[0] <= max_distance ? 1 : 0;
  }
  const uint64_t* query;
  uint32_t max_distance;
};

template <class V>
size_t ScanLeft(const uint64_t* rows, size_t words, size_t begin, size_t end,
                const uint64_t* query, uint32_t query_number,
                uint32_t max_distance, Hit* out) {
  size_t found = 0;
  for (size_t row = begin; row < end; ++row) {
    const uint32_t distance = V::Distance(rows + row * words, query, words);
    if (distance <= max_distance) {
      out[found++] = {query_number, static_cast<uint32_t>(row), distance};
    }
  }
  return found;
}

template <class V, size_t kWords>
size_t ScanBlocks(const uint64_t* rows, size_t begin, size_t end,
                  const uint64_t* query, uint32_t query_number,
                  uint32_t max_distance, Hit* out) {
  using Block = typename V::template Block<kWords>;
  constexpr size_t kRows = Block::kRows;
  const Block block(query, max_distance);
  size_t found = 0;
  size_t row = begin;
  for (; row + kRows <= end; row += kRows) {
    uint64_t distances[kRows];
    uint32_t near = block.Near(rows + row * kWords, distances);
    for (; near != 0; near &= near - 1) {
      const auto i = static_cast<uint32_t>(__builtin_ctz(near));
      out[found++] = {query_number, static_cast<uint32_t>(row) + i,
                      static_cast<uint32_t>(distances[i])};
    }
  }
  return found + ScanLeft<V>(rows, kWords, row, end, query, query_number,
                             max_distance, out + found);
}

template <class V>
inline size_t Scan(const uint64_t* rows, size_t words, size_t begin, size_t end,
                   const uint64_t* query, uint32_t query_number,
                   uint32_t max_distance, Hit* out) {
  switch (words) {
    case 1:
      return ScanBlocks<V, 1>(rows, begin, end, query, query_number,
                              max_distance, out);
    case 4:
      return ScanBlocks<V, 4>(rows, begin, end, query, query_number,
                              max_distance, out);
    default:
      return ScanLeft<V>(rows, words, begin, end, query, query_number,
                         max_distance, out);
  }
}

// kWords is words where that is known, and 0 elsewhere.
template <class V, size_t kWords>
size_t CheckEach(const uint64_t* rows, size_t words, const uint32_t* ids,
                 size_t count, const uint64_t* query, uint32_t query_number,
                 uint32_t max_distance, Hit* out) {
  if (kWords != 0) words = kWords;
  size_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t distance = V::Distance(rows + ids[i] * words, query, words);
    out[found] = {query_number, ids[i], distance};
    found += distance <= max_distance ? 1 : 0;
  }
  return found;
}

template <class V>
inline size_t Check(const uint64_t* rows, size_t words, const uint32_t* ids,
                    size_t count, const uint64_t* query, uint32_t query_number,
                    uint32_t max_distance, Hit* out) {
  const auto check = words == 1   ? CheckEach<V, 1>
                     : words == 4 ? CheckEach<V, 4>
                                  : CheckEach<V, 0>;
  return check(rows, words, ids, count, query, query_number, max_distance, out);
}

}  // namespace
}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_ROWS_SCAN_H_
