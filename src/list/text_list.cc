#include "hashvet/list/text_list.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/text.h"
#include "hashvet/list/csv.h"
#include "src/list/csv_columns.h"
#include "src/list/text_value.h"

namespace hashvet {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

// Of text that comes in pieces so much is at hand at least: more than any line
// or record has.
constexpr size_t kWindowBytes = 4 * kMaxLineBytes;
constexpr size_t kBufferBytes = 4 * kWindowBytes;

bool IsUtf16(std::string_view text) {
  const std::string_view mark = text.substr(0, 2);
  return mark == "\xFF\xFE" || mark == "\xFE\xFF";
}

// The first line of `text`, with and without its line break.
struct Line {
  explicit Line(std::string_view text) {
    const size_t end = text.find('\n');
    whole = text.substr(0, end == std::string_view::npos ? end : end + 1);
    content = whole;
    if (content.ends_with('\n')) content.remove_suffix(1);
    if (content.ends_with('\r')) content.remove_suffix(1);
  }
  bool is_skipped() const {
    return TrimLeftBlanks(content).empty() || content.starts_with('#');
  }

  std::string_view whole;
  std::string_view content;
};

class TextListReader {
 public:
  TextListReader(std::string_view name, const TextListOptions& options,
                 absl::FunctionRef<absl::Status(ListEntry)> sink)
      : name_(name), options_(options), sink_(sink) {}

  // `source` may be null: the text is then all there.
  absl::StatusOr<TextListReport> Read(std::string_view text,
                                      TextSource* source) {
    source_ = source;
    HASHVET_RETURN_IF_ERROR(Refill(text));
    if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
    if (IsUtf16(text)) return Error(1, "UTF-16 text, want UTF-8");
    bool first = true;
    while (true) {
      HASHVET_RETURN_IF_ERROR(Refill(text));
      if (text.empty()) break;
      const Line line(text);
      if (std::exchange(in_long_line_, false)) {
        ConsumeLine(line, 0, text);
        continue;
      }
      if (line.is_skipped()) {
        ConsumeLine(line, 1, text);
        continue;
      }
      if (std::exchange(first, false)) {
        HASHVET_ASSIGN_OR_RETURN(const bool is_header, ReadHeader(text));
        if (is_header) continue;
      }
      HASHVET_RETURN_IF_ERROR(columns_.has_value() ? ReadRow(line, text)
                                                   : ReadLine(line, text));
    }
    return std::move(report_);
  }

 private:
  // Of text that comes in pieces: at least a window of it, or the rest.
  absl::Status Refill(std::string_view& text) {
    if (source_ == nullptr || text.size() >= kWindowBytes) {
      return absl::OkStatus();
    }
    buffer_.replace(0, buffer_.size(), text);  // may be a part of itself
    size_t size = buffer_.size();
    buffer_.resize(kBufferBytes);
    while (source_ != nullptr && size < buffer_.size()) {
      HASHVET_ASSIGN_OR_RETURN(const size_t more,
                               (*source_)(std::span(buffer_).subspan(size)));
      size += more;
      if (more == 0) source_ = nullptr;  // that was all
    }
    buffer_.resize(size);
    text = buffer_;
    return absl::OkStatus();
  }

  absl::StatusOr<bool> ReadHeader(std::string_view& text) {
    if (record_.Read(text) != nullptr) return false;
    absl::StatusOr<std::optional<CsvColumns>> columns =
        CsvColumns::FromHeader(record_.fields());
    if (!columns.ok()) return Error(NextLine(), columns.status().message());
    columns_ = *std::move(columns);
    if (!columns_.has_value()) return false;
    Consume(record_.size_bytes(), record_.lines(), text);
    return true;
  }

  absl::Status ReadLine(const Line& line, std::string_view& text) {
    const uint64_t number = NextLine();
    ConsumeLine(line, 1, text);
    if (line.content.size() > kMaxLineBytes) {
      return Bad(number, line.content,
                 absl::StrCat("the line has ", in_long_line_ ? "over " : "",
                              line.content.size(), " bytes, want at most ",
                              kMaxLineBytes));
    }
    absl::StatusOr<ListEntry> entry =
        ParseListLine(line.content, options_.bare_kind, number);
    if (!entry.ok()) {
      return Bad(number, line.content, entry.status().message());
    }
    ++report_.entries;
    return sink_(*std::move(entry));
  }

