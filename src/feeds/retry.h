// Asking again at once, a few times, what a moment later may answer: a server
// that is busy, a connection that was cut, a body that was.

#ifndef HASHVET_SRC_FEEDS_RETRY_H_
#define HASHVET_SRC_FEEDS_RETRY_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "hashvet/feeds/feed_config.h"

namespace hashvet {

// Calls `attempt` until it succeeds, fails for a reason that time does not
// change, or was tried max_tries times; waits 0.2 s, then twice as long each
// time, or what Retry-After says where that is at most kMaxWaitS. Only for what
// may be asked twice.
//
//   retry_unreadable  also what could not be read (protocol, DataLoss)
inline constexpr double kMaxWaitS = 30;
absl::Status Retrying(const FeedClientOptions& options, bool retry_unreadable,
                      absl::FunctionRef<absl::Status()> attempt);

}  // namespace hashvet

#endif  // HASHVET_SRC_FEEDS_RETRY_H_
