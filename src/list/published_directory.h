// A directory that lists are published in, open: who may look into it, and its
// files, by names that never lead out of it.

#ifndef HASHVET_SRC_LIST_PUBLISHED_DIRECTORY_H_
#define HASHVET_SRC_LIST_PUBLISHED_DIRECTORY_H_

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/descriptor.h"

namespace hashvet {

class PublishedDirectory {
 public:
  // For its mode and owner: 0700, of this user or root; or 0750, whoever owns
  // it, when this process is in its group. No symbolic link.
  //
  // Errors: NotFound, PermissionDenied (wider modes too).
  static absl::StatusOr<PublishedDirectory> Open(const std::string& path);

  // What a publisher wants on top: its own directory, and one for itself or for
  // exactly this group. Errors: PermissionDenied.
  absl::Status CheckOwner() const;
  absl::Status CheckGroup(std::optional<uint32_t> group_id) const;

  const std::string& path() const { return path_; }
  std::string PathOf(const std::string& name) const;

  // A regular file of the directory's owner or root, 0600 or, for the
  // directory's group, 0640.
  //
  // Errors: NotFound, PermissionDenied, InvalidArgument (no regular file).
  absl::StatusOr<Descriptor> OpenFile(const std::string& name) const;

  // Holds publishers apart, until the descriptor is closed.
  //
  // Errors: FailedPrecondition when another process publishes.
  absl::StatusOr<Descriptor> Lock() const;

  // The names in it, sorted. Errors: Internal …
  absl::StatusOr<std::vector<std::string>> Names() const;

  // The file's size. Errors: those of unlinkat.
  absl::StatusOr<uint64_t> Remove(const std::string& name) const;

  // Makes removals last.
  absl::Status Flush() const;

 private:
  PublishedDirectory(std::string path, Descriptor directory,
                     const struct stat& info)
      : path_(std::move(path)), directory_(std::move(directory)), info_(info) {}

  std::string path_;
  Descriptor directory_;
  struct stat info_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_LIST_PUBLISHED_DIRECTORY_H_
