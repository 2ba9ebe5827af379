#include "hashvet/hash/picture_file.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "hashvet/base/mapped_file.h"

namespace hashvet {
namespace {

HashOutcome OutcomeOfReading(const absl::Status& status,
                             const std::string& path) {
  if (status.code() == absl::StatusCode::kResourceExhausted) {
    return HashOutcome::kOverLimit;
  }
  // A regular file refused as an argument is an empty one: it could be read,
  // and is no picture.
  std::error_code ignored;
  const bool regular =
      path == "-" || std::filesystem::is_regular_file(path, ignored);
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
  return FailedPicture(OutcomeOfReading(bytes.status(), path), bytes.status());
}

}  // namespace hashvet
