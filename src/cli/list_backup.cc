// hashvet list backup, restore and verify: the ledger as one file, and whole.

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/cli/list_command.h"
#include "src/cli/output.h"
#include "src/cli/progress_bar.h"

namespace hashvet::cli {
namespace {

struct BackupOptions {
  LedgerSettings ledger;
  std::string file;
};

ExitCode Print(const BackupOptions& options, const char* done, uint64_t version,
               Ledger& ledger) {
  Output output;
  if (options.ledger.json) {
    JsonLine json;
    json.FileField(options.file);
    json.Field("done", done);
    json.Field("version", version);
    output.Line(json.Finish());
  } else {
    output.Line(
        absl::StrCat(Escaped(options.file), ": ", done, ", version ", version));
  }
  return FinishLedger(ledger, output);
}

ExitCode RunBackup(const BackupOptions& options) {
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  {
    ProgressBar progress("pages", std::nullopt);
    int told = 0;
    const absl::Status status =
        (*ledger)->Backup(options.file, [&](int done, int) {
          progress.Advance(static_cast<uint64_t>(std::max(0, done - told)));
          told = done;
        });
    if (!status.ok()) return LedgerProblem(status);
  }
  const auto version = (*ledger)->version();
  if (!version.ok()) return LedgerProblem(version.status());
  return Print(options, "written", *version, **ledger);
}

ExitCode RunRestore(const BackupOptions& options) {
  const absl::Status status =
      Ledger::Restore(options.file, options.ledger.directory,
                      {.dry_run = options.ledger.dry_run});
  if (!status.ok()) return LedgerProblem(status);
  if (options.ledger.dry_run) {
    Output output;
    if (options.ledger.json) {
      JsonLine json;
      json.FileField(options.file);
      json.Field("done", "whole, not restored");
      output.Line(json.Finish());
    } else {
      output.Line(absl::StrCat(Escaped(options.file), ": whole, not restored"));
    }
    return output.Finish(ExitCode::kOk);
  }
  const auto ledger = OpenLedger(options.ledger);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  const auto version = (*ledger)->version();
  if (!version.ok()) return LedgerProblem(version.status());
  return Print(options, "restored", *version, **ledger);
}

ExitCode RunVerify(const LedgerSettings& settings) {
  const auto ledger = OpenLedger(settings);
  if (!ledger.ok()) return LedgerProblem(ledger.status());
  if (absl::Status status = (*ledger)->Verify(); !status.ok()) {
    return LedgerProblem(status);
  }
  const auto version = (*ledger)->version();
  if (!version.ok()) return LedgerProblem(version.status());
  return Print({.ledger = settings, .file = settings.directory}, "whole",
               *version, **ledger);
}

}  // namespace

void AddListBackup(CLI::App& list, Run& run) {
  auto backup = std::make_shared<BackupOptions>();
  CLI::App& out = *list.add_subcommand(
      "backup", "The ledger as one file, while it is used");
  out.add_option("FILE", backup->file,
                 "Appears whole or not at all, readable by its owner only")
      ->type_name("")
      ->required();
  AddLedgerOptions(out, backup->ledger, false);
  out.footer(
      "Exit: 0 written, 3 the ledger is refused or the file cannot be "
      "written.\n\n"
      "Example:\n"
      "  hashvet list backup --ledger ledger ledger-monday.sqlite\n");
  OnRun(out, run, backup, &RunBackup);

  auto restore = std::make_shared<BackupOptions>();
  CLI::App& in = *list.add_subcommand(
      "restore", "A backup in place of a ledger that nobody has open");
  in.add_option("FILE", restore->file, "A backup")->type_name("")->required();
  AddLedgerOptions(in, restore->ledger, true);
  in.footer(
      "The backup is read completely before anything changes. The ledger that "
      "was there\nstays beside it as ledger.sqlite.before.\n"
      "Exit: 0 restored, 2 no backup, 3 damaged or refused, 15 another process "
      "has the\nledger open.\n\n"
      "Example:\n"
      "  hashvet list restore --ledger ledger ledger-monday.sqlite\n");
  OnRun(in, run, restore, &RunRestore);

  auto verified = std::make_shared<LedgerSettings>();
  CLI::App& verify = *list.add_subcommand(
      "verify", "Reads the whole ledger and holds it against itself");
  AddLedgerOptions(verify, *verified, false);
  verify.footer(
      "Every page, every reference between tables, every value's place among "
      "its carriers.\n"
      "Exit: 0 whole, 3 damaged or refused, 15 another process is writing.\n\n"
      "Example:\n"
      "  hashvet list verify --ledger ledger\n");
  OnRun(verify, run, verified, &RunVerify);
}

}  // namespace hashvet::cli
