#include "src/ledger/schema.h"

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/ledger/ledger.h"

namespace hashvet::ledger {
namespace {

constexpr int64_t kApplicationId = 0x68766C64;  // "hvld"

// Times are seconds since 1970. `changed` and `since` are versions: rows of
// `versions`. Which column may hold which number is said in entry.h and
// list_policy.h.
constexpr const char* kSchema1 = R"sql(
CREATE TABLE lists(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  owner TEXT NOT NULL,
  local INTEGER NOT NULL,
  role INTEGER NOT NULL,
  action TEXT NOT NULL,
  min_quality INTEGER NOT NULL,
  sampled_ppm INTEGER NOT NULL,
  sample_seed INTEGER NOT NULL,
  current_at INTEGER NOT NULL,
  late_after_s INTEGER NOT NULL,
  stale_after_s INTEGER NOT NULL,
  expired_after_s INTEGER NOT NULL,
  refuse_stale INTEGER NOT NULL,
  serve_expired INTEGER NOT NULL,
  guard_degenerate INTEGER NOT NULL,
  guard_panel INTEGER NOT NULL,
  panel_margin INTEGER NOT NULL,
  guard_change INTEGER NOT NULL,
  max_fall_percent INTEGER NOT NULL,
  max_growth_percent INTEGER NOT NULL,
  max_removed_percent INTEGER NOT NULL,
  generation INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE list_kinds(
  list INTEGER NOT NULL REFERENCES lists(id),
  kind INTEGER NOT NULL,
  max_distance INTEGER NOT NULL,
  max_distance_rotated INTEGER,
  metric INTEGER NOT NULL,
  PRIMARY KEY(list, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE members(
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  member TEXT NOT NULL,
  name TEXT NOT NULL,
  UNIQUE(source, member)
) STRICT;
CREATE TABLE categories(
  id INTEGER PRIMARY KEY,
  scheme TEXT NOT NULL,
  category TEXT NOT NULL,
  UNIQUE(scheme, category)
) STRICT;
CREATE TABLE versions(
  version INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  list INTEGER REFERENCES lists(id),
  what TEXT NOT NULL,
  author TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE TABLE entries(
  id INTEGER PRIMARY KEY,
  list INTEGER NOT NULL REFERENCES lists(id),
  key TEXT NOT NULL,
  status INTEGER NOT NULL,
  removal INTEGER NOT NULL,     -- of deleted ones: 1 the source's word, 2 missing
  suppressed INTEGER NOT NULL,
  opinion INTEGER NOT NULL,     -- all of them together
  stated INTEGER NOT NULL,
  parts INTEGER NOT NULL,       -- whether there are rows: 1 opinions, 2 feedback, 4 cases
  category INTEGER REFERENCES categories(id),
  member INTEGER REFERENCES members(id),
  created_at INTEGER,
  updated_at INTEGER,
  expires_at INTEGER,
  reason TEXT,
  deleted_at INTEGER,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  since INTEGER NOT NULL,       -- when it last began to be one that matches
  UNIQUE(list, key)
) STRICT;
CREATE INDEX entries_by_change ON entries(changed);
CREATE INDEX entries_expiring ON entries(expires_at)
  WHERE expires_at IS NOT NULL AND status = 0;
CREATE INDEX entries_deleted ON entries(deleted_at)
  WHERE deleted_at IS NOT NULL;
CREATE TABLE entry_values(
  entry INTEGER NOT NULL REFERENCES entries(id),
  kind INTEGER NOT NULL,
  value BLOB NOT NULL,
  quality INTEGER,
  hold INTEGER NOT NULL,
  since INTEGER NOT NULL,       -- when it last began to be one that matches
  PRIMARY KEY(entry, kind, value)
) STRICT, WITHOUT ROWID;
-- Which entries may carry a value. Rows go in sorted, whatever the order of the
-- entries: an index of SQLite's own would take 32-byte values at random.
CREATE TABLE value_carriers(
  fingerprint INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY(fingerprint, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE opinions(
  entry INTEGER NOT NULL REFERENCES entries(id),
  owner TEXT NOT NULL,
  opinion INTEGER NOT NULL,
  tags TEXT NOT NULL,           -- a line each
  PRIMARY KEY(entry, owner)
) STRICT, WITHOUT ROWID;
CREATE TABLE entry_feedback(
  entry INTEGER NOT NULL REFERENCES entries(id),
  type TEXT NOT NULL,
  member TEXT NOT NULL,
  affirmative INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY(entry, type, member, affirmative, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine(
  id INTEGER PRIMARY KEY,
  list INTEGER NOT NULL REFERENCES lists(id),
  entry INTEGER REFERENCES entries(id),
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  value BLOB,
  text TEXT,                    -- of what is no value
  guard TEXT NOT NULL,
  reason TEXT NOT NULL,
  state INTEGER NOT NULL,       -- 1 held, 2 released, 3 dropped
  held_at INTEGER NOT NULL,
  decided_at INTEGER,
  decided_by TEXT
) STRICT;
CREATE UNIQUE INDEX quarantine_values ON quarantine(entry, kind, value)
  WHERE value IS NOT NULL;
CREATE UNIQUE INDEX quarantine_texts ON quarantine(list, key, kind, text)
  WHERE value IS NULL;
CREATE INDEX quarantine_by_entry ON quarantine(entry);
CREATE INDEX quarantine_held ON quarantine(list, id) WHERE state = 1;
CREATE TABLE suppressions(
  entry INTEGER PRIMARY KEY REFERENCES entries(id),
  until INTEGER,
  author TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX suppressions_expiring ON suppressions(until)
  WHERE until IS NOT NULL;
CREATE TABLE history(
  id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL REFERENCES versions(version),
  list INTEGER NOT NULL REFERENCES lists(id),
  key TEXT NOT NULL,
  what TEXT NOT NULL,
  author TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX history_by_key ON history(list, key);
CREATE TABLE checkpoints(
  list INTEGER NOT NULL REFERENCES lists(id),
  name TEXT NOT NULL,
  checkpoint TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(list, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE generations(       -- open ones
  list INTEGER PRIMARY KEY REFERENCES lists(id),
  begun_at INTEGER NOT NULL,
  author TEXT NOT NULL
) STRICT;
CREATE TABLE generation_entries(
  list INTEGER NOT NULL REFERENCES generations(list),
  key TEXT NOT NULL,
  said BLOB NOT NULL,           -- update_batch.h
  PRIMARY KEY(list, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE feedback_queue(
  id INTEGER PRIMARY KEY,
  list INTEGER NOT NULL REFERENCES lists(id),
  key TEXT NOT NULL,
  type TEXT NOT NULL,
  affirmative INTEGER NOT NULL,
  reasons TEXT NOT NULL,        -- a line each
  author TEXT NOT NULL,
  queued_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_try_at INTEGER,
  state TEXT NOT NULL
) STRICT;
)sql";

// What was published from the ledger, so that an overlay can say what changed
// since, and a hold can compare; the cases of entries.
constexpr const char* kSchema2 = R"sql(
CREATE TABLE exports(
  snapshot TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE export_counts(
  snapshot TEXT NOT NULL REFERENCES exports(snapshot),
  list TEXT NOT NULL,
  kind INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  PRIMARY KEY(snapshot, list, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE entry_cases(
  entry INTEGER NOT NULL REFERENCES entries(id),
  id TEXT NOT NULL,
  status TEXT NOT NULL,
  PRIMARY KEY(entry, id, status)
) STRICT, WITHOUT ROWID;
)sql";

// From schema i to i + 1. A new ledger takes all of them, so that there is one
// way to today's tables.
constexpr std::array<const char*, kLedgerSchema> kMigrations = {kSchema1,
                                                                kSchema2};

absl::Status Migrate(Database& database, int64_t from) {
  for (int64_t step = from; step < kLedgerSchema; ++step) {
    HASHVET_RETURN_IF_ERROR(
        database.Execute(kMigrations[static_cast<size_t>(step)]));
  }
  return database.Execute(
      absl::StrCat("PRAGMA application_id = ", kApplicationId,
                   "; PRAGMA user_version = ", kLedgerSchema));
}

}  // namespace

absl::Status BringUpToDate(Database& database, bool create) {
  HASHVET_ASSIGN_OR_RETURN(const int64_t application,
                           database.Number("PRAGMA application_id"));
  HASHVET_ASSIGN_OR_RETURN(const int64_t schema,
                           database.Number("PRAGMA user_version"));
  if (application == kApplicationId && schema == kLedgerSchema) {
    return absl::OkStatus();
  }
  if (application == kApplicationId && schema > kLedgerSchema) {
    return absl::FailedPreconditionError(
        absl::StrCat("ledger: schema ", schema, ", this build reads up to ",
                     kLedgerSchema, ": ", database.path()));
  }
  HASHVET_ASSIGN_OR_RETURN(
      const int64_t tables,
      database.Number("SELECT count(*) FROM sqlite_schema"));
  if (application != kApplicationId && (application != 0 || tables != 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("ledger: another program's database: ", database.path()));
  }
  if (tables == 0 && !create) {
    return absl::NotFoundError(
        absl::StrCat("ledger: an empty file, its making was interrupted "
                     "(list create makes it): ",
                     database.path()));
  }
  HASHVET_RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  // Another process may have done it meanwhile.
  const auto now = database.Number("PRAGMA user_version");
  absl::Status status = now.status();
  if (status.ok() && *now < kLedgerSchema) status = Migrate(database, *now);
  if (status.ok()) status = database.Execute("COMMIT");
  if (!status.ok()) (void)database.Execute("ROLLBACK");
  return status;
}

}  // namespace hashvet::ledger
