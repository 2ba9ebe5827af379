// A file that appears whole or not at all: written under a temporary name in
// the same directory, flushed to the disk, then renamed.
//
// Use it for everything that somebody may read later: a full disk, a crash or
// an early return leaves the old file, or none, and never half of a new one.

#ifndef HASHVET_BASE_ATOMIC_FILE_H_
#define HASHVET_BASE_ATOMIC_FILE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"

namespace hashvet {

class HASHVET_EXPORT AtomicFile {
 public:
  // Creates the temporary file, readable by its owner only (mode 0600).
  //
  // Errors: NotFound, PermissionDenied, InvalidArgument (the path is a
  // directory), ResourceExhausted (disk full), Internal.
  static absl::StatusOr<AtomicFile> Create(const std::string& path);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  // Removes the temporary file unless Commit succeeded.
  ~AtomicFile();

  // Appends; small writes are gathered. After an error every later call
  // returns the same error and Commit refuses.
  absl::Status Append(std::span<const std::byte> bytes);

  // Writes at an offset, which may lie beyond the end; bytes between are zero.
  // For headers known last, and parts that are written in turns. REQUIRES: no
  // Append afterwards.
  absl::Status WriteAt(uint64_t offset, std::span<const std::byte> bytes);

  uint64_t size_bytes() const { return size_bytes_; }

  // Lets the members of one group read the file too (mode 0640).
  absl::Status ShareWithGroup(uint32_t group_id);

  // Flushes to the disk and leaves the file under its temporary name, where it
  // can be read back before it counts. Nothing may be appended after it. A
  // failed flush discards the file: what the system dropped cannot be flushed
  // again.
  absl::Status Prepare();
  const std::string& temporary_path() const { return temporary_path_; }

  // Prepare() where that was not called, then renames over `path` and flushes
  // the directory. When that last step fails, the new file is in place, though
  // a power cut may bring back the old one.
  absl::Status Commit();

  // As Commit, under a path in the same directory that was not known before.
  absl::Status CommitAs(const std::string& path);

  // Renames over `path` and flushes nothing: after a power cut the file may be
  // the old one, empty, or torn. For what can be made anew and is checked when
  // it is read.
  absl::Status CommitUnflushed();

 private:
  AtomicFile(std::string path, std::string temporary_path, int descriptor);
  absl::Status Flush();
  absl::Status Rename();
  absl::Status Fail(absl::Status error);
  void Discard();

  std::string path_;
  std::string temporary_path_;
  int descriptor_ = -1;
  uint64_t size_bytes_ = 0;
  std::string buffer_;
  bool prepared_ = false;
  absl::Status error_;
};

}  // namespace hashvet

#endif  // HASHVET_BASE_ATOMIC_FILE_H_
