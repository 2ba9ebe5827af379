// Scans over 144-byte vectors for AVX2. One vector is a word of four rows; one
// instruction adds up the eight differences of each.

#include <immintrin.h>

#include "src/kernels/byte_vector.h"
#include "src/kernels/byte_vector_scan.h"

namespace hashvet::kernels {
namespace {

struct Avx2 {
  using Reg = __m256i;
  static constexpr size_t kLanes = 4;
  static constexpr size_t kGroups = 1;

  static Reg Load(const uint8_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const Reg*>(p));
  }
  static Reg Splat(const uint8_t* p) {
    return _mm256_broadcastq_epi64(
        _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  }

  // Totals are below 2^32, so 32-bit minima are theirs too.
  static Reg Min(Reg s, Reg t) { return _mm256_min_epu32(s, t); }
  static uint32_t AtMost(Reg total, uint32_t limit) {
    const Reg over = _mm256_cmpgt_epi64(total, _mm256_set1_epi64x(limit));
    return ~static_cast<uint32_t>(
               _mm256_movemask_pd(_mm256_castsi256_pd(over))) &
           0xF;
  }
  static void Store(uint64_t* p, Reg total) {
    _mm256_storeu_si256(reinterpret_cast<Reg*>(p), total);
  }

  struct L1 {
    using Sum = Reg;
    static Sum Zero() { return _mm256_setzero_si256(); }
    static Sum Add(Sum sum, Reg a, Reg b) {
      return _mm256_add_epi64(sum, _mm256_sad_epu8(a, b));
    }
    static Reg Total(Sum sum) { return sum; }
  };

  // Bytes 0 2 4 6 and 1 3 5 7 apart, as 16-bit numbers; squares added in
  // pairs, in two sums of 32 bits a row.
  struct SquaredL2 {
    using Sum = Reg;
    static Sum Zero() { return _mm256_setzero_si256(); }
    static Sum Add(Sum sum, Reg a, Reg b) {
      const Reg low = _mm256_set1_epi16(0xFF);
      const Reg even =
          _mm256_sub_epi16(_mm256_and_si256(a, low), _mm256_and_si256(b, low));
      const Reg odd =
          _mm256_sub_epi16(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
      return _mm256_add_epi32(sum,
                              _mm256_add_epi32(_mm256_madd_epi16(even, even),
                                               _mm256_madd_epi16(odd, odd)));
    }
    static Reg Total(Sum sum) {
      return _mm256_add_epi64(
          _mm256_and_si256(sum, _mm256_set1_epi64x(0xFFFFFFFF)),
          _mm256_srli_epi64(sum, 32));
    }
  };
};

}  // namespace

constinit const ByteVectorTable kByteVectorAvx2 = {ScanL1<Avx2>,
                                                   ScanSquaredL2<Avx2>};

}  // namespace hashvet::kernels
