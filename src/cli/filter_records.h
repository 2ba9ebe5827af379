// The records of `match --hashes --format`: one in, one out, in order, so that
// whoever is at both ends can count. What cannot be read is a record, too.
//
//   ndjson  {"id": TEXT or NUMBER, "hash": DIGITS, "kind": NAME}, a line each;
//           only "hash" must be there, and nothing else may be
//   binary  the bytes of a value, all of one kind, one behind the other

#ifndef HASHVET_SRC_CLI_FILTER_RECORDS_H_
#define HASHVET_SRC_CLI_FILTER_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/hash_value.h"

namespace hashvet::cli {

enum class FilterFormat : uint8_t { kNdjson, kBinary };

// What a record calls itself, to be said back: nothing, text or a number.
using RecordId = std::variant<std::monostate, std::string, int64_t>;

struct FilterRecord {
  RecordId id;
  uint64_t number = 0;  // counted from 1
  // Or why it is none: InvalidArgument without a value's text.
  absl::StatusOr<HashValue> value = absl::UnknownError("");
};

// The record on one line. An id is told even where the rest is wrong.
//
//   kind  of a value that does not say its own
FilterRecord ParseRecordLine(std::string_view line, uint64_t number,
                             HashKind kind);

// Standard input, as it arrives. Not thread-safe.
class RecordReader {
 public:
  class Source;  // one of a format

  RecordReader(FilterFormat format, HashKind kind);
  RecordReader(RecordReader&&) noexcept;
  ~RecordReader();

  // Whether the next record is here, or the end: if not, Next waits, and who
  // writes the records may be waiting for answers first.
  bool Ready() const;

  // The next record, or nothing at the end or after an error. Binary input that
  // ends within a value gives a last record that says so.
  std::optional<FilterRecord> Next();

  // Why reading stopped early, if it did.
  absl::Status status() const;

 private:
  std::unique_ptr<Source> source_;
};

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_FILTER_RECORDS_H_
