#include "src/ledger/state.h"

#include <algorithm>
#include <ctime>
#include <span>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/checksum.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

// Lists have few categories and members. What has more is asked of the database
// again and again.
constexpr size_t kMaxKnownTexts = 4096;

template <typename Map, typename Key, typename Value>
void Know(Map& known, Key&& key, Value&& value) {
  if (known.size() >= kMaxKnownTexts) known.clear();
  known.emplace(std::forward<Key>(key), std::forward<Value>(value));
}

absl::StatusOr<int64_t> NumberOfText(ledger::Database& database,
                                     std::string_view find,
                                     std::string_view insert,
                                     const std::string& first,
                                     const std::string& second,
                                     ledger::TextNumbers& known) {
  auto key = std::pair(first, second);
  if (const auto found = known.find(key); found != known.end()) {
    return found->second;
  }
  int64_t number = 0;
  {
    HASHVET_ASSIGN_OR_RETURN(ledger::Statement row, database.Prepare(find));
    HASHVET_ASSIGN_OR_RETURN(const bool is_there,
                             row.Bind(first).Bind(second).Next());
    if (is_there) number = row.Integer(0);
  }
  if (number == 0) {
    HASHVET_ASSIGN_OR_RETURN(ledger::Statement row, database.Prepare(insert));
    HASHVET_RETURN_IF_ERROR(row.Bind(first).Bind(second).Run());
    number = database.last_id();
  }
  Know(known, std::move(key), number);
  return number;
}

absl::StatusOr<std::pair<std::string, std::string>> TextOfNumber(
    ledger::Database& database, std::string_view find, int64_t number,
    ledger::NumberedTexts& known) {
  if (const auto found = known.find(number); found != known.end()) {
    return found->second;
  }
  HASHVET_ASSIGN_OR_RETURN(ledger::Statement row, database.Prepare(find));
  HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Bind(number).Next());
  if (!is_there) {
    return absl::DataLossError(absl::StrCat(
        "ledger: an entry names a row that is not there: ", database.path()));
  }
  auto text = std::pair(std::string(row.Text(0)), std::string(row.Text(1)));
  Know(known, number, text);
  return text;
}

}  // namespace

uint64_t Ledger::State::Now() const {
  return options.now ? options.now()
                     : static_cast<uint64_t>(std::time(nullptr));
}

absl::StatusOr<uint64_t> Ledger::State::Version() {
  HASHVET_ASSIGN_OR_RETURN(
      const int64_t version,
      database->Number("SELECT max(version) FROM versions"));
  return static_cast<uint64_t>(version);
}

absl::StatusOr<const ValueGuards*> Ledger::State::Guards() {
  if (!guards.has_value()) {
    HASHVET_ASSIGN_OR_RETURN(guards, ValueGuards::Create());
  }
  return &*guards;
}

