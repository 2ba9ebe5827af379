// CSV and JSON lines whose columns a mapping explains.

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "hashvet/ledger/value_key.h"
#include "hashvet/list/csv.h"
#include "src/feeds/file/formats.h"
#include "src/feeds/json_reader.h"
#include "src/feeds/utc.h"
#include "src/feeds/value_text.h"

namespace hashvet {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 18;
// What a record may need in front of the reader: it, and a byte to end it.
constexpr size_t kWindowBytes = 2 * kMaxLineBytes;

// A window over the bytes that always holds a whole record.
class Window {
 public:
  explicit Window(ByteSource source) : source_(source) {}

  // What is left, kWindowBytes of it or more unless the end is near.
  absl::StatusOr<std::string_view> Rest() {
    if (buffer_.size() - begin_ < kWindowBytes && !at_end_) {
      buffer_.erase(0, begin_);
      begin_ = 0;
      while (buffer_.size() < kWindowBytes && !at_end_) {
        const size_t size = buffer_.size();
        buffer_.resize(size + kBlockBytes);
        HASHVET_ASSIGN_OR_RETURN(
            const size_t got,
            source_(std::span(buffer_.data() + size, kBlockBytes)));
        buffer_.resize(size + got);
        at_end_ = got == 0;
      }
    }
    return std::string_view(buffer_).substr(begin_);
  }
  void Skip(size_t bytes) { begin_ += bytes; }

