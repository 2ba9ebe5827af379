// An operator's commands that are run when something became of a feed.

#ifndef HASHVET_SRC_CLI_FEED_HOOKS_H_
#define HASHVET_SRC_CLI_FEED_HOOKS_H_

#include <string>
#include <string_view>

#include "CLI/CLI.hpp"

namespace hashvet::cli {

struct FeedHooks {
  std::string on_update;
  std::string on_error;
  std::string on_stale;
};

// --on-update, --on-error, --on-stale.
void AddHookOptions(CLI::App& command, FeedHooks& hooks);

// Runs `command` through /bin/sh -c, with HASHVET_EVENT, HASHVET_LIST and
// HASHVET_DETAIL in its environment, and waits for it. Says when it fails,
// which changes nothing. Nothing for an empty one.
void RunHook(const std::string& command, std::string_view event,
             std::string_view list, std::string_view detail);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_FEED_HOOKS_H_
