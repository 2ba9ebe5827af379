// hashvet list publish: the ledger's active entries go live.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/ledger/export.h"
#include "src/cli/list_command.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"
#include "src/cli/publish_audit.h"
#include "src/cli/publish_options.h"

namespace hashvet::cli {
namespace {

struct LedgerChangeOptions {
  LedgerSettings ledger;
  ChangeOptions change;
  std::vector<std::string> only;
  bool base = false;
  bool dry_run = false;
};

// What would go live.
ExitCode TellDryRun(const LedgerChangeOptions& options,
                    const LedgerPublishResult& result, Ledger& ledger) {
  Output output;
  const char* const as = result.overlay ? "overlay" : "base";
  if (options.change.json) {
    JsonLine json;
    json.Field("dry_run", true);
    json.Field("ledger_version", result.exported.version);
    json.Field("as", as);
    json.Field("entries", result.exported.counts.entries);
    json.Field("removed", result.exported.counts.removed);
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(
        options.change.directory, ": not published: ledger version ",
        result.exported.version, ", as ", result.overlay ? "an " : "a ", as,
        ", ", result.exported.counts.entries, " entries, ",
        result.exported.counts.removed, " removed"));
  }
  return FinishLedger(ledger, output);
}

ExitCode RunPublish(const LedgerChangeOptions& options) {
  if (absl::Status status = CheckSimdTarget(); !status.ok()) {
    return UsageError(status);
  }
  if (options.base && options.change.overlay) {
    return UsageError(absl::InvalidArgumentError(
        "got --base and --overlay, want one of them"));
  }
  auto prepared = Prepare(options.change);
  if (!prepared.ok()) return UsageError(prepared.status());
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  ProgressBar progress("entries", std::nullopt);
  LedgerPublishOptions how;
  how.exported.lists = options.only;
  how.exported.executor = prepared->pool.get();
  how.exported.progress = [&](uint64_t more) { progress.Advance(more); };
  how.publish = prepared->options;
  how.published.encryption_key = prepared->encryption_key.get();
  how.published.executor = prepared->pool.get();
  how.dry_run = options.dry_run;
  how.as = options.base             ? PublishAs::kBase
           : options.change.overlay ? PublishAs::kOverlay
                                    : PublishAs::kEither;
  const auto result =
      PublishLedger(**ledger, options.change.directory, how, &TestPublished);
  if (!result.ok()) return LedgerProblem(result.status());
  if (options.dry_run) return TellDryRun(options, *result, **ledger);
  Output output;
  if (options.change.json) {
    JsonLine json;
    json.Field("ledger_version", result->exported.version);
    json.Field("as", result->overlay ? "overlay" : "base");
    json.Field("entries", result->exported.counts.entries);
    json.Field("removed", result->exported.counts.removed);
    json.BeginArray("reused");
    for (const HashKind kind : result->exported.reused) {
      json.Item(NameOf(kind));
    }
    json.EndArray();
    ResultFields(options.change, *prepared, result->published, json);
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(ResultText(options.change, result->published),
                             "; ledger version ", result->exported.version,
                             result->overlay ? ", as an overlay" : "", ", ",
                             result->exported.counts.entries, " entries"));
  }
  const ExitCode kept =
      KeepPublished(prepared->audit, AuditEvent::kPublished,
                    options.change.directory, result->published, ExitCode::kOk);
  const ExitCode finished = FinishLedger(**ledger, output);
  return finished == ExitCode::kOk ? kept : finished;
}

}  // namespace

void AddListPublish(CLI::App& list, Run& run) {
  auto options = std::make_shared<LedgerChangeOptions>();
  CLI::App& command = *list.add_subcommand(
      "publish", "The ledger's lists go live in a published directory");
  command
      .add_option("--ledger", options->ledger.directory,
                  "The ledger's directory: yours, mode 0700")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--only", options->only,
                  "These lists, by name; all where not given")
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_flag("--base", options->base, "A whole new base in any case");
  command.add_flag("--overlay", options->change.overlay,
                   "What changed since the base that is published, or nothing");
  command.add_flag("--dry-run", options->dry_run,
                   "Tell what would go live, or be held, and change nothing");
  command.add_flag("--accept", options->change.accept,
                   "Publish also what the guards hold");
  command.add_flag("--plain", options->change.plain,
                   "Publish without sealing, though what is published is "
                   "sealed");
  command
      .add_option("--name", options->change.name,
                  "The publication's name; the directory's, or for the first "
                  "one the first list's, where not given")
      ->type_name("NAME");
  AddChangeOptions(command, options->change);
  command.footer(
      "Up to 100,000 entries that changed since the base go live as an overlay "
      "beside it,\nin less than a second; more, or other lists or policies, as "
      "a new base.\n"
      "Exit: 0 live, 2 usage error or a key that cannot be read, 3 not "
      "published, 13 held\nby a guard, 15 another process writes or "
      "publishes.\n\n"
      "Example:\n"
      "  hashvet list publish --ledger ledger --lists lists\n");
  OnRun(command, run, options, &RunPublish);
}

}  // namespace hashvet::cli
