#include "hashvet/base/private_memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/file_error.h"

namespace hashvet {

absl::StatusOr<PrivateMemory> PrivateMemory::Create(size_t size_bytes) {
  if (size_bytes == 0) {
    return absl::InvalidArgumentError("private memory: got 0 bytes, want some");
  }
  void* begin = ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (begin == MAP_FAILED) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "private memory: the system gives no ", size_bytes, " bytes"));
  }
  if (::madvise(begin, size_bytes, MADV_DONTDUMP) != 0) {
    const int error = errno;
    ::munmap(begin, size_bytes);
    return FileError(error, "cannot keep out of core files", "private memory");
  }
  const bool locked = ::mlock(begin, size_bytes) == 0;
  return PrivateMemory(static_cast<std::byte*>(begin), size_bytes, locked);
}

PrivateMemory::PrivateMemory(PrivateMemory&& other) noexcept
    : begin_(std::exchange(other.begin_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      mapped_bytes_(std::exchange(other.mapped_bytes_, 0)),
      locked_(std::exchange(other.locked_, false)) {}

PrivateMemory& PrivateMemory::operator=(PrivateMemory&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(size_bytes_, other.size_bytes_);
  std::swap(mapped_bytes_, other.mapped_bytes_);
  std::swap(locked_, other.locked_);
  return *this;
}

PrivateMemory::~PrivateMemory() {
  if (begin_ == nullptr) return;
  // Unmapped pages are zeroed before anyone gets them, but not before then.
  ::explicit_bzero(begin_, size_bytes_);
  ::munmap(begin_, mapped_bytes_);
}

void PrivateMemory::Shorten(size_t size_bytes) {
  HASHVET_DCHECK(size_bytes <= size_bytes_);
  ::explicit_bzero(begin_ + size_bytes, size_bytes_ - size_bytes);
  size_bytes_ = size_bytes;
}

}  // namespace hashvet
