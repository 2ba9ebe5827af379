#include "src/matcher/turned_value.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace hashvet {
namespace {

// Turns `count` bits of the bytes. False: there are fewer.
bool TurnBits(uint32_t count, std::vector<uint8_t>& bytes,
              std::mt19937_64& random) {
  std::vector<size_t> bits(bytes.size() * 8);
  if (count > bits.size()) return false;
  std::iota(bits.begin(), bits.end(), size_t{0});
  std::shuffle(bits.begin(), bits.end(), random);
  for (uint32_t i = 0; i < count; ++i) {
    bytes[bits[i] / 8] ^= static_cast<uint8_t>(1u << (bits[i] % 8));
  }
  return true;
}

// Moves bytes, in a random order, each as far as it can go and is wanted.
// False: not far enough.
bool MoveBytes(uint32_t distance, bool squared, std::vector<uint8_t>& bytes,
               std::mt19937_64& random) {
  std::vector<size_t> order(bytes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::shuffle(order.begin(), order.end(), random);
  uint32_t left = distance;
  for (const size_t at : order) {
    uint8_t& byte = bytes[at];
    const bool up = byte < 128;
    const uint32_t room = up ? 255u - byte : byte;
    const uint32_t want =
        squared ? static_cast<uint32_t>(std::sqrt(static_cast<double>(left)))
                : left;
    const uint32_t step = std::min(room, want);
    byte = static_cast<uint8_t>(up ? byte + step : byte - step);
    left -= squared ? step * step : step;
  }
  return left == 0;
}

}  // namespace

std::optional<HashValue> TurnedTo(const HashValue& value, uint32_t distance,
                                  ByteVectorMetric metric,
                                  std::mt19937_64& random) {
  std::vector<uint8_t> bytes = value.ToBytes();
  const bool is_vector = InfoOf(value.kind()).family == HashFamily::kByteVector;
  const bool turned =
      is_vector
          ? MoveBytes(distance, metric != ByteVectorMetric::kL1, bytes, random)
          : TurnBits(distance, bytes, random);
  if (!turned) return std::nullopt;
  return *HashValue::FromBytes(value.kind(), bytes);
}

}  // namespace hashvet
