// Distances of whole rows for AVX2: four rows at a time, ones counted per
// nibble by look-up.

#include <immintrin.h>

#include "src/kernels/rows.h"
#include "src/kernels/rows_scan.h"

namespace hashvet::kernels {
namespace {

struct Avx2 {
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

// Ones per 64 bits.
inline __m256i Ones(__m256i a) {
  const __m256i low = _mm256_set1_epi8(0x0F);
  const __m256i table =
      _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                       2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i bytes = _mm256_add_epi8(
      _mm256_shuffle_epi8(table, _mm256_and_si256(a, low)),
      _mm256_shuffle_epi8(table,
                          _mm256_and_si256(_mm256_srli_epi16(a, 4), low)));
  return _mm256_sad_epu8(bytes, _mm256_setzero_si256());
}

inline __m256i Load(const uint64_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

// Bit i: distance i is at most the limit; if any is, stores all.
inline uint32_t Near(__m256i distance, __m256i limit, uint64_t* distances) {
  const __m256i far = _mm256_cmpgt_epi64(distance, limit);
  const auto near = 0xF & ~static_cast<uint32_t>(
                              _mm256_movemask_pd(_mm256_castsi256_pd(far)));
  if (near != 0) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(distances), distance);
  }
  return near;
}

template <>
struct Avx2::Block<1> {
  static constexpr size_t kRows = 4;
  Block(const uint64_t* q, uint32_t max_distance)
      : query(_mm256_set1_epi64x(static_cast<long long>(*q))),
        limit(_mm256_set1_epi64x(max_distance)) {}

  uint32_t Near(const uint64_t* rows, uint64_t* distances) const {
    return kernels::Near(Ones(_mm256_xor_si256(Load(rows), query)), limit,
                         distances);
  }
  __m256i query, limit;
};

// A vector holds a row of four words, a b c d:
//
//   s0 = unpacklo(ones of rows 0, 1) + unpackhi = 0ab 1ab 0cd 1cd
//   s1 = of rows 2, 3                           = 2ab 3ab 2cd 3cd
//   low halves of s0, s1 + high ones            = 0 1 2 3
template <>
struct Avx2::Block<4> {
  static constexpr size_t kRows = 4;
  Block(const uint64_t* q, uint32_t max_distance)
      : query(Load(q)), limit(_mm256_set1_epi64x(max_distance)) {}

  uint32_t Near(const uint64_t* rows, uint64_t* distances) const {
    __m256i ones[4];
    for (size_t v = 0; v < 4; ++v) {
      ones[v] = Ones(_mm256_xor_si256(Load(rows + 4 * v), query));
    }
    const __m256i s0 =
        _mm256_add_epi64(_mm256_unpacklo_epi64(ones[0], ones[1]),
                         _mm256_unpackhi_epi64(ones[0], ones[1]));
    const __m256i s1 =
        _mm256_add_epi64(_mm256_unpacklo_epi64(ones[2], ones[3]),
                         _mm256_unpackhi_epi64(ones[2], ones[3]));
    return kernels::Near(
        _mm256_add_epi64(_mm256_permute2x128_si256(s0, s1, 0x20),
                         _mm256_permute2x128_si256(s0, s1, 0x31)),
        limit, distances);
  }
  __m256i query, limit;
};

size_t RowScan(const uint64_t* rows, size_t words_per_row, size_t begin,
               size_t end, const uint64_t* query, uint32_t query_number,
               uint32_t max_distance, Hit* out) {
  return Scan<Avx2>(rows, words_per_row, begin, end, query, query_number,
                    max_distance, out);
}

size_t RowCheck(const uint64_t* rows, size_t words_per_row, const uint32_t* ids,
                size_t count, const uint64_t* query, uint32_t query_number,
                uint32_t max_distance, Hit* out) {
  return Check<Avx2>(rows, words_per_row, ids, count, query, query_number,
                     max_distance, out);
}

}  // namespace

constinit const RowsTable kRowsAvx2 = {RowScan, RowCheck};

}  // namespace hashvet::kernels
