// Whether an overlay took an entry of its base away. Private to the matcher
// layer.

#ifndef HASHVET_SRC_MATCHER_REMOVED_H_
#define HASHVET_SRC_MATCHER_REMOVED_H_

#include <algorithm>
#include <cstdint>
#include <span>

#include "hashvet/list/snapshot_reader.h"

namespace hashvet {

// overlay  of `base`, or null.
inline bool IsRemoved(const SnapshotReader& base, const SnapshotReader* overlay,
                      HashKind kind, uint32_t row, uint32_t i) {
  if (overlay == nullptr) return false;
  const std::span<const uint32_t> removed = overlay->removed(kind);
  return !removed.empty() &&
         std::binary_search(removed.begin(), removed.end(),
                            base.entry_number(kind, row, i));
}

}  // namespace hashvet

#endif  // HASHVET_SRC_MATCHER_REMOVED_H_
