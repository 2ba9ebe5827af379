#include "hashvet/sandbox/picture_hasher.h"

#include <variant>
#include <vector>

#include "hashvet/hash/picture_file.h"

namespace hashvet {

PictureHashes PictureHasher::HashFile(const std::string& path,
                                      const HashRequest& request) {
  const auto read = ReadPictureFile(path, request.max_input_bytes);
  const auto* bytes = std::get_if<std::vector<std::byte>>(&read);
  return bytes == nullptr ? std::get<PictureHashes>(read)
                          : Hash(*bytes, path, request);
}

}  // namespace hashvet
