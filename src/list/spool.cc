#include "src/list/spool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"

namespace hashvet::snapshot {
namespace {

// Memory is given back in steps of this many bytes.
constexpr uint64_t kDropBytes = uint64_t{16} << 20;

absl::StatusOr<int> OpenNameless(const std::string& folder) {
  int descriptor =
      ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
  if (descriptor >= 0) return descriptor;
  // A file system without nameless files: the name goes at once.
  std::string path = absl::StrCat(folder, "/.hashvet-spool.XXXXXX");
  descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) {
    return FileError(errno, "cannot create a temporary file in", folder);
  }
  ::unlink(path.c_str());
  return descriptor;
}

}  // namespace

Spool::Spool(Spool&& other) noexcept
    : folder_(std::move(other.folder_)),
      buffer_(std::move(other.buffer_)),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      mapping_(std::exchange(other.mapping_, nullptr)),
      dropped_(other.dropped_) {}

Spool::~Spool() {
  if (mapping_ != nullptr) ::munmap(mapping_, size_bytes_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

absl::Status Spool::Flush() {
  if (descriptor_ < 0) {
    HASHVET_ASSIGN_OR_RETURN(descriptor_, OpenNameless(folder_));
  }
  const char* next = buffer_.data();
  size_t left = buffer_.size();
  while (left > 0) {
    const ssize_t wrote = ::write(descriptor_, next, left);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      return FileError(errno, "cannot write a temporary file in", folder_);
    }
    next += wrote;
    left -= static_cast<size_t>(wrote);
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::StatusOr<std::span<const std::byte>> Spool::Read() {
  if (descriptor_ < 0) {
    return std::span(reinterpret_cast<const std::byte*>(buffer_.data()),
                     buffer_.size());
  }
  if (mapping_ == nullptr) {
    HASHVET_RETURN_IF_ERROR(Flush());
    void* const mapping =
        ::mmap(nullptr, size_bytes_, PROT_READ, MAP_SHARED, descriptor_, 0);
    if (mapping == MAP_FAILED) {
      return FileError(errno, "cannot map a temporary file in", folder_);
    }
    mapping_ = mapping;
    // A list's entries: not for a core file.
    (void)::madvise(mapping_, size_bytes_, MADV_DONTDUMP);
  }
  return std::span(static_cast<const std::byte*>(mapping_), size_bytes_);
}

void Spool::DropBefore(uint64_t end) {
  if (mapping_ == nullptr || end < dropped_ + kDropBytes) return;
  const uint64_t until = end / kDropBytes * kDropBytes;
  (void)::madvise(static_cast<char*>(mapping_) + dropped_, until - dropped_,
                  MADV_DONTNEED);
  dropped_ = until;
}

}  // namespace hashvet::snapshot
