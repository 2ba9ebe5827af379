// A regular file mapped read-only: pages are shared by every process that maps
// the same file, nothing is copied, and core files leave it out.
//
// Whoever can write the file can change or truncate the bytes while they are
// mapped (a truncation raises SIGBUS): map files that are replaced by renaming,
// not rewritten in place. Pictures, which anyone may write, are read with
// ReadFile instead.

#ifndef HASHVET_BASE_MAPPED_FILE_H_
#define HASHVET_BASE_MAPPED_FILE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"

namespace hashvet {

class HASHVET_EXPORT MappedFile {
 public:
  // Errors:
  //   NotFound          no such file
  //   PermissionDenied  the file may not be read
  //   InvalidArgument   a directory, socket, device …, or an empty file
  //   Internal          the system refused the mapping
  static absl::StatusOr<MappedFile> Open(const std::string& path);

  // Of a file that is open for reading already, and stays the caller's to
  // close; `path` is for messages. Errors: as Open.
  static absl::StatusOr<MappedFile> Map(int descriptor,
                                        const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  // At least one byte, page-aligned; valid as long as this object.
  std::span<const std::byte> bytes() const { return {begin_, size_bytes_}; }

  // Asks the system to read the whole file ahead.
  void Prefetch() const;

 private:
  MappedFile(const std::byte* begin, size_t size_bytes)
      : begin_(begin), size_bytes_(size_bytes) {}

  const std::byte* begin_ = nullptr;
  size_t size_bytes_ = 0;
};

// Reads a whole regular file (or, with path "-", standard input) into memory.
//
//   max_bytes  inclusive; a longer input is refused without being read whole.
//
// Errors: as MappedFile::Open, and
//   ResourceExhausted  longer than max_bytes
//   DataLoss           the system failed to read what is there
HASHVET_EXPORT absl::StatusOr<std::vector<std::byte>> ReadFile(
    const std::string& path, size_t max_bytes);

// The same of an open file, pipe or socket, from where it stands to its end; it
// stays open. `name` is for messages.
HASHVET_EXPORT absl::StatusOr<std::vector<std::byte>> ReadDescriptor(
    int descriptor, const std::string& name, size_t max_bytes);

}  // namespace hashvet

#endif  // HASHVET_BASE_MAPPED_FILE_H_
