// Scans over 144-byte vectors in plain C++, for every CPU: in vectors of 16
// bytes, a word of two rows, which compilers turn into whatever there is.

#include "src/kernels/byte_vector.h"
#include "src/kernels/byte_vector_scan.h"

namespace hashvet::kernels {
namespace {

struct Portable {
  using Reg [[gnu::vector_size(16)]] = uint16_t;
  using Words32 [[gnu::vector_size(16)]] = uint32_t;
  using Totals [[gnu::vector_size(16)]] = uint64_t;
  static constexpr size_t kLanes = 2;
  static constexpr size_t kGroups = 1;

  static Reg Load(const uint8_t* p) {
    Reg words;
    __builtin_memcpy(&words, p, sizeof words);
    return words;
  }
  static Reg Splat(const uint8_t* p) {
    uint64_t word;
    __builtin_memcpy(&word, p, sizeof word);
    return reinterpret_cast<Reg>(Totals{word, word});
  }

  static Totals Min(Totals s, Totals t) {
    return Totals{s[0] < t[0] ? s[0] : t[0], s[1] < t[1] ? s[1] : t[1]};
  }
  static uint32_t AtMost(Totals total, uint32_t limit) {
    return (total[0] <= limit ? 1U : 0U) | (total[1] <= limit ? 2U : 0U);
  }
  static void Store(uint64_t* p, Totals total) {
    __builtin_memcpy(p, &total, sizeof total);
  }

  // Of every second byte: x - y as 16-bit numbers, modulo 2^16.
  static Reg Low(Reg x, Reg y) { return (x & 0xFF) - (y & 0xFF); }
  static Reg High(Reg x, Reg y) { return (x >> 8) - (y >> 8); }

  static Totals SumOfPairs(Words32 sums) {
    const auto pair = reinterpret_cast<Totals>(sums);
    return (pair & 0xFFFFFFFF) + (pair >> 32);
  }

  // Four sums of 16 bits a row: 18 words add at most 18 * 2 * 255 to each.
  struct L1 {
    using Sum = Reg;
    static Sum Zero() { return Sum{}; }
    static Reg Absolute(Reg d) {
      const Reg negative = -(d >> 15);  // all bits, or none
      return (d ^ negative) - negative;
    }
    static Sum Add(Sum sum, Reg a, Reg b) {
      return sum + Absolute(Low(a, b)) + Absolute(High(a, b));
    }
    static Totals Total(Sum sum) {
      const auto pair = reinterpret_cast<Words32>(sum);
      return SumOfPairs((pair & 0xFFFF) + (pair >> 16));
    }
  };

  // Two sums of 32 bits a row; a square fits 16 bits.
  struct SquaredL2 {
    using Sum = Words32;
    static Sum Zero() { return Sum{}; }
    static Sum Add(Sum sum, Reg a, Reg b) {
      const Reg low = Low(a, b);
      const Reg high = High(a, b);
      const auto low2 = reinterpret_cast<Words32>(low * low);
      const auto high2 = reinterpret_cast<Words32>(high * high);
      return sum + (low2 & 0xFFFF) + (low2 >> 16) + (high2 & 0xFFFF) +
             (high2 >> 16);
    }
    static Totals Total(Sum sum) { return SumOfPairs(sum); }
  };
};

}  // namespace

constinit const ByteVectorTable kByteVectorPortable = {ScanL1<Portable>,
                                                       ScanSquaredL2<Portable>};

}  // namespace hashvet::kernels
