#include "hashvet/ledger/ledger.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/ledger/ledger_files.h"
#include "src/ledger/schema.h"
#include "src/ledger/state.h"

namespace hashvet {
namespace {

// The whole file, page by page; some seconds at ten million entries.
absl::Status CheckWhole(ledger::Database& database) {
  HASHVET_ASSIGN_OR_RETURN(ledger::Statement row,
                           database.Prepare("PRAGMA quick_check(1)"));
  HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
  if (is_there && row.Text(0) == "ok") return absl::OkStatus();
  // What SQLite says names pages and tables, but it may be at a loss: no text.
  return ledger::SqliteError(SQLITE_CORRUPT, nullptr, database.path());
}

}  // namespace

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}

Ledger::~Ledger() { (void)Close(); }

absl::StatusOr<std::unique_ptr<Ledger>> Ledger::Open(
    const std::string& directory, const LedgerOptions& options) {
  auto state = std::make_unique<State>();
  state->options = options;
  HASHVET_ASSIGN_OR_RETURN(state->directory,
                           ledger::CheckDirectory(directory, options.create));
  const std::string path = absl::StrCat(state->directory, "/", kLedgerFile);
  HASHVET_RETURN_IF_ERROR(ledger::CheckFile(path, options.create));
  HASHVET_ASSIGN_OR_RETURN(
      state->open_lock,
      ledger::LockOpen(state->directory, options.busy_timeout_ms));
  // Who has it open already found it whole.
  const bool checked = !state->open_lock.alone || ledger::IsRemembered(path);
  HASHVET_ASSIGN_OR_RETURN(
      state->database, ledger::Database::Open(path, options.busy_timeout_ms));
  ledger::Database& database = *state->database;
  // Nothing of a list goes to files elsewhere, and what is deleted is
  // overwritten.
  HASHVET_RETURN_IF_ERROR(database.Execute(
      absl::StrCat("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; "
                   "PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; "
                   "PRAGMA cell_size_check = ON; PRAGMA cache_size = -",
                   options.cache_bytes / 1024)));
  HASHVET_RETURN_IF_ERROR(
      database.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                       "PRAGMA journal_size_limit = 67108864"));
  if (!checked || options.check_always) {
    HASHVET_RETURN_IF_ERROR(CheckWhole(database));
  }
  HASHVET_RETURN_IF_ERROR(ledger::BringUpToDate(database, options.create));
  ledger::ShareOpenLock(state->open_lock);
  return std::unique_ptr<Ledger>(new Ledger(std::move(state)));
}

absl::Status Ledger::Close() {
  if (state_->database == nullptr) return absl::OkStatus();
  const std::string path = state_->database->path();
  const absl::Status status = state_->database->Close();
  state_->database = nullptr;
  if (status.ok()) ledger::Remember(path);
  state_->generations_held.clear();
  state_->open_lock = ledger::OpenLock();
  return status;
}

const std::string& Ledger::directory() const { return state_->directory; }

absl::StatusOr<uint64_t> Ledger::version() { return state_->Version(); }

void DeltaResult::Add(const DeltaResult& other) {
  version = std::max(version, other.version);
  added += other.added;
  changed += other.changed;
  withdrawn += other.withdrawn;
  deleted += other.deleted;
  restored += other.restored;
  unchanged += other.unchanged;
  outdated += other.outdated;
  tombstoned += other.tombstoned;
  duplicates += other.duplicates;
  refused += other.refused;
  off_centre += other.off_centre;
  for (const auto& [guard, count] : other.quarantined) {
    quarantined[guard] += count;
  }
}

absl::StatusOr<uint64_t> Ledger::ApplyDue() {
  HASHVET_ASSIGN_OR_RETURN(ledger::Change change,
                           ledger::Change::Begin(*state_, "due", "hashvet"));
  HASHVET_ASSIGN_OR_RETURN(const uint64_t settled, ledger::SettleDue(change));
  HASHVET_RETURN_IF_ERROR(
      change.Commit(absl::StrCat(settled, " settled")).status());
  return settled;
}

absl::Status Ledger::Verify() {
  HASHVET_ASSIGN_OR_RETURN(const ledger::Reading reading,
                           ledger::Reading::Begin(*state_));
  ledger::Database& database = *state_->database;
  HASHVET_ASSIGN_OR_RETURN(ledger::Statement row,
                           database.Prepare("PRAGMA integrity_check(1)"));
  HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
  if (!is_there || row.Text(0) != "ok") {
    return ledger::SqliteError(SQLITE_CORRUPT, nullptr, database.path());
  }
  HASHVET_ASSIGN_OR_RETURN(
      const int64_t orphans,
      database.Number("SELECT count(*) FROM pragma_foreign_key_check"));
  HASHVET_ASSIGN_OR_RETURN(
      const int64_t unlike,
      database.Number("SELECT count(*) FROM entries WHERE status <> 2 AND "
                      "suppressed <> EXISTS(SELECT 1 FROM suppressions WHERE "
                      "entry = entries.id)"));
  // Every value is found by its fingerprint, and no fingerprint is too many.
  HASHVET_ASSIGN_OR_RETURN(
      ledger::Statement values,
      database.Prepare("SELECT entry, kind, value FROM entry_values"));
  HASHVET_ASSIGN_OR_RETURN(
      ledger::Statement carrier,
      database.Prepare("SELECT 1 FROM value_carriers WHERE fingerprint = ? AND "
                       "entry = ?"));
  int64_t missing = 0;
  int64_t distinct = 0;
  int64_t entry = 0;
  std::vector<int64_t> of_entry;
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool has_value, values.Next());
    if (!has_value) break;
    const auto kind =
        HashKindFromNumber(static_cast<uint32_t>(values.Integer(1)));
    if (!kind.ok()) return kind.status();
    const auto value = HashValue::FromBytes(*kind, values.Bytes(2));
    if (!value.ok()) return value.status();
    if (values.Integer(0) != entry) of_entry.clear();
    entry = values.Integer(0);
    const int64_t fingerprint = ledger::FingerprintOf(*value);
    if (std::ranges::find(of_entry, fingerprint) != of_entry.end()) continue;
    of_entry.push_back(fingerprint);
    ++distinct;
    carrier.Reset();
    HASHVET_ASSIGN_OR_RETURN(const bool is_known,
                             carrier.Bind(fingerprint).Bind(entry).Next());
    missing += is_known ? 0 : 1;
  }
  HASHVET_ASSIGN_OR_RETURN(
      const int64_t carriers,
      database.Number("SELECT count(*) FROM value_carriers"));
  if (orphans != 0 || unlike != 0 || missing != 0 || carriers != distinct) {
    return absl::DataLossError(absl::StrCat(
        "ledger: ", orphans, " rows without what they belong to, ", unlike,
        " entries unlike their suppressions, ", missing,
        " values that are not found, ", carriers - distinct + missing,
        " found that are not there: ", database.path()));
  }
  return absl::OkStatus();
}

}  // namespace hashvet
