// How the rows of a ring index are cut into chunks of 16 bits.
//
// In order: chunk c is bits 16c to 16c + 15. By parity, for rows of 256 bits: a
// PDQ hash is 16 x 16 bits, one a frequency, and turning the picture turns the
// sign of those that are odd down, across, or both. Bits of one word of 64 and
// of one parity each way make a chunk (4 words x 4 parities), so that a turn
// leaves it as it is or inverts the whole of it: the eight hashes of a picture
// ask for 5.0 different values of a chunk, not 6.8 of 8 as in order (random
// coefficients; the sign of those next to the median moves, else it were 3.5).

#ifndef HASHVET_SRC_INDEX_RING_CUT_H_
#define HASHVET_SRC_INDEX_RING_CUT_H_

#include <cstddef>
#include <cstdint>

#include "hashvet/index/ring_index.h"

namespace hashvet {

// The bucket of a chunk's value. By parity the values v and ~v, which turns of
// a picture ask for together, lie next to each other. Linear: the bucket of a ^
// b is that of a ^ that of b.
inline uint16_t BucketOf(RingCut cut, uint16_t value) {
  if (cut != RingCut::kByParity) return value;
  const auto sign = static_cast<uint16_t>(value >> 15);
  const auto folded = static_cast<uint16_t>(value ^ (0 - sign));
  return static_cast<uint16_t>(folded << 1 | sign);
}

// One chunk of every row.
class ChunkOf {
 public:
  ChunkOf(RingCut cut, size_t chunk)
      : word_(cut == RingCut::kByParity ? chunk % 4 : chunk / 4),
        shift_(cut == RingCut::kByParity ? kParityShift[chunk / 4]
                                         : chunk % 4 * 16),
        by_parity_(cut == RingCut::kByParity) {}

  uint16_t operator()(const uint64_t* row) const {
    const uint64_t word = row[word_] >> shift_;
    return by_parity_ ? EverySecond(word) : static_cast<uint16_t>(word);
  }

 private:
  // Bit 16i + j of a word, i and j both even frequencies first: the hash begins
  // with frequency 1.
  static constexpr uint8_t kParityShift[] = {17, 16, 1, 0};

  // Bits 0, 2 ... 14 and 32, 34 ... 46.
  static uint16_t EverySecond(uint64_t word) {
    word &= 0x0000'5555'0000'5555;
    word = (word | word >> 1) & 0x0000'3333'0000'3333;
    word = (word | word >> 2) & 0x0000'0F0F'0000'0F0F;
    word = (word | word >> 4) & 0x0000'00FF'0000'00FF;
    return static_cast<uint16_t>(word | word >> 24);
  }

  size_t word_;
  size_t shift_;
  bool by_parity_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_RING_CUT_H_
