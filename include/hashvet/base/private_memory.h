// Memory for what must not get about: keys, and lists that lie encrypted on
// disk. Anonymous, page-aligned, kept out of core files and, where the system
// allows, out of swap; overwritten with zeros before it goes back.
//
// A child after fork() has a copy of its own, readable and wiped in its turn;
// the lock does not pass to it (mlock(2)).

#ifndef HASHVET_BASE_PRIVATE_MEMORY_H_
#define HASHVET_BASE_PRIVATE_MEMORY_H_

#include <cstddef>
#include <span>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"

namespace hashvet {

class HASHVET_EXPORT PrivateMemory {
 public:
  // All zeros.
  //
  // Errors: InvalidArgument (no bytes), ResourceExhausted (no memory), Internal
  // (the system would write it to core files).
  static absl::StatusOr<PrivateMemory> Create(size_t size_bytes);

  PrivateMemory(PrivateMemory&& other) noexcept;
  PrivateMemory& operator=(PrivateMemory&& other) noexcept;
  PrivateMemory(const PrivateMemory&) = delete;
  PrivateMemory& operator=(const PrivateMemory&) = delete;
  // Wipes.
  ~PrivateMemory();

  std::span<std::byte> bytes() { return {begin_, size_bytes_}; }
  std::span<const std::byte> bytes() const { return {begin_, size_bytes_}; }

  // False where the system refused to lock it (RLIMIT_MEMLOCK): it may then be
  // swapped out. Tell the operator.
  bool locked() const { return locked_; }

  // Hides and wipes all bytes from `size_bytes` on.
  // REQUIRES: size_bytes <= bytes().size()
  void Shorten(size_t size_bytes);

 private:
  PrivateMemory(std::byte* begin, size_t size_bytes, bool locked)
      : begin_(begin),
        size_bytes_(size_bytes),
        mapped_bytes_(size_bytes),
        locked_(locked) {}

  std::byte* begin_ = nullptr;
  size_t size_bytes_ = 0;
  size_t mapped_bytes_ = 0;
  bool locked_ = false;
};

}  // namespace hashvet

#endif  // HASHVET_BASE_PRIVATE_MEMORY_H_
