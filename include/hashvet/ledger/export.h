// The ledger's active entries as a snapshot, as an overlay of what changed
// since one, and live in a published directory.
//
// The same ledger gives the same bytes. Quarantined, suppressed, withdrawn and
// deleted entries are left out, and nothing else is.

#ifndef HASHVET_LEDGER_EXPORT_H_
#define HASHVET_LEDGER_EXPORT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/executor.h"
#include "hashvet/base/export.h"
#include "hashvet/ledger/ledger.h"
#include "hashvet/list/publication.h"
#include "hashvet/list/publisher.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"

namespace hashvet {

struct ExportOptions {
  std::vector<std::string> lists;  // empty: all of them
  Executor* executor = nullptr;    // may be null
  // Told how many more entries were looked at. May be empty.
  std::function<void(uint64_t entries)> progress;
};

struct ExportResult {
  uint64_t version = 0;  // of the ledger, that the file shows
  SnapshotCounts counts;
  // Values that can match, by list and kind; of an overlay, those in it.
  std::map<std::pair<std::string, HashKind>, uint64_t> entries;
  // Of a base: kinds that nothing of had changed, taken as they were published.
  std::vector<HashKind> reused;
};

// Errors: those of the ledger; NotFound (no such list); FailedPrecondition when
// there is nothing that matches; those of SnapshotWriter.
HASHVET_EXPORT absl::StatusOr<ExportResult> ExportSnapshot(
    Ledger& ledger, const std::string& path, const ExportOptions& options = {});

// What changed after the ledger's version `since`, which `base` shows.
//
//   base_sha256  the base file's, where that is known: it is then not read
//
// Errors: as ExportSnapshot; FailedPrecondition when the lists or their
// policies are no longer the base's.
HASHVET_EXPORT absl::StatusOr<ExportResult> ExportOverlay(
    Ledger& ledger, std::shared_ptr<const SnapshotReader> base, uint64_t since,
    const std::string& path, const ExportOptions& options = {},
    const std::optional<Sha256Digest>& base_sha256 = std::nullopt);

enum class PublishAs {
  kEither,  // an overlay where that is possible and small, else a base
  kBase,
  kOverlay,  // or an error
};

struct LedgerPublishOptions {
  ExportOptions exported;
  PublishOptions publish;  // accept_change: what the guards hold goes live too
  // Opens what is published, for an overlay and for the guards.
  PublishedOptions published;
  PublishAs as = PublishAs::kEither;
  // Everything but going live: made, held against the guards, told, dropped.
  bool dry_run = false;
};

struct LedgerPublishResult {
  PublishResult published;  // nothing of a dry run
  ExportResult exported;
  bool overlay = false;
};

// Over so many changed entries a base is published rather than an overlay.
inline constexpr uint64_t kMaxOverlayEntries = 100'000;

// Errors: as ExportSnapshot and Publish; held (IsHeld) where a list and kind
// falls or grows more than its guards allow, compared with what is published,
// unless accept_change; Unavailable when another process publishes from the
// ledger. What a killed one left in the ledger's directory goes with the next.
HASHVET_EXPORT absl::StatusOr<LedgerPublishResult> PublishLedger(
    Ledger& ledger, const std::string& directory,
    const LedgerPublishOptions& options, KnownAnswerTest test);

}  // namespace hashvet

#endif  // HASHVET_LEDGER_EXPORT_H_
