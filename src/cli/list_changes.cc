// hashvet list add, remove, withdraw, suppress, unsuppress: single entries, by
// hand.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/list/text_list.h"
#include "src/cli/list_command.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

struct AddOptions {
  LedgerSettings ledger;
  std::string list;
  std::vector<std::string> hashes;
  std::string kind = "pdq";
  std::string opinion = "unknown";
  std::string expires;
  EntryUpdate update;
};

struct KeysOptions {
  LedgerSettings ledger;
  std::string list;
  std::vector<std::string> keys;
  std::string reason;
  std::string until;
};

// In text the lines after the first say who else makes the values match.
ExitCode Print(Ledger& ledger, const LedgerSettings& settings,
               const std::string& list, const DeltaResult& result,
               const std::vector<Carrier>& matched_by) {
  Output output;
  if (settings.json) {
    JsonLine json;
    json.Field("list", list);
    DeltaFields(result, json);
    json.BeginArray("still_matched_by");
    for (const Carrier& each : matched_by) {
      json.BeginItem();
      json.Field("list", each.list);
      json.Field("entry", each.key);
      json.EndObject();
    }
    json.EndArray();
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(list, ": ", DeltaText(result)));
    for (const Carrier& each : matched_by) {
      output.Line(absl::StrCat("still matched by\t", Escaped(each.list), "\t",
                               Escaped(each.key)));
    }
  }
  return FinishLedger(ledger, output);
}

ExitCode RunAdd(const AddOptions& options) {
  const auto kind = ParseHashKind(options.kind);
  if (!kind.ok()) return UsageError(kind.status());
  const auto opinion = ParseOpinion(options.opinion);
  if (!opinion.ok()) return UsageError(opinion.status());
  const auto expires_at = TimeFromNow("--expires", options.expires);
  if (!expires_at.ok()) return UsageError(expires_at.status());
  EntryUpdate update = options.update;
  update.stated = *opinion;
  update.expires_at = *expires_at;
  for (const std::string& hash : options.hashes) {
    const auto entry = ParseListLine(hash, *kind, 0);
    if (!entry.ok()) return UsageError(entry.status());
    update.values.push_back({.value = entry->value, .quality = entry->quality});
  }
  if (update.key.empty()) update.key = KeyOfValue(update.values[0].value);
  if (absl::Status status = CheckEntry(update); !status.ok()) {
    return UsageError(status);
  }
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  Delta delta = {
      .list = options.list, .restore = true, .author = options.ledger.Author()};
  delta.updates.Add(std::move(update));
  const auto result = (*ledger)->Apply(std::move(delta));
  if (!result.ok()) return LedgerProblem(result.status());
  return Print(**ledger, options.ledger, options.list, *result, {});
}

// Of these entries' values, what goes on matching them.
absl::StatusOr<std::vector<Carrier>> MatchedBy(
    Ledger& ledger, const std::vector<LedgerEntry>& entries) {
  std::vector<Carrier> matched_by;
  for (const LedgerEntry& entry : entries) {
    for (const EntryValue& value : entry.said.values) {
      HASHVET_ASSIGN_OR_RETURN(const auto carriers,
                               ledger.WhoCarries(value.value));
      for (const Carrier& each : carriers) {
        const bool known =
            std::ranges::any_of(matched_by, [&](const Carrier& other) {
              return other.list == each.list && other.key == each.key;
            });
        if (each.matches && !known) matched_by.push_back(each);
      }
    }
  }
  return matched_by;
}

