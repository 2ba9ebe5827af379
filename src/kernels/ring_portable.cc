// The ring filter in plain C++, for every CPU: a loop of fixed length that
// compilers turn into vectors of the baseline.

#include "src/kernels/ring.h"
#include "src/kernels/ring_filter.h"

namespace hashvet::kernels {
namespace {

struct Portable {
  using Reg = uint16_t;
  static constexpr uint32_t kLanes = 16;

  static Reg Splat(uint16_t word) { return word; }
  static uint32_t Near(const uint16_t* p, Reg query, Reg limit) {
    uint16_t near[kLanes];
    uint16_t any = 0;
    for (uint32_t i = 0; i < kLanes; ++i) {
      uint16_t a = p[i] ^ query;
      a = static_cast<uint16_t>(a - (a >> 1 & 0x5555));
      a = static_cast<uint16_t>((a & 0x3333) + (a >> 2 & 0x3333));
      a = static_cast<uint16_t>((a + (a >> 4)) & 0x0F0F);
      a = static_cast<uint16_t>((a + (a >> 8)) & 0x1F);
      near[i] = a <= limit ? 1 : 0;
      any |= near[i];
    }
    if (any == 0) return 0;
    uint32_t bits = 0;
    for (uint32_t i = 0; i < kLanes; ++i) bits |= uint32_t{near[i]} << i;
    return bits;
  }
};

RingFound RingFilter(const uint16_t* next, RingRun* runs, size_t run_count,
                     size_t runs_known, const uint32_t* ids, uint64_t* out,
                     size_t room) {
  return Filter<Portable>(next, runs, run_count, runs_known, ids, out, room);
}

}  // namespace

constinit const RingTable kRingPortable = {RingFilter};

}  // namespace hashvet::kernels
