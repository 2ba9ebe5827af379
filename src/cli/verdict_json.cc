#include "src/cli/verdict_json.h"

#include <string>

namespace hashvet::cli {
namespace {

void AddMatch(JsonLine& json, const Match& match) {
  json.BeginItem();
  json.Field("list", match.list);
  json.Field("list_version", match.list_version);
  json.Field("entry", match.entry);
  json.Field("category", match.category);
  if (!match.category_scheme.empty()) {
    json.Field("category_scheme", match.category_scheme);
  }
  if (match.opinion != Opinion::kUnknown) {
    json.Field("opinion", NameOf(match.opinion));
  }
  json.Field("kind", NameOf(match.kind));
  json.Field("distance", match.distance);
  json.Field("orientation", NameOf(match.orientation));
  if (match.variant) json.Field("variant", NameOf(*match.variant));
  if (match.frame != 0) json.Field("frame", match.frame);
  if (match.over_black) json.Field("background", "black");
  if (match.query_quality) json.Field("query_quality", *match.query_quality);
  if (match.entry_quality) json.Field("entry_quality", *match.entry_quality);
  json.Field("action", match.action);
  json.EndObject();
}

}  // namespace

void AddMatches(JsonLine& json, const char* name,
                const std::vector<Match>& matches) {
  json.BeginArray(name);
  for (const Match& match : matches) AddMatch(json, match);
  json.EndArray();
}

void AddRest(JsonLine& json, const Verdict& verdict) {
  const struct {
    const char* name;
    const std::vector<Match>& matches;
  } kinds[] = {{"ignored_by", verdict.ignored_by},
               {"suppressed_matches", verdict.suppressed_matches},
               {"shadow_matches", verdict.shadow_matches}};
  for (const auto& [name, matches] : kinds) {
    if (!matches.empty()) AddMatches(json, name, matches);
  }
  if (verdict.not_sampled.empty()) return;
  json.BeginArray("not_sampled");
  for (const std::string& list : verdict.not_sampled) json.Item(list);
  json.EndArray();
}

}  // namespace hashvet::cli
