// The forms of lists in files: each a function from bytes to entries, in memory
// that does not grow with the file. A record that is no entry is quarantined
// and stops nothing; a file that is none of its form is an error.

#ifndef HASHVET_SRC_FEEDS_FILE_FORMATS_H_
#define HASHVET_SRC_FEEDS_FILE_FORMATS_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/hash/hash_kind.h"
#include "src/feeds/file/page_maker.h"
#include "src/feeds/xml_reader.h"

namespace hashvet {

// Every form that `snapshot build` and `list import` read: bare hashes, typed
// lines, hash,quality,file, CSV with our headers.
absl::Status ReadTextFile(ByteSource source, std::string_view name,
                          HashKind bare_kind, const std::string& scheme,
                          PageMaker& pages);

struct VicsOptions {
  std::string scheme = "vics";  // whose numbers the categories are
  // The categories that are wanted; empty: all but 0, the known good ones.
  std::set<std::string> categories;
};
// Project VIC's and CAID's JSON, data models 1.2, 1.3 and 2.0.
absl::Status ReadVicsFile(ByteSource source, std::string_view name,
                          const VicsOptions& options, PageMaker& pages);

// Which column or member is what.
struct FieldMapping {
  bool json_lines = false;  // else CSV
  char separator = ',';
  std::string key;  // empty: made from the value
  std::vector<std::pair<HashKind, std::string>> values;
  std::string category;
  std::string scheme;
  std::string updated_at;
  std::string deleted;  // "true", "1" or "yes": taken back
  std::vector<std::string> tags;
};
// {"format": "csv", "separator": ";", "key": "id", "values": {"md5": "MD5"},
//  "category": "class", "scheme": "iwf", "updated_at": "changed",
//  "deleted": "removed", "tags": ["series"]}
//
// Errors: InvalidArgument, naming the member.
absl::StatusOr<FieldMapping> ParseMapping(std::string_view text,
                                          std::string_view name);
// Interpol's ICSE export: semicolons, and its own columns.
FieldMapping IcseMapping();

// Errors: InvalidArgument where a column that the mapping names is not there.
absl::Status ReadMappedFile(ByteSource source, std::string_view name,
                            const FieldMapping& mapping, PageMaker& pages);

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_FILE_FORMATS_H_
