// One clearinghouse's protocol, behind one face: a checkpoint goes in, what
// changed since comes out, with the checkpoint that may be stored together with
// it. A client keeps nothing that matters: killed and made anew it goes on from
// the last checkpoint that was stored, and asking again changes nothing.

#ifndef HASHVET_FEEDS_FEED_CLIENT_H_
#define HASHVET_FEEDS_FEED_CLIENT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/ledger/ledger.h"
#include "hashvet/ledger/update_batch.h"

namespace hashvet {

using FeedCounts = std::map<std::string, uint64_t, std::less<>>;

struct FeedPage {
  UpdateBatch updates;
  std::vector<MalformedLine> malformed_lines;
  std::string checkpoint;  // to be stored in one transaction with the updates
  // Nothing more to ask: with it, what was read is the source's present state.
  bool complete = false;
  // Values are added to an entry's (Delta::unite).
  bool unite = false;
  // What is said holds though the ledger knows of later (Delta::restore): the
  // source's clock went back.
  bool restore = false;
  // Of what says no earlier time, the last told holds (Delta::told_order).
  bool told_order = false;
  std::optional<uint64_t> newest_at;  // change at the source that was read
  FeedCounts drift;    // fields and words that nobody knows, by their path
  FeedCounts carried;  // values of kinds that nothing here matches
  std::vector<std::pair<std::string, std::string>> members;  // identity, name
  std::vector<std::string> warnings;  // for a person; no value in them
};

// A range that the source has and that could not be read, seconds since 1970,
// both inclusive. It is asked for again at every sync.
struct FeedDebt {
  uint64_t from = 0;
  uint64_t to = 0;
  uint64_t tries = 0;
};

struct FeedPlace {
  std::optional<uint64_t> read_to;  // the source's time
  std::vector<FeedDebt> debts;
};

struct FeedbackReason {
  std::string id;
  std::string name;
  std::string type;  // of fingerprint
};

// Not thread-safe. Errors of all calls have a cause (feed_error.h), but those
// of arguments.
class FeedClient {
 public:
  virtual ~FeedClient() = default;

  // What comes after `checkpoint`; empty: from the beginning. Errors: also
  // stale, where the source says that it no longer tells everything since then:
  // it is then asked anew, from the beginning.
  virtual absl::StatusOr<FeedPage> Next(const std::string& checkpoint) = 0;

  // The source no longer tells everything since then: all is to be fetched
  // anew.
  virtual bool IsStale(const std::string& checkpoint, uint64_t now) const {
    (void)checkpoint, (void)now;
    return false;
  }
  // It cannot tell what changed: every sync reads all of it, by ReadAll in
  // place of Next.
  virtual bool always_full() const { return false; }
  // Whether it still is what was read when `checkpoint` was told, as far as the
  // source can say: then nothing is read.
  virtual absl::StatusOr<bool> IsUnchanged(const std::string& checkpoint) {
    (void)checkpoint;
    return false;
  }
  // Told before anything is asked: the checkpoint with which everything was
  // read the last time (empty: never), also where all is to be read anew. For
  // sources that must not go back behind it. Errors: DataLoss.
  virtual absl::Status WasReadTo(const std::string& checkpoint) {
    (void)checkpoint;
    return absl::OkStatus();
  }
  // When what `checkpoint` tells was the present state, at most `now`: a source
  // that passes on another's says when that was confirmed.
  virtual uint64_t ConfirmedAt(const std::string& checkpoint,
                               uint64_t now) const {
    (void)checkpoint;
    return now;
  }
  // Everything the source has, in pages; the last one is complete. Errors: also
  // those of `sink`.
  virtual absl::Status ReadAll(absl::FunctionRef<absl::Status(FeedPage)> sink);

  // What a checkpoint says, for people.
  virtual FeedPlace Describe(const std::string& checkpoint) const = 0;

  // Asks something small: whether it is there, and who it takes us for. A line
  // for a person each.
  virtual absl::StatusOr<std::vector<std::string>> Test() = 0;

  // Errors: Unimplemented where the source takes no feedback.
  virtual absl::StatusOr<std::vector<FeedbackReason>> Reasons(
      const std::string& type);
  virtual absl::Status SendFeedback(const FeedbackItem& item);
  // The same of an entry that has these values: for sources that know it by
  // them.
  virtual absl::Status SendFeedbackOf(const FeedbackItem& item,
                                      std::span<const EntryValue> values) {
    (void)values;
    return SendFeedback(item);
  }
};

}  // namespace hashvet

#endif  // HASHVET_FEEDS_FEED_CLIENT_H_
