// The parts of `hashvet feed`, one file each, and what they share.

#ifndef HASHVET_SRC_CLI_FEED_COMMAND_H_
#define HASHVET_SRC_CLI_FEED_COMMAND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/feeds/feed_config.h"
#include "hashvet/feeds/sync.h"
#include "src/cli/command.h"
#include "src/cli/list_command.h"

namespace hashvet::cli {

void AddFeedAdd(CLI::App& feed, Run& run);  // and list, remove
void AddFeedSync(CLI::App& feed, Run& run);
void AddFeedStatus(CLI::App& feed, Run& run);  // and test
void AddFeedFeedback(CLI::App& feed, Run& run);
void AddFeedExport(CLI::App& feed, Run& run);

// Says what is wrong: 10, 11, 12 or 14 by the cause, else as LedgerProblem.
ExitCode FeedProblem(const absl::Status& status);
// The same without a word.
ExitCode FeedExitCode(const absl::Status& status);

// The feed of a list. Errors: NotFound, also for a list without one.
absl::StatusOr<FeedConfig> FeedOf(Ledger& ledger, const std::string& list);

// The lists named, or all that have a feed. Errors: as FeedOf; NotFound where
// there is none at all.
absl::StatusOr<std::vector<std::string>> FedLists(
    Ledger& ledger, const std::vector<std::string>& named);

// How a list's feed stands.
struct Standing {
  std::string list;
  FeedConfig config;
  FeedState state;
  FeedPlace place;
  ListStats stats;
  // Not read completely for twice its period, or parts of it are owed.
  bool stale = false;
};
absl::StatusOr<Standing> StandingOf(Ledger& ledger, const std::string& list,
                                    uint64_t now);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_FEED_COMMAND_H_
