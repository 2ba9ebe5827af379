#include "hashvet/matcher/generation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

// Adds what each of the part's lists has of a kind.
void CountEntriesOf(const Generation::Part& part, HashKind kind,
                    std::span<uint64_t> counts) {
  for (size_t list = 0; list < counts.size(); ++list) {
    const auto number = static_cast<uint16_t>(list);
    counts[list] += part.base->EntriesOf(number, kind);
    if (part.overlay == nullptr) continue;
    counts[list] += part.overlay->EntriesOf(number, kind);
  }
  if (part.overlay == nullptr) return;
  for (const uint32_t number : part.overlay->removed(kind)) {
    const uint16_t list = part.base->list_of_entry(kind, number);
    if (list < counts.size() && counts[list] > 0) --counts[list];
  }
}

}  // namespace

std::string Generation::Part::version() const {
  if (overlay == nullptr) return base->version();
  return absl::StrCat(base->version(), ".", overlay->version());
}

bool Generation::Part::Carries(uint16_t list, HashKind kind) const {
  return base->EntriesOf(list, kind) > 0 ||
         (overlay != nullptr && overlay->EntriesOf(list, kind) > 0);
}

absl::Status Generation::TakeLists(size_t part, const PolicyOverride& policy) {
  const std::span<const ListPolicy> own = parts_[part].base->lists();
  std::vector<ListPolicy> policies(own.begin(), own.end());
  if (policy) {
    HASHVET_ASSIGN_OR_RETURN(policies, policy(own));
    if (policies.size() != own.size()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "policy: got ", policies.size(), " lists, want ", own.size()));
    }
  }
  for (size_t number = 0; number < policies.size(); ++number) {
    if (policies[number].current_at == 0) {
      policies[number].current_at = parts_[part].as_of;
    }
    HASHVET_RETURN_IF_ERROR(CheckPolicy(policies[number]));
    if (policies[number].name != own[number].name) {
      return absl::InvalidArgumentError(
          absl::StrCat("policy: got list ", policies[number].name, ", want ",
                       own[number].name));
    }
    for (const List& other : lists_) {
      if (other.policy.name != policies[number].name) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "generation: two lists are named ", other.policy.name, ": ",
          parts_[other.part].base->path(), " and ", parts_[part].base->path()));
    }
    lists_.push_back(
        {part, static_cast<uint16_t>(number), std::move(policies[number]), {}});
  }
  const std::span<List> lists = std::span(lists_).subspan(first_list_[part]);
  for (const HashKindInfo& info : AllHashKinds()) {
    const auto is_unmatched = [&](const List& list) {
      return parts_[part].Carries(list.number, info.kind) &&
             !KindPolicyOf(list.policy, info.kind).has_value();
    };
    if (std::none_of(lists.begin(), lists.end(), is_unmatched)) continue;
    std::vector<uint64_t> counts(lists.size());
    CountEntriesOf(parts_[part], info.kind, counts);
    for (List& list : lists) {
      if (counts[list.number] == 0 || !is_unmatched(list)) continue;
      list.carried_only.push_back({info.kind, counts[list.number]});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Generation>> Generation::Create(
    std::vector<Part> parts, const PolicyOverride& policy) {
  if (parts.empty()) {
    return absl::InvalidArgumentError(
        "generation: got no list, want at least 1");
  }
  std::shared_ptr<Generation> made(new Generation(std::move(parts)));
  for (size_t part = 0; part < made->parts_.size(); ++part) {
    const auto& base = made->parts_[part].base;
    const auto& overlay = made->parts_[part].overlay;
    if (base == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("generation: list ", part, " is null"));
    }
    if (base->is_overlay()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "generation: got an overlay, want its base (overlays are published "
          "beside it): ",
          base->path()));
    }
    if (overlay != nullptr) {
      if (!overlay->is_overlay()) {
        return absl::FailedPreconditionError(absl::StrCat(
            "generation: got a base, want an overlay: ", overlay->path()));
      }
      HASHVET_RETURN_IF_ERROR(overlay->CheckBase(*base));
    }
    made->first_list_.push_back(made->lists_.size());
    HASHVET_RETURN_IF_ERROR(made->TakeLists(part, policy));
    absl::StrAppend(&made->version_, part == 0 ? "" : "+",
                    made->parts_[part].version());
  }
  made->first_list_.push_back(made->lists_.size());
  return made;
}

std::span<const uint64_t> Generation::CountEntries() const {
  std::call_once(counted_, [this] {
    entries_.resize(lists_.size());
    for (size_t part = 0; part < parts_.size(); ++part) {
      const std::span<uint64_t> counts =
          std::span(entries_).subspan(first_list_[part], lists_of(part).size());
      for (const HashKindInfo& info : AllHashKinds()) {
        CountEntriesOf(parts_[part], info.kind, counts);
      }
    }
  });
  return entries_;
}

}  // namespace hashvet
