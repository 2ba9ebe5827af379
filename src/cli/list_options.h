// The lists that a command asks, as options of the command line.

#ifndef HASHVET_SRC_CLI_LIST_OPTIONS_H_
#define HASHVET_SRC_CLI_LIST_OPTIONS_H_

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "hashvet/matcher/list_access.h"

namespace hashvet::cli {

// --list, --lists, --policy, --trusted-keys, --encrypt-key and --state.
void AddListOptions(CLI::App& command, ListAccessOptions& options);
// --policy and what follows: for commands that name their lists in another way.
void AddTrustOptions(CLI::App& command, ListAccessOptions& options);

// ListAccess::Prepare, which where there is no list names the options.
absl::StatusOr<ListAccess> PrepareLists(const ListAccessOptions& options);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_LIST_OPTIONS_H_
