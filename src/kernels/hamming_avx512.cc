// 256-bit Hamming scans for AVX-512 with VPOPCNTDQ (Ice Lake, Zen 4 and later).
// 16 rows a vector; one instruction is any function of three bits, another the
// population count.

#include <immintrin.h>

#include "src/kernels/hamming.h"
#include "src/kernels/hamming_scan.h"

namespace hashvet::kernels {
namespace {

struct Avx512 {
  using Reg = __m512i;
  static constexpr size_t kLanes = 16;
  static constexpr size_t kVectors = 4;
  static constexpr size_t kLoneQueries = 2;

  static Reg Load(const uint32_t* p) { return _mm512_loadu_si512(p); }
  static void Store(uint32_t* p, Reg a) { _mm512_storeu_si512(p, a); }
  static Reg Splat(uint32_t word) {
    return _mm512_set1_epi32(static_cast<int>(word));
  }

  static Reg Xor(Reg a, Reg b) { return _mm512_xor_si512(a, b); }
  static Reg OrXor(Reg x, Reg a, Reg b) {
    return _mm512_ternarylogic_epi32(x, a, b, 0xF6);  // its truth table
  }

  static Reg Add(Reg a, Reg b) { return _mm512_add_epi32(a, b); }
  static Reg Min(Reg a, Reg b) { return _mm512_min_epu32(a, b); }
  static Reg Count(Reg a) { return _mm512_popcnt_epi32(a); }
  static Reg Total(Reg count) { return count; }

  // A vector of `rest` holds four rows of two words, so the counts come as
  //
  //   c0 = 0a 0b 1a 1b 2a 2b 3a 3b    c1 = rows 4..7    c2, c3 likewise
  //   s0 = unpacklo(c0, c1) + unpackhi(c0, c1) = rows 0 4 1 5 2 6 3 7
  //   s1                    of c2 and c3       = rows 8 12 9 13 ...
  //
  // and (s1 << 32 | s0) has rows 0 8 4 12 1 9 5 13 ... in its lanes.
  static Reg RestTotal(const uint64_t* rest, const uint64_t* query) {
    const Reg q = _mm512_broadcast_i32x4(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(query)));
    Reg c[4];
    for (size_t v = 0; v < 4; ++v) {
      c[v] = _mm512_popcnt_epi64(Xor(_mm512_loadu_si512(rest + 8 * v), q));
    }
    const Reg s0 = _mm512_add_epi64(_mm512_unpacklo_epi64(c[0], c[1]),
                                    _mm512_unpackhi_epi64(c[0], c[1]));
    const Reg s1 = _mm512_add_epi64(_mm512_unpacklo_epi64(c[2], c[3]),
                                    _mm512_unpackhi_epi64(c[2], c[3]));
    const Reg order =
        _mm512_setr_epi32(0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(
        order, _mm512_or_si512(s0, _mm512_slli_epi64(s1, 32)));
  }

  static uint32_t AtMost(Reg a, Reg limit) {
    return _mm512_cmple_epu32_mask(a, limit);
  }
};

size_t Scan256(const Planes256& planes, size_t begin, size_t end,
               const uint64_t* queries, size_t query_count,
               uint32_t max_distance, Hit* out) {
  return Scan<Avx512>(planes, begin, end, queries, query_count, max_distance,
                      out);
}

}  // namespace

constinit const HammingTable kHammingAvx512 = {Scan256};

}  // namespace hashvet::kernels
