// 256-bit Hamming scans in plain C++, for every CPU. One row a "vector", but in
// loops of fixed length that compilers turn into vectors of the baseline.

#include "src/kernels/hamming.h"
#include "src/kernels/hamming_scan.h"

namespace hashvet::kernels {
namespace {

struct Portable {
  using Reg = uint32_t;
  static constexpr size_t kLanes = 1;
  static constexpr size_t kVectors = 16;
  static constexpr size_t kLoneQueries = 0;

  static Reg Load(const uint32_t* p) { return *p; }
  static void Store(uint32_t* p, Reg a) { *p = a; }
  static Reg Splat(uint32_t word) { return word; }

  static Reg Xor(Reg a, Reg b) { return a ^ b; }
  static Reg OrXor(Reg x, Reg a, Reg b) { return x | (a ^ b); }
  static Reg Add(Reg a, Reg b) { return a + b; }
  static Reg Min(Reg a, Reg b) { return a < b ? a : b; }

  // Ones per byte; the baseline has no instruction for it.
  static Reg Count(Reg a) {
    a -= a >> 1 & 0x55555555;
    a = (a & 0x33333333) + (a >> 2 & 0x33333333);
    return (a + (a >> 4)) & 0x0F0F0F0F;
  }
  static Reg Total(Reg count) {
    count += count >> 16;
    return (count + (count >> 8)) & 0xFF;
  }
  static Reg RestTotal(const uint64_t* rest, const uint64_t* query) {
    Reg count = 0;
    for (size_t w = 0; w < 2; ++w) {
      const uint64_t differing = rest[w] ^ query[w];
      count += Count(static_cast<uint32_t>(differing)) +
               Count(static_cast<uint32_t>(differing >> 32));
    }
    return Total(count);
  }

  static uint32_t AtMost(Reg a, Reg limit) { return a <= limit ? 1 : 0; }
};

size_t Scan256(const Planes256& planes, size_t begin, size_t end,
               const uint64_t* queries, size_t query_count,
               uint32_t max_distance, Hit* out) {
  return Scan<Portable>(planes, begin, end, queries, query_count, max_distance,
                        out);
}

}  // namespace

constinit const HammingTable kHammingPortable = {Scan256};

}  // namespace hashvet::kernels
