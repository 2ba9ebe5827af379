#include "hashvet/base/checksum.h"

// xxHash's own way of compiling it into one file: no library to link.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace hashvet {

uint64_t Checksum(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

struct ChecksumStream::State {
  State() { XXH3_64bits_reset(&of); }
  XXH3_state_t of;
};

ChecksumStream::ChecksumStream() : state_(std::make_unique<State>()) {}
ChecksumStream::ChecksumStream(ChecksumStream&&) noexcept = default;
ChecksumStream& ChecksumStream::operator=(ChecksumStream&&) noexcept = default;
ChecksumStream::~ChecksumStream() = default;

void ChecksumStream::Update(std::span<const std::byte> bytes) {
  XXH3_64bits_update(&state_->of, bytes.data(), bytes.size());
}

uint64_t ChecksumStream::Value() const {
  return XXH3_64bits_digest(&state_->of);
}

}  // namespace hashvet
