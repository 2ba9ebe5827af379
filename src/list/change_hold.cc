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

// Why these numbers are held; empty where they are not.
std::string_view Reason(uint64_t now, uint64_t next) {
  if (now > 0 && next == 0) return "vanishes";
  if (now < kMinHeldEntries) return "";
  if (next * 20 < now * 19) return "falls by more than 5 %";
  if (next > now * 2) return "more than doubles";
  return "";
}

}  // namespace

absl::Status CheckChange(const SnapshotReader& before,
                         const SnapshotReader& after) {
  std::vector<std::string> held;
  for (size_t list = 0; list < before.lists().size(); ++list) {
    const std::string& name = before.lists()[list].name;
    const auto number = NumberOf(after, name);
    for (const SnapshotReader::KindCounts& counts : before.kinds()) {
      const uint64_t now =
          before.EntriesOf(static_cast<uint16_t>(list), counts.kind);
      const uint64_t next =
          number.has_value() ? after.EntriesOf(*number, counts.kind) : 0;
      const std::string_view reason = Reason(now, next);
      if (reason.empty()) continue;
      held.push_back(absl::StrCat(
          "list ", name, ", ", ToAbsl(NameOf(counts.kind)), ": ", now,
          " entries now, ", next, " in the new one (", ToAbsl(reason), ")"));
    }
  }
  if (held.empty()) return absl::OkStatus();
  const size_t more = held.size() - std::min(held.size(), kMaxTold);
  held.resize(held.size() - more);
  return absl::FailedPreconditionError(
      absl::StrCat("held: ", absl::StrJoin(held, "; "),
                   more > 0 ? absl::StrCat("; and ", more, " more") : "",
                   ": accept it explicitly: ", after.path()));
}

}  // namespace hashvet
