#include "src/cli/hash_lines.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/text_list.h"

namespace hashvet::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The first word of the header that `hashvet snapshot export` and CSV files of
// hashes begin with.
bool IsHeader(std::string_view line) {
  const std::string_view word = line.substr(0, line.find(','));
  return word.size() < line.size() && (word == "hash" || word == "kind");
}

}  // namespace

std::optional<HashLine> ParseHashLine(std::string_view line,
                                      const std::string& where,
                                      bool is_first_line) {
  if (is_first_line && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  line = ToStd(absl::StripAsciiWhitespace(ToAbsl(line)));
  if (line.empty() || line[0] == '#') return std::nullopt;
  if (is_first_line && IsHeader(line)) return std::nullopt;
  constexpr uint64_t kNumber = 0;  // no line has it
  absl::StatusOr<ListEntry> entry =
      ParseListLine(line, HashKind::kPdq, kNumber);
  if (!entry.ok()) return HashLine{where, entry.status()};
  const bool has_id = entry->key != absl::StrCat("line-", kNumber);
  return HashLine{has_id ? std::move(entry->key) : where,
                  std::move(entry->value)};
}

std::optional<HashLine> NextHashLine(LineReader& reader) {
  while (std::optional<std::string> line = reader.Next()) {
    std::optional<HashLine> query =
        ParseHashLine(*line, absl::StrCat(reader.name(), ":", reader.lines()),
                      reader.lines() == 1);
    if (query.has_value()) return query;
  }
  return std::nullopt;
}

}  // namespace hashvet::cli
