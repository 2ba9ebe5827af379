// A verdict's members in JSON, the same wherever one is told.

#ifndef HASHVET_SRC_CLI_VERDICT_JSON_H_
#define HASHVET_SRC_CLI_VERDICT_JSON_H_

#include <vector>

#include "hashvet/matcher/verdict.h"
#include "src/cli/json_line.h"

namespace hashvet::cli {

// "name": [{"list", "list_version", "entry", …}, …]
void AddMatches(JsonLine& json, const char* name,
                const std::vector<Match>& matches);

// "ignored_by", "suppressed_matches", "shadow_matches" and "not_sampled": what
// there rarely is, where it is.
void AddRest(JsonLine& json, const Verdict& verdict);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_VERDICT_JSON_H_
