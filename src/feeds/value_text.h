// A value as a source spells it, into an entry: as a value, or, where it cannot
// be one, as what is quarantined with the reason. Never lost, never fatal.

#ifndef HASHVET_SRC_FEEDS_VALUE_TEXT_H_
#define HASHVET_SRC_FEEDS_VALUE_TEXT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/ledger/entry.h"

namespace hashvet {

// Hex in any case, with white space around it; PhotoDNA also as 192 base64
// characters or 144 decimals. Errors: InvalidArgument, without the text.
absl::StatusOr<HashValue> ParseValueText(HashKind kind, std::string_view text);

//   kind_name  as the source says, for whoever looks at what is quarantined
void AddValueText(HashKind kind, std::string_view kind_name,
                  std::string_view text, EntryUpdate& update);

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_VALUE_TEXT_H_