absl::Status Ledger::State::HoldGeneration(const ledger::ListRow& list) {
  if (generations_held.contains(list.id)) return absl::OkStatus();
  HASHVET_ASSIGN_OR_RETURN(
      Descriptor lock,
      ledger::LockFile(
          absl::StrCat(directory, "/generation.", list.id, ".lock"),
          "fills a whole new state of this list"));
  generations_held.emplace(list.id, std::move(lock));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Ledger::State::NumberOfCategory(
    const std::string& scheme, const std::string& category) {
  return NumberOfText(
      *database, "SELECT id FROM categories WHERE scheme = ? AND category = ?",
      "INSERT INTO categories(scheme, category) VALUES(?, ?)", scheme, category,
      category_numbers);
}

absl::StatusOr<int64_t> Ledger::State::NumberOfMember(
    const std::string& source, const std::string& member) {
  return NumberOfText(
      *database, "SELECT id FROM members WHERE source = ? AND member = ?",
      "INSERT INTO members(source, member, name) VALUES(?, ?, '')", source,
      member, member_numbers);
}

absl::StatusOr<std::pair<std::string, std::string>> Ledger::State::CategoryOf(
    int64_t number) {
  return TextOfNumber(*database,
                      "SELECT scheme, category FROM categories WHERE id = ?",
                      number, categories);
}

absl::StatusOr<std::string> Ledger::State::MemberOf(int64_t number) {
  HASHVET_ASSIGN_OR_RETURN(
      auto text,
      TextOfNumber(*database, "SELECT source, member FROM members WHERE id = ?",
                   number, members));
  return std::move(text).second;
}

void Ledger::State::ForgetTexts() {
  category_numbers.clear();
  categories.clear();
  member_numbers.clear();
  members.clear();
}

namespace ledger {

int64_t FingerprintOf(const HashValue& value) {
  const std::vector<uint8_t> bytes = value.ToBytes();
  const uint64_t mixed =
      Checksum(std::as_bytes(std::span(bytes))) +
      static_cast<uint64_t>(value.kind()) * 0x9E3779B97F4A7C15u;
  // Six bytes in the file, and never negative.
  return static_cast<int64_t>(mixed >> 17);
}

std::string FitToShow(std::string_view text, size_t max_bytes) {
  std::string fit(text.substr(0, max_bytes));
  for (char& c : fit) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
  }
  return fit;
}

absl::StatusOr<Change> Change::Begin(Ledger::State& state,
                                     std::string_view what,
                                     std::string_view author) {
  HASHVET_RETURN_IF_ERROR(state.database->Execute("BEGIN IMMEDIATE"));
  Change change(state);  // takes it back from here on
  HASHVET_ASSIGN_OR_RETURN(const uint64_t version, state.Version());
  change.what_ = what;
  change.author_ = author;
  change.version_ = version + 1;
  change.now_ = state.Now();
  return change;
}

Change::Change(Change&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)),
      list_(other.list_),
      what_(std::move(other.what_)),
      author_(std::move(other.author_)),
      version_(other.version_),
      now_(other.now_),
      touched_(other.touched_) {}

Change::~Change() {
  if (state_ == nullptr) return;
  (void)state_->database->Execute("ROLLBACK");
  state_->ForgetTexts();
}

absl::Status Change::Touch() {
  if (touched_) return absl::OkStatus();
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      database().Prepare("INSERT INTO versions(version, at, list, what, "
                         "author, detail) VALUES(?, ?, ?, ?, ?, '')"));
  HASHVET_RETURN_IF_ERROR(row.Bind(version_)
                              .Bind(now_)
                              .BindOptional(list_)
                              .Bind(what_)
                              .Bind(author_)
                              .Run());
  touched_ = true;
  return absl::OkStatus();
}

absl::Status Change::Note(int64_t list, std::string_view key,
                          std::string_view what, std::string_view reason) {
  HASHVET_RETURN_IF_ERROR(Touch());
  HASHVET_ASSIGN_OR_RETURN(
      Statement row,
      database().Prepare("INSERT INTO history(version, list, key, what, "
                         "author, reason) VALUES(?, ?, ?, ?, ?, ?)"));
  return row.Bind(version_)
      .Bind(list)
      .Bind(key)
      .Bind(what)
      .Bind(author_)
      .Bind(reason)
      .Run();
}

absl::StatusOr<uint64_t> Change::Commit(std::string_view detail) {
  if (touched_ && !detail.empty()) {
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database().Prepare("UPDATE versions SET detail = ? WHERE version = ?"));
    HASHVET_RETURN_IF_ERROR(row.Bind(detail).Bind(version_).Run());
  }
  const uint64_t version = touched_ ? version_ : version_ - 1;
  if (state_->options.dry_run) return version;  // the destructor takes it back
  HASHVET_RETURN_IF_ERROR(database().Execute("COMMIT"));
  state_ = nullptr;
  return version;
}

absl::StatusOr<Reading> Reading::Begin(Ledger::State& state) {
  HASHVET_RETURN_IF_ERROR(state.database->Execute("BEGIN"));
  return Reading(state.database.get());
}

