#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/snapshot_writer.h"

namespace hashvet {
namespace {

constexpr size_t kMaxWordBytes = 128;

bool IsWordCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/';
}

// Names and actions stand in commands, file names, JSON and logs.
absl::Status CheckWord(std::string_view field, std::string_view word) {
  if (word.empty() || word.size() > kMaxWordBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("policy ", ToAbsl(field), ": got ", word.size(),
                     " characters, want 1 to ", kMaxWordBytes));
  }
  const auto foreign =
      std::find_if_not(word.begin(), word.end(), IsWordCharacter);
  if (foreign != word.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "policy ", ToAbsl(field), ": the character at position ",
        foreign - word.begin() + 1, " is none of A-Z a-z 0-9 . _ - /"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPolicy(const ListPolicy& policy) {
  HASHVET_RETURN_IF_ERROR(CheckWord("name", policy.name));
  HASHVET_RETURN_IF_ERROR(CheckWord("action", policy.action));
  if (policy.pdq_max_distance > 128) {
    return absl::InvalidArgumentError(
        absl::StrCat("policy pdq_max_distance: got ", policy.pdq_max_distance,
                     " bits, want 0 to 128"));
  }
  if (policy.pdq_min_quality < 0 || policy.pdq_min_quality > 100) {
    return absl::InvalidArgumentError(
        absl::StrCat("policy pdq_min_quality: got ", policy.pdq_min_quality,
                     ", want 0 to 100"));
  }
  return absl::OkStatus();
}

}  // namespace hashvet
