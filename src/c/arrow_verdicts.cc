#include "src/c/arrow_verdicts.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hashvet/base/status.h"
#include "hashvet/hash/hash_kind.h"
#include "hashvet/hash/orientation.h"
#include "hashvet/list/list_entry.h"
#include "src/c/arrow_column.h"

namespace hashvet::c {
namespace {

// The order of the fields is the one in which they are added below.
ArrowColumn Matches(const char* name) {
  std::vector<ArrowColumn> fields;
  for (const char* text : {"list", "list_version", "entry", "category",
                           "category_scheme", "opinion", "action", "kind"}) {
    fields.push_back(ArrowColumn::Text(text));
  }
  fields.push_back(ArrowColumn::Int32("distance"));
  fields.push_back(ArrowColumn::Text("orientation"));
  fields.push_back(ArrowColumn::Int32("query_quality").OrNull());
  fields.push_back(ArrowColumn::Int32("entry_quality").OrNull());
  return ArrowColumn::List(name,
                           ArrowColumn::Struct("item", std::move(fields)));
}

ArrowColumn Verdicts() {
  std::vector<ArrowColumn> fields;
  fields.push_back(ArrowColumn::Text("outcome"));
  fields.push_back(ArrowColumn::Int32("code"));
  fields.push_back(ArrowColumn::Text("message"));
  fields.push_back(ArrowColumn::Text("snapshot"));
  fields.push_back(ArrowColumn::Int64("generation"));
  fields.push_back(Matches("matches"));
  fields.push_back(Matches("ignored_by"));
  fields.push_back(Matches("suppressed_matches"));
  fields.push_back(Matches("shadow_matches"));
  fields.push_back(ArrowColumn::List("not_sampled", ArrowColumn::Text("item")));
  fields.push_back(ArrowColumn::Int64("row"));
  return ArrowColumn::Struct("", std::move(fields));
}

void AddQuality(const std::optional<int>& quality, ArrowColumn& to) {
  if (quality.has_value()) {
    to.AddInt32(*quality);
  } else {
    to.AddNull();
  }
}

void AddMatches(const std::vector<Match>& matches, ArrowColumn& to) {
  ArrowColumn& item = to.child(0);
  for (const Match& match : matches) {
    size_t field = 0;
    for (const std::string_view text :
         {std::string_view(match.list), std::string_view(match.list_version),
          std::string_view(match.entry), std::string_view(match.category),
          std::string_view(match.category_scheme), NameOf(match.opinion),
          std::string_view(match.action), NameOf(match.kind)}) {
      item.child(field++).AddText(text);
    }
    item.child(field++).AddInt32(static_cast<int32_t>(match.distance));
    item.child(field++).AddText(NameOf(match.orientation));
    AddQuality(match.query_quality, item.child(field++));
    AddQuality(match.entry_quality, item.child(field++));
    item.EndStruct();
  }
  to.EndList();
}

}  // namespace

void ExportVerdictSchema(ArrowSchema* to) { Verdicts().ExportSchema(to); }

absl::Status ExportVerdicts(const ArrayVerdicts& verdicts, int64_t first_row,
                            ArrowArray* to) {
  ArrowColumn all = Verdicts();
  for (size_t i = 0; i < verdicts.rows.size(); ++i) {
    const Verdict& verdict = verdicts.verdicts[i];
    size_t field = 0;
    all.child(field++).AddText(NameOf(verdict.outcome));
    all.child(field++).AddInt32(static_cast<int32_t>(verdict.status.code()));
    all.child(field++).AddText(ToStd(verdict.status.message()));
    all.child(field++).AddText(verdict.snapshot);
    all.child(field++).AddInt64(static_cast<int64_t>(verdict.generation));
    AddMatches(verdict.matches, all.child(field++));
    AddMatches(verdict.ignored_by, all.child(field++));
    AddMatches(verdict.suppressed_matches, all.child(field++));
    AddMatches(verdict.shadow_matches, all.child(field++));
    ArrowColumn& not_sampled = all.child(field++);
    for (const std::string& list : verdict.not_sampled) {
      not_sampled.child(0).AddText(list);
    }
    not_sampled.EndList();
    all.child(field++).AddInt64(first_row +
                                static_cast<int64_t>(verdicts.rows[i]));
    all.EndStruct();
  }
  return std::move(all).ExportArray(to);
}

}  // namespace hashvet::c
