#include "hashvet/list/list_entry.h"

namespace hashvet {

std::string_view NameOf(Opinion opinion) {
  switch (opinion) {
    case Opinion::kUnknown:
      return "unknown";
    case Opinion::kSeed:
      return "seed";
    case Opinion::kPositive:
      return "positive";
    case Opinion::kNegative:
      return "negative";
    case Opinion::kDisputed:
      return "disputed";
  }
  return "unknown";
}

absl::StatusOr<Opinion> ParseOpinion(std::string_view name) {
  for (const Opinion opinion :
       {Opinion::kUnknown, Opinion::kSeed, Opinion::kPositive,
        Opinion::kNegative, Opinion::kDisputed}) {
    if (name == NameOf(opinion)) return opinion;
  }
  return absl::InvalidArgumentError(
      "opinion: got another word, want unknown, seed, positive, negative or "
      "disputed");
}

}  // namespace hashvet
