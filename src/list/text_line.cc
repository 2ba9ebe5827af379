// One line of a list that is not CSV: bare, `hash,quality,file` or typed.

#include <array>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "hashvet/base/status.h"
#include "hashvet/list/text_list.h"
#include "src/list/text_value.h"

namespace hashvet {
namespace {

// Longer than the name of any kind, shorter than any value but the 64-bit ones:
// a damaged hash is told as that, and not as an unknown kind.
constexpr size_t kMaxKindNameCharacters = 31;

constexpr std::array<bool, 256> MakeSeparators() {
  std::array<bool, 256> is_separator = {};
  for (const unsigned char c : {',', ' ', '\t', ':'}) is_separator[c] = true;
  return is_separator;
}
constexpr std::array<bool, 256> kIsSeparator = MakeSeparators();

std::string_view FirstWord(std::string_view text) {
  size_t end = 0;
  while (end < text.size() &&
         !kIsSeparator[static_cast<unsigned char>(text[end])]) {
    ++end;
  }
  return text.substr(0, end);
}

// The value at the head of `rest`, up to a separator. The decimals of a
// PhotoDNA value have commas between them: without quotes they are the rest of
// the line, for nobody could tell a missing number from a quality that follows;
// in double quotes, as in a CSV field, further fields may follow.
//
// Errors: InvalidArgument for a quote that does not end.
absl::StatusOr<std::string_view> ValueOf(HashKind kind, std::string_view rest,
                                         std::string_view& after) {
  if (kind == HashKind::kPhotoDna && rest.starts_with('"')) {
    const size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) {
      return absl::InvalidArgumentError(
          "photodna value: the quote before it does not end");
    }
    after = rest.substr(end + 1);
    return rest.substr(1, end - 1);
  }
  std::string_view value = FirstWord(rest);
  constexpr size_t kMaxDecimalDigits = 3;
  const std::string_view next = TrimLeftBlanks(rest.substr(value.size()));
  if (kind == HashKind::kPhotoDna && value.size() <= kMaxDecimalDigits &&
      next.starts_with(',')) {
    value = rest;
  }
  after = rest.substr(value.size());
  return value;
}

// What follows the hash: nothing, ",quality", ",quality,file" or ",note". A
// file name may hold commas. A lone field that is no number is a note, which
// names the entry as a file would.
absl::Status ParseFields(std::string_view fields, ListEntry& entry) {
  if (fields.empty()) return absl::OkStatus();
  if (fields[0] != ',') {
    return absl::InvalidArgumentError(
        "text after the hash, want a comma or the end of the line");
  }
  fields.remove_prefix(1);
  const size_t comma = fields.find(',');
  const std::string_view first = TrimBlanks(fields.substr(0, comma));
  if (comma == std::string_view::npos &&
      first.find_first_not_of("0123456789+-.") != std::string_view::npos) {
    entry.key = std::string(first);
    return absl::OkStatus();
  }
  HASHVET_ASSIGN_OR_RETURN(entry.quality, ParseListQuality(first));
  if (comma != std::string_view::npos) {
    entry.key = std::string(fields.substr(comma + 1));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ListEntry> ParseListLine(std::string_view text,
                                        HashKind bare_kind, uint64_t line) {
  std::string_view rest = TrimLeftBlanks(text);
  std::string_view word = FirstWord(rest);
  HashKind kind = bare_kind;
  const bool is_kind = word.size() <= kMaxKindNameCharacters &&
                       word.size() < rest.size() && !word.starts_with('"') &&
                       !IsAllHex(word) && !LooksLikeValue(word);
  if (is_kind) {
    HASHVET_ASSIGN_OR_RETURN(kind, ParseHashKind(word));
    rest = TrimLeftBlanks(rest.substr(word.size()));
    if (!rest.empty() && (rest[0] == ',' || rest[0] == ':')) {
      rest = TrimLeftBlanks(rest.substr(1));
    }
  }
  HASHVET_ASSIGN_OR_RETURN(word, ValueOf(kind, rest, rest));
  absl::StatusOr<HashValue> value = ParseListValue(kind, word);
  if (!value.ok()) return std::move(value).status();
  ListEntry entry{*value, {}, {}, {}};
  HASHVET_RETURN_IF_ERROR(ParseFields(TrimLeftBlanks(rest), entry));
  if (entry.key.empty()) entry.key = LineKey(line);
  return entry;
}

}  // namespace hashvet
