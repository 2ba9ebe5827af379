#include "src/list/csv_columns.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/list/text_value.h"

namespace hashvet {
namespace {

using Names = std::vector<std::string>;

std::string Normalized(std::string_view name) {
  std::string word(TrimBlanks(name));
  absl::AsciiStrToLower(&word);
  std::replace(word.begin(), word.end(), ' ', '_');
  return word;
}

// The column of the first of the `wanted` names that is there.
absl::StatusOr<std::optional<size_t>> Find(
    const Names& names, std::initializer_list<std::string_view> wanted) {
  for (std::string_view name : wanted) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) continue;
    if (std::find(found + 1, names.end(), name) != names.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("header: two columns are named ", ToAbsl(name)));
    }
    return static_cast<size_t>(found - names.begin());
  }
  return std::nullopt;
}

std::string_view Text(const std::vector<CsvField>& fields,
                      std::optional<size_t> column) {
  return column.has_value() ? fields[*column].text : std::string_view();
}

}  // namespace

absl::StatusOr<std::optional<CsvColumns>> CsvColumns::FromHeader(
    const std::vector<CsvField>& fields) {
  Names names;
  for (const CsvField& field : fields) {
    // A first line of data, even a damaged one, must not vanish as a header.
    if (LooksLikeValue(TrimBlanks(field.text))) return std::nullopt;
    names.push_back(Normalized(field.text));
  }

  CsvColumns columns;
  columns.columns_ = names.size();
  HASHVET_ASSIGN_OR_RETURN(
      const std::optional<size_t> value,
      Find(names, {"hash", "value", "signal_str", "hash_value"}));
  if (value.has_value()) columns.values_.push_back({*value, std::nullopt});
  for (size_t i = 0; i < names.size(); ++i) {
    const absl::StatusOr<HashKind> kind = ParseHashKind(names[i]);
    if (!kind.ok()) continue;
    for (const ValueColumn& other : columns.values_) {
      if (other.kind == *kind) {
        return absl::InvalidArgumentError(
            absl::StrCat("header: columns ", other.column + 1, " and ", i + 1,
                         " both hold ", ToAbsl(NameOf(*kind)), " values"));
      }
    }
    columns.values_.push_back({i, *kind});
  }
  if (columns.values_.empty()) return std::nullopt;

  HASHVET_ASSIGN_OR_RETURN(columns.kind_,
                           Find(names, {"kind", "signal_type", "type"}));
  HASHVET_ASSIGN_OR_RETURN(columns.quality_, Find(names, {"quality"}));
  HASHVET_ASSIGN_OR_RETURN(columns.category_, Find(names, {"category"}));
  HASHVET_ASSIGN_OR_RETURN(columns.tags_, Find(names, {"tags"}));
  HASHVET_ASSIGN_OR_RETURN(
      columns.key_, Find(names, {"key", "id", "entry", "indicator", "file"}));
  HASHVET_ASSIGN_OR_RETURN(columns.category_scheme_,
                           Find(names, {"category_scheme"}));
  HASHVET_ASSIGN_OR_RETURN(columns.opinion_, Find(names, {"opinion"}));
  return columns;
}

absl::Status CsvColumns::ParseRow(const std::vector<CsvField>& fields,
                                  HashKind bare_kind, uint64_t line,
                                  std::vector<ListEntry>& entries) const {
  if (fields.size() != columns_) {
    return absl::InvalidArgumentError(absl::StrCat("got ", fields.size(),
                                                   " fields, want ", columns_,
                                                   " as in the header"));
  }
  HASHVET_ASSIGN_OR_RETURN(const std::optional<int> quality,
                           ParseListQuality(Text(fields, quality_)));
  std::string_view category = Text(fields, category_);
  if (category.empty()) category = Text(fields, tags_);
  Opinion opinion = Opinion::kUnknown;
  if (const std::string_view word = TrimBlanks(Text(fields, opinion_));
      !word.empty()) {
    HASHVET_ASSIGN_OR_RETURN(opinion, ParseOpinion(word));
  }
  // An empty field stands for no key; an empty quoted one is an empty key.
  const bool has_key =
      key_.has_value() && (!fields[*key_].text.empty() || fields[*key_].quoted);

  absl::Status first_error;
  bool any = false;
  for (const ValueColumn& column : values_) {
    const std::string_view text = TrimBlanks(fields[column.column].text);
    if (text.empty()) continue;
    any = true;
    absl::StatusOr<HashKind> kind = column.kind.value_or(bare_kind);
    const std::string_view named = TrimBlanks(Text(fields, kind_));
    if (!column.kind.has_value() && !named.empty()) kind = ParseHashKind(named);
    absl::StatusOr<HashValue> value =
        kind.ok() ? ParseListValue(*kind, text)
                  : absl::StatusOr<HashValue>(kind.status());
    if (!value.ok()) {
      first_error.Update(value.status());
      continue;
    }
    entries.push_back(
        {*value, has_key ? std::string(Text(fields, key_)) : LineKey(line),
         std::string(category), quality,
         std::string(Text(fields, category_scheme_)), opinion});
  }
  if (!any) return absl::InvalidArgumentError("no hash in the row");
  return first_error;
}

}  // namespace hashvet
