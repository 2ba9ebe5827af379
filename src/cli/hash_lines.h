// Hash lines as queries: bare, typed or `hash,quality,file`, as
// list/text_list.h describes them, one answer a line.

#ifndef HASHVET_SRC_CLI_HASH_LINES_H_
#define HASHVET_SRC_CLI_HASH_LINES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/hash/hash_value.h"
#include "src/cli/inputs.h"

namespace hashvet::cli {

struct HashLine {
  // The line's file field, or source:line where it has none.
  std::string id;
  // Or why it is none: InvalidArgument without the line's text.
  absl::StatusOr<HashValue> value;
};

// The query on one line, or nothing for a blank line, a comment or a header.
//
//   where  "source:17", for the id and messages
std::optional<HashLine> ParseHashLine(std::string_view line,
                                      const std::string& where,
                                      bool is_first_line);

// The next query of `reader`, or nothing at its end.
std::optional<HashLine> NextHashLine(LineReader& reader);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_HASH_LINES_H_
