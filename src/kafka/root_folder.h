// The one folder below which paths of messages may lie. Nothing else is opened,
// whatever a path says: no "..", no absolute path, no symbolic link on the way
// or at its end, no device, pipe or socket.

#ifndef HASHVET_SRC_KAFKA_ROOT_FOLDER_H_
#define HASHVET_SRC_KAFKA_ROOT_FOLDER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/hash/picture_hashes.h"
#include "src/base/descriptor.h"
#include "src/kafka/message.h"

namespace hashvet::kafka {

// Thread-safe. Keeps the folder itself open: one that is renamed stays the
// root, one that takes its name does not become it.
class RootFolder {
 public:
  // Errors: those of FileError; InvalidArgument where it is no folder.
  static absl::StatusOr<RootFolder> Open(const std::string& path);

  // The file's bytes; or a picture without hashes, where there is no such file
  // (kUnreadable) or it has more than max_bytes (kOverLimit) or none at all
  // (kUndecodable); or poison, where the path may not be opened. No message
  // repeats the path.
  std::variant<std::vector<std::byte>, PictureHashes, Poison> Read(
      std::string_view path, size_t max_bytes) const;

 private:
  explicit RootFolder(Descriptor folder) : folder_(std::move(folder)) {}

  Descriptor folder_;
};

}  // namespace hashvet::kafka

#endif  // HASHVET_SRC_KAFKA_ROOT_FOLDER_H_
