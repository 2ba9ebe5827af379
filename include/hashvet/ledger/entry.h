// What the ledger holds of a list's entry, and what a source says of one.
//
// A source speaks of an entry under its own key. What it says replaces what it
// said before; what operators decided (suppression, quarantine) stays. An entry
// matches while its source says so and nobody here says otherwise:
//
//   deleted      the source took it back; a tombstone stays for 90 days, so
//                that a replayed page does not bring it back
//   withdrawn    the source keeps it and wants no matches; or it expired
//   suppressed   an operator wants no matches, until a day
//   quarantined  a guard held back every value it has
//   active       it matches
//
// The first that is true is the entry's state.

#ifndef HASHVET_LEDGER_ENTRY_H_
#define HASHVET_LEDGER_ENTRY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/hash_value.h"
#include "hashvet/list/list_entry.h"

namespace hashvet {

// What is longer is refused, or quarantined where a feed says it. Inclusive.
inline constexpr size_t kMaxKeyBytes = 1024;
inline constexpr size_t kMaxTextBytes = 4096;   // category, reason, a tag …
inline constexpr size_t kMaxEntryParts = 4096;  // values, opinions, cases …

// The numbers are stored.
enum class SourceStatus : uint8_t { kActive = 0, kWithdrawn = 1, kDeleted = 2 };

enum class EntryState : uint8_t {
  kActive,
  kQuarantined,
  kSuppressed,
  kWithdrawn,
  kDeleted
};
HASHVET_EXPORT std::string_view NameOf(EntryState state);

// What a guard made of a value, then an operator. Stored; even numbers match.
enum class Hold : uint8_t { kNone = 0, kHeld = 1, kReleased = 2, kDropped = 3 };

struct EntryValue {
  HashValue value;
  std::optional<int> quality;  // 0 .. 100
  Hold hold = Hold::kNone;     // the ledger's: not read from a source

  friend bool operator==(const EntryValue&, const EntryValue&) = default;
};

// A value that cannot be one: it is quarantined with the reason, and the rest
// of its entry goes on.
struct MalformedValue {
  std::string kind;    // as the source names it
  std::string text;    // as it came
  std::string reason;  // without the text
};

// What one member, system or person says of the entry.
struct OwnerOpinion {
  std::string owner;
  Opinion opinion = Opinion::kUnknown;
  std::vector<std::string> tags;

  friend bool operator==(const OwnerOpinion&, const OwnerOpinion&) = default;
};

// Feedback that the source passes on, for one type of fingerprint.
struct EntryFeedback {
  std::string type;    // "md5"; empty: of the entry as a whole
  std::string member;  // whose
  bool affirmative = true;
  std::string reason;

  friend bool operator==(const EntryFeedback&, const EntryFeedback&) = default;
};

// One of the cases that a value belongs to at its source.
struct EntryCase {
  std::string id;
  std::string status;

  friend bool operator==(const EntryCase&, const EntryCase&) = default;
};

// What a source says of an entry.
struct EntryUpdate {
  std::string key;
  SourceStatus status = SourceStatus::kActive;
  std::vector<EntryValue> values;
  std::vector<MalformedValue> malformed;
  std::string category;  // verbatim, and whose word it is
  std::string category_scheme;
  Opinion stated = Opinion::kUnknown;  // the list's own, of no owner
  std::vector<OwnerOpinion> opinions;
  std::vector<EntryFeedback> feedback;
  std::vector<EntryCase> cases;
  std::string member;  // the member that listed it; empty: not told
  // At the source, seconds since 1970.
  std::optional<uint64_t> created_at;
  std::optional<uint64_t> updated_at;
  // Of a local list: withdrawn by itself from then on, and why it is there.
  std::optional<uint64_t> expires_at;
  std::string reason;

  friend bool operator==(const EntryUpdate& a, const EntryUpdate& b);
};

// What the ledger holds.
struct LedgerEntry {
  EntryUpdate said;  // values with their holds; without malformed
  EntryState state = EntryState::kActive;
  Opinion opinion = Opinion::kUnknown;  // all of them together
  std::vector<std::string> tags;        // of all of them, sorted
  bool suppressed = false;
  uint64_t first_seen = 0;  // here, seconds since 1970
  uint64_t last_seen = 0;
  uint64_t changed = 0;  // the ledger's version that changed it last
};

// All equal: that one. A negative beside one that is none, or a dispute:
// disputed. Otherwise the stronger of seed and positive. kUnknown says nothing.
// The order does not matter.
HASHVET_EXPORT Opinion CombineOpinions(std::span<const Opinion> opinions);

// Sorts what has no order and drops what is there twice, so that saying the
// same is equal: values (the first quality told wins), opinions (of one owner
// the combination, tags united), feedback, cases.
HASHVET_EXPORT void Normalise(EntryUpdate& update);

// Errors: InvalidArgument: a key that is empty, too long or has control
// characters, other texts that are too long or have them, too many parts, a
// quality out of range. Messages hold no text of the entry.
HASHVET_EXPORT absl::Status CheckEntry(const EntryUpdate& update);

}  // namespace hashvet

#endif  // HASHVET_LEDGER_ENTRY_H_
