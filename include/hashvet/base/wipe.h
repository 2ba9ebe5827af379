// Leaving nothing behind: copies of a list's values that a test or a search
// makes on its way are overwritten before their memory goes back, so that no
// core file and no later use of the memory shows them.

#ifndef HASHVET_BASE_WIPE_H_
#define HASHVET_BASE_WIPE_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "hashvet/base/export.h"

namespace hashvet {

// Overwrites with zeros; the compiler does not leave it out.
HASHVET_EXPORT void Wipe(void* bytes, size_t size_bytes);

// Overwrites what calls that have returned left on this thread's stack, some
// 64 KiB of it.
HASHVET_EXPORT void WipeStack();

// Wipes what it gives back, also when a vector grows.
template <typename T>
struct WipingAllocator : std::allocator<T> {
  WipingAllocator() = default;
  template <typename U>
  WipingAllocator(const WipingAllocator<U>&) {}  // NOLINT: as allocators do
  template <typename U>
  struct rebind {
    using other = WipingAllocator<U>;
  };
  void deallocate(T* items, size_t count) {
    Wipe(items, count * sizeof(T));
    std::allocator<T>::deallocate(items, count);
  }
};

template <typename T>
using WipedVector = std::vector<T, WipingAllocator<T>>;

}  // namespace hashvet

#endif  // HASHVET_BASE_WIPE_H_
