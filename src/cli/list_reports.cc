// hashvet list history and stats: what became of a list, and how it stands.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/ledger/density.h"
#include "src/cli/list_command.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

struct HistoryOptions {
  LedgerSettings ledger;
  std::string list;
  std::string key;
  size_t limit = 100;
};

struct StatsOptions {
  LedgerSettings ledger;
  std::string list;
  bool density = false;
  size_t threads = 0;
};

ExitCode RunHistory(const HistoryOptions& options) {
  const auto ledger = OpenLedgerToAsk(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  const auto history =
      (*ledger)->History(options.list, options.key, options.limit);
  if (!history.ok()) return LedgerProblem(history.status());
  Output output;
  for (const HistoryItem& item : *history) {
    if (options.ledger.json) {
      JsonLine json;
      json.Field("version", item.version);
      json.Field("at", item.at);
      json.Field("list", item.list);
      if (!item.key.empty()) json.Field("entry", item.key);
      json.Field("what", item.what);
      json.Field("author", item.author);
      json.Field("detail", item.reason);
      output.Line(json.Finish());
    } else {
      output.Line(absl::StrCat(
          item.version == 0 ? "-" : absl::StrCat(item.version), "\t",
          TimeText(item.at), "\t", Field(item.list), "\t", Field(item.what),
          "\t", Field(item.author), "\t", Field(item.reason)));
    }
  }
  return FinishLedger(**ledger, output);
}

void PrintJson(const LedgerList& list, const ListStats& stats, Output& output) {
  JsonLine json;
  json.Field("list", stats.list);
  json.Field("source", list.source);
  json.Field("owner", list.owner);
  json.Field("local", list.local);
  json.Field("confirmed_at", list.policy.current_at);
  json.BeginObject("entries");
  for (const auto& [state, count] : stats.entries) {
    json.Field(NameOf(state), count);
  }
  json.EndObject();
  json.BeginObject("opinions");
  for (const auto& [opinion, count] : stats.opinions) {
    json.Field(NameOf(opinion), count);
  }
  json.EndObject();
  json.BeginArray("kinds");
  for (const auto& [kind, count] : stats.kinds) {
    json.BeginItem();
    json.Field("kind", NameOf(kind));
    json.Field("values", count.values);
    json.Field("live", count.live);
    json.Field("held", count.held);
    json.EndObject();
  }
  json.EndArray();
  json.BeginObject("quarantined");
  for (const auto& [guard, count] : stats.quarantined) {
    json.Field(guard, count);
  }
  json.EndObject();
  output.Line(json.Finish());
}

void PrintText(const LedgerList& list, const ListStats& stats, Output& output) {
  output.Line(absl::StrCat(
      "list         ", stats.list, list.local ? ", local" : "",
      list.source.empty() ? "" : absl::StrCat(", of ", Escaped(list.source)),
      list.owner.empty() ? "" : absl::StrCat(", owner ", Escaped(list.owner))));
  output.Line(
      absl::StrCat("confirmed    ", list.policy.current_at == 0
                                        ? "not told"
                                        : TimeText(list.policy.current_at)));
  for (const auto& [state, count] : stats.entries) {
    output.Line(
        absl::StrCat("entries      ", count, " ", ToAbsl(NameOf(state))));
  }
  for (const auto& [opinion, count] : stats.opinions) {
    output.Line(
        absl::StrCat("opinion      ", count, " ", ToAbsl(NameOf(opinion))));
  }
  for (const auto& [kind, count] : stats.kinds) {
    output.Line(absl::StrCat("kind         ", ToAbsl(NameOf(kind)), ": ",
                             count.values, " values, ", count.live, " live, ",
                             count.held, " held"));
  }
  for (const auto& [guard, count] : stats.quarantined) {
    output.Line(absl::StrCat("quarantine   ", count, " by ", guard));
  }
}

absl::Status PrintStats(Ledger& ledger, const StatsOptions& options,
                        Output& output) {
  std::vector<std::string> names;
  if (options.list.empty()) {
    HASHVET_ASSIGN_OR_RETURN(const auto lists, ledger.Lists());
    for (const LedgerList& list : lists) names.push_back(list.policy.name);
  } else {
    names.push_back(options.list);
  }
  const auto pool = MakeThreadPool(options.threads);
  for (const std::string& name : names) {
    HASHVET_ASSIGN_OR_RETURN(const LedgerList list, ledger.FindList(name));
    HASHVET_ASSIGN_OR_RETURN(const ListStats stats, ledger.Stats(name));
    if (options.ledger.json) {
      PrintJson(list, stats, output);
    } else {
      PrintText(list, stats, output);
    }
    if (!options.density) continue;
    HASHVET_ASSIGN_OR_RETURN(const auto dense,
                             FindDense(ledger, name, pool.get()));
    for (const DenseEntry& each : dense) {
      if (options.ledger.json) {
        JsonLine json;
        json.Field("list", name);
        json.Field("dense_entry", each.key);
        json.Field("near_values", each.near_values);
        output.Line(json.Finish());
      } else {
        output.Line(absl::StrCat("dense        ", Escaped(each.key), ": ",
                                 each.near_values, " other values near"));
      }
    }
  }
  return absl::OkStatus();
}

ExitCode RunStats(const StatsOptions& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  const auto ledger = OpenLedgerToAsk(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  Output output;
  if (absl::Status status = PrintStats(**ledger, options, output);
      !status.ok()) {
    return LedgerProblem(status);
  }
  return FinishLedger(**ledger, output);
}

}  // namespace

void AddListReports(CLI::App& list, Run& run) {
  auto history = std::make_shared<HistoryOptions>();
  CLI::App& past = *list.add_subcommand(
      "history", "What became of the ledger, a list or an entry");
  past.add_option("LIST", history->list, "The list's name")->type_name("");
  past.add_option("KEY", history->key, "An entry of it")->type_name("");
  past.add_option("--limit", history->limit, "Lines, at most")
      ->type_name("N")
      ->capture_default_str();
  AddLedgerOptions(past, history->ledger, false);
  past.footer(
      "The newest first, a line each: version, time, list, what, who, and why "
      "or how\nmuch.\n"
      "Exit: 0 done, 3 no such list or entry, or the ledger is refused.\n\n"
      "Example:\n"
      "  hashvet list history ncmec/industry 42-7 --ledger ledger\n");
  OnRun(past, run, history, &RunHistory);

  auto stats = std::make_shared<StatsOptions>();
  CLI::App& state = *list.add_subcommand("stats", "How the lists stand");
  state.add_option("LIST", stats->list, "One list; all where not given")
      ->type_name("");
  state.add_flag("--density", stats->density,
                 "Also entries with over 100 other values within the list's "
                 "threshold");
  AddThreadsOption(state, stats->threads);
  AddLedgerOptions(state, stats->ledger, false);
  state.footer(
      "Entries by state and opinion, values by kind, what is in quarantine.\n"
      "Exit: 0 done, 3 no such list, or the ledger is refused.\n\n"
      "Example:\n"
      "  hashvet list stats --ledger ledger --density\n");
  OnRun(state, run, stats, &RunStats);
}

}  // namespace hashvet::cli
