// From the ledger into a published directory.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"
#include "hashvet/ledger/export.h"
#include "hashvet/list/publication.h"
#include "src/ledger/earlier_base.h"
#include "src/ledger/ledger_files.h"
#include "src/ledger/state.h"

namespace hashvet {
namespace {

using ledger::Change;
using ledger::Statement;

using Counts = std::map<std::pair<std::string, HashKind>, uint64_t>;

// A snapshot that was made from this ledger.
struct KnownExport {
  uint64_t version = 0;
  uint64_t at = 0;
  Counts counts;
};

absl::StatusOr<std::optional<KnownExport>> FindExport(
    Ledger::State& state, const std::string& snapshot) {
  KnownExport known;
  {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        state.database->Prepare(
            "SELECT version, at FROM exports WHERE snapshot = ?"));
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Bind(snapshot).Next());
    if (!is_there) return std::nullopt;
    known.version = static_cast<uint64_t>(row.Integer(0));
    known.at = static_cast<uint64_t>(row.Integer(1));
  }
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state.database->Prepare(
          "SELECT list, kind, entries FROM export_counts WHERE snapshot = ?"));
  row.Bind(snapshot);
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return known;
    HASHVET_ASSIGN_OR_RETURN(
        const HashKind kind,
        HashKindFromNumber(static_cast<uint32_t>(row.Integer(1))));
    known.counts[{std::string(row.Text(0)), kind}] =
        static_cast<uint64_t>(row.Integer(2));
  }
}

// Before it goes live: a crash in between leaves a note of a snapshot that
// nobody published, and never the other way round.
absl::Status NoteExport(Ledger::State& state, const std::string& snapshot,
                        const ExportResult& exported) {
  HASHVET_ASSIGN_OR_RETURN(Change change,
                           Change::Begin(state, "export", "hashvet"));
  ledger::Database& database = *state.database;
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      database.Prepare("INSERT INTO exports(snapshot, version, at) VALUES(?, "
                       "?, ?) ON CONFLICT(snapshot) DO UPDATE SET version = "
                       "excluded.version, at = excluded.at"));
  HASHVET_RETURN_IF_ERROR(
      row.Bind(snapshot).Bind(exported.version).Bind(change.now()).Run());
  for (const auto& [of, entries] : exported.entries) {
    HASHVET_ASSIGN_OR_RETURN(
        Statement count,
        database.Prepare("INSERT OR REPLACE INTO export_counts(snapshot, list, "
                         "kind, entries) VALUES(?, ?, ?, ?)"));
    HASHVET_RETURN_IF_ERROR(count.Bind(snapshot)
                                .Bind(of.first)
                                .Bind(of.second)
                                .Bind(entries)
                                .Run());
  }
  return change.Commit().status();
}

// Entries that their sources took back since a version.
absl::StatusOr<uint64_t> RemovedSince(Ledger::State& state,
                                      const std::string& list, uint64_t since) {
  HASHVET_ASSIGN_OR_RETURN(const ledger::ListRow known, state.FindList(list));
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state.database->Prepare(
          "SELECT count(*) FROM entries INDEXED BY entries_by_change WHERE "
          "changed > ? AND list = ? AND (status = 1 OR status = 2 AND removal "
          "= 1 OR suppressed)"));
  HASHVET_RETURN_IF_ERROR(row.Bind(since).Bind(known.id).Next().status());
  return static_cast<uint64_t>(row.Integer(0));
}

// Adds to `held` why this change of a list and kind is held, where it is.
absl::Status CheckList(Ledger& ledger, const std::string& list, HashKind kind,
                       uint64_t since, LiveChange change,
                       std::vector<std::string>& held) {
  const auto now = ledger.state().FindList(list);
  if (absl::IsNotFound(now.status())) return absl::OkStatus();
  if (!now.ok()) return now.status();
  if (change.after < change.before) {  // nothing else asks why
    HASHVET_ASSIGN_OR_RETURN(change.removed,
                             RemovedSince(ledger.state(), list, since));
  }
  const auto reason = HoldReason(change, now->list.guards);
  if (!reason.has_value()) return absl::OkStatus();
  held.push_back(absl::StrCat("list ", list, ", ", ToAbsl(NameOf(kind)), ": ",
                              change.before, " entries live, ", change.after,
                              " in the new version (", *reason, ")"));
  return absl::OkStatus();
}

absl::Status HeldUnlessEmpty(const std::vector<std::string>& held) {
  if (held.empty()) return absl::OkStatus();
  return HeldError(
      absl::StrCat(absl::StrJoin(held, "; "), ": accept it explicitly"));
}

