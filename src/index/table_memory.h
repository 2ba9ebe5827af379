// The memory of an index that owns its tables: one aligned block. Private to
// the index layer.

#ifndef HASHVET_SRC_INDEX_TABLE_MEMORY_H_
#define HASHVET_SRC_INDEX_TABLE_MEMORY_H_

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace hashvet {

inline constexpr size_t kTableAlignment = 64;  // bytes: a cache line

inline size_t RoundUp(size_t n, size_t step) {
  return (n + step - 1) / step * step;
}

inline bool IsTableAligned(const void* p) {
  return reinterpret_cast<uintptr_t>(p) % kTableAlignment == 0;
}

class TableMemory {
 public:
  explicit TableMemory(size_t bytes)
      : memory(std::aligned_alloc(
            bytes < kHugePage ? kTableAlignment : kHugePage,
            RoundUp(std::max<size_t>(bytes, 1),
                    bytes < kHugePage ? kTableAlignment : kHugePage))) {
    // Large pages save address translations. Advice only; refused is fine.
    if (memory != nullptr && bytes >= kHugePage) {
      (void)madvise(memory, RoundUp(bytes, kHugePage), MADV_HUGEPAGE);
    }
  }
  ~TableMemory() { std::free(memory); }
  TableMemory(const TableMemory&) = delete;
  TableMemory& operator=(const TableMemory&) = delete;

  void* const memory;  // null when there was none to have

 private:
  static constexpr size_t kHugePage = size_t{1} << 21;  // bytes
};

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_TABLE_MEMORY_H_
