#include "hashvet/base/checksum.h"

// xxHash's own way of compiling it into one file: no library to link.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace hashvet {

uint64_t Checksum(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace hashvet
