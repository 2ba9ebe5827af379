// An array that ends where its memory does: the next byte is a page that may
// not be touched, so a read or write past the end ends the test program. Works
// in kernels too, which sanitizers see less of: vector loads by intrinsics, and
// builds without a sanitizer.

#ifndef HASHVET_TESTS_SUPPORT_GUARDED_ARRAY_H_
#define HASHVET_TESTS_SUPPORT_GUARDED_ARRAY_H_

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <span>

namespace hashvet::testing {

template <typename T>
class GuardedArray {
 public:
  // All zeros.
  explicit GuardedArray(size_t count) : count_(count) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t used = (count * sizeof(T) + page - 1) / page * page;
    mapped_ = used + page;
    base_ = static_cast<char*>(mmap(nullptr, mapped_, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base_ == MAP_FAILED) std::abort();
    if (mprotect(base_ + used, page, PROT_NONE) != 0) std::abort();
    begin_ = reinterpret_cast<T*>(base_ + used - count * sizeof(T));
  }
  ~GuardedArray() { munmap(base_, mapped_); }
  GuardedArray(const GuardedArray&) = delete;
  GuardedArray& operator=(const GuardedArray&) = delete;

  T* data() const { return begin_; }
  size_t size() const { return count_; }
  T& operator[](size_t i) const { return begin_[i]; }
  // The last `count` of them: shorter arrays that end at the guard as well.
  std::span<T> last(size_t count) const {
    return {begin_ + (count_ - count), count};
  }

 private:
  size_t count_;
  size_t mapped_;
  char* base_;
  T* begin_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_SUPPORT_GUARDED_ARRAY_H_
