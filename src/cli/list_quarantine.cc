// hashvet list quarantine: what the guards hold, and letting it go.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/cli/list_command.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

struct QuarantineOptions {
  LedgerSettings ledger;
  std::string list;
  std::vector<int64_t> release;
  std::vector<int64_t> drop;
  size_t limit = 1'000;
};

ExitCode RunQuarantine(const QuarantineOptions& options) {
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  if (!options.release.empty() || !options.drop.empty()) {
    const absl::Status status = (*ledger)->Decide(options.release, options.drop,
                                                  options.ledger.Author());
    if (!status.ok()) return LedgerProblem(status);
    Output output;
    if (options.ledger.json) {
      JsonLine json;
      json.Field("released", options.release.size());
      json.Field("dropped", options.drop.size());
      output.Line(json.Finish());
    } else {
      output.Line(absl::StrCat("released ", options.release.size(),
                               ", dropped ", options.drop.size()));
    }
    return FinishLedger(**ledger, output);
  }
  const auto items = (*ledger)->Quarantine(options.list, options.limit);
  if (!items.ok()) return LedgerProblem(items.status());
  Output output;
  for (const QuarantineItem& item : *items) {
    if (options.ledger.json) {
      JsonLine json;
      json.Field("id", item.id);
      json.Field("list", item.list);
      json.Field("entry", item.key);
      json.Field("kind", item.kind);
      json.Field("guard", item.guard);
      json.Field("reason", item.reason);
      json.Field("releasable", item.releasable);
      json.Field("held_at", item.held_at);
      output.Line(json.Finish());
    } else {
      output.Line(absl::StrCat(item.id, "\t", Field(item.list), "\t",
                               Field(item.key), "\t", Field(item.kind), "\t",
                               Field(item.guard), "\t", Field(item.reason)));
    }
  }
  return FinishLedger(**ledger, output);
}

}  // namespace

void AddListQuarantine(CLI::App& list, Run& run) {
  auto options = std::make_shared<QuarantineOptions>();
  CLI::App& command = *list.add_subcommand(
      "quarantine", "What the guards hold; --release and --drop decide");
  command.add_option("LIST", options->list, "One list; all where not given")
      ->type_name("");
  command
      .add_option("--release", options->release,
                  "The item matches from now on, whatever the guard says")
      ->type_name("ID")
      ->allow_extra_args(false);
  command
      .add_option("--drop", options->drop,
                  "The item never matches, and is not shown again")
      ->type_name("ID")
      ->allow_extra_args(false);
  command.add_option("--limit", options->limit, "Lines, at most")
      ->type_name("N")
      ->capture_default_str();
  AddLedgerOptions(command, options->ledger, true);
  command.footer(
      "A line an item, the oldest first: id, list, entry, kind, guard, reason. "
      "An entry\nwhose other values are good matches by those.\n"
      "Exit: 0 done, 2 usage error, 3 no such item, one that is decided or is "
      "no value,\nor the ledger is refused, 15 another process is writing to "
      "it.\n\n"
      "Example:\n"
      "  hashvet list quarantine --ledger ledger\n"
      "  hashvet list quarantine --ledger ledger --release 17 --drop 18\n");
  OnRun(command, run, options, &RunQuarantine);
}

}  // namespace hashvet::cli
