// Categories of an earlier snapshot that some of its entries have, for a file
// that takes these entries over. Private to the list layer.

#ifndef HASHVET_SRC_LIST_USED_CATEGORIES_H_
#define HASHVET_SRC_LIST_USED_CATEGORIES_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "src/list/snapshot_format.h"

namespace hashvet::snapshot {

struct UsedCategory {
  uint32_t number;  // in the earlier file
  std::string_view scheme;
  std::string_view text;
};

// Ascending; number 0, the empty one, is not among them.
//
//   is_used  by the earlier file's number
inline std::vector<UsedCategory> UsedCategories(
    std::span<const CategoryRecord> records, std::string_view texts,
    const std::vector<bool>& is_used) {
  std::vector<UsedCategory> categories;
  // The last record is the end of the texts.
  for (uint32_t c = 1; c + 1 < records.size() && c < is_used.size(); ++c) {
    if (!is_used[c]) continue;
    const std::string_view both =
        texts.substr(records[c].begin, records[c + 1].begin - records[c].begin);
    categories.push_back({c, both.substr(0, records[c].scheme_bytes),
                          both.substr(records[c].scheme_bytes)});
  }
  return categories;
}

}  // namespace hashvet::snapshot

#endif  // HASHVET_SRC_LIST_USED_CATEGORIES_H_
