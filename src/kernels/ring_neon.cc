// The ring filter for AArch64: NEON counts ones per byte and adds neighbours.

#include <arm_neon.h>

#include "src/kernels/ring.h"
#include "src/kernels/ring_filter.h"

namespace hashvet::kernels {
namespace {

// Two vectors of eight at a time.
struct Neon {
  using Reg = uint16x8_t;
  static constexpr uint32_t kLanes = 16;

  static Reg Splat(uint16_t word) { return vdupq_n_u16(word); }
  static uint32_t Near(const uint16_t* p, Reg query, Reg limit) {
    const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128,
                             1, 2, 4, 8, 16, 32, 64, 128};
    uint16x8_t near[2];
    for (int v = 0; v < 2; ++v) {
      const uint16x8_t differing = veorq_u16(vld1q_u16(p + 8 * v), query);
      near[v] = vcleq_u16(vpaddlq_u8(vcntq_u8(vreinterpretq_u8_u16(differing))),
                          limit);
    }
    const uint8x16_t packed =
        vandq_u8(vcombine_u8(vmovn_u16(near[0]), vmovn_u16(near[1])), bits);
    return vaddv_u8(vget_low_u8(packed)) |
           static_cast<uint32_t>(vaddv_u8(vget_high_u8(packed))) << 8;
  }
};

RingFound RingFilter(const uint16_t* next, RingRun* runs, size_t run_count,
                     size_t runs_known, const uint32_t* ids, uint64_t* out,
                     size_t room) {
  return Filter<Neon>(next, runs, run_count, runs_known, ids, out, room);
}

}  // namespace

constinit const RingTable kRingNeon = {RingFilter};

}  // namespace hashvet::kernels
