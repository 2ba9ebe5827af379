// What the parts of the ledger share: the database, who changes it, the lists'
// rows. Private to the ledger layer.

#ifndef HASHVET_SRC_LEDGER_STATE_H_
#define HASHVET_SRC_LEDGER_STATE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/ledger/ledger.h"
#include "src/base/descriptor.h"
#include "src/ledger/ledger_files.h"
#include "src/ledger/sqlite.h"

namespace hashvet {

namespace ledger {

struct ListRow {
  int64_t id = 0;
  LedgerList list;
};

// Texts that many entries share, by the number of their row.
using TextNumbers =
    absl::flat_hash_map<std::pair<std::string, std::string>, int64_t>;
using NumberedTexts =
    absl::flat_hash_map<int64_t, std::pair<std::string, std::string>>;

// entries.removal
enum class Removal : uint8_t { kNone = 0, kSaid = 1, kMissing = 2 };

// Matches, as far as the entry goes.
inline bool IsLive(SourceStatus status, bool suppressed) {
  return status == SourceStatus::kActive && !suppressed;
}
inline bool IsLive(Hold hold) {
  return hold == Hold::kNone || hold == Hold::kReleased;
}

// Where value_carriers has the value.
int64_t FingerprintOf(const HashValue& value);

// Text that is shown: control characters become spaces, the rest is cut.
std::string FitToShow(std::string_view text, size_t max_bytes = 200);

}  // namespace ledger

struct Ledger::State {
  std::string directory;
  LedgerOptions options;
  std::unique_ptr<ledger::Database> database;
  std::optional<ValueGuards> guards;     // made when first needed
  ledger::TextNumbers category_numbers;  // what is known of these tables
  ledger::NumberedTexts categories;
  ledger::TextNumbers member_numbers;
  ledger::NumberedTexts members;
  ledger::OpenLock open_lock;
  std::map<int64_t, Descriptor> generations_held;  // by the list's row

  uint64_t Now() const;
  absl::StatusOr<uint64_t> Version();
  absl::StatusOr<ledger::ListRow> FindList(const std::string& name);
  absl::StatusOr<const ValueGuards*> Guards();
  // From now until it is finished, abandoned, or the ledger closed, nobody else
  // fills the list's generation. Errors: Unavailable where somebody does.
  absl::Status HoldGeneration(const ledger::ListRow& list);

  // The number of a text in its table, put there when it is new; and back.
  absl::StatusOr<int64_t> NumberOfCategory(const std::string& scheme,
                                           const std::string& category);
  absl::StatusOr<int64_t> NumberOfMember(const std::string& source,
                                         const std::string& member);
  absl::StatusOr<std::pair<std::string, std::string>> CategoryOf(
      int64_t number);
  absl::StatusOr<std::string> MemberOf(int64_t number);
  void ForgetTexts();
};

namespace ledger {

// One transaction that writes. Dropped without Commit it is taken back. The new
// version is there from the first Touch on: a change that touches nothing makes
// none.
class Change {
 public:
  static absl::StatusOr<Change> Begin(Ledger::State& state,
                                      std::string_view what,
                                      std::string_view author);
  Change(Change&& other) noexcept;
  Change& operator=(Change&&) = delete;
  ~Change();

  uint64_t version() const { return version_; }  // that this change makes
  uint64_t now() const { return now_; }
  const std::string& author() const { return author_; }
  void set_list(int64_t list) { list_ = list; }  // before Touch
  Database& database() { return *state_->database; }
  Ledger::State& state() { return *state_; }

  absl::Status Touch();
  bool touched() const { return touched_; }
  // A line of an entry's history.
  absl::Status Note(int64_t list, std::string_view key, std::string_view what,
                    std::string_view reason);

  // The version that is there now. `detail` describes the new one.
  absl::StatusOr<uint64_t> Commit(std::string_view detail = "");

 private:
  explicit Change(Ledger::State& state) : state_(&state) {}

  Ledger::State* state_;
  std::optional<int64_t> list_;
  std::string what_;
  std::string author_;
  uint64_t version_ = 0;
  uint64_t now_ = 0;
  bool touched_ = false;
};

// A transaction that reads: everything within it is of one moment. Not nested.
class Reading {
 public:
  static absl::StatusOr<Reading> Begin(Ledger::State& state);
  Reading(Reading&& other) noexcept
      : database_(std::exchange(other.database_, nullptr)) {}
  Reading& operator=(Reading&&) = delete;
  ~Reading();

 private:
  explicit Reading(Database* database) : database_(database) {}
  Database* database_;
};

// What is due: suppressions and entries that expired, old tombstones. How many.
absl::StatusOr<uint64_t> SettleDue(Change& change);

}  // namespace ledger
}  // namespace hashvet

#endif  // HASHVET_SRC_LEDGER_STATE_H_
