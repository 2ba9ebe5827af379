// hashvet feed status and test: how feeds stand, and whether a source takes us.

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "hashvet/feeds/feed_error.h"
#include "hashvet/list/publication.h"
#include "src/cli/feed_command.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

struct StatusOptions {
  LedgerSettings ledger;
  std::vector<std::string> lists;
  std::string directory;  // --lists
};

// What the directory serves, for the fourth clock: none where it is not asked
// for.
absl::StatusOr<std::optional<uint64_t>> PublishedAt(
    const std::string& directory) {
  if (directory.empty()) return std::nullopt;
  HASHVET_ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(directory));
  return manifest.current.published_at;
}

// When a daemon asks next, or another should; 0: at once.
uint64_t NextAt(const Standing& of) {
  if (of.state.failures > 0) return of.state.next_try_at;
  return of.state.contact_at == 0 ? 0 : of.state.contact_at + of.config.every_s;
}

std::string When(uint64_t seconds) {
  return seconds == 0 ? "never" : TimeText(seconds);
}

void PrintText(const Standing& of, std::optional<uint64_t> published_at,
               Output& output) {
  const FeedState& state = of.state;
  output.Line(absl::StrCat("list         ", of.list, ", fed by ",
                           of.config.protocol, of.stale ? ", STALE" : ""));
  output.Line(absl::StrCat("answered     ", When(state.contact_at)));
  output.Line(absl::StrCat("complete     ", When(state.success_at)));
  output.Line(absl::StrCat("newest       ", When(state.newest_at)));
  if (published_at.has_value()) {
    output.Line(absl::StrCat("published    ", When(*published_at)));
  }
  output.Line(absl::StrCat("next poll    ",
                           NextAt(of) == 0 ? "at once" : When(NextAt(of))));
  if (of.place.read_to.has_value()) {
    output.Line(absl::StrCat("read to      ", When(*of.place.read_to)));
  }
  if (state.full) {
    output.Line("refetch      under way; what was there serves");
  }
  if (state.failures > 0) {
    output.Line(absl::StrCat("failures     ", state.failures,
                             " in a row: ", Escaped(state.last_error)));
  }
  for (const auto& [entry_state, count] : of.stats.entries) {
    output.Line(
        absl::StrCat("entries      ", count, " ", ToAbsl(NameOf(entry_state))));
  }
  for (const auto& [kind, count] : of.stats.kinds) {
    output.Line(absl::StrCat("kind         ", ToAbsl(NameOf(kind)), ": ",
                             count.values, " values, ", count.live, " live"));
  }
  for (const auto& [guard, count] : of.stats.quarantined) {
    output.Line(absl::StrCat("quarantine   ", count, " by ", guard));
  }
  for (const auto& [name, count] : state.carried) {
    output.Line(absl::StrCat("carried only ", count, " ", Escaped(name)));
  }
  for (const auto& [name, count] : state.drift) {
    output.Line(absl::StrCat("drift        ", count, " ", Escaped(name)));
  }
  for (const FeedDebt& debt : of.place.debts) {
    output.Line(absl::StrCat("owed         ", TimeText(debt.from), " to ",
                             TimeText(debt.to), ", ", debt.tries, " tries"));
  }
}

void PrintJson(const Standing& of, std::optional<uint64_t> published_at,
               Output& output) {
  const FeedState& state = of.state;
  JsonLine json;
  json.Field("list", of.list);
  json.Field("protocol", of.config.protocol);
  json.Field("stale", of.stale);
  json.Field("contact_at", state.contact_at);
  json.Field("success_at", state.success_at);
  json.Field("newest_at", state.newest_at);
  if (published_at.has_value()) json.Field("published_at", *published_at);
  json.Field("next_at", NextAt(of));
  if (of.place.read_to.has_value()) json.Field("read_to", *of.place.read_to);
  json.Field("refetching", state.full);
  json.Field("failures", state.failures);
  json.Field("next_try_at", state.next_try_at);
  json.Field("last_error", state.last_error);
  json.Field("every_s", of.config.every_s);
  json.BeginObject("entries");
  for (const auto& [entry_state, count] : of.stats.entries) {
    json.Field(NameOf(entry_state), count);
  }
  json.EndObject();
  json.BeginObject("kinds");
  for (const auto& [kind, count] : of.stats.kinds) {
    json.BeginObject(NameOf(kind));
    json.Field("values", count.values);
    json.Field("live", count.live);
    json.EndObject();
  }
  json.EndObject();
  json.BeginObject("quarantined");
  for (const auto& [guard, count] : of.stats.quarantined) {
    json.Field(guard, count);
  }
  json.EndObject();
  json.BeginObject("carried");
  for (const auto& [name, count] : state.carried) json.Field(name, count);
  json.EndObject();
  json.BeginObject("drift");
  for (const auto& [name, count] : state.drift) json.Field(name, count);
  json.EndObject();
  json.BeginArray("debts");
  for (const FeedDebt& debt : of.place.debts) {
    json.BeginItem();
    json.Field("from", debt.from);
    json.Field("to", debt.to);
    json.Field("tries", debt.tries);
    json.EndObject();
  }
  json.EndArray();
  output.Line(json.Finish());
}

