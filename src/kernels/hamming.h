// Hamming scans over 256-bit rows, one table per CPU target.
//
// With hamming_scan.h and <immintrin.h> or <arm_neon.h> this is all a kernel
// file may include: those files are built with wider instruction sets than the
// rest of the library, and any inline code they pulled in would be too.

#ifndef HASHVET_SRC_KERNELS_HAMMING_H_
#define HASHVET_SRC_KERNELS_HAMMING_H_

#include <stddef.h>
#include <stdint.h>

#include "src/kernels/hit.h"

namespace hashvet::kernels {

// 256-bit rows cut into planes, so that a scan reads only as much of each row
// as it needs: most rows are far away and show it in their first bits.
//
//   row      bits 0..31  32..63  64..95  96..127 | 128..191 192..255
//   planes   prefix[0]    [1]     [2]      [3]   |       rest
//
// Every plane is contiguous and aligned to 64 bytes; nothing past its last row
// is read.
struct Planes256 {
  const uint32_t* prefix[4];  // rows words each
  const uint64_t* rest;       // 2 * rows words, row-major
  size_t rows;
};

// Writes to `out` every (query, row) with row in [begin, end) whose distance is
// at most max_distance, each once, and returns how many; hit.query is the
// position in `queries`. Queries come in any
// order, mixed; the hits of one query come in ascending row order.
//
//   queries       query_count * 4 words, bit k in bit k % 64 of word k / 64
//   max_distance  inclusive; 256 and more matches every row
//   out           room for query_count * (end - begin) hits
//
// REQUIRES: begin <= end <= planes.rows <= 2^32 - 1. begin is a multiple of 64.
// Never allocates, never throws, reads nothing outside planes and queries.
using Scan256Fn = size_t (*)(const Planes256& planes, size_t begin, size_t end,
                             const uint64_t* queries, size_t query_count,
                             uint32_t max_distance, Hit* out);

struct HammingTable {
  Scan256Fn scan256;
};

extern const HammingTable kHammingPortable;
extern const HammingTable kHammingAvx2;
extern const HammingTable kHammingAvx512;
extern const HammingTable kHammingNeon;

}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_HAMMING_H_
