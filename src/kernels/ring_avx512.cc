// The ring filter for AVX-512 with BITALG: 32 entries a vector, one instruction
// counts the ones of 16 bits.

#include <immintrin.h>

#include "src/kernels/ring.h"
#include "src/kernels/ring_filter.h"

namespace hashvet::kernels {
namespace {

struct Avx512 {
  using Reg = __m512i;
  static constexpr uint32_t kStep = 64;

  static Reg Splat(uint16_t word) {
    return _mm512_set1_epi16(static_cast<short>(word));
  }
  static uint64_t Near(const uint16_t* p, uint32_t left, Reg query, Reg limit) {
    const uint64_t valid = FirstOf(left);
    return Half(p, static_cast<__mmask32>(valid), query, limit) |
           uint64_t{
               Half(p + 32, static_cast<__mmask32>(valid >> 32), query, limit)}
               << 32;
  }
  // What is not valid is not read.
  static __mmask32 Half(const uint16_t* p, __mmask32 valid, Reg query,
                        Reg limit) {
    const Reg differing =
        _mm512_xor_si512(_mm512_maskz_loadu_epi16(valid, p), query);
    return _mm512_mask_cmple_epu16_mask(valid, _mm512_popcnt_epi16(differing),
                                        limit);
  }
};

RingFound RingFilter(const uint16_t* next, RingRun* runs, size_t run_count,
                     size_t runs_known, const uint32_t* ids, uint64_t* out,
                     size_t room) {
  return Filter<Avx512>(next, runs, run_count, runs_known, ids, out, room);
}

}  // namespace

constinit const RingTable kRingAvx512 = {RingFilter};

}  // namespace hashvet::kernels
