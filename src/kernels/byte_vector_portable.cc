// Scans over 144-byte vectors in plain C++, for every CPU. One row a "vector",
// its eight bytes side by side in one 64-bit number.

#include "src/kernels/byte_vector.h"
#include "src/kernels/byte_vector_scan.h"

namespace hashvet::kernels {
namespace {

constexpr uint64_t kEvenBytes = 0x00FF00FF00FF00FF;
constexpr uint64_t kHighBits = 0x8080808080808080;

// Each byte of a against the same byte of b.
inline uint64_t AbsoluteDifferences(uint64_t a, uint64_t b) {
  // a - b in every byte, modulo 256: no borrow leaves a byte whose highest bit
  // is set in a and clear in b; that bit is put right afterwards.
  const uint64_t difference =
      ((a | kHighBits) - (b & ~kHighBits)) ^ ((a ^ ~b) & kHighBits);
  // 1 in the bytes where a < b, that is where a subtraction borrows.
  const uint64_t less = (((~a & b) | ((~a | b) & difference)) & kHighBits) >> 7;
  return (difference ^ less * 0xFF) + less;  // -x is ~x + 1
}

struct Portable {
  using Reg = uint64_t;
  static constexpr size_t kLanes = 1;
  static constexpr size_t kGroups = 1;

  static Reg Load(const uint8_t* p) {
    Reg word;
    __builtin_memcpy(&word, p, sizeof word);
    return word;
  }
  static Reg Splat(const uint8_t* p) { return Load(p); }

  static uint64_t Min(uint64_t s, uint64_t t) { return s < t ? s : t; }
  static uint32_t AtMost(uint64_t total, uint32_t limit) {
    return total <= limit ? 1 : 0;
  }
  static void Store(uint64_t* p, uint64_t total) { *p = total; }

  // Four sums of 16 bits: 18 words add at most 18 * 2 * 255 to each.
  struct L1 {
    using Sum = uint64_t;
    static Sum Zero() { return 0; }
    static Sum Add(Sum sum, Reg a, Reg b) {
      const uint64_t d = AbsoluteDifferences(a, b);
      return sum + (d & kEvenBytes) + (d >> 8 & kEvenBytes);
    }
    static uint64_t Total(Sum sum) {  // at most 36,720: fits 16 bits
      return sum * 0x0001000100010001 >> 48;
    }
  };

  struct SquaredL2 {
    using Sum = uint64_t;
    static Sum Zero() { return 0; }
    static Sum Add(Sum sum, Reg a, Reg b) {
      const uint64_t d = AbsoluteDifferences(a, b);
      for (size_t i = 0; i < 64; i += 8) {
        sum += (d >> i & 0xFF) * (d >> i & 0xFF);
      }
      return sum;
    }
    static uint64_t Total(Sum sum) { return sum; }
  };
};

}  // namespace

constinit const ByteVectorTable kByteVectorPortable = {ScanL1<Portable>,
                                                       ScanSquaredL2<Portable>};

}  // namespace hashvet::kernels
