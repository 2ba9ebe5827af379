#include "src/cli/asked_kinds.h"

#include <algorithm>
#include <memory>

#include "hashvet/list/list_policy.h"

namespace hashvet::cli {

std::vector<HashKind> SearchableKinds(const Matcher& matcher) {
  std::vector<HashKind> kinds;
  const std::shared_ptr<const Generation> generation = matcher.generation();
  for (const HashKindInfo& info : AllHashKinds()) {
    for (size_t p = 0; p < generation->parts().size(); ++p) {
      const auto lists = generation->lists_of(p);
      if (std::any_of(
              lists.begin(), lists.end(), [&](const Generation::List& list) {
                return generation->parts()[p].Carries(list.number, info.kind) &&
                       KindPolicyOf(list.policy, info.kind).has_value();
              })) {
        kinds.push_back(info.kind);
        break;
      }
    }
  }
  return kinds;
}

}  // namespace hashvet::cli