Reading::~Reading() {
  if (database_ != nullptr) (void)database_->Execute("ROLLBACK");
}

namespace {

struct DueEntry {
  int64_t id;
  int64_t list;
  std::string key;
  SourceStatus status;
};

// All at once: rows that are being read are not changed.
absl::StatusOr<std::vector<DueEntry>> DueEntries(Database& database,
                                                 std::string_view sql,
                                                 uint64_t until) {
  HASHVET_ASSIGN_OR_RETURN(Statement row, database.Prepare(sql));
  row.Bind(until);
  std::vector<DueEntry> due;
  while (true) {
    HASHVET_ASSIGN_OR_RETURN(const bool is_there, row.Next());
    if (!is_there) return due;
    due.push_back({row.Integer(0), row.Integer(1), std::string(row.Text(2)),
                   static_cast<SourceStatus>(row.Integer(3))});
  }
}

absl::Status RunFor(Database& database, std::string_view sql, int64_t id) {
  HASHVET_ASSIGN_OR_RETURN(Statement row, database.Prepare(sql));
  return row.Bind(id).Run();
}

}  // namespace

absl::StatusOr<uint64_t> SettleDue(Change& change) {
  Database& database = change.database();
  const uint64_t now = change.now();
  uint64_t settled = 0;

  HASHVET_ASSIGN_OR_RETURN(
      const auto over,
      DueEntries(database,
                 "SELECT e.id, e.list, e.key, e.status FROM suppressions s "
                 "JOIN entries e ON e.id = s.entry WHERE s.until <= ? "
                 "ORDER BY s.entry",
                 now));
  for (const DueEntry& entry : over) {
    HASHVET_RETURN_IF_ERROR(
        change.Note(entry.list, entry.key, "suppression expired", ""));
    HASHVET_RETURN_IF_ERROR(
        RunFor(database, "DELETE FROM suppressions WHERE entry = ?", entry.id));
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("UPDATE entries SET suppressed = 0, changed = ?2, "
                         "since = iif(status = 0, ?2, since) WHERE id = ?1"));
    HASHVET_RETURN_IF_ERROR(row.Bind(entry.id).Bind(change.version()).Run());
    ++settled;
  }

  HASHVET_ASSIGN_OR_RETURN(
      const auto expired,
      DueEntries(database,
                 "SELECT id, list, key, status FROM entries WHERE "
                 "expires_at <= ? AND expires_at IS NOT NULL AND status = 0 "
                 "ORDER BY id",
                 now));
  for (const DueEntry& entry : expired) {
    HASHVET_RETURN_IF_ERROR(change.Note(entry.list, entry.key, "expired", ""));
    HASHVET_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare(
            "UPDATE entries SET status = 1, changed = ? WHERE id = ?"));
    HASHVET_RETURN_IF_ERROR(row.Bind(change.version()).Bind(entry.id).Run());
    ++settled;
  }

  const uint64_t keep_s = kTombstoneDays * 86'400;
  HASHVET_ASSIGN_OR_RETURN(
      const auto old,
      DueEntries(database,
                 "SELECT id, list, key, status FROM entries WHERE "
                 "deleted_at <= ? AND deleted_at IS NOT NULL ORDER BY id",
                 now - std::min(now, keep_s)));
  for (const DueEntry& entry : old) {
    HASHVET_RETURN_IF_ERROR(change.Touch());
    HASHVET_RETURN_IF_ERROR(
        RunFor(database, "DELETE FROM quarantine WHERE entry = ?", entry.id));
    HASHVET_RETURN_IF_ERROR(
        RunFor(database, "DELETE FROM suppressions WHERE entry = ?", entry.id));
    HASHVET_RETURN_IF_ERROR(
        RunFor(database, "DELETE FROM entries WHERE id = ?", entry.id));
    ++settled;
  }
  return settled;
}

}  // namespace ledger
}  // namespace hashvet
