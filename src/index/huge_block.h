// A block of memory for tables that searches jump about in or read straight
// through: large pages save address translations.

#ifndef HASHVET_SRC_INDEX_HUGE_BLOCK_H_
#define HASHVET_SRC_INDEX_HUGE_BLOCK_H_

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

namespace hashvet {

class HugeBlock {
 public:
  static constexpr size_t kAlignment = 64;  // bytes, at least

  // Null when there is no memory to have. Not initialised.
  static std::shared_ptr<HugeBlock> Create(size_t size_bytes) {
    std::shared_ptr<HugeBlock> block;
    try {
      block = std::make_shared<HugeBlock>();
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    const size_t step = size_bytes < kHugePage ? kAlignment : kHugePage;
    const size_t rounded =
        (std::max<size_t>(size_bytes, 1) + step - 1) / step * step;
    block->memory_ = static_cast<char*>(std::aligned_alloc(step, rounded));
    if (block->memory_ == nullptr) return nullptr;
    // Advice only; refused is fine.
    if (step == kHugePage) {
      (void)madvise(block->memory_, rounded, MADV_HUGEPAGE);
    }
    return block;
  }
  HugeBlock() = default;
  ~HugeBlock() { std::free(memory_); }
  HugeBlock(const HugeBlock&) = delete;
  HugeBlock& operator=(const HugeBlock&) = delete;

  // `count` objects from the byte `begin_bytes` on, which is a multiple of
  // kAlignment; their values are whatever is there.
  template <typename T>
  std::span<T> Array(size_t begin_bytes, size_t count) {
    return {new (memory_ + begin_bytes) T[count], count};
  }

  static bool IsAligned(const void* p) {
    return reinterpret_cast<uintptr_t>(p) % kAlignment == 0;
  }

  static constexpr size_t RoundUp(size_t size_bytes) {
    return (size_bytes + kAlignment - 1) / kAlignment * kAlignment;
  }

 private:
  static constexpr size_t kHugePage = size_t{1} << 21;
  char* memory_ = nullptr;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_HUGE_BLOCK_H_
