// One line of a list that is not CSV: bare, `hash,quality,file` or typed.
// Private to the list layer.

#ifndef HASHVET_SRC_LIST_TEXT_LINE_H_
#define HASHVET_SRC_LIST_TEXT_LINE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/list_entry.h"

namespace hashvet {

// The line's entry.
//
//   text  not blank, no comment, without its line break
//   line  its number, for the key where the text gives none
//
// Errors: InvalidArgument, the reason without the text.
absl::StatusOr<ListEntry> ParseListLine(std::string_view text,
                                        HashKind bare_kind, uint64_t line);

}  // namespace hashvet

#endif  // HASHVET_SRC_LIST_TEXT_LINE_H_
