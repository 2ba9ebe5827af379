#include "hashvet/hash/picture_file.h"

#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include "hashvet/base/mapped_file.h"

namespace hashvet {
namespace {

HashOutcome OutcomeOfReading(const absl::Status& status,
                             const std::string& path, size_t max_bytes) {
  std::error_code ignored;
  const bool regular =
      path == "-" || std::filesystem::is_regular_file(path, ignored);
  if (status.code() == absl::StatusCode::kResourceExhausted) {
    // What is not too long lacked a descriptor, or memory, of ours.
    std::error_code unknown;
    const uintmax_t size = std::filesystem::file_size(path, unknown);
    return regular && !unknown && size <= max_bytes ? HashOutcome::kOverloaded
                                                    : HashOutcome::kOverLimit;
  }
  // A regular file refused as an argument is an empty one: it could be read,
  // and is no picture.
  return status.code() == absl::StatusCode::kInvalidArgument && regular
             ? HashOutcome::kUndecodable
             : HashOutcome::kUnreadable;
}

}  // namespace

PictureHashes FailedPicture(HashOutcome outcome, absl::Status status) {
  PictureHashes hashes;
  hashes.outcome = outcome;
  hashes.status = std::move(status);
  return hashes;
}

std::variant<std::vector<std::byte>, PictureHashes> ReadPictureFile(
    const std::string& path, size_t max_bytes) {
  absl::StatusOr<std::vector<std::byte>> bytes = ReadFile(path, max_bytes);
  if (bytes.ok()) return *std::move(bytes);
  return FailedPicture(OutcomeOfReading(bytes.status(), path, max_bytes),
                       bytes.status());
}

}  // namespace hashvet
