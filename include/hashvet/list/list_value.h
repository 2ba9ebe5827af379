// One value of a list as text, in any of the spellings that lists use.

#ifndef HASHVET_LIST_LIST_VALUE_H_
#define HASHVET_LIST_LIST_VALUE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"

namespace hashvet {

// Hex, after an optional "hash="; for PhotoDNA also base64, or 144 decimals
// between commas. Thread-safe.
//
// Errors: InvalidArgument, also for a PhotoDNA value of low information (few
// distinct bytes); the reason only, never the text.
HASHVET_EXPORT absl::StatusOr<HashValue> ParseListValue(HashKind kind,
                                                        std::string_view text);

}  // namespace hashvet

#endif  // HASHVET_LIST_LIST_VALUE_H_
