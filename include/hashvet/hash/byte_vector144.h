// A PhotoDNA value as lists carry it: 144 bytes compared under L1, L2 or
// squared L2. hashvet never computes one; it only parses and compares them.

#ifndef HASHVET_HASH_BYTE_VECTOR144_H_
#define HASHVET_HASH_BYTE_VECTOR144_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace hashvet {

struct ByteVector144 {
  static constexpr size_t kBytes = 144;
  std::array<uint8_t, kBytes> bytes = {};

  friend constexpr auto operator<=>(const ByteVector144&,
                                    const ByteVector144&) = default;
};

}  // namespace hashvet

#endif  // HASHVET_HASH_BYTE_VECTOR144_H_
