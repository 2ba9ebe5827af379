#include "src/ledger/sqlite.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet::ledger {

absl::Status SqliteError(int code, sqlite3* database, const std::string& path) {
  const int system = database == nullptr ? 0 : sqlite3_system_errno(database);
  const auto error = [&](absl::StatusCode status, absl::string_view what) {
    return absl::Status(status, absl::StrCat("ledger: ", what, ": ", path));
  };
  switch (code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return absl::OkStatus();
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return error(absl::StatusCode::kUnavailable,
                   "another process is writing to it, try again");
    case SQLITE_FULL:
      return error(absl::StatusCode::kResourceExhausted, "the disk is full");
    case SQLITE_NOMEM:
      return error(absl::StatusCode::kResourceExhausted, "no memory");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return error(absl::StatusCode::kPermissionDenied,
                   "the file or its directory may not be written");
    case SQLITE_CANTOPEN:
      return error(absl::StatusCode::kPermissionDenied,
                   absl::StrCat("cannot open (system error ", system, ")"));
    case SQLITE_CORRUPT:
      return error(absl::StatusCode::kDataLoss,
                   "damaged, restore a backup (list restore)");
    case SQLITE_NOTADB:
      return error(absl::StatusCode::kInvalidArgument, "not a ledger at all");
    case SQLITE_IOERR:
      return error(absl::StatusCode::kDataLoss,
                   absl::StrCat("input or output failed (system error ", system,
                                ", code ", code, ")"));
    default:
      // SQLite's message may quote a bound value, never: only the schema's
      // names.
      return error(
          absl::StatusCode::kInternal,
          absl::StrCat(sqlite3_errstr(code), ", ",
                       database == nullptr ? "" : sqlite3_errmsg(database)));
  }
}

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)),
      path_(other.path_),
      next_parameter_(other.next_parameter_),
      bind_error_(other.bind_error_) {}

Statement::~Statement() {
  if (statement_ != nullptr) Reset();
}

void Statement::Note(int code) {
  if (code != SQLITE_OK && bind_error_ == SQLITE_OK) bind_error_ = code;
}

Statement& Statement::BindInteger(int64_t value) {
  Note(sqlite3_bind_int64(statement_, next_parameter_++, value));
  return *this;
}

// An empty view may have no address, which would be NULL.
Statement& Statement::Bind(std::string_view text) {
  Note(sqlite3_bind_text64(statement_, next_parameter_++,
                           text.empty() ? "" : text.data(), text.size(),
                           SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::BindBytes(std::span<const uint8_t> bytes) {
  Note(sqlite3_bind_blob64(
      statement_, next_parameter_++,
      bytes.empty() ? "" : static_cast<const void*>(bytes.data()), bytes.size(),
      SQLITE_STATIC));
  return *this;
}

Statement& Statement::BindNull() {
  Note(sqlite3_bind_null(statement_, next_parameter_++));
  return *this;
}

absl::StatusOr<bool> Statement::Next() {
  const int code = bind_error_ != SQLITE_OK ? std::exchange(bind_error_, 0)
                                            : sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqliteError(code, sqlite3_db_handle(statement_), *path_);
}

absl::Status Statement::Run() {
  const absl::Status status = Next().status();
  Reset();
  return status;
}

void Statement::Reset() {
  sqlite3_reset(statement_);
  next_parameter_ = 1;
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<uint64_t> Statement::OptionalInteger(int column) const {
  if (IsNull(column)) return std::nullopt;
  return static_cast<uint64_t>(Integer(column));
}

std::string_view Statement::Text(int column) const {
  const std::span<const uint8_t> bytes = Bytes(column);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const uint8_t> Statement::Bytes(int column) const {
  // Before the size, as SQLite asks for it.
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const uint8_t*>(bytes), static_cast<size_t>(size)};
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(
    const std::string& path, int busy_timeout_ms) {
  std::unique_ptr<Database> database(new Database(path));
  const int code =
      sqlite3_open_v2(path.c_str(), &database->database_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                          SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE,
                      nullptr);
  if (code != SQLITE_OK) return SqliteError(code, database->database_, path);
  sqlite3_busy_timeout(database->database_, busy_timeout_ms);
  sqlite3_extended_result_codes(database->database_, 1);
  return database;
}

Database::~Database() { (void)Close(); }

absl::Status Database::Close() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  statements_.clear();
  const int code = sqlite3_close(std::exchange(database_, nullptr));
  return SqliteError(code, nullptr, path_);
}

absl::Status Database::Execute(const std::string& sql) {
  const int code =
      sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  return SqliteError(code, database_, path_);
}

absl::StatusOr<Statement> Database::Prepare(std::string_view sql) {
  auto found = statements_.find(sql.data());
  if (found == statements_.end()) {
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return SqliteError(code, database_, path_);
    found = statements_.emplace(sql.data(), statement).first;
  }
  return Statement(found->second, &path_);
}

absl::StatusOr<int64_t> Database::Number(std::string_view sql) {
  HASHVET_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  HASHVET_ASSIGN_OR_RETURN(const bool has_row, statement.Next());
  return has_row ? statement.Integer(0) : 0;
}

int64_t Database::last_id() const {
  return sqlite3_last_insert_rowid(database_);
}

int64_t Database::changed_rows() const { return sqlite3_changes64(database_); }

}  // namespace hashvet::ledger
