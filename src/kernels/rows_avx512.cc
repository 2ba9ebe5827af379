// Distances of whole rows for AVX-512 with VPOPCNTDQ: eight rows at a time.

#include <immintrin.h>

#include "src/kernels/rows.h"
#include "src/kernels/rows_scan.h"

namespace hashvet::kernels {
namespace {

struct Avx512 {
  // With this target's instructions the compiler counts a word at once.
  static uint32_t Distance(const uint64_t* row, const uint64_t* query,
                           size_t words) {
    uint32_t distance = 0;
    for (size_t w = 0; w < words; ++w) {
      distance +=
          static_cast<uint32_t>(__builtin_popcountll(row[w] ^ query[w]));
    }
    return distance;
  }

  template <size_t kWords>
  struct Block;
};

template <>
struct Avx512::Block<1> {
  static constexpr size_t kRows = 8;
  Block(const uint64_t* q, uint32_t max_distance)
      : query(_mm512_set1_epi64(static_cast<long long>(*q))),
        limit(_mm512_set1_epi64(max_distance)) {}

  uint32_t Near(const uint64_t* rows, uint64_t* distances) const {
    const __m512i ones =
        _mm512_popcnt_epi64(_mm512_xor_si512(_mm512_loadu_si512(rows), query));
    const uint32_t near = _mm512_cmple_epu64_mask(ones, limit);
    if (near != 0) _mm512_storeu_si512(distances, ones);
    return near;
  }
  __m512i query, limit;
};

// A vector holds two rows of four words, a b c d:
//
//   ones[v]   0a 0b 0c 0d 1a 1b 1c 1d    of rows 2v and 2v + 1
//   s0        0ab 2ab 0cd 2cd 1ab 3ab 1cd 3cd
//             unpacklo(ones[0], ones[1]) + unpackhi(ones[0], ones[1])
//   s1        4ab 6ab 4cd 6cd 5ab 7ab 5cd 7cd, of ones[2] and ones[3]
//   sum       0 2 1 3 4 6 5 7, the even quarters of s0, s1 + the odd ones
template <>
struct Avx512::Block<4> {
  static constexpr size_t kRows = 8;
  Block(const uint64_t* q, uint32_t max_distance)
      : query(_mm512_broadcast_i64x4(
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(q)))),
        limit(_mm512_set1_epi64(max_distance)) {}

  uint32_t Near(const uint64_t* rows, uint64_t* distances) const {
    __m512i ones[4];
    for (size_t v = 0; v < 4; ++v) {
      ones[v] = _mm512_popcnt_epi64(
          _mm512_xor_si512(_mm512_loadu_si512(rows + 8 * v), query));
    }
    const __m512i s0 =
        _mm512_add_epi64(_mm512_unpacklo_epi64(ones[0], ones[1]),
                         _mm512_unpackhi_epi64(ones[0], ones[1]));
    const __m512i s1 =
        _mm512_add_epi64(_mm512_unpacklo_epi64(ones[2], ones[3]),
                         _mm512_unpackhi_epi64(ones[2], ones[3]));
    const __m512i sum = _mm512_add_epi64(_mm512_shuffle_i64x2(s0, s1, 0x88),
                                         _mm512_shuffle_i64x2(s0, s1, 0xDD));
    if (_mm512_cmple_epu64_mask(sum, limit) == 0) [[likely]] {
      return 0;
    }
    const __m512i order = _mm512_setr_epi64(0, 2, 1, 3, 4, 6, 5, 7);
    const __m512i in_order = _mm512_permutexvar_epi64(order, sum);
    _mm512_storeu_si512(distances, in_order);
    return _mm512_cmple_epu64_mask(in_order, limit);
  }
  __m512i query, limit;
};

size_t RowScan(const uint64_t* rows, size_t words_per_row, size_t begin,
               size_t end, const uint64_t* query, uint32_t query_number,
               uint32_t max_distance, Hit* out) {
  return Scan<Avx512>(rows, words_per_row, begin, end, query, query_number,
                      max_distance, out);
}

size_t RowCheck(const uint64_t* rows, size_t words_per_row, const uint32_t* ids,
                size_t count, const uint64_t* query, uint32_t query_number,
                uint32_t max_distance, Hit* out) {
  return Check<Avx512>(rows, words_per_row, ids, count, query, query_number,
                       max_distance, out);
}

}  // namespace

constinit const RowsTable kRowsAvx512 = {RowScan, RowCheck};

}  // namespace hashvet::kernels
