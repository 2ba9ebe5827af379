// What keeps an entry from matching before a person has looked: values that
// cannot be a picture's, values near harmless pictures, and versions of a list
// that lost or gained too much. Each is counted, gives its reason, and is
// switched for each list.

#ifndef HASHVET_LEDGER_GUARDS_H_
#define HASHVET_LEDGER_GUARDS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/bit_hash.h"
#include "hashvet/hash/hash_value.h"

namespace hashvet {

// Of a list. Shape (a value has the right number of the right characters) is
// not switched: what has no shape cannot be stored as a value.
struct GuardOptions {
  bool degenerate = true;
  bool panel = true;
  uint32_t panel_margin = 8;  // bits, on top of the list's threshold
  // Going live: a list and kind that falls by more than so many per cent, or
  // grows by more. Below 100 entries only what vanishes is held.
  bool change = true;
  uint32_t max_fall_percent = 5;
  uint32_t max_growth_percent = 100;
  // What the source took back explicitly is no fall, up to here.
  uint32_t max_removed_percent = 25;

  friend bool operator==(const GuardOptions&, const GuardOptions&) = default;
};

inline constexpr std::string_view kShapeGuard = "shape";
inline constexpr std::string_view kDegenerateGuard = "degenerate";
inline constexpr std::string_view kPanelGuard = "panel";

// Why no ordinary picture has this PDQ hash; nothing where one may. A picture's
// has about 128 ones of 256; 112 to 144 is accepted (a public sample has a
// fifth of its values off 128).
HASHVET_EXPORT std::optional<std::string> DegenerateReason(const Hash256& hash);

// The same of a value of any kind that is compared by bits. Of kinds besides
// PDQ: all bits alike, but for one in 32 at most. Such a value says nothing of
// its picture and is near every flat one's. Digests and byte vectors: nothing
// (a PhotoDNA value of low information is no value, see list/list_value.h).
HASHVET_EXPORT std::optional<std::string> DegenerateReason(
    const HashValue& value);

// 112 .. 144 ones and not 128: accepted, and counted.
HASHVET_EXPORT bool IsOffCentre(const Hash256& hash);

struct GuardFinding {
  std::string_view guard;
  std::string reason;
};

// Judges values, many at once: those of bits; others are never held. The panel
// is PDQ's. Thread-safe.
class HASHVET_EXPORT ValueGuards {
 public:
  // Errors: those of the index over the panel.
  static absl::StatusOr<ValueGuards> Create();
  ValueGuards(ValueGuards&&) noexcept;
  ValueGuards& operator=(ValueGuards&&) noexcept;
  ~ValueGuards();

  // For each value what holds it back, or nothing.
  //
  //   max_distance  the list's threshold for PDQ
  absl::StatusOr<std::vector<std::optional<GuardFinding>>> Judge(
      std::span<const HashValue> values, uint32_t max_distance,
      const GuardOptions& options) const;

 private:
  struct State;
  explicit ValueGuards(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What other guards, or another threshold, made of a list's values.
struct RejudgedValues {
  uint64_t held = 0;    // that were not
  uint64_t let_go = 0;  // that were held
};

// How a list's live values of a kind change when a version goes live.
struct LiveChange {
  uint64_t before = 0;   // in what is published
  uint64_t after = 0;    // in what is to be
  uint64_t removed = 0;  // of the difference, what was taken back explicitly
};

// Why this change is held; nothing where it is not.
HASHVET_EXPORT std::optional<std::string> HoldReason(
    const LiveChange& change, const GuardOptions& options);

// Held by a guard: an error that --accept, or its like, is for.
HASHVET_EXPORT absl::Status HeldError(const std::string& message);
HASHVET_EXPORT bool IsHeld(const absl::Status& status);

}  // namespace hashvet

#endif  // HASHVET_LEDGER_GUARDS_H_