// What is deleted may be deleted again: a command that was killed after it was
// done is given once more.
absl::StatusOr<std::vector<LedgerEntry>> FindAll(Ledger& ledger,
                                                 const KeysOptions& options,
                                                 SourceStatus status) {
  std::vector<LedgerEntry> entries;
  for (const std::string& key : options.keys) {
    HASHVET_ASSIGN_OR_RETURN(LedgerEntry entry,
                             ledger.FindEntry(options.list, key));
    if (entry.state == EntryState::kDeleted &&
        status != SourceStatus::kDeleted) {
      return absl::NotFoundError(absl::StrCat("ledger: deleted before: list ",
                                              options.list, ", entry ", key));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

ExitCode RunTakeBack(const KeysOptions& options, SourceStatus status) {
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  const auto entries = FindAll(**ledger, options, status);
  if (!entries.ok()) return LedgerProblem(entries.status());
  // What an entry has stays with a withdrawal.
  Delta delta = {
      .list = options.list, .unite = true, .author = options.ledger.Author()};
  for (const std::string& key : options.keys) {
    delta.updates.Add({.key = key, .status = status, .reason = options.reason});
  }
  const auto result = (*ledger)->Apply(std::move(delta));
  if (!result.ok()) return LedgerProblem(result.status());
  const auto matched_by = MatchedBy(**ledger, *entries);
  if (!matched_by.ok()) return LedgerProblem(matched_by.status());
  return Print(**ledger, options.ledger, options.list, *result, *matched_by);
}

ExitCode RunRemove(const KeysOptions& options) {
  return RunTakeBack(options, SourceStatus::kDeleted);
}
ExitCode RunWithdraw(const KeysOptions& options) {
  return RunTakeBack(options, SourceStatus::kWithdrawn);
}

ExitCode RunSuppression(const KeysOptions& options, bool suppress) {
  const auto until = TimeFromNow("--until", options.until);
  if (!until.ok()) return UsageError(until.status());
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  const absl::Status status =
      suppress ? (*ledger)->Suppress(options.list, options.keys, *until,
                                     options.reason, options.ledger.Author())
               : (*ledger)->Unsuppress(options.list, options.keys,
                                       options.ledger.Author());
  if (!status.ok()) return LedgerProblem(status);
  const auto version = (*ledger)->version();
  if (!version.ok()) return LedgerProblem(version.status());
  const char* const done = suppress ? "suppressed" : "unsuppressed";
  Output output;
  if (options.ledger.json) {
    JsonLine json;
    json.Field("list", options.list);
    json.Field("version", *version);
    json.Field(done, options.keys.size());
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(options.list, ": ", options.keys.size(), " ", done,
                             "; version ", *version));
  }
  return FinishLedger(**ledger, output);
}

ExitCode RunSuppress(const KeysOptions& options) {
  return RunSuppression(options, true);
}
ExitCode RunUnsuppress(const KeysOptions& options) {
  return RunSuppression(options, false);
}

void AddListName(CLI::App& command, std::string& list) {
  command.add_option("LIST", list, "The list's name")
      ->type_name("")
      ->required();
}

CLI::App& AddKeysCommand(CLI::App& list, const std::string& name,
                         const std::string& what, KeysOptions& options) {
  CLI::App& command = *list.add_subcommand(name, what);
  AddListName(command, options.list);
  command.add_option("KEY", options.keys, "Entries; all of them or none")
      ->type_name("")
      ->required();
  command.add_option("--reason", options.reason, "Why, for the history")
      ->type_name("TEXT");
  AddLedgerOptions(command, options.ledger, true);
  return command;
}

}  // namespace

void AddListChanges(CLI::App& list, Run& run) {
  auto add = std::make_shared<AddOptions>();
  CLI::App& command =
      *list.add_subcommand("add", "An entry, or what is said of it anew");
  AddListName(command, add->list);
  command
      .add_option("HASH", add->hashes,
                  "Its values: HASH or KIND:HASH; they take the place of those "
                  "it has")
      ->type_name("")
      ->required();
  command
      .add_option("--key", add->update.key,
                  "The entry's key; made from the first value where not given")
      ->type_name("KEY");
  command
      .add_option("--kind", add->kind,
                  "Of values that state no kind of their own")
      ->type_name("KIND")
      ->capture_default_str();
  command.add_option("--category", add->update.category, "Verbatim")
      ->type_name("TEXT");
  command
      .add_option("--category-scheme", add->update.category_scheme,
                  "Whose word the category is")
      ->type_name("NAME");
  command
      .add_option("--opinion", add->opinion,
                  "unknown, seed, positive, negative or disputed")
      ->type_name("OPINION")
      ->capture_default_str();
  command.add_option("--reason", add->update.reason, "Why it is on the list")
      ->type_name("TEXT");
  command
      .add_option("--expires", add->expires,
                  "Withdrawn by itself after so long: 48h, 30d")
      ->type_name("DURATION");
  AddLedgerOptions(command, add->ledger, true);
  command.footer(
      "A deleted entry comes back. Values that a guard holds are told, and "
      "wait in\nquarantine.\n"
      "Exit: 0 done, 2 usage error, 3 no such list or the ledger is refused, "
      "15 another\nprocess is writing to it.\n\n"
      "Example:\n"
      "  hashvet list add reports --ledger ledger --key case-7 --expires 30d "
      "\\\n"
      "    --reason 'reported, to come down within 48 hours' f8f8f0ce…\n");
  OnRun(command, run, add, &RunAdd);

  const char* const kExit =
      "Exit: 0 done, 2 usage error, 3 no such list or entry, or the ledger is "
      "refused,\n15 another process is writing to it.\n";
  auto remove = std::make_shared<KeysOptions>();
  CLI::App& removal = AddKeysCommand(
      list, "remove", "Entries are deleted, a tombstone stays", *remove);
  removal.footer(absl::StrCat(
      "Values go at once; the key stays 90 days, so that a feed's replay does "
      "not bring\nit back. Who else makes the values match is told.\n",
      kExit));
  OnRun(removal, run, remove, &RunRemove);

  auto withdraw = std::make_shared<KeysOptions>();
  CLI::App& withdrawal = AddKeysCommand(
      list, "withdraw", "Entries stay and match no more", *withdraw);
  withdrawal.footer(absl::StrCat(
      "Until their source, or `list add`, says otherwise. Who else makes the "
      "values\nmatch is told.\n",
      kExit));
  OnRun(withdrawal, run, withdraw, &RunWithdraw);

  auto suppress = std::make_shared<KeysOptions>();
  CLI::App& suppression = AddKeysCommand(
      list, "suppress", "Entries match no more, whatever their source says",
      *suppress);
  suppression
      .add_option("--until", suppress->until,
                  "For so long: 48h, 30d; for good where not given")
      ->type_name("DURATION");
  suppression.footer(kExit);
  OnRun(suppression, run, suppress, &RunSuppress);

  auto unsuppress = std::make_shared<KeysOptions>();
  CLI::App& end = AddKeysCommand(
      list, "unsuppress", "Entries match as their source says", *unsuppress);
  end.footer(kExit);
  OnRun(end, run, unsuppress, &RunUnsuppress);
}

}  // namespace hashvet::cli
