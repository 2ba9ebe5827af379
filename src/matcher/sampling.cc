#include "src/matcher/sampling.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hashvet/base/checksum.h"

namespace hashvet {

bool IsSampled(const ListPolicy& list, const HashValue& item) {
  constexpr uint64_t kMillion = 1'000'000;
  if (list.sampled_ppm >= kMillion) return true;
  if (list.sampled_ppm == 0) return false;
  // Seed and kind, little-endian, then the value: the same on every machine.
  std::vector<uint8_t> bytes;
  bytes.reserve(10 + InfoOf(item.kind()).size_bytes);
  for (int shift = 0; shift < 64; shift += 8) {
    bytes.push_back(static_cast<uint8_t>(list.sample_seed >> shift));
  }
  const auto kind = static_cast<uint16_t>(item.kind());
  bytes.push_back(static_cast<uint8_t>(kind));
  bytes.push_back(static_cast<uint8_t>(kind >> 8));
  const std::vector<uint8_t> value = item.ToBytes();
  bytes.insert(bytes.end(), value.begin(), value.end());
  const uint64_t high = Checksum(std::as_bytes(std::span(bytes))) >> 32;
  return (high * kMillion >> 32) < list.sampled_ppm;
}

}  // namespace hashvet
