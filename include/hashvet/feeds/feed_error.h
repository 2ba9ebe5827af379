// What kept a feed from being read, so that a program, an alarm and an exit
// code can tell a cable from a password from a page that makes no sense. The
// cause travels in the status beside its code and message.

#ifndef HASHVET_FEEDS_FEED_ERROR_H_
#define HASHVET_FEEDS_FEED_ERROR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "hashvet/base/export.h"

namespace hashvet {

enum class FeedCause {
  kNetwork,         // not reached, too slow, 429 or 5xx: asked again later
  kAuthentication,  // credentials refused, or a server that is not proved to be
                    // the source: a person must look
  kProtocol,        // what came cannot be read, or passes a limit
  kStale,           // the checkpoint is older than the source remembers
};
HASHVET_EXPORT std::string_view NameOf(FeedCause cause);

// Unavailable, PermissionDenied, DataLoss or OutOfRange with the cause in it.
HASHVET_EXPORT absl::Status FeedError(FeedCause cause,
                                      std::string_view message);
// The same with a code of its own.
HASHVET_EXPORT absl::Status FeedError(FeedCause cause, absl::StatusCode code,
                                      std::string_view message);
// Nothing for errors that are no feed's, as the ledger's.
HASHVET_EXPORT std::optional<FeedCause> CauseOf(const absl::Status& status);

// How many seconds the source asked to be left alone (Retry-After).
HASHVET_EXPORT absl::Status WithRetryAfter(absl::Status status,
                                           uint64_t seconds);
HASHVET_EXPORT std::optional<uint64_t> RetryAfterOf(const absl::Status& status);

}  // namespace hashvet

#endif  // HASHVET_FEEDS_FEED_ERROR_H_
