// 256-bit Hamming scans for AArch64: NEON counts ones per byte and adds up
// neighbours. Four rows a vector.

#include <arm_neon.h>

#include "src/kernels/hamming.h"
#include "src/kernels/hamming_scan.h"

namespace hashvet::kernels {
namespace {

struct Neon {
  using Reg = uint32x4_t;
  static constexpr size_t kLanes = 4;
  static constexpr size_t kVectors = 4;
  static constexpr size_t kLoneQueries = 2;

  static Reg Load(const uint32_t* p) { return vld1q_u32(p); }
  static void Store(uint32_t* p, Reg a) { vst1q_u32(p, a); }
  static Reg Splat(uint32_t word) { return vdupq_n_u32(word); }

  static Reg Xor(Reg a, Reg b) { return veorq_u32(a, b); }
  static Reg OrXor(Reg x, Reg a, Reg b) {
    return vorrq_u32(x, veorq_u32(a, b));
  }
  static Reg Add(Reg a, Reg b) { return vaddq_u32(a, b); }
  static Reg Min(Reg a, Reg b) { return vminq_u32(a, b); }

  static Reg Count(Reg a) {  // per byte
    return vreinterpretq_u32_u8(vcntq_u8(vreinterpretq_u8_u32(a)));
  }
  static Reg Total(Reg count) {
    return vpaddlq_u16(vpaddlq_u8(vreinterpretq_u8_u32(count)));
  }

  // Two words a row: each vector of `rest` is a row, 16 byte counts of it.
  static Reg RestTotal(const uint64_t* rest, const uint64_t* query) {
    const uint64x2_t q = vld1q_u64(query);
    uint32x4_t row[4];
    for (size_t i = 0; i < 4; ++i) {
      row[i] = Total(
          Count(vreinterpretq_u32_u64(veorq_u64(vld1q_u64(rest + 2 * i), q))));
    }
    return vpaddq_u32(vpaddq_u32(row[0], row[1]), vpaddq_u32(row[2], row[3]));
  }

  static uint32_t AtMost(Reg a, Reg limit) {
    const uint32x4_t bits = {1, 2, 4, 8};
    return vaddvq_u32(vandq_u32(vcleq_u32(a, limit), bits));
  }
};

size_t Scan256(const Planes256& planes, size_t begin, size_t end,
               const uint64_t* queries, size_t query_count,
               uint32_t max_distance, Hit* out) {
  return Scan<Neon>(planes, begin, end, queries, query_count, max_distance,
                    out);
}

}  // namespace

constinit const HammingTable kHammingNeon = {Scan256};

}  // namespace hashvet::kernels
