// From a feed into the ledger: pages are fetched, and each lot of them is
// applied in one transaction with the checkpoint after it. Killed between any
// two steps and begun again, the ledger ends as if nothing had happened.
//
// What is to be read anew as a whole goes into a generation of the ledger,
// which nobody sees, and takes the place of what serves when all of it is
// there.

#ifndef HASHVET_FEEDS_SYNC_H_
#define HASHVET_FEEDS_SYNC_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/feeds/feed_client.h"
#include "hashvet/ledger/ledger.h"

namespace hashvet {

// What is kept of a feed beside the entries, in the ledger.
struct FeedState {
  std::string checkpoint;  // the client's; empty: from the beginning
  std::string whole;       // the one with which everything was read last
  bool full = false;       // a generation is being filled
  bool finishing = false;  // and has all of it
  // The clocks, seconds since 1970; 0: never.
  uint64_t contact_at = 0;  // the source answered
  uint64_t success_at = 0;  // everything was read
  uint64_t newest_at = 0;   // change at the source
  // Back-off.
  uint64_t failures = 0;     // since the last success
  uint64_t next_try_at = 0;  // 0: at once
  std::string last_error;    // its cause and message
  FeedCounts drift;
  FeedCounts carried;
};

// Errors: NotFound (no such list), DataLoss; those of the ledger.
HASHVET_EXPORT absl::StatusOr<FeedState> LoadFeedState(Ledger& ledger,
                                                       const std::string& list);

// Seconds to wait after the Nth failure in a row: 15 minutes, doubled each
// time, stretched by up to the same again, at most a day.
//
//   random  0 .. 1
HASHVET_EXPORT uint64_t BackOffSeconds(uint64_t failures, double random);

struct SyncOptions {
  std::string author = "feed";
  bool full = false;                // read everything anew
  bool accept = false;              // also what the guards hold
  bool force = false;               // though its back-off is not over
  bool dry_run = false;             // the ledger was opened so
  size_t batch_entries = 20'000;    // of a transaction, about
  std::function<uint64_t()> now;    // empty: the clock
  std::function<double()> random;   // 0 .. 1; empty: a generator
  std::function<bool()> cancelled;  // ends it between pages; may be empty
  std::function<void(uint64_t entries)> progress;  // more of them; may be empty
  // Told before each step that changes or asks something: for tests that end
  // the process there.
  std::function<void(std::string_view step)> at_step;
};

struct SyncReport {
  DeltaResult result;
  uint64_t pages = 0;
  bool full = false;      // a whole generation took the place of what was there
  bool complete = false;  // all there is was read
  FeedPlace place;
  FeedCounts drift;  // of this sync
  FeedCounts carried;
  std::vector<std::string> warnings;
  uint64_t feedback_sent = 0;
  uint64_t feedback_failed = 0;
};

// Errors: those of the client, with their cause, after which the back-off is
// kept in the ledger and everything that was read stays; Aborted with the cause
// network while a back-off lasts; held (IsHeld) where a whole refetch lacks too
// much, unless `accept`; Cancelled; those of the ledger.
HASHVET_EXPORT absl::StatusOr<SyncReport> SyncFeed(Ledger& ledger,
                                                   const std::string& list,
                                                   FeedClient& client,
                                                   const SyncOptions& options);

// A list's sync, for this process alone until it is dropped: two at once would
// undo each other's generation. The lock is the process's: it ends with it.
class HASHVET_EXPORT SyncLock {
 public:
  // Errors: Unavailable when another process syncs the list, PermissionDenied,
  // Internal.
  static absl::StatusOr<SyncLock> Take(const std::string& ledger_directory,
                                       const std::string& list);
  SyncLock(SyncLock&& other) noexcept;
  SyncLock& operator=(SyncLock&&) = delete;
  ~SyncLock();

 private:
  explicit SyncLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace hashvet

#endif  // HASHVET_FEEDS_SYNC_H_
