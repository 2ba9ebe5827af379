// The ring filter for AVX-512 with BITALG: 32 entries a vector, one instruction
// counts the ones of 16 bits.

#include <immintrin.h>

#include "src/kernels/ring.h"
#include "src/kernels/ring_filter.h"

namespace hashvet::kernels {
namespace {

struct Avx512 {
  using Reg = __m512i;
  static constexpr uint32_t kLanes = 32;

  static Reg Splat(uint16_t word) {
    return _mm512_set1_epi16(static_cast<short>(word));
  }
  static uint32_t Near(const uint16_t* p, Reg query, Reg limit) {
    const Reg differing = _mm512_xor_si512(_mm512_loadu_si512(p), query);
    return _mm512_cmple_epu16_mask(_mm512_popcnt_epi16(differing), limit);
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
