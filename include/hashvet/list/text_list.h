// Hash lists as text: read any of the forms below, write one back.
//
//   bare       f8f8f0ce…            one hash a line, of a kind the caller gives
//   pdq tool   f8f8f0ce…,100,a.jpg  hash,quality,file: what `hashvet hash` and
//                                   the reference's tools print; the file names
//                                   the entry. A lone field that is no number
//                                   (f8f8f0ce…,note) does too
//   typed      pdq f8f8f0ce…        kind, then space, tab, comma or colon, then
//                                   the hash; further fields as above
//   CSV        header line first    columns are found by name, others ignored:
//                hash (value, signal_str), or columns named for kinds (pdq, md5
//                …), any number of them; kind (signal_type, type); quality;
//                category, else tags; key (id, entry, indicator, file);
//                category_scheme; opinion
//
// The form is found line by line, except CSV, which is the whole file's. CSV is
// RFC 4180: quoted fields may hold commas, doubled quotes and line breaks. A
// leading UTF-8 byte order mark, CRLF, blank lines and lines that begin with
// '#' are fine everywhere; "hash=" before a hash too. Lines have at most 65,536
// bytes.
//
// Hashes are hex; PhotoDNA values also 192 base64 characters or 144 decimals:
// in quotes (a CSV field, or where fields follow), or as the whole rest of a
// line.

#ifndef HASHVET_LIST_TEXT_LIST_H_
#define HASHVET_LIST_TEXT_LIST_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/list/list_entry.h"

namespace hashvet {

struct TextListOptions {
  HashKind bare_kind = HashKind::kPdq;  // of values without a kind of their own
  bool skip_invalid =
      false;  // count bad lines instead of stopping at the first
  // Given each of them, with its text: the list's, so not for a log. May be
  // empty; an error ends the reading and is returned.
  std::function<absl::Status(uint64_t line, std::string_view text,
                             std::string_view reason)>
      invalid;
};

struct TextListReport {
  struct Invalid {
    uint64_t line;       // counted from 1
    std::string reason;  // without the line's text
  };
  static constexpr size_t kMaxInvalidShown = 20;

  uint64_t lines = 0;
  uint64_t entries = 0;
  // Invalid lines, with skip_invalid. Of a CSV row with several values the good
  // ones are entries all the same.
  uint64_t skipped = 0;
  std::vector<Invalid> invalid;  // the first kMaxInvalidShown of them
};

// Calls `sink` for each entry in order and stops at its first error, which is
// returned as it is.
//
//   name  of the list's source, for messages
//
// Errors: InvalidArgument "name:line: reason" at the first bad line, unless
// skip_invalid. A text without entries is no error here.
HASHVET_EXPORT absl::StatusOr<TextListReport> ReadTextList(
    std::string_view text, std::string_view name,
    const TextListOptions& options,
    absl::FunctionRef<absl::Status(ListEntry)> sink);

// The same of text that comes in pieces: `source` fills the buffer with what
// comes next, says how much that is, and 0 at the end. Takes a megabyte,
// however long the text.
using TextSource = absl::FunctionRef<absl::StatusOr<size_t>(std::span<char>)>;
HASHVET_EXPORT absl::StatusOr<TextListReport> ReadTextList(
    TextSource source, std::string_view name, const TextListOptions& options,
    absl::FunctionRef<absl::Status(ListEntry)> sink);

// One line of any form but CSV, for lists that arrive line by line.
//
//   text  not blank, no comment, without its line break
//   line  its number, for the key ("line-17") where the text gives none
//
// Errors: InvalidArgument, the reason without the text.
HASHVET_EXPORT absl::StatusOr<ListEntry> ParseListLine(std::string_view text,
                                                       HashKind bare_kind,
                                                       uint64_t line);

// The CSV form, header first: kind,hash,quality,category,key,category_scheme,
// opinion; without the line break. What ReadTextList reads back is equal, as
// long as a line stays within its limit. Fields are quoted where they must be.
HASHVET_EXPORT std::string_view CsvHeader();
HASHVET_EXPORT std::string ToCsvLine(const ListEntry& entry);

}  // namespace hashvet

#endif  // HASHVET_LIST_TEXT_LIST_H_
