// XXH3, 64 bits: finds damage in a file. Not a defence against an attacker, who
// can make collisions; signatures are for that.

#ifndef HASHVET_BASE_CHECKSUM_H_
#define HASHVET_BASE_CHECKSUM_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "hashvet/base/export.h"

namespace hashvet {

// Thread-safe; allocates nothing.
HASHVET_EXPORT uint64_t Checksum(std::span<const std::byte> bytes);

}  // namespace hashvet

#endif  // HASHVET_BASE_CHECKSUM_H_
