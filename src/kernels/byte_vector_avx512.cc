// Scans over 144-byte vectors for AVX-512 (F, BW). One vector is a word of
// eight rows; one instruction adds up the eight differences of each.

#include <immintrin.h>

#include "src/kernels/byte_vector.h"
#include "src/kernels/byte_vector_scan.h"

namespace hashvet::kernels {
namespace {

struct Avx512 {
  using Reg = __m512i;
  static constexpr size_t kLanes = 8;
  static constexpr size_t kGroups = 4;

  static Reg Load(const uint8_t* p) { return _mm512_loadu_si512(p); }
  static Reg Splat(const uint8_t* p) {
    return _mm512_broadcastq_epi64(
        _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  }

  // Totals are below 2^32, so 32-bit minima are theirs too.
  static Reg Min(Reg s, Reg t) { return _mm512_min_epu32(s, t); }
  static uint32_t AtMost(Reg total, uint32_t limit) {
    return _mm512_cmple_epu64_mask(total, _mm512_set1_epi64(limit));
  }
  static void Store(uint64_t* p, Reg total) { _mm512_storeu_si512(p, total); }

  struct L1 {
    using Sum = Reg;
    static Sum Zero() { return _mm512_setzero_si512(); }
    static Sum Add(Sum sum, Reg a, Reg b) {
      return _mm512_add_epi64(sum, _mm512_sad_epu8(a, b));
    }
    static Reg Total(Sum sum) { return sum; }
  };

  // Bytes 0 2 4 6 and 1 3 5 7 apart, as 16-bit numbers; squares added in
  // pairs, in two sums of 32 bits a row.
  struct SquaredL2 {
    using Sum = Reg;
    static Sum Zero() { return _mm512_setzero_si512(); }
    static Sum Add(Sum sum, Reg a, Reg b) {
      const Reg low = _mm512_set1_epi16(0xFF);
      const Reg even =
          _mm512_sub_epi16(_mm512_and_si512(a, low), _mm512_and_si512(b, low));
      const Reg odd =
          _mm512_sub_epi16(_mm512_srli_epi16(a, 8), _mm512_srli_epi16(b, 8));
      return _mm512_add_epi32(sum,
                              _mm512_add_epi32(_mm512_madd_epi16(even, even),
                                               _mm512_madd_epi16(odd, odd)));
    }
    static Reg Total(Sum sum) {
      return _mm512_add_epi64(
          _mm512_and_si512(sum, _mm512_set1_epi64(0xFFFFFFFF)),
          _mm512_srli_epi64(sum, 32));
    }
  };
};

}  // namespace

constinit const ByteVectorTable kByteVectorAvx512 = {ScanL1<Avx512>,
                                                     ScanSquaredL2<Avx512>};

}  // namespace hashvet::kernels
