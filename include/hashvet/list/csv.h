// RFC 4180 records: fields between commas (or another separator), quoted where
// they hold commas, quotes or line breaks.

#ifndef HASHVET_LIST_CSV_H_
#define HASHVET_LIST_CSV_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hashvet/base/export.h"

namespace hashvet {

// The longest line of any list, and the longest CSV record, inclusive. A longer
// one is a broken quote or no list at all.
inline constexpr size_t kMaxLineBytes = size_t{1} << 16;

struct CsvField {
  std::string_view text;  // without its quotes, "" as "
  bool quoted = false;
};

// One record at a time; reuse the object, its memory is kept.
class HASHVET_EXPORT CsvRecord {
 public:
  explicit CsvRecord(char separator = ',') : separator_(separator) {}

  // Splits the record at the beginning of `text`, which must outlive the
  // fields. Returns null, or why it is no record. `text` is not empty.
  const char* Read(std::string_view text);

  const std::vector<CsvField>& fields() const { return fields_; }
  size_t size_bytes() const { return size_bytes_; }  // with its line break
  uint64_t lines() const { return lines_; }          // 1, or more when quoted

 private:
  const char separator_;
  std::vector<CsvField> fields_;
  std::string unescaped_;  // fields that held "" point here
  size_t size_bytes_ = 0;
  uint64_t lines_ = 0;
};

// Appends `text` as a field, quoted where a reader would split it otherwise.
// `always` quotes it in any case.
void AppendCsvField(std::string_view text, bool always, std::string& out);

}  // namespace hashvet

#endif  // HASHVET_LIST_CSV_H_
