#include "hashvet/base/atomic_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/file_error.h"
#include "src/base/directory_of.h"

namespace hashvet {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;

absl::Status WriteAll(int descriptor, const char* bytes, size_t size_bytes,
                      const std::string& path) {
  while (size_bytes > 0) {
    const ssize_t wrote = ::write(descriptor, bytes, size_bytes);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return FileError(errno, "cannot write", path);
    bytes += wrote;
    size_bytes -= static_cast<size_t>(wrote);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AtomicFile> AtomicFile::Create(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    // Renaming over a device or directory would replace or fail late.
    return absl::InvalidArgumentError(
        absl::StrCat(S_ISDIR(info.st_mode) ? "got a directory"
                                           : "got a pipe, socket or device",
                     ", want a file to write: ", path));
  }
  std::string temporary_path = absl::StrCat(path, ".tmp.XXXXXX");
  const int descriptor = ::mkostemp(temporary_path.data(), O_CLOEXEC);
  if (descriptor < 0) {
    return FileError(errno, "cannot create", path);
  }
  return AtomicFile(path, std::move(temporary_path), descriptor);
}

AtomicFile::AtomicFile(std::string path, std::string temporary_path,
                       int descriptor)
    : path_(std::move(path)),
      temporary_path_(std::move(temporary_path)),
      descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_path_(std::move(other.temporary_path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_bytes_(other.size_bytes_),
      buffer_(std::move(other.buffer_)),
      prepared_(other.prepared_),
      error_(std::move(other.error_)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(temporary_path_, other.temporary_path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_bytes_, other.size_bytes_);
  std::swap(buffer_, other.buffer_);
  std::swap(prepared_, other.prepared_);
  std::swap(error_, other.error_);
  return *this;
}

AtomicFile::~AtomicFile() { Discard(); }

absl::Status AtomicFile::Append(std::span<const std::byte> bytes) {
  if (!error_.ok()) return error_;
  size_bytes_ += bytes.size();
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return buffer_.size() < kBufferBytes ? absl::OkStatus() : Flush();
}

absl::Status AtomicFile::WriteAt(uint64_t offset,
                                 std::span<const std::byte> bytes) {
  if (absl::Status status = Flush(); !status.ok()) return status;
  const auto* next = reinterpret_cast<const char*>(bytes.data());
  size_t left = bytes.size();
  size_bytes_ = std::max(size_bytes_, offset + left);
  while (left > 0) {
    const ssize_t wrote =
        ::pwrite(descriptor_, next, left, static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return Fail(FileError(errno, "cannot write", path_));
    next += wrote;
    offset += static_cast<uint64_t>(wrote);
    left -= static_cast<size_t>(wrote);
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::ShareWithGroup(uint32_t group_id) {
  if (!error_.ok()) return error_;
  constexpr uid_t kSameOwner = static_cast<uid_t>(-1);
  if (::fchown(descriptor_, kSameOwner, group_id) != 0 ||
      ::fchmod(descriptor_, S_IRUSR | S_IWUSR | S_IRGRP) != 0) {
    return Fail(FileError(errno, "cannot share with the group", path_));
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::Prepare() {
  if (absl::Status status = Flush(); !status.ok()) return status;
  if (::fdatasync(descriptor_) != 0) {
    return Fail(FileError(errno, "cannot flush to the disk", path_));
  }
  prepared_ = true;
  return absl::OkStatus();
}

absl::Status AtomicFile::CommitAs(const std::string& path) {
  HASHVET_DCHECK(DirectoryOf(path) == DirectoryOf(path_));
  path_ = path;
  return Commit();
}

absl::Status AtomicFile::CommitUnflushed() {
  if (absl::Status status = Flush(); !status.ok()) return status;
  return Rename();
}

absl::Status AtomicFile::Commit() {
  if (!error_.ok()) return error_;
  if (!prepared_) {
    if (absl::Status status = Prepare(); !status.ok()) return status;
  }
  if (absl::Status status = Rename(); !status.ok()) return status;
  // The new name must survive a power cut too.
  const int directory =
      ::open(DirectoryOf(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) {
    return FileError(errno, "cannot flush the directory of", path_);
  }
  absl::Cleanup close = [directory] { ::close(directory); };
  // A file system that cannot flush directories (EINVAL) has nothing to flush.
  if (::fsync(directory) != 0 && errno != EINVAL) {
    return FileError(errno, "cannot flush the directory of", path_);
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::Rename() {
  if (::rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    return Fail(FileError(errno, "cannot put in place", path_));
  }
  ::close(std::exchange(descriptor_, -1));
  return absl::OkStatus();
}

absl::Status AtomicFile::Flush() {
  if (!error_.ok()) return error_;
  if (absl::Status status =
          WriteAll(descriptor_, buffer_.data(), buffer_.size(), path_);
      !status.ok()) {
    return Fail(std::move(status));
  }
  buffer_.clear();
  return absl::OkStatus();
}

// The temporary file goes at once: a full disk should not stay full.
absl::Status AtomicFile::Fail(absl::Status error) {
  error_ = std::move(error);
  Discard();
  return error_;
}

void AtomicFile::Discard() {
  if (descriptor_ < 0) return;
  ::close(std::exchange(descriptor_, -1));
  ::unlink(temporary_path_.c_str());
}

}  // namespace hashvet
