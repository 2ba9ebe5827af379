#include "hashvet/feeds/sync.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <random>
#include <span>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "hashvet/ledger/guards.h"
#include "src/feeds/store.h"

namespace hashvet {
namespace {

constexpr uint64_t kFirstBackOffS = 15 * 60;
constexpr uint64_t kMaxBackOffS = 24 * 3600;
constexpr size_t kMaxBatchBytes = size_t{48} << 20;
constexpr size_t kMaxMalformedLines = 10'000;  // of a transaction, about
constexpr size_t kFeedbackItems = 1000;        // of one sync
constexpr uint64_t kMaxFeedbackTries = 10;
// Of names that a source makes up as it likes.
constexpr size_t kMaxNames = 1000;
constexpr size_t kMaxNameBytes = 200;

void Count(const FeedCounts& more, FeedCounts& counts) {
  for (const auto& [name, count] : more) {
    std::string known = WithoutHashes(name.substr(0, kMaxNameBytes));
    if (counts.size() >= kMaxNames && counts.find(known) == counts.end()) {
      known = "(others)";
    }
    counts[known] += count;
  }
}

// One sync. The state is what the ledger has, and is stored with every lot.
class Sync {
 public:
  Sync(Ledger& ledger, const std::string& list, FeedClient& client,
       const SyncOptions& options, FeedState state)
      : ledger_(ledger),
        list_(list),
        client_(client),
        options_(options),
        state_(std::move(state)) {}

  absl::StatusOr<SyncReport> Run() {
    const uint64_t now = Now();
    if (!options_.force && state_.next_try_at > now) {
      return FeedError(
          FeedCause::kNetwork, absl::StatusCode::kAborted,
          absl::StrCat("list ", list_, ": ", state_.failures,
                       " failures in a row, asked again in ",
                       state_.next_try_at - now, " s (--force asks now)"));
    }
    absl::Status status = RunPages();
    // A trial tells the source nothing.
    if (status.ok() && !options_.dry_run) status = SendFeedback();
    if (!status.ok()) {
      if (CauseOf(status).has_value()) RememberFailure(status);
      return status;
    }
    report_.place = client_.Describe(state_.checkpoint);
    return std::move(report_);
  }

 private:
  uint64_t Now() const {
    return options_.now ? options_.now()
                        : static_cast<uint64_t>(std::time(nullptr));
  }
  void Step(std::string_view step) const {
    if (options_.at_step) options_.at_step(step);
  }

  // Whether everything is to be read into a generation, and one is open.
  absl::Status ChooseGeneration() {
    HASHVET_ASSIGN_OR_RETURN(const auto open, ledger_.OpenGeneration(list_));
    if (state_.full && state_.finishing && !open.has_value()) {
      // Ended between the two transactions: it serves already.
      state_.full = state_.finishing = false;
    }
    // Also that of a generation which was left for long: what the source has
    // forgotten since would stay in it.
    const bool stale =
        !state_.checkpoint.empty() &&
        (told_stale_ || client_.IsStale(state_.checkpoint, Now()));
    if (stale) {
      report_.warnings.push_back(
          "the checkpoint is older than the source remembers: everything is "
          "read anew, and what is there serves until that is complete");
    }
    // Without a checkpoint nothing of it is there yet.
    const bool resumes = state_.full && open.has_value() && !stale &&
                         !client_.always_full() && !state_.checkpoint.empty();
    if (resumes && !options_.full) return absl::OkStatus();
    if (!stale && !options_.full && !client_.always_full() && !state_.full) {
      return absl::OkStatus();
    }
    state_.checkpoint.clear();
    state_.finishing = false;
    state_.carried.clear();
    state_.drift.clear();
    if (options_.dry_run) {
      tries_whole_ = true;
      return absl::OkStatus();
    }
    // First that it begins anew: an old checkpoint with an empty generation
    // would read on where nothing is.
    Step("begin generation");
    state_.full = true;
    HASHVET_RETURN_IF_ERROR(
        StoreText(ledger_, list_, kStateName, WriteFeedState(state_)));
    Step("generation decided");
    if (open.has_value()) {
      HASHVET_RETURN_IF_ERROR(ledger_.AbandonGeneration(list_));
    }
    Step("generation abandoned");
    return ledger_.BeginGeneration(list_, options_.author);
  }

