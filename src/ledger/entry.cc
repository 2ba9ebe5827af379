#include "hashvet/ledger/entry.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

bool HasControl(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

absl::Status CheckText(std::string_view what, std::string_view text,
                       size_t max_bytes = kMaxTextBytes) {
  if (text.size() > max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(ToAbsl(what), ": got ", text.size(),
                     " bytes, want at most ", max_bytes));
  }
  if (HasControl(text)) {
    return absl::InvalidArgumentError(
        absl::StrCat(ToAbsl(what), ": control characters in it"));
  }
  return absl::OkStatus();
}

absl::Status CheckParts(std::string_view what, size_t parts) {
  if (parts <= kMaxEntryParts) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      ToAbsl(what), ": got ", parts, ", want at most ", kMaxEntryParts));
}

template <typename T>
void SortUnique(std::vector<T>& items, auto order) {
  std::ranges::sort(items, {}, order);
  const auto rest = std::ranges::unique(items);
  items.erase(rest.begin(), rest.end());
}

}  // namespace

std::string_view NameOf(EntryState state) {
  switch (state) {
    case EntryState::kActive:
      return "active";
    case EntryState::kQuarantined:
      return "quarantined";
    case EntryState::kSuppressed:
      return "suppressed";
    case EntryState::kWithdrawn:
      return "withdrawn";
    case EntryState::kDeleted:
      return "deleted";
  }
  return "unknown";
}

bool operator==(const EntryUpdate& a, const EntryUpdate& b) {
  const auto fields = [](const EntryUpdate& u) {
    return std::tie(u.key, u.status, u.values, u.category, u.category_scheme,
                    u.stated, u.opinions, u.feedback, u.cases, u.member,
                    u.created_at, u.updated_at, u.expires_at, u.reason);
  };
  return fields(a) == fields(b);
}

Opinion CombineOpinions(std::span<const Opinion> opinions) {
  bool negative = false;
  bool other = false;
  Opinion strongest = Opinion::kUnknown;
  for (const Opinion opinion : opinions) {
    switch (opinion) {
      case Opinion::kUnknown:
        break;
      case Opinion::kDisputed:
        return Opinion::kDisputed;
      case Opinion::kNegative:
        negative = true;
        break;
      case Opinion::kSeed:
      case Opinion::kPositive:
        other = true;
        strongest = std::max(strongest, opinion);
        break;
    }
  }
  if (negative) return other ? Opinion::kDisputed : Opinion::kNegative;
  return strongest;
}

void Normalise(EntryUpdate& update) {
  std::ranges::stable_sort(update.values, {}, &EntryValue::value);
  // Of equal values the first, with the first quality that any of them tells.
  std::vector<EntryValue> values;
  for (EntryValue& each : update.values) {
    if (!values.empty() && values.back().value == each.value) {
      if (!values.back().quality.has_value()) {
        values.back().quality = each.quality;
      }
      continue;
    }
    values.push_back(std::move(each));
  }
  update.values = std::move(values);

  std::ranges::stable_sort(update.opinions, {}, &OwnerOpinion::owner);
  std::vector<OwnerOpinion> opinions;
  for (OwnerOpinion& each : update.opinions) {
    if (!opinions.empty() && opinions.back().owner == each.owner) {
      OwnerOpinion& one = opinions.back();
      const Opinion both[] = {one.opinion, each.opinion};
      one.opinion = CombineOpinions(both);
      one.tags.insert(one.tags.end(), each.tags.begin(), each.tags.end());
      continue;
    }
    opinions.push_back(std::move(each));
  }
  for (OwnerOpinion& each : opinions) SortUnique(each.tags, std::identity());
  update.opinions = std::move(opinions);

  SortUnique(update.feedback, [](const EntryFeedback& f) {
    return std::tie(f.type, f.member, f.affirmative, f.reason);
  });
  SortUnique(update.cases,
             [](const EntryCase& c) { return std::tie(c.id, c.status); });
}

absl::Status CheckEntry(const EntryUpdate& update) {
  if (update.key.empty()) {
    return absl::InvalidArgumentError("entry key: got none");
  }
  HASHVET_RETURN_IF_ERROR(CheckText("entry key", update.key, kMaxKeyBytes));
  HASHVET_RETURN_IF_ERROR(CheckText("category", update.category));
  HASHVET_RETURN_IF_ERROR(CheckText("category scheme", update.category_scheme));
  HASHVET_RETURN_IF_ERROR(CheckText("member", update.member, kMaxKeyBytes));
  HASHVET_RETURN_IF_ERROR(CheckText("reason", update.reason));
  HASHVET_RETURN_IF_ERROR(
      CheckParts("values", update.values.size() + update.malformed.size()));
  HASHVET_RETURN_IF_ERROR(CheckParts("opinions", update.opinions.size()));
  HASHVET_RETURN_IF_ERROR(CheckParts("feedback", update.feedback.size()));
  HASHVET_RETURN_IF_ERROR(CheckParts("cases", update.cases.size()));
  for (const EntryValue& each : update.values) {
    if (each.quality.has_value() &&
        (*each.quality < 0 || *each.quality > 100)) {
      return absl::InvalidArgumentError(
          absl::StrCat("quality: got ", *each.quality, ", want 0 to 100"));
    }
  }
  for (const OwnerOpinion& each : update.opinions) {
    HASHVET_RETURN_IF_ERROR(CheckText("owner", each.owner, kMaxKeyBytes));
    HASHVET_RETURN_IF_ERROR(CheckParts("tags", each.tags.size()));
    for (const std::string& tag : each.tags) {
      HASHVET_RETURN_IF_ERROR(CheckText("tag", tag));
    }
  }
  for (const EntryFeedback& each : update.feedback) {
    HASHVET_RETURN_IF_ERROR(CheckText("feedback type", each.type));
    HASHVET_RETURN_IF_ERROR(CheckText("member", each.member, kMaxKeyBytes));
    HASHVET_RETURN_IF_ERROR(CheckText("reason", each.reason));
  }
  for (const EntryCase& each : update.cases) {
    HASHVET_RETURN_IF_ERROR(CheckText("case", each.id, kMaxKeyBytes));
    HASHVET_RETURN_IF_ERROR(CheckText("case status", each.status));
  }
  return absl::OkStatus();
}

}  // namespace hashvet
