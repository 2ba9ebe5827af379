#include "src/matcher/picture_kinds.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"

namespace hashvet {
namespace {

const ListPolicy*& OfRole(PictureKind& kind, ListRole role) {
  switch (role) {
    case ListRole::kIgnore:
      return kind.ignore;
    case ListRole::kShadow:
      return kind.shadow;
    default:
      return kind.match;
  }
}

// Of one picture and kind. Errors: that it has no hash, and where it was tried,
// why.
absl::Status CheckHas(const PictureHashes& picture, HashKind kind,
                      const ListPolicy& list) {
  const absl::Status* why = nullptr;
  for (const KindHashes& other : picture.others) {
    if (other.kind != kind) continue;
    if (!other.orientations.empty()) return absl::OkStatus();
    why = &other.status;
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "picture: was not hashed under ", ToAbsl(NameOf(kind)), ", which list ",
      list.name, " has", why == nullptr || why->ok() ? "" : ": ",
      why == nullptr ? "" : why->message()));
}

}  // namespace

bool IsAskedOfPictures(HashKind kind, const MatchOptions& options) {
  return kind == HashKind::kPdq || !options.max_distance.has_value() ||
         InfoOf(kind).family != HashFamily::kBits;
}

std::vector<PictureKind> PictureKindsOf(const Generation& generation,
                                        const MatchOptions& options) {
  const std::vector<std::string>& only = options.only_lists;
  std::vector<PictureKind> kinds;
  for (const HashKindInfo& info : AllHashKinds()) {
    if (!info.computed || info.kind == HashKind::kPdq ||
        !IsAskedOfPictures(info.kind, options)) {
      continue;
    }
    PictureKind kind = {info.kind};
    bool has_list = false;
    for (const Generation::List& list : generation.lists()) {
      const ListPolicy*& first = OfRole(kind, list.policy.role);
      if (first != nullptr ||
          (!only.empty() && !std::ranges::count(only, list.policy.name)) ||
          !generation.parts()[list.part].Carries(list.number, info.kind) ||
          !KindPolicyOf(list.policy, info.kind).has_value()) {
        continue;
      }
      first = &list.policy;
      has_list = true;
    }
    if (has_list) kinds.push_back(kind);
  }
  return kinds;
}

Lacking LackingOf(const PictureHashes& picture,
                  std::span<const PictureKind> kinds) {
  Lacking lacking;
  for (const PictureKind& kind : kinds) {
    if (kind.match != nullptr) {
      lacking.match.Update(CheckHas(picture, kind.kind, *kind.match));
    }
    if (kind.ignore != nullptr) {
      lacking.ignore.Update(CheckHas(picture, kind.kind, *kind.ignore));
    }
  }
  return lacking;
}

}  // namespace hashvet
