// One row of a clearinghouse's list: a value and what the list says of it.

#ifndef HASHVET_LIST_LIST_ENTRY_H_
#define HASHVET_LIST_LIST_ENTRY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_value.h"

namespace hashvet {

// What the list's members say of an entry, taken together.
enum class Opinion : uint8_t {
  kUnknown = 0,
  kSeed = 1,      // somebody listed it, nobody has verified it
  kPositive = 2,  // verified
  kNegative = 3,  // does not belong
  kDisputed = 4,  // negative for one, not for another
};

HASHVET_EXPORT std::string_view NameOf(Opinion opinion);  // "positive" …

// By that name. Errors: InvalidArgument, listing the names, without the text.
HASHVET_EXPORT absl::StatusOr<Opinion> ParseOpinion(std::string_view name);

struct ListEntry {
  HashValue value;
  std::string key;       // the source's own identity; made from the line number
                         // ("line-17") where the source gives none
  std::string category;  // verbatim; may be empty
  std::optional<int> quality;  // of the value, 0 .. 100, where given
  std::string
      category_scheme;  // whose word it is: "ncmec", "uk" …; may be empty
  Opinion opinion = Opinion::kUnknown;
};

}  // namespace hashvet

#endif  // HASHVET_LIST_LIST_ENTRY_H_
