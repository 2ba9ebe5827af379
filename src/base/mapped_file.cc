#include "hashvet/base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/file_error.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

// A FIFO or device could block or never end.
absl::Status CheckRegular(int descriptor, const std::string& path,
                          struct stat* info) {
  if (::fstat(descriptor, info) != 0) {
    return FileError(errno, "cannot examine", path);
  }
  if (S_ISDIR(info->st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("got a directory, want a file: ", path));
  }
  if (!S_ISREG(info->st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "got a pipe, socket or device, want a regular file: ", path));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> OpenRegular(const std::string& path, struct stat* info) {
  const int descriptor =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return FileError(errno, "cannot open", path);
  absl::Cleanup close = [descriptor] { ::close(descriptor); };
  HASHVET_RETURN_IF_ERROR(CheckRegular(descriptor, path, info));
  std::move(close).Cancel();
  return descriptor;
}

}  // namespace

absl::StatusOr<MappedFile> MappedFile::Open(const std::string& path) {
  struct stat info;
  HASHVET_ASSIGN_OR_RETURN(const int descriptor, OpenRegular(path, &info));
  absl::Cleanup close = [descriptor] { ::close(descriptor); };
  return Map(descriptor, path);
}

absl::StatusOr<MappedFile> MappedFile::Map(int descriptor,
                                           const std::string& path) {
  struct stat info;
  HASHVET_RETURN_IF_ERROR(CheckRegular(descriptor, path, &info));
  if (info.st_size == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("got an empty file: ", path));
  }
  const auto size_bytes = static_cast<size_t>(info.st_size);
  void* begin =
      ::mmap(nullptr, size_bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  if (begin == MAP_FAILED) return FileError(errno, "cannot map", path);
  // Lists are confidential. Where the system knows no such advice, its core
  // files have no file-backed pages either, unless an operator asks for them.
  ::madvise(begin, size_bytes, MADV_DONTDUMP);
  return MappedFile(static_cast<const std::byte*>(begin), size_bytes);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : begin_(std::exchange(other.begin_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (begin_ != nullptr) {
    ::munmap(const_cast<std::byte*>(begin_), size_bytes_);
  }
}

void MappedFile::Prefetch() const {
  // Advice only: where the system does not take it, pages come as touched.
  void* begin = const_cast<std::byte*>(begin_);
#ifdef MADV_POPULATE_READ
  if (::madvise(begin, size_bytes_, MADV_POPULATE_READ) == 0) return;
#endif
  ::madvise(begin, size_bytes_, MADV_WILLNEED);
}

namespace {

absl::Status TooLong(const std::string& name, size_t max_bytes) {
  return absl::ResourceExhaustedError(absl::StrCat(
      "file size: over the limit of ", max_bytes, " bytes: ", name));
}

// One byte more than is expected shows the end without growing.
absl::StatusOr<std::vector<std::byte>> ReadToEnd(int descriptor,
                                                 const std::string& name,
                                                 size_t max_bytes,
                                                 size_t expected_bytes) {
  std::vector<std::byte> bytes(std::min(expected_bytes, max_bytes) + 1);
  size_t length = 0;
  while (true) {
    if (length == bytes.size()) {
      bytes.resize(std::min(2 * length + (size_t{64} << 10), max_bytes + 1));
    }
    const ssize_t got =
        ::read(descriptor, bytes.data() + length, bytes.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(errno, "cannot read", name);
    if (got == 0) break;
    length += static_cast<size_t>(got);
    if (length > max_bytes) return TooLong(name, max_bytes);
  }
  if (length == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("got an empty file: ", name));
  }
  bytes.resize(length);
  return bytes;
}

}  // namespace

absl::StatusOr<std::vector<std::byte>> ReadFile(const std::string& path,
                                                size_t max_bytes) {
  if (path == "-") {
    return ReadDescriptor(STDIN_FILENO, "standard input", max_bytes);
  }
  struct stat info;
  HASHVET_ASSIGN_OR_RETURN(const int descriptor, OpenRegular(path, &info));
  absl::Cleanup close = [descriptor] { ::close(descriptor); };
  const auto expected_bytes = static_cast<size_t>(info.st_size);
  if (expected_bytes > max_bytes) return TooLong(path, max_bytes);
  return ReadToEnd(descriptor, path, max_bytes, expected_bytes);
}

absl::StatusOr<std::vector<std::byte>> ReadDescriptor(int descriptor,
                                                      const std::string& name,
                                                      size_t max_bytes) {
  return ReadToEnd(descriptor, name, max_bytes, 0);
}

}  // namespace hashvet