  absl::Status RunPages() {
    lot_ = EmptyLot();
    HASHVET_RETURN_IF_ERROR(client_.WasReadTo(state_.whole));
    if (client_.always_full() && !options_.full && !state_.full &&
        !state_.checkpoint.empty()) {
      Step("fetch");
      HASHVET_ASSIGN_OR_RETURN(const bool unchanged,
                               client_.IsUnchanged(state_.checkpoint));
      if (unchanged) {
        state_.contact_at = Now();
        return Apply(true);
      }
    }
    HASHVET_RETURN_IF_ERROR(ChooseGeneration());
    absl::Status read = client_.always_full()
                            ? client_.ReadAll([&](FeedPage page) {
                                return Deliver(std::move(page));
                              })
                            : Ask();
    if (CauseOf(read) == FeedCause::kStale && !told_stale_) {
      told_stale_ = true;
      HASHVET_RETURN_IF_ERROR(ChooseGeneration());
      read = Ask();
    }
    if (!read.ok()) {
      // What came before it is kept, but for what nothing goes on from.
      if (CauseOf(read).has_value() || absl::IsCancelled(read)) {
        HASHVET_RETURN_IF_ERROR(Apply(false));
      }
      return read;
    }
    return Finish();
  }

  absl::Status Ask() {
    std::string asked = state_.checkpoint;
    for (bool complete = false; !complete;) {
      Step("fetch");
      HASHVET_ASSIGN_OR_RETURN(FeedPage page, client_.Next(asked));
      asked = page.checkpoint;
      complete = page.complete;
      HASHVET_RETURN_IF_ERROR(Deliver(std::move(page)));
    }
    return absl::OkStatus();
  }

  absl::Status Deliver(FeedPage page) {
    if (options_.cancelled && options_.cancelled()) {
      return absl::CancelledError(
          absl::StrCat("list ", list_, ": interrupted, goes on from here"));
    }
    // One lot is applied in one way.
    if (!lot_.updates.empty() &&
        (lot_.restore != page.restore || lot_.unite != page.unite ||
         lot_.told_order != page.told_order)) {
      HASHVET_RETURN_IF_ERROR(Apply(false));
    }
    lot_.restore = page.restore;
    lot_.unite = page.unite;
    lot_.told_order = page.told_order;
    Take(page);
    const bool is_enough = lot_.updates.size() >= options_.batch_entries ||
                           lot_.updates.size_bytes() >= kMaxBatchBytes ||
                           lot_.malformed_lines.size() >= kMaxMalformedLines;
    return page.complete || is_enough ? Apply(page.complete) : absl::OkStatus();
  }

  Delta EmptyLot() const {
    return {.list = list_,
            .checkpoint_name = kStateName,
            .author = options_.author};
  }

  // The page into the lot, and what it says of itself into the state.
  void Take(FeedPage& page) {
    Delta& lot = lot_;
    ++report_.pages;
    for (size_t i = 0; tries_whole_ && i < page.updates.size(); ++i) {
      tried_.insert(absl::HashOf(page.updates.key(i)));
    }
    if (lot.updates.empty()) {
      lot.updates = std::move(page.updates);
    } else {
      for (size_t i = 0; i < page.updates.size(); ++i) {
        lot.updates.Add(page.updates[i]);
      }
    }
    for (MalformedLine& line : page.malformed_lines) {
      lot.malformed_lines.push_back(std::move(line));
    }
    members_.insert(members_.end(), page.members.begin(), page.members.end());
    for (std::string& warning : page.warnings) {
      report_.warnings.push_back(std::move(warning));
    }
    state_.checkpoint = page.checkpoint;
    state_.contact_at = Now();
    state_.newest_at = std::max(state_.newest_at, page.newest_at.value_or(0));
    Count(page.drift, state_.drift);
    Count(page.drift, report_.drift);
    Count(page.carried, state_.carried);
    Count(page.carried, report_.carried);
    if (options_.progress) options_.progress(page.updates.size());
  }

