// The ring filter for AVX2: 16 entries a vector, ones counted per nibble by
// look-up.

#include <immintrin.h>

#include "src/kernels/ring.h"
#include "src/kernels/ring_filter.h"

namespace hashvet::kernels {
namespace {

// Two vectors at a time, so that one branch pays for 32 entries.
struct Avx2 {
  using Reg = __m256i;
  static constexpr uint32_t kLanes = 32;

  static Reg Splat(uint16_t word) {
    return _mm256_set1_epi16(static_cast<short>(word));
  }
  static Reg Ones(Reg a) {  // per 16 bits
    const Reg low = _mm256_set1_epi8(0x0F);
    const Reg table =
        _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1,
                         1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const Reg bytes = _mm256_add_epi8(
        _mm256_shuffle_epi8(table, _mm256_and_si256(a, low)),
        _mm256_shuffle_epi8(table,
                            _mm256_and_si256(_mm256_srli_epi16(a, 4), low)));
    return _mm256_maddubs_epi16(bytes, _mm256_set1_epi8(1));
  }
  static uint32_t Near(const uint16_t* p, Reg query, Reg limit) {
    Reg far[2];
    for (int v = 0; v < 2; ++v) {
      const auto* at = reinterpret_cast<const __m256i*>(p + 16 * v);
      const Reg differing = _mm256_xor_si256(_mm256_loadu_si256(at), query);
      far[v] = _mm256_cmpgt_epi16(Ones(differing), limit);
    }
    // Packing works within 128-bit halves: 0..7 16..23 | 8..15 24..31.
    const Reg packed =
        _mm256_permute4x64_epi64(_mm256_packs_epi16(far[0], far[1]), 0xD8);
    return ~static_cast<uint32_t>(_mm256_movemask_epi8(packed));
  }
};

RingFound RingFilter(const uint16_t* next, RingRun* runs, size_t run_count,
                     size_t runs_known, const uint32_t* ids, uint64_t* out,
                     size_t room) {
  return Filter<Avx2>(next, runs, run_count, runs_known, ids, out, room);
}

}  // namespace

constinit const RingTable kRingAvx2 = {RingFilter};

}  // namespace hashvet::kernels
