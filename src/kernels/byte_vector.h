// Scans over vectors of 144 bytes under L1 and squared L2, one table per CPU
// target.
//
// With byte_vector_scan.h and <immintrin.h> or <arm_neon.h> this is all a
// kernel file may include (hamming.h says why).

#ifndef HASHVET_SRC_KERNELS_BYTE_VECTOR_H_
#define HASHVET_SRC_KERNELS_BYTE_VECTOR_H_

#include <stddef.h>
#include <stdint.h>

#include "src/kernels/hit.h"

namespace hashvet::kernels {

inline constexpr size_t kVectorBytes = 144;
inline constexpr size_t kVectorWordBytes = 8;  // compared together
inline constexpr size_t kVectorGroupRows = 8;  // rows laid out together
inline constexpr size_t kVectorPrefixWords = 4;
inline constexpr size_t kVectorRestWords =
    kVectorBytes / kVectorWordBytes - kVectorPrefixWords;

// Rows in groups of eight, word by word, so that one vector load brings the
// same eight bytes of several rows. Most rows are far away and show it in their
// first 32 bytes, which are kept apart from the rest:
//
//   group g of prefix   bytes 0..7 of row 8g, of 8g + 1, … of 8g + 7,
//                       bytes 8..15 of row 8g, …, bytes 24..31 of row 8g + 7
//   group g of rest     bytes 32..39 of row 8g, …, bytes 136..143 of row 8g + 7
//
// The last group is whole; what its rows past the last one hold is read and
// does not matter.
struct Rows144 {
  const uint8_t* prefix;  // 256 bytes a group
  const uint8_t* rest;    // 896 bytes a group
  size_t rows;
};

// Writes to `out` every (query, row) with row in [begin, end) whose distance is
// at most max_distance, each once, and returns how many. hit.query is the
// position in `queries`, and hit.distance of a scan under squared L2 the
// square. Queries come in any order, mixed; the hits of one query come in
// ascending row order.
//
//   queries       query_count * 144 bytes
//   max_distance  inclusive; any value
//   out           room for query_count * (end - begin) hits
//
// Sums of integers: exact, and at most 144 * 255 or 144 * 255^2.
//
// REQUIRES: begin <= end <= rows.rows <= 2^32 - 1. begin is a multiple of 8.
// Never allocates, never throws, reads nothing outside the groups and queries.
using Scan144Fn = size_t (*)(const Rows144& rows, size_t begin, size_t end,
                             const uint8_t* queries, size_t query_count,
                             uint32_t max_distance, Hit* out);

struct ByteVectorTable {
  Scan144Fn l1;
  Scan144Fn squared_l2;
};

extern const ByteVectorTable kByteVectorPortable;
extern const ByteVectorTable kByteVectorAvx2;
extern const ByteVectorTable kByteVectorAvx512;
extern const ByteVectorTable kByteVectorNeon;

}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_BYTE_VECTOR_H_