  // What was gathered, with the state after it; a new lot begins.
  absl::Status Apply(bool complete) {
    Delta lot = std::exchange(lot_, EmptyLot());
    Step("apply");
    if (complete) {
      if (state_.full) {
        state_.finishing = true;
      } else {
        Succeed(lot);
      }
    }
    lot.into_generation = state_.full;
    lot.checkpoint = WriteFeedState(state_);
    HASHVET_ASSIGN_OR_RETURN(const DeltaResult result,
                             ledger_.Apply(std::move(lot)));
    if (!state_.full) report_.result.Add(result);
    for (const auto& [guard, count] : result.quarantined) {
      if (state_.full) report_.result.quarantined[guard] += count;
    }
    Step("applied");
    return StoreMembers();
  }

  // Everything was read: the clocks, and the end of the back-off.
  void Succeed(Delta& lot) {
    const uint64_t now = Now();
    report_.complete = true;
    state_.whole = state_.checkpoint;
    state_.success_at = now;
    state_.failures = 0;
    state_.next_try_at = 0;
    state_.last_error.clear();
    // What the source has and could not be read is not confirmed.
    if (client_.Describe(state_.checkpoint).debts.empty()) {
      lot.confirmed_at =
          std::min(now, client_.ConfirmedAt(state_.checkpoint, now));
    }
  }

  // What a trial of everything would take away, since no generation tells it.
  absl::Status TellMissing() {
    HASHVET_ASSIGN_OR_RETURN(const LedgerList list, ledger_.FindList(list_));
    LiveChange change;
    HASHVET_RETURN_IF_ERROR(
        ledger_.ForEachEntry(list_, [&](const LedgerEntry& entry) {
          if (entry.said.status == SourceStatus::kDeleted) {
            return absl::OkStatus();
          }
          ++change.before;
          const size_t key = absl::HashOf(std::string_view(entry.said.key));
          if (tried_.contains(key)) ++change.after;
          return absl::OkStatus();
        }));
    report_.result.deleted += change.before - change.after;
    const auto held = HoldReason(change, list.guards);
    if (held.has_value()) {
      report_.warnings.push_back(absl::StrCat(
          "it lacks ", change.before - change.after, " of ", change.before,
          " entries and would be held (", *held, "): --accept takes it"));
    }
    return absl::OkStatus();
  }

  absl::Status Finish() {
    if (tries_whole_) return TellMissing();
    if (!state_.full) return absl::OkStatus();
    // What is owed is not missing: to finish would delete it.
    if (!client_.Describe(state_.checkpoint).debts.empty() &&
        !options_.accept) {
      report_.warnings.push_back(
          "parts of the source cannot be read: what is there serves on, and "
          "the "
          "refetch waits for them (--accept takes it without)");
      return absl::OkStatus();
    }
    Step("finish generation");
    HASHVET_ASSIGN_OR_RETURN(
        const DeltaResult result,
        ledger_.FinishGeneration(list_, options_.accept, options_.author));
    report_.result.Add(result);
    report_.full = true;
    Step("generation finished");
    state_.full = state_.finishing = false;
    Delta last = EmptyLot();
    Succeed(last);
    last.checkpoint = WriteFeedState(state_);
    return ledger_.Apply(std::move(last)).status();
  }

