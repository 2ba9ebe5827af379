#include "src/list/snapshot_format.h"

namespace hashvet::snapshot {

std::string_view NameOf(SectionType type) {
  switch (type) {
    case SectionType::kPolicy:
      return "policy";
    case SectionType::kCategoryBegins:
      return "category begins";
    case SectionType::kCategoryBytes:
      return "category bytes";
    case SectionType::kValues:
      return "values";
    case SectionType::kRest:
      return "rest plane";
    case SectionType::kRowBegins:
      return "row begins";
    case SectionType::kEntries:
      return "entries";
    case SectionType::kKeyBytes:
      return "key bytes";
    default:
      return type >= SectionType::kPrefix0 && type <= SectionType::kPrefix3
                 ? "prefix plane"
                 : "unknown section";
  }
}

}  // namespace hashvet::snapshot