absl::Status CheckChange(Ledger& ledger, const KnownExport& before,
                         const Counts& after) {
  std::vector<std::string> held;
  for (const auto& [of, count] : before.counts) {
    const auto found = after.find(of);
    HASHVET_RETURN_IF_ERROR(CheckList(
        ledger, of.first, of.second, before.version,
        {.before = count, .after = found == after.end() ? 0 : found->second},
        held));
  }
  return HeldUnlessEmpty(held);
}

// As CheckChange: what is live with the overlay, counted from both files.
absl::Status CheckOverlay(Ledger& ledger, uint64_t since,
                          const SnapshotReader& base,
                          const SnapshotReader& overlay) {
  const std::vector<ListPolicy> lists(base.lists().begin(), base.lists().end());
  std::vector<std::string> held;
  for (const SnapshotReader::KindCounts& counts : base.kinds()) {
    const HashKind kind = counts.kind;
    std::vector<uint64_t> gone(lists.size());
    for (const uint32_t entry : overlay.removed(kind)) {
      const uint16_t list = base.list_of_entry(kind, entry);
      if (list < gone.size()) ++gone[list];
    }
    for (uint16_t l = 0; l < lists.size(); ++l) {
      LiveChange change = {.before = base.EntriesOf(l, kind)};
      if (change.before == 0) continue;
      change.after = change.before - gone[l] + overlay.EntriesOf(l, kind);
      HASHVET_RETURN_IF_ERROR(
          CheckList(ledger, lists[l].name, kind, since, change, held));
    }
  }
  return HeldUnlessEmpty(held);
}

absl::StatusOr<uint64_t> ChangedSince(Ledger::State& state, uint64_t since,
                                      uint64_t max_entries) {
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      state.database->Prepare("SELECT count(*) FROM (SELECT 1 FROM entries "
                              "WHERE changed > ? LIMIT ?)"));
  HASHVET_RETURN_IF_ERROR(
      row.Bind(since).Bind(max_entries + 1).Next().status());
  return static_cast<uint64_t>(row.Integer(0));
}

// An overlay tells what was deleted by its tombstones, which must still be
// there.
bool TombstonesAreKept(const KnownExport& base, uint64_t now) {
  return now < base.at + (kTombstoneDays - 1) * 86'400;
}

class LedgerPublisher {
 public:
  LedgerPublisher(Ledger& ledger, const std::string& directory,
                  const LedgerPublishOptions& options, KnownAnswerTest test)
      : ledger_(ledger),
        directory_(directory),
        options_(options),
        test_(test),
        file_(absl::StrCat(ledger.directory(), "/publish.hvs")) {}

  absl::StatusOr<LedgerPublishResult> Run() {
    HASHVET_ASSIGN_OR_RETURN(
        const Descriptor lock,
        ledger::LockFile(absl::StrCat(ledger_.directory(), "/publish.lock"),
                         "publishes from it"));
    RemoveLeftovers();
    HASHVET_RETURN_IF_ERROR(ledger_.ApplyDue().status());
    HASHVET_RETURN_IF_ERROR(FindPublished());
    HASHVET_ASSIGN_OR_RETURN(const bool as_overlay, IsOverlay());
    auto result = as_overlay ? PublishAsOverlay() : PublishAsBase();
    RemoveLeftovers();
    return result;
  }

 private:
  void RemoveLeftovers() const {
    std::error_code ignored;
    for (const auto& each :
         std::filesystem::directory_iterator(ledger_.directory(), ignored)) {
      if (absl::StartsWith(each.path().filename().string(), "publish.hvs")) {
        std::filesystem::remove(each.path(), ignored);
      }
    }
  }

  // What the directory serves, as far as the ledger knows it.
  absl::Status FindPublished() {
    const auto manifest = ReadManifest(directory_, options_.published.trust);
    if (!manifest.ok()) return absl::OkStatus();  // Publish says what is wrong
    HASHVET_ASSIGN_OR_RETURN(
        known_, FindExport(ledger_.state(), manifest->current.base.snapshot));
    manifest_ = *manifest;
    return absl::OkStatus();
  }

