// hashvet list: the ledger. Its parts have files of their own.

#include "src/cli/list_command.h"

#include <pwd.h>
#include <unistd.h>

#include <ctime>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "hashvet/base/safe_text.h"
#include "hashvet/base/status.h"
#include "src/cli/output.h"
#include "src/cli/publish_options.h"

namespace hashvet::cli {

std::string LedgerSettings::Author() const {
  if (!author.empty()) return author;
  const struct passwd* user = ::getpwuid(::geteuid());
  return user == nullptr ? absl::StrCat("user ", ::geteuid()) : user->pw_name;
}

void AddLedgerOptions(CLI::App& command, LedgerSettings& settings,
                      bool changes) {
  command
      .add_option("--ledger", settings.directory,
                  "The ledger's directory: yours, mode 0700")
      ->type_name("DIR")
      ->required();
  if (changes) {
    command
        .add_option("--author", settings.author,
                    "Who does this, for the history; your login name where "
                    "not given")
        ->type_name("NAME");
    command.add_flag("--dry-run", settings.dry_run,
                     "Tell what would change, and change nothing");
  }
  AddJsonOption(command, settings.json);
}

absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(
    const LedgerSettings& settings, bool create) {
  return Ledger::Open(settings.directory,
                      {.create = create, .dry_run = settings.dry_run});
}

absl::StatusOr<std::unique_ptr<Ledger>> OpenLedgerToAsk(
    const LedgerSettings& settings) {
  HASHVET_ASSIGN_OR_RETURN(auto ledger, OpenLedger(settings));
  const absl::Status due = ledger->ApplyDue().status();
  if (!due.ok() && !absl::IsUnavailable(due)) return due;
  return ledger;
}

ExitCode LedgerProblem(const absl::Status& status) {
  // Keys of entries may be hashes.
  const std::string message = WithoutHashes(ToStd(status.message()));
  Say(IsHeld(status) ? absl::StrCat(message, " (--accept)") : message);
  return ExitCodeOfLedger(status);
}

ExitCode ExitCodeOfLedger(const absl::Status& status) {
  if (IsHeld(status)) return ExitCode::kHeld;
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return ExitCode::kLocked;
    case absl::StatusCode::kInvalidArgument:
      return ExitCode::kUsage;
    default:
      return ExitCode::kListProblem;
  }
}

ExitCode FinishLedger(Ledger& ledger, Output& output, ExitCode code) {
  if (const absl::Status status = ledger.Close(); !status.ok()) {
    return output.Finish(LedgerProblem(status));
  }
  return output.Finish(code);
}

absl::StatusOr<std::optional<uint64_t>> TimeFromNow(std::string_view option,
                                                    const std::string& text) {
  if (text.empty()) return std::nullopt;
  HASHVET_ASSIGN_OR_RETURN(const uint64_t seconds, ParseSeconds(option, text));
  return static_cast<uint64_t>(std::time(nullptr)) + seconds;
}

std::string TimeText(uint64_t seconds) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                          absl::FromUnixSeconds(static_cast<int64_t>(seconds)),
                          absl::UTCTimeZone());
}

void DeltaFields(const DeltaResult& result, JsonLine& json) {
  json.Field("version", result.version);
  json.Field("added", result.added);
  json.Field("changed", result.changed);
  json.Field("withdrawn", result.withdrawn);
  json.Field("deleted", result.deleted);
  json.Field("restored", result.restored);
  json.Field("unchanged", result.unchanged);
  json.Field("outdated", result.outdated);
  json.Field("tombstoned", result.tombstoned);
  json.Field("duplicates", result.duplicates);
  json.Field("refused", result.refused);
  json.Field("off_centre", result.off_centre);
  json.BeginObject("quarantined");
  for (const auto& [guard, count] : result.quarantined) {
    json.Field(guard, count);
  }
  json.EndObject();
}

std::string DeltaText(const DeltaResult& result) {
  std::vector<std::string> parts;
  const auto add = [&](uint64_t count, absl::string_view what) {
    if (count > 0) parts.push_back(absl::StrCat(count, " ", what));
  };
  add(result.added, "added");
  add(result.changed, "changed");
  add(result.deleted, "deleted");
  add(result.restored, "restored");
  add(result.unchanged, "unchanged");
  add(result.outdated, "older than what is known");
  add(result.tombstoned, "deleted before");
  add(result.duplicates, "said again");
  add(result.refused, "no entry");
  for (const auto& [guard, count] : result.quarantined) {
    add(count, absl::StrCat("held (", guard, ")"));
  }
  return absl::StrCat(
      parts.empty() ? "nothing to do" : absl::StrJoin(parts, ", "),
      "; version ", result.version);
}

void AddListCommand(CLI::App& program, Run& run) {
  CLI::App& list = *program.add_subcommand(
      "list",
      "The ledger: lists, who said what of their entries, what is held");
  list.require_subcommand(1);
  AddListCreate(list, run);
  AddListChanges(list, run);
  AddListImport(list, run);
  AddListExport(list, run);
  AddListDiff(list, run);
  AddListReports(list, run);
  AddListQuarantine(list, run);
  AddListPublish(list, run);
  AddListBackup(list, run);
}

}  // namespace hashvet::cli
