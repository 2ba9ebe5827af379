// The ledger: everything mutable about lists, in one SQLite file, and the truth
// about them. Snapshots are made from it (export.h); nothing else is kept.
//
// Everything that changes does so in one transaction, checkpoint included, that
// is on the disk when the call returns. A delta that is applied twice changes
// nothing the second time. Whether a value matches is asked of the entries that
// carry it, never counted up and down: it matches while any active entry of any
// list has it.
//
// The directory is its owner's alone (0700), as is every file in it (0600).
// Wider modes and symbolic links are refused. One process writes at a time.
//
// Errors of all calls: Unavailable when another process is writing,
// ResourceExhausted (full disk), PermissionDenied (modes, read-only),
// FailedPrecondition (a newer schema), DataLoss (damaged file or disk),
// Internal. Nothing has changed then. No message holds a value.

#ifndef HASHVET_LEDGER_LEDGER_H_
#define HASHVET_LEDGER_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/ledger/entry.h"
#include "hashvet/ledger/guards.h"
#include "hashvet/ledger/update_batch.h"
#include "hashvet/list/list_policy.h"

namespace hashvet {

inline constexpr int kLedgerSchema = 2;  // this build reads all up to it
inline constexpr char kLedgerFile[] = "ledger.sqlite";
inline constexpr uint64_t kTombstoneDays = 90;

struct LedgerOptions {
  bool create = false;   // makes the directory and the file where they are not
  bool dry_run = false;  // everything is done, told, and taken back
  int busy_timeout_ms = 2'000;  // waits so long for another process
  // Checks the whole file even when it is as this user's last ledger left it.
  bool check_always = false;
  size_t cache_bytes = size_t{192} << 20;
  // Instead of the clock, seconds since 1970: for tests.
  std::function<uint64_t()> now;
};

// A list as the ledger keeps it.
struct LedgerList {
  ListPolicy policy;   // its name is the list's
  std::string source;  // the clearinghouse: "ncmec"; empty: this platform
  std::string owner;   // who answers for it here
  bool local = false;  // the platform's own reports, apart from borrowed lists
  GuardOptions guards;

  friend bool operator==(const LedgerList&, const LedgerList&) = default;
};

// A line of a text that no entry could be made of. It goes to quarantine, the
// first kMaxTextBytes of it, and stops nothing.
struct MalformedLine {
  std::string where;  // "list.csv:17"
  std::string text;
  std::string reason;  // without the text
};

// What a source says, and from where it goes on. All of it is applied, or none.
struct Delta {
  std::string list;
  UpdateBatch updates;  // in the order said: the last of a key wins
  std::vector<MalformedLine> malformed_lines;
  // Stored with it, under a name of the feed's ("" where there is one).
  std::string checkpoint_name;
  std::optional<std::string> checkpoint;
  // When the source confirmed that this is its present state.
  std::optional<uint64_t> confirmed_at;
  // Values are added to those that an entry has, rather than taking their
  // place: for lists that tell an entry in several rows.
  bool unite = false;
  // Deleted entries come back even where their source does not say that it is
  // later than the deletion: for operators.
  bool restore = false;
  // Of what says no earlier time, the last told holds, so that an entry that
  // was deleted comes back within the same second: for sources that tell what
  // is.
  bool told_order = false;
  // Into the list's open generation rather than into what it serves.
  bool into_generation = false;
  std::string author;  // who or what does this, for the history
};

struct DeltaResult {
  uint64_t version =
      0;  // the ledger's after it; the same where nothing changed
  uint64_t added = 0;
  uint64_t changed = 0;
  uint64_t withdrawn = 0;  // of these, by status
  uint64_t deleted = 0;
  uint64_t restored = 0;
  uint64_t unchanged = 0;
  uint64_t outdated = 0;    // older than what the ledger has: ignored
  uint64_t tombstoned = 0;  // deleted before: ignored
  uint64_t duplicates = 0;  // a key that came again later in the delta
  uint64_t refused = 0;     // no entry could be made of it: in quarantine
  uint64_t off_centre = 0;  // PDQ values with 112 .. 144 ones, not 128
  // Newly in quarantine, by guard.
  std::map<std::string, uint64_t, std::less<>> quarantined;