  absl::StatusOr<bool> IsOverlay() {
    if (options_.as == PublishAs::kBase) return false;
    std::string why;
    if (!known_.has_value()) {
      why = "what is published was not made from this ledger";
    } else if (!TombstonesAreKept(*known_, ledger_.state().Now())) {
      why = "the base is older than tombstones are kept";
    } else {
      HASHVET_ASSIGN_OR_RETURN(
          const uint64_t changed,
          ChangedSince(ledger_.state(), known_->version, kMaxOverlayEntries));
      if (changed > kMaxOverlayEntries) {
        why = absl::StrCat("over ", kMaxOverlayEntries, " entries changed");
      }
    }
    if (why.empty()) {
      auto published = OpenPublished(directory_, options_.published);
      if (!published.ok()) {
        why = std::string(published.status().message());
      } else {
        base_ = published->base;
        manifest_ = published->manifest;
        HASHVET_ASSIGN_OR_RETURN(
            known_,
            FindExport(ledger_.state(), manifest_->current.base.snapshot));
        if (known_.has_value()) return true;
        why = "another base was published meanwhile";
      }
    }
    if (options_.as == PublishAs::kEither) return false;
    return absl::FailedPreconditionError(
        absl::StrCat("overlay: ", why, ", publish a base: ", directory_));
  }

  static LedgerPublishResult Unpublished(const ExportResult& exported,
                                         bool overlay) {
    LedgerPublishResult result;
    result.exported = exported;
    result.overlay = overlay;
    return result;
  }

  absl::StatusOr<LedgerPublishResult> PublishAsOverlay() {
    // The manifest's is of the file as it lies there.
    std::optional<Sha256Digest> base_sha256;
    if (options_.published.encryption_key == nullptr) {
      base_sha256 = manifest_->current.base.sha256;
    }
    absl::StatusOr<ExportResult> exported = ExportOverlay(
        ledger_, base_, known_->version, file_, options_.exported, base_sha256);
    if (absl::IsFailedPrecondition(exported.status()) &&
        options_.as == PublishAs::kEither) {
      return PublishAsBase();
    }
    if (!exported.ok()) return exported.status();
    PublishOptions publish = options_.publish;
    if (!publish.accept_change) {
      HASHVET_ASSIGN_OR_RETURN(const auto overlay,
                               SnapshotReader::Open(file_, {.verify = false}));
      HASHVET_RETURN_IF_ERROR(
          CheckOverlay(ledger_, known_->version, *base_, *overlay));
    }
    if (options_.dry_run) return Unpublished(*exported, true);
    // By each list's guards, which the publisher does not know.
    publish.accept_change = true;
    auto published = PublishOverlay(directory_, file_, publish, test_);
    if (!published.ok()) return published.status();
    return LedgerPublishResult{*std::move(published), *std::move(exported),
                               true};
  }

  // Nothing where it cannot be had: everything is built anew then.
  std::optional<ledger::EarlierBase> OpenEarlier() {
    if (!known_.has_value() ||
        !TombstonesAreKept(*known_, ledger_.state().Now())) {
      return std::nullopt;
    }
    if (base_ == nullptr) {
      const auto published = OpenPublished(directory_, options_.published);
      if (!published.ok() || published->manifest.current.base.snapshot !=
                                 manifest_->current.base.snapshot) {
        return std::nullopt;
      }
      base_ = published->base;
    }
    return ledger::EarlierBase{base_, known_->version};
  }

  absl::StatusOr<LedgerPublishResult> PublishAsBase() {
    const std::optional<ledger::EarlierBase> earlier = OpenEarlier();
    HASHVET_ASSIGN_OR_RETURN(
        const ExportResult exported,
        ledger::ExportBase(ledger_, file_, options_.exported,
                           earlier.has_value() ? &*earlier : nullptr));
    PublishOptions publish = options_.publish;
    if (known_.has_value()) {
      // The ledger knows why entries went, which their numbers do not tell.
      if (!publish.accept_change) {
        HASHVET_RETURN_IF_ERROR(
            CheckChange(ledger_, *known_, exported.entries));
      }
      publish.accept_change = true;
    }
    if (options_.dry_run) return Unpublished(exported, false);
    {
      // Publishing verifies it completely.
      HASHVET_ASSIGN_OR_RETURN(const auto reader,
                               SnapshotReader::Open(file_, {.verify = false}));
      HASHVET_RETURN_IF_ERROR(
          NoteExport(ledger_.state(), reader->version(), exported));
    }
    auto published = Publish(directory_, file_, publish, test_);
    if (!published.ok()) return published.status();
    return LedgerPublishResult{*std::move(published), exported, false};
  }

  Ledger& ledger_;
  const std::string directory_;
  const LedgerPublishOptions& options_;
  const KnownAnswerTest test_;
  const std::string file_;
  std::optional<KnownExport> known_;  // the base that is published
  std::optional<Manifest> manifest_;
  std::shared_ptr<const SnapshotReader> base_;
};

}  // namespace

absl::StatusOr<LedgerPublishResult> PublishLedger(
    Ledger& ledger, const std::string& directory,
    const LedgerPublishOptions& options, KnownAnswerTest test) {
  return LedgerPublisher(ledger, directory, options, test).Run();
}

}  // namespace hashvet
