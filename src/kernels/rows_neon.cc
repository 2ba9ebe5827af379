// Distances of whole rows for AArch64: NEON counts ones per byte.

#include <arm_neon.h>

#include "src/kernels/rows.h"
#include "src/kernels/rows_scan.h"

namespace hashvet::kernels {
namespace {

struct Neon {
  static uint32_t Distance(const uint64_t* row, const uint64_t* query,
                           size_t words) {
    uint32_t distance = 0;
    size_t w = 0;
    for (; w + 2 <= words; w += 2) {
      const uint64x2_t differing =
          veorq_u64(vld1q_u64(row + w), vld1q_u64(query + w));
      distance += vaddlvq_u8(vcntq_u8(vreinterpretq_u8_u64(differing)));
    }
    if (w < words) {
      distance += vaddv_u8(vcnt_u8(vcreate_u8(row[w] ^ query[w])));
    }
    return distance;
  }

  template <size_t kWords>
  using Block = OneRow<Neon, kWords>;
};

size_t RowScan(const uint64_t* rows, size_t words_per_row, size_t begin,
               size_t end, const uint64_t* query, uint32_t query_number,
               uint32_t max_distance, Hit* out) {
  return Scan<Neon>(rows, words_per_row, begin, end, query, query_number,
                    max_distance, out);
}

size_t RowCheck(const uint64_t* rows, size_t words_per_row, const uint32_t* ids,
                size_t count, const uint64_t* query, uint32_t query_number,
                uint32_t max_distance, Hit* out) {
  return Check<Neon>(rows, words_per_row, ids, count, query, query_number,
                     max_distance, out);
}

}  // namespace

constinit const RowsTable kRowsNeon = {RowScan, RowCheck};

}  // namespace hashvet::kernels