 private:
  ByteSource source_;
  std::string buffer_;
  size_t begin_ = 0;
  bool at_end_ = false;
};

size_t LineBytes(std::string_view text) {
  const size_t end = text.find('\n');
  return end == std::string_view::npos ? text.size() : end + 1;
}

bool SaysYes(std::string_view text) {
  const std::string word = absl::AsciiStrToLower(ToAbsl(text));
  return word == "true" || word == "1" || word == "yes";
}

// A record's fields by the name that the mapping gives; empty where it has
// none.
using Fields = absl::FunctionRef<std::string(const std::string& name)>;

absl::Status AddRecord(const FieldMapping& mapping, Fields field,
                       std::string_view name, uint64_t record,
                       PageMaker& pages) {
  EntryUpdate update = {.category_scheme = mapping.scheme};
  for (const auto& [kind, column] : mapping.values) {
    const std::string text = field(column);
    if (!text.empty()) AddValueText(kind, column, text, update);
  }
  if (!mapping.key.empty()) {
    update.key = field(mapping.key);
  } else if (!update.values.empty()) {
    update.key = KeyOfValue(update.values[0].value);
  }
  if (update.key.empty()) {
    return pages.AddMalformed(
        name, record, update.malformed.empty() ? "" : update.malformed[0].text,
        update.malformed.empty()
            ? "neither a key nor a value"
            : absl::StrCat("no key, and ", update.malformed[0].reason));
  }
  if (!mapping.category.empty()) update.category = field(mapping.category);
  if (update.category.empty()) update.category_scheme.clear();
  if (!mapping.updated_at.empty()) {
    const std::string text = field(mapping.updated_at);
    update.updated_at = ParseUtc(text);
    if (!text.empty() && !update.updated_at.has_value()) {
      pages.Drift(mapping.updated_at + " (unreadable)");
    }
  }
  if (!mapping.deleted.empty() && SaysYes(field(mapping.deleted))) {
    update.status = SourceStatus::kDeleted;
    update.values.clear();
    update.malformed.clear();
  }
  std::vector<std::string> tags;
  for (const std::string& tag : mapping.tags) {
    const std::string text = field(tag);
    if (!text.empty()) tags.push_back(absl::StrCat(tag, "=", text));
  }
  if (!tags.empty()) {
    update.opinions.push_back({.owner = mapping.scheme,
                               .opinion = Opinion::kPositive,
                               .tags = std::move(tags)});
  }
  return pages.Add(std::move(update));
}

std::vector<std::string> ColumnsOf(const FieldMapping& mapping) {
  std::vector<std::string> columns = mapping.tags;
  for (const auto& [kind, column] : mapping.values) columns.push_back(column);
  for (const std::string& column :
       {mapping.key, mapping.category, mapping.updated_at, mapping.deleted}) {
    if (!column.empty()) columns.push_back(column);
  }
  return columns;
}

absl::Status CheckHeader(const FieldMapping& mapping,
                         const std::vector<std::string>& header,
                         std::string_view name) {
  for (const std::string& column : ColumnsOf(mapping)) {
    if (std::ranges::find(header, column) == header.end()) {
      return FeedError(FeedCause::kProtocol, absl::StatusCode::kInvalidArgument,
                       absl::StrCat(ToAbsl(name), ": no column '", column,
                                    "', which the mapping names; there are ",
                                    absl::StrJoin(header, ", ")));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadCsv(ByteSource source, std::string_view name,
                     const FieldMapping& mapping, PageMaker& pages) {
  Window window(source);
  CsvRecord record(mapping.separator);
  std::vector<std::string> header;
  for (uint64_t line = 1;;) {
    HASHVET_ASSIGN_OR_RETURN(std::string_view text, window.Rest());
    if (header.empty() && text.starts_with("\xEF\xBB\xBF")) {
      window.Skip(3);
      text.remove_prefix(3);
    }
    if (text.empty()) break;
    const uint64_t at = line;
    if (const char* const why = record.Read(text); why != nullptr) {
      if (header.empty()) {
        return FeedError(FeedCause::kProtocol,
                         absl::StrCat(ToAbsl(name), ":", at, ": ", why));
      }
      const size_t bytes = LineBytes(text);
      HASHVET_RETURN_IF_ERROR(
          pages.AddMalformed(name, at, text.substr(0, bytes), why));
      window.Skip(bytes);
      ++line;
      continue;
    }
    const std::vector<CsvField>& fields = record.fields();
    line += record.lines();
    const bool is_blank = fields.size() == 1 && fields[0].text.empty();
    if (header.empty() && !is_blank) {
      for (const CsvField& field : fields) {
        header.emplace_back(absl::StripAsciiWhitespace(ToAbsl(field.text)));
      }
      HASHVET_RETURN_IF_ERROR(CheckHeader(mapping, header, name));
    } else if (!is_blank && fields.size() != header.size()) {
      HASHVET_RETURN_IF_ERROR(pages.AddMalformed(
          name, at, text.substr(0, record.size_bytes()),
          absl::StrCat(fields.size(), " fields, the header has ",
                       header.size())));
    } else if (!is_blank) {
      const auto field = [&](const std::string& column) {
        const auto found = std::ranges::find(header, column);
        return std::string(absl::StripAsciiWhitespace(
            ToAbsl(fields[static_cast<size_t>(found - header.begin())].text)));
      };
      HASHVET_RETURN_IF_ERROR(AddRecord(mapping, field, name, at, pages));
    }
    window.Skip(record.size_bytes());
  }
  if (!header.empty()) return absl::OkStatus();
  return FeedError(FeedCause::kProtocol,
                   absl::StrCat(ToAbsl(name), ": no header"));
}

absl::Status ReadJsonLines(ByteSource source, std::string_view name,
                           const FieldMapping& mapping, PageMaker& pages) {
  Window window(source);
  for (uint64_t line = 1;; ++line) {
    HASHVET_ASSIGN_OR_RETURN(std::string_view text, window.Rest());
    if (text.empty()) return absl::OkStatus();
    const size_t bytes = std::min(LineBytes(text), kWindowBytes);
    text = text.substr(0, bytes);
    window.Skip(bytes);
    if (absl::StripAsciiWhitespace(ToAbsl(text)).empty()) continue;
    const auto json = ReadJsonText(text, name);
    if (!json.ok() || !json->is_object()) {
      HASHVET_RETURN_IF_ERROR(
          pages.AddMalformed(name, line, text, "no JSON object"));
      continue;
    }
    HASHVET_RETURN_IF_ERROR(AddRecord(
        mapping,
        [&](const std::string& member) {
          const JsonValue* const found = json->Find(member);
          return found == nullptr ? std::string() : found->text;
        },
        name, line, pages));
  }
}

}  // namespace

absl::StatusOr<FieldMapping> ParseMapping(std::string_view text,
                                          std::string_view name) {
  const auto wrong = [&](absl::string_view problem) {
    return absl::InvalidArgumentError(
        absl::StrCat("mapping: ", problem, ": ", ToAbsl(name)));
  };
  const auto json = ReadJsonText(text, name);
  if (!json.ok() || !json->is_object()) return wrong("no JSON object");
  FieldMapping mapping;
  for (const auto& [member, value] : json->members) {
    if (member == "format") {
      if (value.text != "csv" && value.text != "jsonl") {
        return wrong("format: want csv or jsonl");
      }
      mapping.json_lines = value.text == "jsonl";
    } else if (member == "separator") {
      if (value.text.size() != 1 || value.text == "\"" || value.text == "\n") {
        return wrong("separator: want one character");
      }
      mapping.separator = value.text[0];
    } else if (member == "key") {
      mapping.key = value.text;
    } else if (member == "category") {
      mapping.category = value.text;
    } else if (member == "scheme") {
      mapping.scheme = value.text;
    } else if (member == "updated_at") {
      mapping.updated_at = value.text;
    } else if (member == "deleted") {
      mapping.deleted = value.text;
    } else if (member == "tags") {
      for (const JsonValue& tag : value.items) mapping.tags.push_back(tag.text);
    } else if (member == "values") {
      for (const auto& [kind_name, column] : value.members) {
        const auto kind = ParseHashKind(kind_name);
        if (!kind.ok()) return wrong(kind.status().message());
        mapping.values.emplace_back(*kind, column.text);
      }
    } else {
      return wrong(absl::StrCat("unknown member '", member.substr(0, 32), "'"));
    }
  }
  if (mapping.values.empty())
    return wrong("values: want a kind and its column");
  return mapping;
}

FieldMapping IcseMapping() {
  return {.separator = ';',
          .key = "Image ID",
          .values = {{HashKind::kMd5, "MD5"},
                     {HashKind::kSha1, "SHA1"},
                     {HashKind::kPhotoDna, "PhotoDNA"}},
          .category = "Baseline",
          .scheme = "icse",
          .tags = {"Is distributed", "Victim identified", "Offender identified",
                   "Series name", "Media Type"}};
}

absl::Status ReadMappedFile(ByteSource source, std::string_view name,
                            const FieldMapping& mapping, PageMaker& pages) {
  return mapping.json_lines ? ReadJsonLines(source, name, mapping, pages)
                            : ReadCsv(source, name, mapping, pages);
}

}  // namespace hashvet
