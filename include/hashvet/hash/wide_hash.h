// A perceptual hash of any other width than BitHash has a name for: 576 bits of
// Marr-Hildreth, 968 of block means. Its kind says the width.

#ifndef HASHVET_HASH_WIDE_HASH_H_
#define HASHVET_HASH_WIDE_HASH_H_

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace hashvet {

struct WideHash {
  static constexpr size_t kMaxBits = 1024;

  // Bit k is bit k % 64 of words[k / 64]; bits past the kind's width are 0.
  std::array<uint64_t, kMaxBits / 64> words = {};

  friend constexpr auto operator<=>(const WideHash&, const WideHash&) = default;
};

// How many bits differ. REQUIRES: both are of one kind.
constexpr uint32_t Distance(const WideHash& a, const WideHash& b) {
  uint32_t distance = 0;
  for (size_t w = 0; w < a.words.size(); ++w) {
    distance += static_cast<uint32_t>(std::popcount(a.words[w] ^ b.words[w]));
  }
  return distance;
}

}  // namespace hashvet

#endif  // HASHVET_HASH_WIDE_HASH_H_
