// hashvet feed: where lists come from. Its parts have files of their own.

#include "src/cli/feed_command.h"

#include "absl/strings/str_cat.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "src/cli/output.h"

namespace hashvet::cli {

ExitCode FeedExitCode(const absl::Status& status) {
  const auto cause = CauseOf(status);
  if (cause == FeedCause::kNetwork) return ExitCode::kNetwork;
  if (cause == FeedCause::kAuthentication) return ExitCode::kAuthentication;
  if (cause == FeedCause::kProtocol) return ExitCode::kProtocol;
  if (cause == FeedCause::kStale) return ExitCode::kStale;
  return ExitCodeOfLedger(status);
}

ExitCode FeedProblem(const absl::Status& status) {
  Say(WithoutHashes(ToStd(status.message())));
  return FeedExitCode(status);
}

absl::StatusOr<FeedConfig> FeedOf(Ledger& ledger, const std::string& list) {
  HASHVET_ASSIGN_OR_RETURN(auto config, LoadFeedConfig(ledger, list));
  if (config.has_value()) return *std::move(config);
  return absl::NotFoundError(absl::StrCat("feed: the list has none: ", list,
                                          " (hashvet feed add makes one)"));
}

absl::StatusOr<std::vector<std::string>> FedLists(
    Ledger& ledger, const std::vector<std::string>& named) {
  for (const std::string& list : named) {
    HASHVET_RETURN_IF_ERROR(FeedOf(ledger, list).status());
  }
  if (!named.empty()) return named;
  std::vector<std::string> fed;
  HASHVET_ASSIGN_OR_RETURN(const auto lists, ledger.Lists());
  for (const LedgerList& list : lists) {
    HASHVET_ASSIGN_OR_RETURN(const auto config,
                             LoadFeedConfig(ledger, list.policy.name));
    if (config.has_value()) fed.push_back(list.policy.name);
  }
  if (!fed.empty()) return fed;
  return absl::NotFoundError(
      absl::StrCat("feed: no list has one: ", ledger.directory(),
                   " (hashvet feed add makes one)"));
}

void AddFeedCommand(CLI::App& program, Run& run) {
  CLI::App& feed = *program.add_subcommand(
      "feed", "Where lists come from: clearinghouses, into the ledger");
  feed.require_subcommand(1);
  AddFeedAdd(feed, run);
  AddFeedSync(feed, run);
  AddFeedStatus(feed, run);
  AddFeedFeedback(feed, run);
  AddFeedExport(feed, run);
}

}  // namespace hashvet::cli