  absl::Status ReadRow(const Line& line, std::string_view& text) {
    const uint64_t number = NextLine();
    if (const char* reason = record_.Read(text); reason != nullptr) {
      // Where a quote is broken nobody knows the record's end: go on with the
      // next line.
      ConsumeLine(line, 1, text);
      return Bad(number, line.content, reason);
    }
    row_.clear();
    const absl::Status parsed =
        columns_->ParseRow(record_.fields(), options_.bare_kind, number, row_);
    const std::string_view record = text.substr(0, record_.size_bytes());
    Consume(record_.size_bytes(), record_.lines(), text);
    if (!parsed.ok()) {
      HASHVET_RETURN_IF_ERROR(Bad(number, record, parsed.message()));
    }
    for (ListEntry& entry : row_) {
      ++report_.entries;
      HASHVET_RETURN_IF_ERROR(sink_(std::move(entry)));
    }
    return absl::OkStatus();
  }

  uint64_t NextLine() const { return report_.lines + 1; }

  void Consume(size_t size_bytes, uint64_t lines, std::string_view& text) {
    text.remove_prefix(size_bytes);
    report_.lines += lines;
  }

  // A line whose end has not come yet goes on in what does.
  void ConsumeLine(const Line& line, uint64_t lines, std::string_view& text) {
    in_long_line_ = source_ != nullptr && !line.whole.ends_with('\n');
    Consume(line.whole.size(), lines, text);
  }

  absl::Status Error(uint64_t line, absl::string_view reason) const {
    return absl::InvalidArgumentError(
        absl::StrCat(ToAbsl(name_), ":", line, ": ", reason));
  }

  absl::Status Bad(uint64_t line, std::string_view text,
                   absl::string_view reason) {
    if (!options_.skip_invalid) return Error(line, reason);
    ++report_.skipped;
    if (options_.invalid) {
      HASHVET_RETURN_IF_ERROR(options_.invalid(line, text, ToStd(reason)));
    }
    if (report_.invalid.size() < TextListReport::kMaxInvalidShown) {
      report_.invalid.push_back({line, std::string(reason)});
    }
    return absl::OkStatus();
  }

  const std::string_view name_;
  const TextListOptions& options_;
  const absl::FunctionRef<absl::Status(ListEntry)> sink_;
  TextListReport report_;
  TextSource* source_ = nullptr;       // null: nothing more comes
  std::string buffer_;                 // what came of it and is not yet read
  bool in_long_line_ = false;          // its rest comes next, and is dropped
  std::optional<CsvColumns> columns_;  // set: the rest is CSV
  CsvRecord record_;
  std::vector<ListEntry> row_;
};

}  // namespace

absl::StatusOr<TextListReport> ReadTextList(
    std::string_view text, std::string_view name,
    const TextListOptions& options,
    absl::FunctionRef<absl::Status(ListEntry)> sink) {
  return TextListReader(name, options, sink).Read(text, nullptr);
}

absl::StatusOr<TextListReport> ReadTextList(
    TextSource source, std::string_view name, const TextListOptions& options,
    absl::FunctionRef<absl::Status(ListEntry)> sink) {
  return TextListReader(name, options, sink).Read({}, &source);
}

std::string_view CsvHeader() {
  return "kind,hash,quality,category,key,category_scheme,opinion";
}

std::string ToCsvLine(const ListEntry& entry) {
  std::string line;
  absl::StrAppend(&line, ToAbsl(NameOf(entry.value.kind())), ",",
                  ToHex(entry.value), ",");
  if (entry.quality.has_value()) absl::StrAppend(&line, *entry.quality);
  line.push_back(',');
  AppendCsvField(entry.category, false, line);
  line.push_back(',');
  AppendCsvField(entry.key, entry.key.empty(), line);
  line.push_back(',');
  AppendCsvField(entry.category_scheme, false, line);
  line.push_back(',');
  if (entry.opinion != Opinion::kUnknown) {
    absl::StrAppend(&line, ToAbsl(NameOf(entry.opinion)));
  }
  return line;
}

}  // namespace hashvet
