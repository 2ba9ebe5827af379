// A cryptographic digest of a file's bytes: MD5, SHA-1 or SHA-256. Compared for
// equality only; a digest finds the same file, never a similar picture.

#ifndef HASHVET_HASH_DIGEST_H_
#define HASHVET_HASH_DIGEST_H_

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

#include "hashvet/base/dcheck.h"

namespace hashvet {

class Digest {
 public:
  static constexpr size_t kMaxBytes = 32;

  // REQUIRES: bytes.size() is 16, 20 or 32.
  explicit constexpr Digest(std::span<const uint8_t> bytes)
      : size_bytes_(static_cast<uint8_t>(bytes.size())) {
    HASHVET_DCHECK(bytes.size() == 16 || bytes.size() == 20 ||
                   bytes.size() == 32);
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }

  constexpr std::span<const uint8_t> bytes() const {
    return {bytes_.data(), size_bytes_};
  }

  friend constexpr auto operator<=>(const Digest&, const Digest&) = default;

 private:
  uint8_t size_bytes_;
  std::array<uint8_t, kMaxBytes> bytes_ = {};  // zero past size_bytes_
};

}  // namespace hashvet

#endif  // HASHVET_HASH_DIGEST_H_
