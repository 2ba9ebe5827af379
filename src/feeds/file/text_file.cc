// Text lists as a feed's file: hashvet/list/text_list.h reads them.

#include <string>
#include <utility>

#include "hashvet/base/status.h"
#include "hashvet/ledger/value_key.h"
#include "hashvet/list/text_list.h"
#include "src/feeds/file/formats.h"

namespace hashvet {

absl::Status ReadTextFile(ByteSource source, std::string_view name,
                          HashKind bare_kind, const std::string& scheme,
                          PageMaker& pages) {
  const TextListOptions how = {
      .bare_kind = bare_kind,
      .skip_invalid = true,
      .invalid = [&](uint64_t line, std::string_view text,
                     std::string_view reason) {
        return pages.AddMalformed(name, line, text, reason);
      }};
  return ReadTextList(
             source, name, how,
             [&](ListEntry entry) {
               EntryUpdate update = {
                   .key = std::move(entry.key),
                   .category = std::move(entry.category),
                   .category_scheme = std::move(entry.category_scheme),
                   .stated = entry.opinion};
               // A number of a line is nobody's identity.
               if (update.key.starts_with("line-")) {
                 update.key = KeyOfValue(entry.value);
               }
               if (update.category_scheme.empty() && !update.category.empty()) {
                 update.category_scheme = scheme;
               }
               update.values.push_back(
                   {.value = std::move(entry.value), .quality = entry.quality});
               return pages.Add(std::move(update));
             })
      .status();
}

}  // namespace hashvet
