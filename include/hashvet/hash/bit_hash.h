// A perceptual hash: a fixed number of bits compared by how many differ.
//
// Hashes of different widths are different types and do not compare; hashes of
// one width but different kinds are told apart by HashValue (hash_value.h).

#ifndef HASHVET_HASH_BIT_HASH_H_
#define HASHVET_HASH_BIT_HASH_H_

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace hashvet {

template <size_t bits_>
class BitHash {
 public:
  static_assert(bits_ % 64 == 0);
  static constexpr size_t kBits = bits_;
  static constexpr size_t kWords = bits_ / 64;
  using Words = std::array<uint64_t, kWords>;

  constexpr BitHash() = default;  // all bits 0
  // Bit k of the hash is bit k % 64 of words[k / 64].
  explicit constexpr BitHash(const Words& words) : words_(words) {}

  constexpr const Words& words() const { return words_; }

  // REQUIRES: k < kBits
  constexpr bool bit(size_t k) const { return words_[k / 64] >> (k % 64) & 1; }
  constexpr void set_bit(size_t k, bool value) {
    const uint64_t mask = uint64_t{1} << (k % 64);
    words_[k / 64] = value ? words_[k / 64] | mask : words_[k / 64] & ~mask;
  }

  constexpr size_t ones() const {
    size_t count = 0;
    for (uint64_t word : words_) count += std::popcount(word);
    return count;
  }

  // A total order without meaning, for sorting.
  friend constexpr auto operator<=>(const BitHash&, const BitHash&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const BitHash& hash) {
    return H::combine(std::move(state), hash.words_);
  }

 private:
  Words words_ = {};
};

using Hash64 = BitHash<64>;
using Hash256 = BitHash<256>;

// How many bits differ: 0 .. kBits.
template <size_t bits>
constexpr uint32_t Distance(const BitHash<bits>& a, const BitHash<bits>& b) {
  uint32_t distance = 0;
  for (size_t w = 0; w < BitHash<bits>::kWords; ++w) {
    distance +=
        static_cast<uint32_t>(std::popcount(a.words()[w] ^ b.words()[w]));
  }
  return distance;
}

}  // namespace hashvet

#endif  // HASHVET_HASH_BIT_HASH_H_
