// How old a list is by its own policy, and whether it may still answer.
//
// A list that nobody confirms any more misses what was added and reports what
// was withdrawn, and nothing in an answer shows it. So age is a state of its
// own, told in the status; and past a limit that the policy sets the list no
// longer answers.

#ifndef HASHVET_MATCHER_STALENESS_H_
#define HASHVET_MATCHER_STALENESS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "hashvet/base/export.h"
#include "hashvet/list/list_policy.h"

namespace hashvet {

enum class Staleness : uint8_t { kFresh, kLate, kStale, kExpired };

HASHVET_EXPORT std::string_view NameOf(Staleness staleness);  // "fresh" …

// Seconds since the source confirmed the list; none where that is not known. A
// time that is still to come counts as now.
//
//   now_s  seconds since 1970
HASHVET_EXPORT std::optional<uint64_t> AgeOf(const ListPolicy& list,
                                             uint64_t now_s);

// A limit is passed when the list is older than it. A list of unknown age is
// fresh, as the policy says.
HASHVET_EXPORT Staleness StalenessOf(const ListPolicy& list, uint64_t now_s);

// Whether the list may answer at that time.
//
// Errors: FailedPrecondition: stale under refuse_stale, or expired without
// serve_expired.
HASHVET_EXPORT absl::Status CheckStaleness(const ListPolicy& list,
                                           uint64_t now_s);

}  // namespace hashvet

#endif  // HASHVET_MATCHER_STALENESS_H_
