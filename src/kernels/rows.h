// Distances of rows kept whole, one behind the other, of any width: one table
// per CPU target.
//
// A kernel file includes this and <immintrin.h> or <arm_neon.h>, no more: see
// hamming.h.

#ifndef HASHVET_SRC_KERNELS_ROWS_H_
#define HASHVET_SRC_KERNELS_ROWS_H_

#include <stddef.h>
#include <stdint.h>

#include "src/kernels/hit.h"

namespace hashvet::kernels {

// Writes to `out` the rows of [begin, end) at most max_distance (inclusive)
// bits away from the query, in ascending order, and returns how many.
//
//   rows   words_per_row words a row, row-major
//   query  words_per_row words; hit.query is query_number
//   out    room for end - begin hits
using RowScanFn = size_t (*)(const uint64_t* rows, size_t words_per_row,
                             size_t begin, size_t end, const uint64_t* query,
                             uint32_t query_number, uint32_t max_distance,
                             Hit* out);

// The same for the rows listed in ids, in that order.
using RowCheckFn = size_t (*)(const uint64_t* rows, size_t words_per_row,
                              const uint32_t* ids, size_t count,
                              const uint64_t* query, uint32_t query_number,
                              uint32_t max_distance, Hit* out);

struct RowsTable {
  RowScanFn scan;
  RowCheckFn check;
};

extern const RowsTable kRowsPortable;
extern const RowsTable kRowsAvx2;
extern const RowsTable kRowsAvx512;
extern const RowsTable kRowsNeon;

}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_ROWS_H_
