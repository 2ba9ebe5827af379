// hashvet list create: a list, what it asks of matches, and what its guards
// hold.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/cli/list_command.h"
#include "src/cli/output.h"
#include "src/cli/publish_options.h"

namespace hashvet::cli {
namespace {

struct CreateOptions {
  LedgerSettings ledger;
  LedgerList list;
  bool update = false;
  std::string role = "match";
  std::optional<uint32_t> pdq_max_distance;
  std::string late_after;
  std::string stale_after;
  std::string expired_after;
  std::vector<std::string> guards_off;
};

absl::StatusOr<ListRole> ParseRole(const std::string& name) {
  for (const ListRole role :
       {ListRole::kMatch, ListRole::kIgnore, ListRole::kShadow}) {
    if (name == NameOf(role)) return role;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--role: got '", name, "', want match, ignore or shadow"));
}

absl::Status SetSeconds(std::string_view option, const std::string& text,
                        uint32_t& seconds) {
  if (text.empty()) return absl::OkStatus();
  HASHVET_ASSIGN_OR_RETURN(const uint64_t parsed, ParseSeconds(option, text));
  if (parsed > UINT32_MAX) {
    return absl::InvalidArgumentError(
        absl::StrCat(ToAbsl(option), ": over 136 years"));
  }
  seconds = static_cast<uint32_t>(parsed);
  return absl::OkStatus();
}

absl::StatusOr<LedgerList> ListOf(const CreateOptions& options) {
  LedgerList list = options.list;
  HASHVET_ASSIGN_OR_RETURN(list.policy.role, ParseRole(options.role));
  if (options.pdq_max_distance.has_value()) {
    SetKindPolicy({.max_distance = *options.pdq_max_distance}, list.policy);
  }
  StalenessPolicy& staleness = list.policy.staleness;
  HASHVET_RETURN_IF_ERROR(
      SetSeconds("--late-after", options.late_after, staleness.late_after_s));
  HASHVET_RETURN_IF_ERROR(SetSeconds("--stale-after", options.stale_after,
                                     staleness.stale_after_s));
  HASHVET_RETURN_IF_ERROR(SetSeconds("--expired-after", options.expired_after,
                                     staleness.expired_after_s));
  for (const std::string& guard : options.guards_off) {
    if (guard == kDegenerateGuard) {
      list.guards.degenerate = false;
    } else if (guard == kPanelGuard) {
      list.guards.panel = false;
    } else if (guard == "change") {
      list.guards.change = false;
    } else {
      return absl::InvalidArgumentError(absl::StrCat(
          "--no-guard: got '", guard, "', want degenerate, panel or change"));
    }
  }
  HASHVET_RETURN_IF_ERROR(CheckPolicy(list.policy));
  return list;
}

ExitCode RunCreate(const CreateOptions& options) {
  const absl::StatusOr<LedgerList> list = ListOf(options);
  if (!list.ok()) return UsageError(list.status());
  const auto ledger = OpenLedger(options.ledger, !options.ledger.dry_run);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  LedgerList changed = *list;
  if (options.update) {
    const auto before = (*ledger)->FindList(list->policy.name);
    if (!before.ok()) return LedgerProblem(before.status());
    changed.policy.current_at = before->policy.current_at;
  }
  const absl::Status status =
      options.update ? (*ledger)->UpdateList(changed, options.ledger.Author())
                     : (*ledger)->CreateList(changed, options.ledger.Author());
  if (!status.ok()) return LedgerProblem(status);
  Output output;
  const char* const done = options.update ? "changed" : "created";
  if (options.ledger.json) {
    JsonLine json;
    json.Field("list", list->policy.name);
    json.Field("done", done);
    output.Line(json.Finish());
  } else {
    output.Line(absl::StrCat(list->policy.name, ": ", done));
  }
  return FinishLedger(**ledger, output);
}

}  // namespace

void AddListCreate(CLI::App& list, Run& run) {
  auto options = std::make_shared<CreateOptions>();
  CLI::App& command = *list.add_subcommand(
      "create", "A new list; the ledger too where there is none");
  ListPolicy& policy = options->list.policy;
  command.add_option("NAME", policy.name, "Its name: 'ncmec/industry'")
      ->type_name("")
      ->required();
  command.add_flag("--update", options->update,
                   "The list is there: everything below is set anew");
  command
      .add_option("--source", options->list.source,
                  "The clearinghouse whose list it is")
      ->type_name("NAME");
  command
      .add_option("--owner", options->list.owner,
                  "Who answers for the list here")
      ->type_name("NAME");
  command.add_flag("--local", options->list.local,
                   "The platform's own reports, not a borrowed list");
  command.add_option("--role", options->role, "match, ignore or shadow")
      ->type_name("ROLE")
      ->capture_default_str();
  command
      .add_option("--action", policy.action,
                  "Label handed back with every match")
      ->type_name("LABEL")
      ->capture_default_str();
  command
      .add_option("--min-quality", policy.min_quality,
                  "Pictures below it are not judged: 0..100")
      ->type_name("Q")
      ->capture_default_str();
  command
      .add_option("--max-distance", options->pdq_max_distance,
                  "Bits, inclusive, that match under PDQ: 0..128 (31)")
      ->type_name("D");
  command
      .add_option("--late-after", options->late_after,
                  "Since its source confirmed it: told from then on (36h, 2d)")
      ->type_name("DURATION");
  command
      .add_option("--stale-after", options->stale_after, "Alarmed from then on")
      ->type_name("DURATION");
  command
      .add_option("--expired-after", options->expired_after,
                  "Answers list_unavailable from then on")
      ->type_name("DURATION");
  command
      .add_option("--no-guard", options->guards_off,
                  "A guard that is off: degenerate, panel or change")
      ->type_name("GUARD")
      ->allow_extra_args(false);
  GuardOptions& guards = options->list.guards;
  command
      .add_option("--panel-margin", guards.panel_margin,
                  "Bits past the threshold within which a harmless picture "
                  "holds an entry: 0..64")
      ->type_name("BITS")
      ->check(CLI::Range(0, 64).description(""))
      ->capture_default_str();
  command
      .add_option("--max-fall", guards.max_fall_percent,
                  "Per cent by which a version may fall: 0..100")
      ->type_name("P")
      ->check(CLI::Range(0, 100).description(""))
      ->capture_default_str();
  command
      .add_option("--max-growth", guards.max_growth_percent,
                  "Per cent by which a version may grow")
      ->type_name("P")
      ->check(CLI::Range(0, 1'000'000).description(""))
      ->capture_default_str();
  command
      .add_option("--max-removed", guards.max_removed_percent,
                  "Per cent that may go where sources took it back: 0..100")
      ->type_name("P")
      ->check(CLI::Range(0, 100).description(""))
      ->capture_default_str();
  AddLedgerOptions(command, options->ledger, true);
  command.footer(
      "Exit: 0 done, 2 usage error, 3 the ledger is refused or has such a "
      "list, 15\nanother process is writing to it.\n\n"
      "Example:\n"
      "  hashvet list create ncmec/industry --ledger ledger --source ncmec \\\n"
      "    --action block --stale-after 2d\n");
  OnRun(command, run, options, &RunCreate);
}

}  // namespace hashvet::cli
