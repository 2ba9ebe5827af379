#include "hashvet/list/csv.h"

#include <algorithm>

namespace hashvet {

const char* CsvRecord::Read(std::string_view text) {
  fields_.clear();
  unescaped_.clear();
  lines_ = 1;
  const size_t limit = std::min(text.size(), kMaxLineBytes + 2);  // and CRLF
  size_t i = 0;
  while (true) {
    CsvField field;
    if (i < limit && text[i] == '"') {
      field.quoted = true;
      const size_t begin = ++i;
      size_t doubled = 0;
      while (i < limit) {
        if (text[i] == '"') {
          if (i + 1 >= limit || text[i + 1] != '"') break;
          ++doubled;
          ++i;
        } else if (text[i] == '\n') {
          ++lines_;
        }
        ++i;
      }
      if (i >= limit) {
        return limit < text.size() ? "a quoted field makes the record longer "
                                     "than 65536 bytes; is a quote not closed?"
                                   : "a quoted field is not closed";
      }
      field.text = text.substr(begin, i - begin);
      ++i;  // the closing quote
      if (doubled > 0) {
        // Reserved once for the whole record, so that earlier fields stay put.
        if (unescaped_.capacity() < limit) unescaped_.reserve(limit);
        const size_t from = unescaped_.size();
        for (size_t k = 0; k < field.text.size(); ++k) {
          unescaped_.push_back(field.text[k]);
          if (field.text[k] == '"') ++k;
        }
        field.text = std::string_view(unescaped_).substr(from);
      }
    } else {
      const size_t begin = i;
      while (i < limit && text[i] != separator_ && text[i] != '\n') ++i;
      size_t end = i;
      if (end > begin && text[end - 1] == '\r' &&
          (i == text.size() || text[i] == '\n')) {
        --end;
      }
      field.text = text.substr(begin, end - begin);
    }
    fields_.push_back(field);
    if (i < limit && text[i] == separator_) {
      ++i;
      continue;
    }
    // After a closing quote the CR of CRLF is still there.
    if (i + 1 < text.size() && text[i] == '\r' && text[i + 1] == '\n') ++i;
    if (i + 1 == text.size() && text[i] == '\r') ++i;
    if (i == text.size()) break;
    if (text[i] == '\n') {
      ++i;
      break;
    }
    return i >= limit ? "the line is longer than 65536 bytes"
                      : "text after a closing quote";
  }
  size_bytes_ = i;
  std::string_view content = text.substr(0, i);
  if (content.ends_with('\n')) content.remove_suffix(1);
  if (content.ends_with('\r')) content.remove_suffix(1);
  if (content.size() > kMaxLineBytes) {
    return "the line is longer than 65536 bytes";
  }
  return nullptr;
}

void AppendCsvField(std::string_view text, bool always, std::string& out) {
  if (!always && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out.append(text);
    return;
  }
  out.push_back('"');
  for (char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace hashvet
