// Scans over 144-byte vectors for AArch64. One vector is a word of two rows;
// differences are widened and added up pair by pair.

#include <arm_neon.h>

#include "src/kernels/byte_vector.h"
#include "src/kernels/byte_vector_scan.h"

namespace hashvet::kernels {
namespace {

struct Neon {
  using Reg = uint8x16_t;
  static constexpr size_t kLanes = 2;
  static constexpr size_t kGroups = 1;

  static Reg Load(const uint8_t* p) { return vld1q_u8(p); }
  static Reg Splat(const uint8_t* p) {
    const uint8x8_t word = vld1_u8(p);
    return vcombine_u8(word, word);
  }

  // Totals are below 2^32, so 32-bit minima are theirs too.
  static uint64x2_t Min(uint64x2_t s, uint64x2_t t) {
    return vreinterpretq_u64_u32(
        vminq_u32(vreinterpretq_u32_u64(s), vreinterpretq_u32_u64(t)));
  }
  static uint32_t AtMost(uint64x2_t total, uint32_t limit) {
    const uint64x2_t bits = {1, 2};
    return static_cast<uint32_t>(
        vaddvq_u64(vandq_u64(vcleq_u64(total, vdupq_n_u64(limit)), bits)));
  }
  static void Store(uint64_t* p, uint64x2_t total) { vst1q_u64(p, total); }

  // Four sums of 16 bits a row: 18 words add at most 18 * 2 * 255 to each.
  struct L1 {
    using Sum = uint16x8_t;
    static Sum Zero() { return vdupq_n_u16(0); }
    static Sum Add(Sum sum, Reg a, Reg b) {
      return vpadalq_u8(sum, vabdq_u8(a, b));
    }
    static uint64x2_t Total(Sum sum) { return vpaddlq_u32(vpaddlq_u16(sum)); }
  };

  // Four sums of 32 bits for each row; a square fits 16 bits.
  struct SquaredL2 {
    using Sum = uint32x4x2_t;
    static Sum Zero() { return {{vdupq_n_u32(0), vdupq_n_u32(0)}}; }
    static Sum Add(Sum sum, Reg a, Reg b) {
      const Reg d = vabdq_u8(a, b);
      const uint8x8_t low = vget_low_u8(d);
      return {{vpadalq_u16(sum.val[0], vmull_u8(low, low)),
               vpadalq_u16(sum.val[1], vmull_high_u8(d, d))}};
    }
    static uint64x2_t Total(Sum sum) {
      return vpaddlq_u32(vpaddq_u32(sum.val[0], sum.val[1]));
    }
  };
};

}  // namespace

constinit const ByteVectorTable kByteVectorNeon = {ScanL1<Neon>,
                                                   ScanSquaredL2<Neon>};

}  // namespace hashvet::kernels
