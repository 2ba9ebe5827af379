// The pieces of a line: a value in any of its spellings, a quality, a key.
// Error messages are the reason only, and never hold the text. Private to the
// list layer.

#ifndef HASHVET_SRC_LIST_TEXT_VALUE_H_
#define HASHVET_SRC_LIST_TEXT_VALUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/list/list_value.h"

namespace hashvet {

// Without the spaces and tabs at both ends, or in front only.
std::string_view TrimBlanks(std::string_view text);
std::string_view TrimLeftBlanks(std::string_view text);

bool IsAllHex(std::string_view text);

// Could only be a value, well formed or not: no word of a header.
bool LooksLikeValue(std::string_view text);

// 0 .. 100; nothing for blank text. Errors: InvalidArgument.
absl::StatusOr<std::optional<int>> ParseListQuality(std::string_view text);

// "line-17": the key of an entry whose source gives none.
std::string LineKey(uint64_t line);

}  // namespace hashvet

#endif  // HASHVET_SRC_LIST_TEXT_VALUE_H_
