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

}  // namespace hashvet
