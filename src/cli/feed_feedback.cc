// hashvet feed feedback: what we have to say of a source's entry.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/cli/feed_command.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

struct FeedbackOptions {
  LedgerSettings ledger;
  std::string list;
  std::string key;
  std::string type;
  bool right = false;
  bool wrong = false;
  std::vector<std::string> reasons;
};

ExitCode RunFeedback(const FeedbackOptions& options) {
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  Output output;
  if (options.key.empty()) {
    const auto items = (*ledger)->Feedback(options.list);
    if (!items.ok()) return LedgerProblem(items.status());
    for (const FeedbackItem& item : *items) {
      if (options.ledger.json) {
        JsonLine json;
        json.Field("id", item.id);
        json.Field("state", item.state);
        json.Field("entry", item.key);
        json.Field("type", item.type);
        json.Field("affirmative", item.affirmative);
        json.Field("attempts", item.attempts);
        output.Line(json.Finish());
        continue;
      }
      output.Line(absl::StrCat(item.id, "\t", item.state, "\t", Field(item.key),
                               "\t", Field(item.type), "\t",
                               item.affirmative ? "right" : "wrong", "\t",
                               item.attempts, " tries"));
    }
    return FinishLedger(**ledger, output);
  }
  if (options.right == options.wrong) {
    return UsageError(
        absl::InvalidArgumentError("want one of --right and --wrong"));
  }
  if (options.type.empty()) {
    return UsageError(absl::InvalidArgumentError(
        "--type: missing, want the value's: md5, sha1, pdq …"));
  }
  // An entry that nobody here knows is a slip of the pen.
  const auto entry = (*ledger)->FindEntry(options.list, options.key);
  if (!entry.ok()) return LedgerProblem(entry.status());
  const auto id = (*ledger)->QueueFeedback({.list = options.list,
                                            .key = options.key,
                                            .type = options.type,
                                            .affirmative = options.right,
                                            .reasons = options.reasons,
                                            .author = options.ledger.Author()});
  if (!id.ok()) return LedgerProblem(id.status());
  if (options.ledger.json) {
    JsonLine json;
    json.Field("id", *id);
    json.Field("state", "queued");
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat("queued as ", *id, ", sent with the next sync"));
  }
  return FinishLedger(**ledger, output);
}

}  // namespace

void AddFeedFeedback(CLI::App& feed, Run& run) {
  auto options = std::make_shared<FeedbackOptions>();
  CLI::App& command = *feed.add_subcommand(
      "feedback", "Tells a source that its entry is right, or wrong");
  command.add_option("LIST", options->list, "The list's name")
      ->type_name("")
      ->required();
  command
      .add_option("KEY", options->key,
                  "The entry; without one, what was said and became of it")
      ->type_name("");
  command.add_option("--type", options->type, "Of which of its values")
      ->type_name("TYPE");
  command.add_flag("--right", options->right, "It is what the list says");
  command.add_flag("--wrong", options->wrong, "It is not");
  command
      .add_option("--reason", options->reasons,
                  "Why it is wrong: one of the source's, by name or number")
      ->type_name("REASON")
      ->allow_extra_args(false);
  AddLedgerOptions(command, options->ledger, true);
  command.footer(
      "It waits in the ledger, is sent with the next sync, and tried again "
      "where the\nsource is not reached.\n"
      "Exit: 0 queued, 2 usage error, 3 no such list or entry, 15 another "
      "process is\nwriting.\n\n"
      "Example:\n"
      "  hashvet feed feedback ncmec/ngo 42-image-a7 --ledger ledger \\\n"
      "    --type md5 --wrong --reason 'Example Reason'\n");
  OnRun(command, run, options, &RunFeedback);
}

}  // namespace hashvet::cli
