#include "src/list/change_hold.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

// One line stays one line, however many lists change.
constexpr size_t kMaxTold = 4;

std::optional<uint16_t> NumberOf(const SnapshotReader& snapshot,
                                 std::string_view name) {
  const auto lists = snapshot.lists();
  const auto found = std::ranges::find(lists, name, &ListPolicy::name);
  if (found == lists.end()) return std::nullopt;
  return static_cast<uint16_t>(found - lists.begin());
}

// At most so much of a list and kind may go, in percent.
constexpr uint64_t kMaxLostUnsaid = 5;
constexpr uint64_t kMaxLostByRemovals = 20;

// The lists and kinds that are held, as told in one line.
class Held {
 public:
  explicit Held(uint64_t max_lost_percent)
      : max_lost_percent_(max_lost_percent) {}

  void Look(std::string_view list, HashKind kind, uint64_t now, uint64_t next) {
    const std::string reason = Reason(now, next);
    if (reason.empty()) return;
    if (++count_ > kMaxTold) return;
    told_.push_back(absl::StrCat(
        "list ", ToAbsl(list), ", ", ToAbsl(NameOf(kind)), ": ", now,
        " entries now, ", next, " in the new one (", reason, ")"));
  }

  absl::Status status(const std::string& path) const {
    if (count_ == 0) return absl::OkStatus();
    const size_t more = count_ - told_.size();
    return absl::FailedPreconditionError(
        absl::StrCat("held: ", absl::StrJoin(told_, "; "),
                     more > 0 ? absl::StrCat("; and ", more, " more") : "",
                     ": accept it explicitly (--accept): ", path));
  }

 private:
  // Why these numbers are held; empty where they are not.
  std::string Reason(uint64_t now, uint64_t next) const {
    if (now > 0 && next == 0) return "vanishes";
    if (now < kMinHeldEntries) return "";
    if (next * 100 < now * (100 - max_lost_percent_)) {
      return absl::StrCat("falls by more than ", max_lost_percent_, " %");
    }
    if (next > now * 2) return "more than doubles";
    return "";
  }

  const uint64_t max_lost_percent_;
  std::vector<std::string> told_;
  size_t count_ = 0;
};

// How many of the base's entries of a kind an overlay removes, list by list.
std::vector<uint64_t> RemovedByList(const SnapshotReader& base,
                                    const SnapshotReader& overlay,
                                    HashKind kind) {
  std::vector<uint64_t> removed(base.lists().size());
  for (const uint32_t number : overlay.removed(kind)) {
    ++removed[base.list_of_entry(kind, number)];
  }
  return removed;
}

}  // namespace

absl::Status CheckChange(const SnapshotReader& before,
                         const SnapshotReader& after) {
  Held held(kMaxLostUnsaid);
  for (size_t list = 0; list < before.lists().size(); ++list) {
    const std::string& name = before.lists()[list].name;
    const auto number = NumberOf(after, name);
    for (const SnapshotReader::KindCounts& counts : before.kinds()) {
      held.Look(name, counts.kind,
                before.EntriesOf(static_cast<uint16_t>(list), counts.kind),
                number.has_value() ? after.EntriesOf(*number, counts.kind) : 0);
    }
  }
  return held.status(after.path());
}

absl::Status CheckOverlayChange(const SnapshotReader& base,
                                const SnapshotReader& overlay) {
  Held held(kMaxLostByRemovals);
  for (const SnapshotReader::KindCounts& counts : base.kinds()) {
    const std::vector<uint64_t> removed =
        RemovedByList(base, overlay, counts.kind);
    for (uint16_t list = 0; list < removed.size(); ++list) {
      const uint64_t now = base.EntriesOf(list, counts.kind);
      held.Look(base.lists()[list].name, counts.kind, now,
                now - removed[list] + overlay.EntriesOf(list, counts.kind));
    }
  }
  return held.status(overlay.path());
}

}  // namespace hashvet