  absl::Status StoreMembers() {
    if (members_.empty()) return absl::OkStatus();
    HASHVET_ASSIGN_OR_RETURN(const LedgerList list, ledger_.FindList(list_));
    for (const auto& [id, name] : members_) {
      HASHVET_RETURN_IF_ERROR(ledger_.SetMember(list.source, id, name));
    }
    members_.clear();
    return absl::OkStatus();
  }

  // What operators have to say to the source. It is no failure of the sync when
  // one is not taken.
  absl::Status SendFeedback() {
    HASHVET_ASSIGN_OR_RETURN(const auto due,
                             ledger_.DueFeedback(list_, kFeedbackItems));
    for (const FeedbackItem& item : due) {
      Step("send feedback");
      const auto entry = ledger_.FindEntry(list_, item.key);
      if (!entry.ok() && !absl::IsNotFound(entry.status())) {
        return entry.status();
      }
      const absl::Status sent = client_.SendFeedbackOf(
          item, entry.ok() ? std::span(entry->said.values)
                           : std::span<const EntryValue>());
      if (sent.ok()) {
        Step("feedback sent");
        HASHVET_RETURN_IF_ERROR(ledger_.FeedbackSent(item.id));
        ++report_.feedback_sent;
        continue;
      }
      ++report_.feedback_failed;
      report_.warnings.push_back(absl::StrCat(
          "feedback ", item.id, " is not taken: ", sent.message()));
      const bool may_help = CauseOf(sent) == FeedCause::kNetwork ||
                            CauseOf(sent) == FeedCause::kAuthentication;
      std::optional<uint64_t> again;
      if (may_help && item.attempts + 1 < kMaxFeedbackTries) {
        again = Now() + RetryAfterOf(sent).value_or(
                            BackOffSeconds(item.attempts + 1, Random()));
      }
      HASHVET_RETURN_IF_ERROR(ledger_.FeedbackFailed(item.id, again));
    }
    return absl::OkStatus();
  }

  void RememberFailure(const absl::Status& status) {
    ++state_.failures;
    state_.next_try_at =
        Now() + std::max(RetryAfterOf(status).value_or(0),
                         BackOffSeconds(state_.failures, Random()));
    state_.last_error = WithoutHashes(
        absl::StrCat(ToAbsl(NameOf(*CauseOf(status))), ": ", status.message()));
    Delta failure = EmptyLot();
    failure.checkpoint = WriteFeedState(state_);
    // The failure itself is what the caller is told.
    (void)ledger_.Apply(std::move(failure));
  }

  double Random() {
    if (options_.random) return options_.random();
    std::random_device device;
    return std::uniform_real_distribution<double>(0, 1)(device);
  }

  Ledger& ledger_;
  const std::string& list_;
  FeedClient& client_;
  const SyncOptions& options_;
  FeedState state_;
  bool told_stale_ = false;            // by the client, while it was asked
  bool tries_whole_ = false;           // a trial reads everything
  absl::flat_hash_set<size_t> tried_;  // keys of it
  Delta lot_;                          // gathered, not applied yet
  std::vector<std::pair<std::string, std::string>> members_;
  SyncReport report_;
};

}  // namespace

uint64_t BackOffSeconds(uint64_t failures, double random) {
  if (failures == 0) return 0;
  const double doubled =
      std::ldexp(static_cast<double>(kFirstBackOffS),
                 static_cast<int>(std::min<uint64_t>(failures - 1, 30)));
  const double stretched = doubled * (1 + std::clamp(random, 0.0, 1.0));
  return static_cast<uint64_t>(
      std::min(stretched, static_cast<double>(kMaxBackOffS)));
}

absl::StatusOr<SyncReport> SyncFeed(Ledger& ledger, const std::string& list,
                                    FeedClient& client,
                                    const SyncOptions& options) {
  HASHVET_ASSIGN_OR_RETURN(FeedState state, LoadFeedState(ledger, list));
  return Sync(ledger, list, client, options, std::move(state)).Run();
}

}  // namespace hashvet
