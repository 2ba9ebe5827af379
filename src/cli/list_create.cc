// hashvet list create: a list, what it asks of matches, and what its guards
// hold.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
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
  std::vector<std::string> thresholds;
  std::vector<std::string> guards_on;
  std::vector<std::string> guards_off;
  // Whether an option was given.
  std::function<bool(const char* option)> given;
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

// KIND=DISTANCE or, of byte vectors, KIND=METRIC:DISTANCE.
absl::StatusOr<KindPolicy> ParseThreshold(const std::string& text) {
  constexpr std::pair<absl::string_view, ByteVectorMetric> kMetrics[] = {
      {"l1:", ByteVectorMetric::kL1},
      {"l2:", ByteVectorMetric::kL2},
      {"squared_l2:", ByteVectorMetric::kSquaredL2}};
  const std::vector<std::string> parts = absl::StrSplit(text, '=');
  KindPolicy policy;
  if (parts.size() == 2) {
    HASHVET_ASSIGN_OR_RETURN(policy.kind, ParseHashKind(parts[0]));
    absl::string_view distance = parts[1];
    for (const auto& [name, metric] : kMetrics) {
      if (absl::ConsumePrefix(&distance, name)) policy.metric = metric;
    }
    if (absl::SimpleAtoi(distance, &policy.max_distance)) return policy;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--threshold: got '", text,
                   "', want KIND=DISTANCE or photodna=l1:DISTANCE (l1, l2, "
                   "squared_l2)"));
}

absl::Status SwitchGuards(std::string_view option,
                          const std::vector<std::string>& names, bool on,
                          GuardOptions& guards) {
  for (const std::string& guard : names) {
    if (guard == kDegenerateGuard) {
      guards.degenerate = on;
    } else if (guard == kPanelGuard) {
      guards.panel = on;
    } else if (guard == "change") {
      guards.change = on;
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat(ToAbsl(option), ": got '", guard,
                       "', want degenerate, panel or change"));
    }
  }
  return absl::OkStatus();
}

// `list` with whatever was told of it: a new one, or one that is there.
absl::StatusOr<LedgerList> ListOf(const CreateOptions& options,
                                  LedgerList list) {
  const auto set = [&](const char* option, auto& now, const auto& told) {
    if (options.given(option)) now = told;
  };
  const ListPolicy& told = options.list.policy;
  const GuardOptions& guards = options.list.guards;
  list.policy.name = told.name;
  set("--source", list.source, options.list.source);
  set("--owner", list.owner, options.list.owner);
  set("--local", list.local, options.list.local);
  set("--action", list.policy.action, told.action);
  set("--min-quality", list.policy.min_quality, told.min_quality);
  set("--panel-margin", list.guards.panel_margin, guards.panel_margin);
  set("--max-fall", list.guards.max_fall_percent, guards.max_fall_percent);
  set("--max-growth", list.guards.max_growth_percent,
      guards.max_growth_percent);
  set("--max-removed", list.guards.max_removed_percent,
      guards.max_removed_percent);
  if (options.given("--role")) {
    HASHVET_ASSIGN_OR_RETURN(list.policy.role, ParseRole(options.role));
  }
  if (options.pdq_max_distance.has_value()) {
    SetKindPolicy({.max_distance = *options.pdq_max_distance}, list.policy);
  }
  for (const std::string& threshold : options.thresholds) {
    HASHVET_ASSIGN_OR_RETURN(const KindPolicy kind, ParseThreshold(threshold));
    SetKindPolicy(kind, list.policy);
  }
  StalenessPolicy& staleness = list.policy.staleness;
  HASHVET_RETURN_IF_ERROR(
      SetSeconds("--late-after", options.late_after, staleness.late_after_s));
  HASHVET_RETURN_IF_ERROR(SetSeconds("--stale-after", options.stale_after,
                                     staleness.stale_after_s));
  HASHVET_RETURN_IF_ERROR(SetSeconds("--expired-after", options.expired_after,
                                     staleness.expired_after_s));
  HASHVET_RETURN_IF_ERROR(
      SwitchGuards("--guard", options.guards_on, true, list.guards));
  HASHVET_RETURN_IF_ERROR(
      SwitchGuards("--no-guard", options.guards_off, false, list.guards));
  HASHVET_RETURN_IF_ERROR(CheckPolicy(list.policy));
  return list;
}

ExitCode RunCreate(const CreateOptions& options) {
  // Told before a ledger is made.
  if (const auto fresh = ListOf(options, {}); !fresh.ok()) {
    return UsageError(fresh.status());
  }
  const auto ledger = OpenLedger(options.ledger, !options.ledger.dry_run);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  LedgerList before;
  if (options.update) {
    auto found = (*ledger)->FindList(options.list.policy.name);
    if (!found.ok()) return LedgerProblem(found.status());
    before = *std::move(found);
  }
  const absl::StatusOr<LedgerList> list = ListOf(options, before);
  if (!list.ok()) return UsageError(list.status());
  RejudgedValues rejudged;
  if (options.update) {
    const auto updated = (*ledger)->UpdateList(*list, options.ledger.Author());
    if (!updated.ok()) return LedgerProblem(updated.status());
    rejudged = *updated;
  } else if (absl::Status status =
                 (*ledger)->CreateList(*list, options.ledger.Author());
             !status.ok()) {
    return LedgerProblem(status);
  }
  Output output;
  const char* const done = options.update ? "changed" : "created";
  if (options.ledger.json) {
    JsonLine json;
    json.Field("list", list->policy.name);
    json.Field("done", done);
    json.Field("held", rejudged.held);
    json.Field("let_go", rejudged.let_go);
    output.Line(json.Finish());
  } else {
    std::string line = absl::StrCat(list->policy.name, ": ", done);
    if (rejudged.held + rejudged.let_go > 0) {
      absl::StrAppend(&line, "; by its guards ", rejudged.held,
                      " values newly held, ", rejudged.let_go,
                      " no longer held");
    }
    output.Line(line);
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
  command.add_flag(
      "--update", options->update,
      "The list is there: what is given below is set anew, the rest "
      "stays");
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
      .add_option("--threshold", options->thresholds,
                  "How near is near under another kind: ahash64-imagehash=4, "
                  "photodna=l1:1800")
      ->type_name("KIND=D")
      ->allow_extra_args(false);
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
  command.add_option("--guard", options->guards_on, "A guard that is on again")
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
  options->given = [&command](const char* option) {
    return command.count(option) > 0;
  };
  OnRun(command, run, options, &RunCreate);
}

}  // namespace hashvet::cli
