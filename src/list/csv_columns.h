// Which column of a CSV list is what, found by the header's names. Private to
// the list layer.

#ifndef HASHVET_SRC_LIST_CSV_COLUMNS_H_
#define HASHVET_SRC_LIST_CSV_COLUMNS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/csv.h"
#include "hashvet/list/list_entry.h"

namespace hashvet {

class CsvColumns {
 public:
  // Nothing when the fields are no header: none names a hash column, or one
  // looks like a value.
  //
  // Errors: InvalidArgument when two columns claim one meaning.
  static absl::StatusOr<std::optional<CsvColumns>> FromHeader(
      const std::vector<CsvField>& fields);

  // Appends the row's entries, one for each value in it. A bad value does not
  // stop the others: the good ones are appended even when an error is returned.
  //
  // Errors: InvalidArgument, the first reason, without the text.
  absl::Status ParseRow(const std::vector<CsvField>& fields, HashKind bare_kind,
                        uint64_t line, std::vector<ListEntry>& entries) const;

 private:
  struct ValueColumn {
    size_t column;
    std::optional<HashKind> kind;  // none: what the row's kind column says
  };

  size_t columns_ = 0;
  std::vector<ValueColumn> values_;
  std::optional<size_t> kind_;
  std::optional<size_t> quality_;
  std::optional<size_t> category_;
  std::optional<size_t> tags_;  // stands in where the category is empty
  std::optional<size_t> key_;
  std::optional<size_t> category_scheme_;
  std::optional<size_t> opinion_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_LIST_CSV_COLUMNS_H_