  HASHVET_EXPORT void Add(const DeltaResult& other);
};

struct QuarantineItem {
  int64_t id = 0;
  std::string list;
  std::string key;  // of its entry; made fit to be shown where it is refused
  std::string kind;
  std::string guard;
  std::string reason;
  bool releasable = false;  // a value that can be stored
  uint64_t held_at = 0;
};

struct SuppressionItem {
  std::string list;
  std::string key;
  std::optional<uint64_t> until;
  std::string author;
  std::string reason;
  uint64_t at = 0;
};

struct HistoryItem {
  uint64_t version = 0;
  uint64_t at = 0;
  std::string list;
  std::string key;   // empty: the version as a whole
  std::string what;  // "added", "withdrawn", "suppressed" …
  std::string author;
  std::string reason;
};

// Feedback that is to be sent to a source.
struct FeedbackItem {
  int64_t id = 0;
  std::string list;
  std::string key;
  std::string type;  // of fingerprint
  bool affirmative = true;
  std::vector<std::string> reasons;
  std::string author;
  uint64_t queued_at = 0;
  uint64_t attempts = 0;
  std::optional<uint64_t> next_try_at;
  std::string state;  // "queued", "sent" or "failed"
};

struct ListStats {
  std::string list;
  std::map<EntryState, uint64_t> entries;
  std::map<Opinion, uint64_t> opinions;  // of entries that are not deleted
  struct Kind {
    uint64_t values = 0;  // of entries that are not deleted
    uint64_t live = 0;
    uint64_t held = 0;
  };
  std::map<HashKind, Kind> kinds;
  std::map<std::string, uint64_t, std::less<>> quarantined;  // by guard
};

// Who carries a value.
struct Carrier {
  std::string list;
  std::string key;
  EntryState state = EntryState::kActive;
  Hold hold = Hold::kNone;
  bool matches = false;
};

// Not thread-safe; processes and objects are kept apart by SQLite.
class HASHVET_EXPORT Ledger {
 public:
  static absl::StatusOr<std::unique_ptr<Ledger>> Open(
      const std::string& directory, const LedgerOptions& options = {});
  ~Ledger();

  // Folds the journal in, and remembers the file as whole. Done by the
  // destructor as well, which cannot tell of an error.
  absl::Status Close();

  const std::string& directory() const;
  absl::StatusOr<uint64_t> version();
  // The one in which an entry changed last; 0: there are none.
  absl::StatusOr<uint64_t> LastChange();

  // ---- Lists.

  // Errors: AlreadyExists; InvalidArgument, as CheckPolicy.
  absl::Status CreateList(const LedgerList& list, const std::string& author);
  // Its policy, owner and guards. Where guards or the PDQ threshold change, all
  // its values are judged anew at once; what operators decided stays. Errors:
  // NotFound.
  absl::StatusOr<RejudgedValues> UpdateList(const LedgerList& list,
                                            const std::string& author);
  absl::StatusOr<LedgerList> FindList(const std::string& name);
  absl::StatusOr<std::vector<LedgerList>> Lists();  // by name

  // Members of a source, by their identity there.
  absl::Status SetMember(const std::string& source, const std::string& id,
                         const std::string& name);
  absl::StatusOr<std::map<std::string, std::string>> Members(
      const std::string& source);

  // ---- What sources say.

  // Errors: NotFound (no such list); FailedPrecondition (no open generation).
  absl::StatusOr<DeltaResult> Apply(Delta delta);

  absl::StatusOr<std::optional<std::string>> Checkpoint(
      const std::string& list, const std::string& name = "");

