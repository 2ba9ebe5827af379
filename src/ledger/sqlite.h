// SQLite, as absl::Status and RAII. Nothing here knows what a ledger is.
// Private to the ledger layer.

#ifndef HASHVET_SRC_LEDGER_SQLITE_H_
#define HASHVET_SRC_LEDGER_SQLITE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hashvet::ledger {

// A prepared statement in use: parameters are bound in order, rows are read
// with Next, and dropping it makes the statement ready again. What was bound
// must live until then. Errors of binding are told by the first Next.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // The next parameter.
  template <typename T>
  requires std::is_integral_v<T> || std::is_enum_v<T> Statement& Bind(T value) {
    return BindInteger(static_cast<int64_t>(value));
  }
  Statement& Bind(std::string_view text);
  Statement& BindBytes(std::span<const uint8_t> bytes);
  Statement& BindNull();
  template <typename T>
  Statement& BindOptional(const std::optional<T>& value) {
    return value.has_value() ? Bind(*value) : BindNull();
  }

  // True where there is a row. Errors: as Database's.
  absl::StatusOr<bool> Next();
  // For statements without rows.
  absl::Status Run();
  // Used again from the first parameter on.
  void Reset();

  // Of the row, from column 0. Texts and bytes live until the next Next.
  bool IsNull(int column) const;
  int64_t Integer(int column) const;
  std::optional<uint64_t> OptionalInteger(int column) const;
  std::string_view Text(int column) const;
  std::span<const uint8_t> Bytes(int column) const;

 private:
  friend class Database;
  Statement(sqlite3_stmt* statement, const std::string* path)
      : statement_(statement), path_(path) {}
  Statement& BindInteger(int64_t value);
  void Note(int code);

  sqlite3_stmt* statement_;
  const std::string* path_;
  int next_parameter_ = 1;
  int bind_error_ = 0;
};

// Not thread-safe.
//
// Errors of all calls: Unavailable when another process holds the file,
// ResourceExhausted for a full disk or no memory, PermissionDenied where
// nothing may be written, DataLoss for a damaged file or disk, Internal for the
// rest. Messages name the path and hold no value.
class Database {
 public:
  // `path` has no symbolic link in it. The file must be there.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path,
                                                        int busy_timeout_ms);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // Closes it, so that its journal is folded in where nobody else has it open.
  absl::Status Close();

  // Statements without parameters, separated by semicolons.
  absl::Status Execute(const std::string& sql);

  // `sql` is prepared once and known by its address: a literal, or what lives
  // as long. REQUIRES: its statement is not in use.
  absl::StatusOr<Statement> Prepare(std::string_view sql);

  // The number that the first column of its only row is.
  absl::StatusOr<int64_t> Number(std::string_view sql);

  int64_t last_id() const;
  int64_t changed_rows() const;  // by the last statement
  const std::string& path() const { return path_; }
  sqlite3* handle() const { return database_; }

 private:
  explicit Database(std::string path) : path_(std::move(path)) {}

  std::string path_;
  sqlite3* database_ = nullptr;
  absl::flat_hash_map<const char*, sqlite3_stmt*> statements_;  // by text
};

// What SQLite's result code means for the caller.
absl::Status SqliteError(int code, sqlite3* database, const std::string& path);

}  // namespace hashvet::ledger

#endif  // HASHVET_SRC_LEDGER_SQLITE_H_
