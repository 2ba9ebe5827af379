// hashvet feed sync: what sources say, into the ledger and live.

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "hashvet/ledger/export.h"
#include "src/cli/feed_command.h"
#include "src/cli/feed_hooks.h"
#include "src/cli/feed_publish.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"
#include "src/cli/publish_audit.h"
#include "src/cli/publish_options.h"

namespace hashvet::cli {
namespace {

uint64_t Now() { return static_cast<uint64_t>(std::time(nullptr)); }

struct FeedSyncOptions {
  LedgerSettings ledger;
  std::vector<std::string> lists;
  bool once = false;
  bool daemon = false;
  bool full = false;
  bool force = false;
  ChangeOptions change;  // --lists: published after a change
  FeedHooks hooks;
};

volatile std::sig_atomic_t stop = 0;
void OnSignal(int) { stop = 1; }

void Print(const std::string& list, const SyncReport& report, bool json_lines,
           Output& output) {
  if (!json_lines) {
    output.Line(absl::StrCat(
        list, ": ", report.pages, " pages, ", DeltaText(report.result),
        report.full ? ", all of it anew" : "",
        report.feedback_sent > 0
            ? absl::StrCat(", ", report.feedback_sent, " feedback sent")
            : "",
        report.place.debts.empty()
            ? ""
            : absl::StrCat(", ", report.place.debts.size(),
                           " ranges owed by the source")));
    return;
  }
  JsonLine json;
  json.Field("list", list);
  json.Field("pages", report.pages);
  json.Field("full", report.full);
  json.Field("complete", report.complete);
  DeltaFields(report.result, json);
  json.BeginObject("carried");
  for (const auto& [name, count] : report.carried) json.Field(name, count);
  json.EndObject();
  json.BeginObject("drift");
  for (const auto& [name, count] : report.drift) json.Field(name, count);
  json.EndObject();
  json.Field("debts", report.place.debts.size());
  json.Field("feedback_sent", report.feedback_sent);
  json.Field("feedback_failed", report.feedback_failed);
  json.BeginArray("warnings");
  for (const std::string& warning : report.warnings) json.Item(warning);
  json.EndArray();
  output.Line(json.Finish());
}

// A trial runs none: it changes nothing, and who knows what a command does.
void Tell(const FeedSyncOptions& options, const std::string& command,
          std::string_view event, std::string_view list,
          std::string_view detail) {
  if (!options.ledger.dry_run) RunHook(command, event, list, detail);
}

bool Changed(const SyncReport& report) {
  const DeltaResult& result = report.result;
  return result.added + result.changed + result.deleted + result.restored > 0;
}

// Of one list, from its lock to its hooks.
ExitCode SyncList(Ledger& ledger, const std::string& list,
                  const FeedSyncOptions& options, Output& output) {
  const auto fail = [&](const absl::Status& status) {
    const ExitCode code = FeedProblem(status);
    Tell(options, options.hooks.on_error, "error", list,
         ToStd(status.message()));
    return code;
  };
  const auto lock = SyncLock::Take(ledger.directory(), list);
  if (!lock.ok()) return FeedProblem(lock.status());
  auto config = FeedOf(ledger, list);
  if (!config.ok()) return fail(config.status());
  // A trial changes nothing, files beside the ledger too.
  if (options.ledger.dry_run) config->options.erase("large");
  const auto cancelled = [] { return stop != 0; };
  const auto client = MakeFeedClient(*config, {.cancelled = cancelled});
  if (!client.ok()) {
    const ExitCode code = fail(client.status());
    // A secret that is not there is no word of the command line.
    return code == ExitCode::kListProblem ? ExitCode::kAuthentication : code;
  }
  absl::StatusOr<SyncReport> report;
  {
    ProgressBar progress("entries", std::nullopt);
    report =
        SyncFeed(ledger, list, **client,
                 {.author = options.ledger.Author(),
                  .full = options.full,
                  .accept = options.change.accept,
                  .force = options.force,
                  .dry_run = options.ledger.dry_run,
                  .cancelled = cancelled,
                  .progress = [&](uint64_t more) { progress.Advance(more); }});
  }
  if (absl::IsCancelled(report.status())) {
    Say(ToStd(report.status().message()));
    return ExitCode::kStale;
  }
  if (!report.ok()) return fail(report.status());
  for (const std::string& warning : report->warnings) {
    Say(absl::StrCat(list, ": ", warning));
  }
  Print(list, *report, options.change.json, output);
  if (Changed(*report)) {
    Tell(options, options.hooks.on_update, "update", list,
         DeltaText(report->result));
  }
  return report->complete && report->place.debts.empty() ? ExitCode::kOk
                                                         : ExitCode::kStale;
}

// Where there is something to publish.
absl::StatusOr<ExitCode> Publish(Ledger& ledger, const FeedSyncOptions& options,
                                 Output& output) {
  const std::string& directory = options.change.directory;
  HASHVET_ASSIGN_OR_RETURN(const auto due, PublicationDue(ledger, directory));
  if (!due.has_value()) return ExitCode::kOk;
  auto prepared = Prepare(options.change);
  if (!prepared.ok()) return UsageError(prepared.status());
  HASHVET_ASSIGN_OR_RETURN(const auto confirmed, ConfirmationsOf(ledger));
  LedgerPublishOptions how;
  how.exported.executor = prepared->pool.get();
  how.publish = prepared->options;
  how.published.encryption_key = prepared->encryption_key.get();
  how.published.executor = prepared->pool.get();
  how.as = *due;
  const auto result = PublishLedger(ledger, directory, how, &TestPublished);
  if (!result.ok()) return result.status();
  HASHVET_RETURN_IF_ERROR(
      NotePublication(ledger, directory, *result, confirmed));
  if (options.change.json) {
    JsonLine json;
    json.Field("ledger_version", result->exported.version);
    json.Field("as", result->overlay ? "overlay" : "base");
    ResultFields(options.change, *prepared, result->published, json);
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(ResultText(options.change, result->published),
                             "; ledger version ", result->exported.version));
  }
  return KeepPublished(prepared->audit, AuditEvent::kPublished, directory,
                       result->published, ExitCode::kOk);
}

// A list that does not go live is as bad as one that is not read.
ExitCode PublishIfDue(Ledger& ledger, const FeedSyncOptions& options,
                      const std::vector<std::string>& lists, Output& output) {
  const auto live = Publish(ledger, options, output);
  if (live.ok()) return *live;
  Tell(options, options.hooks.on_error, "error", absl::StrJoin(lists, ","),
       absl::StrCat("not published: ", live.status().message()));
  return LedgerProblem(live.status());
}

// Every list that is given, one after the other; then they go live. The first
// problem is the answer.
ExitCode SyncLists(const FeedSyncOptions& options,
                   const std::vector<std::string>& lists) {
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  Output output;
  ExitCode code = ExitCode::kOk;
  for (const std::string& list : lists) {
    // Who is interrupted has not done what was asked.
    const ExitCode one = stop != 0 ? ExitCode::kStale
                                   : SyncList(**ledger, list, options, output);
    if (code == ExitCode::kOk) code = one;
  }
  if (!options.change.directory.empty() && stop == 0 &&
      !options.ledger.dry_run) {
    const ExitCode live = PublishIfDue(**ledger, options, lists, output);
    if (code == ExitCode::kOk) code = live;
  }
  return FinishLedger(**ledger, output, code);
}

// When a list is asked next, and whether it was told to be stale.
struct Plan {
  uint64_t next_at = 0;
  bool told_stale = false;
};

// Tells it once until it is so no more.
void TellStale(const FeedSyncOptions& options, const std::string& list,
               const Standing& standing, bool& told) {
  if (standing.stale && !told) {
    const uint64_t at = standing.state.success_at;
    Tell(options, options.hooks.on_stale, "stale", list,
         standing.place.debts.empty()
             ? absl::StrCat("last read completely at ",
                            at == 0 ? "no time" : TimeText(at))
             : absl::StrCat(standing.place.debts.size(),
                            " ranges owed by the source"));
  }
  told = standing.stale;
}

void Watch(const FeedSyncOptions& options, const std::string& list, Plan& plan,
           std::mt19937_64& random) {
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return;
  const auto standing = StandingOf(**ledger, list, Now());
  if (!standing.ok()) return;
  const uint64_t every = standing->config.every_s;
  // Up to a tenth later, so that not everybody asks at once.
  plan.next_at = std::max(
      Now() + every +
          std::uniform_int_distribution<uint64_t>(0, every / 10)(random),
      standing->state.next_try_at);
  TellStale(options, list, *standing, plan.told_stale);
}

// Lists that are fed since, and those that are no more; where the ledger cannot
// be asked, they stay as they are.
void LookForLists(const FeedSyncOptions& options,
                  std::map<std::string, Plan>& plans, std::mt19937_64& random) {
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return;
  const auto fed = FedLists(**ledger, options.lists);
  if (!fed.ok() && !absl::IsNotFound(fed.status())) return;
  std::map<std::string, Plan> found;
  for (const std::string& list : fed.ok() ? *fed : std::vector<std::string>()) {
    const auto there = plans.find(list);
    if (there != plans.end()) {
      found[list] = there->second;
      continue;
    }
    // Soon, unless a daemon before this one has just asked.
    Plan& plan = found[list];
    plan.next_at =
        Now() + std::uniform_int_distribution<uint64_t>(0, 2)(random);
    const auto standing = StandingOf(**ledger, list, Now());
    if (standing.ok() && standing->state.contact_at <= Now()) {
      plan.next_at =
          std::max({plan.next_at,
                    standing->state.contact_at + MinimumWait(standing->config),
                    standing->state.next_try_at});
    }
  }
  plans = std::move(found);
}

ExitCode RunDaemon(const FeedSyncOptions& options) {
  constexpr uint64_t kLookEveryS = 60;
  std::mt19937_64 random(std::random_device{}());
  std::map<std::string, Plan> plans;
  uint64_t look_at = 0;
  while (stop == 0) {
    if (look_at <= Now()) {
      LookForLists(options, plans, random);
      look_at = Now() + kLookEveryS;
    }
    for (auto& [list, plan] : plans) {
      if (stop != 0 || plan.next_at > Now()) continue;
      (void)SyncLists(options, {list});
      plan.next_at = Now() + 60;  // where the ledger cannot be asked
      Watch(options, list, plan, random);
      look_at = 0;
    }
    ::usleep(100'000);
  }
  return ExitCode::kOk;
}

ExitCode RunSync(const FeedSyncOptions& options) {
  if (options.once == options.daemon) {
    return UsageError(
        absl::InvalidArgumentError("want one of --once and --daemon"));
  }
  if (options.daemon && (options.full || options.ledger.dry_run)) {
    return UsageError(absl::InvalidArgumentError(
        "--full and --dry-run are for one sync: want --once"));
  }
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  std::vector<std::string> lists;
  {
    const auto ledger = OpenLedger(options.ledger);
    if (!ledger.ok()) return LedgerProblem(ledger.status());
    auto fed = FedLists(**ledger, options.lists);
    if (!fed.ok()) return LedgerProblem(fed.status());
    lists = *std::move(fed);
  }
  std::signal(SIGINT, &OnSignal);
  std::signal(SIGTERM, &OnSignal);
  if (options.daemon) return RunDaemon(options);
  const ExitCode code = SyncLists(options, lists);
  const auto ledger = OpenLedger(options.ledger);
  for (const std::string& list : lists) {
    if (!ledger.ok() || stop != 0) break;
    const auto standing = StandingOf(**ledger, list, Now());
    bool told = false;
    if (standing.ok()) TellStale(options, list, *standing, told);
  }
  return code;
}

}  // namespace

void AddFeedSync(CLI::App& feed, Run& run) {
  auto options = std::make_shared<FeedSyncOptions>();
  CLI::App& command = *feed.add_subcommand(
      "sync", "What sources say since the last time, into the ledger and live");
  command.add_option("LIST", options->lists, "Lists; all that are fed if none")
      ->type_name("");
  command
      .add_option("--ledger", options->ledger.directory,
                  "The ledger's directory: yours, mode 0700")
      ->type_name("DIR")
      ->required();
  command.add_flag("--once", options->once, "Each list once, then end");
  command.add_flag("--daemon", options->daemon,
                   "Each list when it is due, until SIGTERM or SIGINT");
  command.add_flag(
      "--full", options->full,
      "Everything anew; what is there serves until it is complete");
  command.add_flag("--force", options->force, "Though a back-off is not over");
  command.add_flag("--accept", options->change.accept,
                   "Also what the guards hold");
  command
      .add_option("--author", options->ledger.author,
                  "Who does this, for the history; your login name where not "
                  "given")
      ->type_name("NAME");
  command.add_flag("--dry-run", options->ledger.dry_run,
                   "Tell what would change, and change nothing");
  AddChangeOptions(command, options->change);
  command.get_option("--lists")->required(false)->description(
      "What the ledger has goes live there, as with list publish");
  AddHookOptions(command, options->hooks);
  command.footer(
      "A line a list. Interrupted, it goes on where it was. A source that "
      "failed is left\nalone for 15 minutes, then twice as long each time, at "
      "most a day.\n"
      "Exit, for the first list that has a problem: 0 done, 2 usage error, 3 a "
      "list or\nledger problem, 10 the source is not reached, 11 it refuses us "
      "or is not proved,\n12 it says what cannot be read, 13 held by a guard, "
      "14 parts of it are owed, or\ninterrupted, 15 another process syncs the "
      "list.\n\n"
      "Example:\n"
      "  hashvet feed sync --ledger ledger --daemon --lists lists \\\n"
      "    --on-error 'logger -t hashvet \"$HASHVET_LIST: "
      "$HASHVET_DETAIL\"'\n");
  OnRun(command, run, options, &RunSync);
}

}  // namespace hashvet::cli