ExitCode RunStatus(const StatusOptions& options) {
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  const auto lists = FedLists(**ledger, options.lists);
  if (!lists.ok()) return LedgerProblem(lists.status());
  const auto published_at = PublishedAt(options.directory);
  if (!published_at.ok()) return LedgerProblem(published_at.status());
  Output output;
  ExitCode code = ExitCode::kOk;
  for (const std::string& list : *lists) {
    const auto standing =
        StandingOf(**ledger, list, static_cast<uint64_t>(std::time(nullptr)));
    if (!standing.ok()) return FeedProblem(standing.status());
    if (standing->stale) code = ExitCode::kStale;
    if (options.ledger.json) {
      PrintJson(*standing, *published_at, output);
    } else {
      PrintText(*standing, *published_at, output);
    }
  }
  return FinishLedger(**ledger, output, code);
}

struct TestOptions {
  LedgerSettings ledger;
  std::string list;
};

ExitCode RunTest(const TestOptions& options) {
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  const auto config = FeedOf(**ledger, options.list);
  if (!config.ok()) return LedgerProblem(config.status());
  const auto client = MakeFeedClient(*config);
  if (!client.ok()) {
    const ExitCode code = FeedProblem(client.status());
    return code == ExitCode::kListProblem ? ExitCode::kAuthentication : code;
  }
  const auto lines = (*client)->Test();
  if (!lines.ok()) return FeedProblem(lines.status());
  Output output;
  if (options.ledger.json) {
    JsonLine json;
    json.Field("list", options.list);
    json.BeginArray("told");
    for (const std::string& line : *lines) json.Item(WithoutHashes(line));
    json.EndArray();
    output.Line(json.Finish());
  } else {
    for (const std::string& line : *lines) {
      output.Line(Escaped(WithoutHashes(line)));
    }
  }
  return FinishLedger(**ledger, output);
}

}  // namespace

absl::StatusOr<Standing> StandingOf(Ledger& ledger, const std::string& list,
                                    uint64_t now) {
  Standing standing = {.list = list};
  HASHVET_ASSIGN_OR_RETURN(standing.config, FeedOf(ledger, list));
  HASHVET_ASSIGN_OR_RETURN(standing.state, LoadFeedState(ledger, list));
  HASHVET_ASSIGN_OR_RETURN(standing.stats, ledger.Stats(list));
  HASHVET_ASSIGN_OR_RETURN(
      standing.place, DescribeFeed(standing.config, standing.state.checkpoint));
  // Alarmed at twice the period.
  standing.stale =
      standing.state.success_at + 2 * standing.config.every_s < now ||
      !standing.place.debts.empty();
  return standing;
}

void AddFeedStatus(CLI::App& feed, Run& run) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App& command = *feed.add_subcommand("status", "How the feeds stand");
  command.add_option("LIST", options->lists, "Lists; all that are fed if none")
      ->type_name("");
  command
      .add_option("--lists", options->directory,
                  "Also when what is served there was published")
      ->type_name("DIR");
  AddLedgerOptions(command, options->ledger, false);
  command.footer(
      "When the source last answered, was read completely and changed, and is "
      "asked\nnext; what is in quarantine, only carried, unknown, or owed.\n"
      "Exit: 0 all are current, 3 no such list or feed, 14 one is stale: not "
      "read\ncompletely for twice its period, or parts of it are owed.\n\n"
      "Example:\n"
      "  hashvet feed status --ledger ledger\n");
  OnRun(command, run, options, &RunStatus);

  auto test = std::make_shared<TestOptions>();
  CLI::App& ask = *feed.add_subcommand(
      "test", "Asks a source something small: is it there, does it take us");
  ask.add_option("LIST", test->list, "The list's name")
      ->type_name("")
      ->required();
  AddLedgerOptions(ask, test->ledger, false);
  ask.footer(
      "Exit: 0 it does, 3 no such list or feed, 10 not reached, 11 refused or "
      "not\nproved, 12 it says what cannot be read.\n\n"
      "Example:\n"
      "  hashvet feed test ncmec/ngo --ledger ledger\n");
  OnRun(ask, run, test, &RunTest);
}

}  // namespace hashvet::cli
