// Distances of whole rows in plain C++, for every CPU.

#include "src/kernels/rows.h"
#include "src/kernels/rows_scan.h"

namespace hashvet::kernels {
namespace {

struct Portable {
  static uint32_t Distance(const uint64_t* row, const uint64_t* query,
                           size_t words) {
    uint32_t distance = 0;
    for (size_t w = 0; w < words; ++w) {
      uint64_t a = row[w] ^ query[w];
      a -= a >> 1 & 0x5555555555555555;
      a = (a & 0x3333333333333333) + (a >> 2 & 0x3333333333333333);
      a = (a + (a >> 4)) & 0x0F0F0F0F0F0F0F0F;
      distance += static_cast<uint32_t>(a * 0x0101010101010101 >> 56);
    }
    return distance;
  }

  template <size_t kWords>
  using Block = OneRow<Portable, kWords>;
};

size_t RowScan(const uint64_t* rows, size_t words_per_row, size_t begin,
               size_t end, const uint64_t* query, uint32_t query_number,
               uint32_t max_distance, Hit* out) {
  return Scan<Portable>(rows, words_per_row, begin, end, query, query_number,
                        max_distance, out);
}

size_t RowCheck(const uint64_t* rows, size_t words_per_row, const uint32_t* ids,
                size_t count, const uint64_t* query, uint32_t query_number,
                uint32_t max_distance, Hit* out) {
  return Check<Portable>(rows, words_per_row, ids, count, query, query_number,
                         max_distance, out);
}

}  // namespace

constinit const RowsTable kRowsPortable = {RowScan, RowCheck};

}  // namespace hashvet::kernels
