// A new version that lost much of a list, or has far more of it than before, is
// more often a broken feed than the truth: it is held until somebody says that
// it is right. Private to the list layer.

#ifndef HASHVET_SRC_LIST_CHANGE_HOLD_H_
#define HASHVET_SRC_LIST_CHANGE_HOLD_H_

#include <cstdint>

#include "absl/status/status.h"
#include "hashvet/list/snapshot_reader.h"

namespace hashvet {

// Below so many entries of a kind a list may fall and grow as it likes: one
// entry more or less would be a large share. It must not vanish, though.
inline constexpr uint64_t kMinHeldEntries = 100;

// Holds each list and kind of `before` against `after`. Held is what falls by
// more than 5 %, what more than doubles, and what vanishes; a list or a kind
// that is new is not.
//
// Errors: FailedPrecondition, naming the lists and kinds with both numbers.
absl::Status CheckChange(const SnapshotReader& before,
                         const SnapshotReader& after);

// The same for an overlay of `base`, whose removals are somebody's explicit
// word: a list and kind is held that falls by more than 20 %, more than
// doubles, or vanishes.
//
// REQUIRES: overlay.CheckBase(base) is OK. Errors: as CheckChange.
absl::Status CheckOverlayChange(const SnapshotReader& base,
                                const SnapshotReader& overlay);

}  // namespace hashvet

#endif  // HASHVET_SRC_LIST_CHANGE_HOLD_H_
