#include "hashvet/ledger/value_key.h"

#include <cstdint>
#include <span>
#include <vector>

#include "hashvet/hash/sha256.h"

namespace hashvet {

std::string KeyOfValue(const HashValue& value) {
  std::vector<uint8_t> bytes = value.ToBytes();
  bytes.push_back(static_cast<uint8_t>(value.kind()));
  const auto digest = Sha256Of(std::as_bytes(std::span(bytes)));
  std::string key = "v-";
  for (size_t bit = 0; bit < 80; bit += 5) {
    unsigned five = 0;
    for (size_t b = bit; b < bit + 5; ++b) {
      five = five << 1 | ((*digest)[b / 8] >> (7 - b % 8) & 1u);
    }
    key.push_back("ghijkmnpqrstuvwxyz23456789GHJKLM"[five]);
  }
  return key;
}

}  // namespace hashvet