  // A full refetch fills a generation of its own while what the list has
  // serves. Finishing compares: what is the same stays untouched, what is new
  // or different is applied, what is missing is deleted; one transaction.
  //
  // One Ledger fills a list's generation at a time, until it finishes, abandons
  // or is closed; others get Unavailable. A generation that was left open goes
  // on with whoever applies to it next.
  //
  // Errors: Begin: AlreadyExists when one is open. Finish: FailedPrecondition
  // when none is open; held (IsHeld) where over GuardOptions::max_fall_percent
  // of the list's entries are missing, unless `accept`.
  absl::Status BeginGeneration(const std::string& list,
                               const std::string& author);
  absl::StatusOr<DeltaResult> FinishGeneration(const std::string& list,
                                               bool accept,
                                               const std::string& author);
  absl::Status AbandonGeneration(const std::string& list);
  // How many entries an open generation has so far; nothing where none is open.
  absl::StatusOr<std::optional<uint64_t>> OpenGeneration(
      const std::string& list);

  // ---- What operators decide. Errors: NotFound (no such entry or item).

  // All the keys, or none.
  absl::Status Suppress(const std::string& list,
                        const std::vector<std::string>& keys,
                        std::optional<uint64_t> until,
                        const std::string& reason, const std::string& author);
  absl::Status Unsuppress(const std::string& list,
                          const std::vector<std::string>& keys,
                          const std::string& author);
  // Held items of one list, or of all (""), the oldest first.
  absl::StatusOr<std::vector<QuarantineItem>> Quarantine(
      const std::string& list, size_t max_items = SIZE_MAX);
  // Errors: FailedPrecondition when the item is no longer held, or cannot be
  // released because no value could be made of it.
  // What is released matches from now on, what is dropped never does. All of
  // them, or none.
  absl::Status Decide(const std::vector<int64_t>& release,
                      const std::vector<int64_t>& drop,
                      const std::string& author);

  // ---- Feedback to sources.

  absl::StatusOr<int64_t> QueueFeedback(const FeedbackItem& item);
  // What is queued and due, the oldest first.
  absl::StatusOr<std::vector<FeedbackItem>> DueFeedback(const std::string& list,
                                                        size_t max_items);
  absl::StatusOr<std::vector<FeedbackItem>> Feedback(const std::string& list);
  absl::Status FeedbackSent(int64_t id);
  // Tried and not taken; nothing for next_try_at: given up.
  absl::Status FeedbackFailed(int64_t id, std::optional<uint64_t> next_try_at);

  // ---- Questions.

  absl::StatusOr<LedgerEntry> FindEntry(const std::string& list,
                                        const std::string& key);
  // Every entry that is not deleted, in the order of the keys.
  absl::Status ForEachEntry(
      const std::string& list,
      absl::FunctionRef<absl::Status(const LedgerEntry&)> sink);
  absl::StatusOr<std::vector<Carrier>> WhoCarries(const HashValue& value);
  absl::StatusOr<std::vector<SuppressionItem>> Suppressions(
      const std::string& list);
  // Of a list ("": all) or an entry (""), the newest first.
  absl::StatusOr<std::vector<HistoryItem>> History(const std::string& list,
                                                   const std::string& key,
                                                   size_t max_items);
  absl::StatusOr<ListStats> Stats(const std::string& list);

  // ---- Housekeeping.

  // Suppressions and entries that expired, tombstones past their days. Every
  // Apply and export begins with it. How many there were.
  absl::StatusOr<uint64_t> ApplyDue();

  // SQLite's online backup into a file that appears whole or not at all, of one
  // moment, while others read and write; into another directory than the
  // ledger's (InvalidArgument). Restore puts one in place of the ledger of a
  // directory that nobody has open, or that has none yet; what was there stays
  // as <name>.before.
  absl::Status Backup(const std::string& path,
                      absl::FunctionRef<void(int, int)> progress);
  static absl::Status Restore(const std::string& backup_path,
                              const std::string& directory,
                              const LedgerOptions& options = {});

  // Reads everything and holds it against itself. Errors: DataLoss.
  absl::Status Verify();

  struct State;
  // For the parts of the layer that are in headers of their own.
  State& state() { return *state_; }

 private:
  explicit Ledger(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hashvet

#endif  // HASHVET_LEDGER_LEDGER_H_
