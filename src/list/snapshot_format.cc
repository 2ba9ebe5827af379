#include "src/list/snapshot_format.h"

namespace hashvet::snapshot {

std::string_view NameOf(SectionType type) {
  switch (type) {
    case SectionType::kLists:
      return "lists";
    case SectionType::kKindPolicies:
      return "kind policies";
    case SectionType::kListTexts:
      return "list texts";
    case SectionType::kCategories:
      return "categories";
    case SectionType::kCategoryBytes:
      return "category bytes";
    case SectionType::kBase:
      return "base";
    case SectionType::kCounts:
      return "counts";
    case SectionType::kRest:
      return "rest plane";
    case SectionType::kRows:
      return "rows";
    case SectionType::kRingOffsets:
      return "ring offsets";
    case SectionType::kRingNext:
      return "ring next chunks";
    case SectionType::kRingIds:
      return "ring ids";
    case SectionType::kDigests:
      return "digests";
    case SectionType::kDigestOffsets:
      return "digest offsets";
    case SectionType::kVectorPrefix:
      return "byte vector prefixes";
    case SectionType::kVectorRest:
      return "byte vector rests";
    case SectionType::kRowBegins:
      return "row begins";
    case SectionType::kEntries:
      return "entries";
    case SectionType::kKeyBytes:
      return "key bytes";
    case SectionType::kCanaries:
      return "canaries";
    case SectionType::kRemoved:
      return "removed entries";
    case SectionType::kPrefix0:
      return "prefix plane 0";
    case SectionType::kPrefix1:
      return "prefix plane 1";
    case SectionType::kPrefix2:
      return "prefix plane 2";
    case SectionType::kPrefix3:
      return "prefix plane 3";
  }
  return "section of no known type";
}

}  // namespace hashvet::snapshot
