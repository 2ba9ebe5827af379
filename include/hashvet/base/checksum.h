// XXH3, 64 bits: finds damage in a file. Not a defence against an attacker, who
// can make collisions; signatures are for that.

#ifndef HASHVET_BASE_CHECKSUM_H_
#define HASHVET_BASE_CHECKSUM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "hashvet/base/export.h"

namespace hashvet {

// Thread-safe; allocates nothing.
HASHVET_EXPORT uint64_t Checksum(std::span<const std::byte> bytes);

// The same of bytes that come in pieces. Not thread-safe.
class HASHVET_EXPORT ChecksumStream {
 public:
  ChecksumStream();
  ChecksumStream(ChecksumStream&&) noexcept;
  ChecksumStream& operator=(ChecksumStream&&) noexcept;
  ~ChecksumStream();

  void Update(std::span<const std::byte> bytes);
  uint64_t Value() const;  // of everything so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_BASE_CHECKSUM_H_
