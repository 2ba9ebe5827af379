// The operator's policy file, for the commands that open lists.

#ifndef HASHVET_SRC_CLI_POLICY_FILE_H_
#define HASHVET_SRC_CLI_POLICY_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/matcher/policy_config.h"

namespace CLI {
class App;
}

namespace hashvet::cli {

// --policy FILE; empty where it is not given.
void AddPolicyOption(CLI::App& command, std::string& file);

// problems  as of ParsePolicyConfig
//
// Errors: those of ReadFile and ParsePolicyConfig, and PermissionDenied for a
// file that everybody may write: whoever did could switch a list off.
absl::StatusOr<PolicyConfig> LoadPolicy(
    const std::string& path, std::vector<std::string>* problems = nullptr);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_POLICY_FILE_H_
