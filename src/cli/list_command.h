// The parts of `hashvet list`, one file each, and what they share: which
// ledger, who asks, and what its errors mean for the exit code.

#ifndef HASHVET_SRC_CLI_LIST_COMMAND_H_
#define HASHVET_SRC_CLI_LIST_COMMAND_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/ledger/ledger.h"
#include "hashvet/ledger/value_key.h"
#include "src/cli/command.h"
#include "src/cli/json_line.h"
#include "src/cli/output.h"

namespace hashvet::cli {

void AddListCreate(CLI::App& list, Run& run);
void AddListChanges(CLI::App& list, Run& run);  // add, remove, suppress …
void AddListImport(CLI::App& list, Run& run);
void AddListExport(CLI::App& list, Run& run);
void AddListDiff(CLI::App& list, Run& run);
void AddListReports(CLI::App& list, Run& run);  // history, stats
void AddListQuarantine(CLI::App& list, Run& run);
void AddListPublish(CLI::App& list, Run& run);
void AddListBackup(CLI::App& list, Run& run);  // and restore, verify

struct LedgerSettings {
  std::string directory;
  std::string author;
  bool dry_run = false;
  bool json = false;

  std::string Author() const;  // as given, or the login name
};

// --ledger and --json; for commands that change it --author and --dry-run too.
void AddLedgerOptions(CLI::App& command, LedgerSettings& settings,
                      bool changes);

absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(
    const LedgerSettings& settings, bool create = false);

// To be asked: what is due (expired entries and suppressions) is applied first,
// unless another process is writing.
absl::StatusOr<std::unique_ptr<Ledger>> OpenLedgerToAsk(
    const LedgerSettings& settings);

// Says what is wrong: 13 where a guard holds it, 15 where another process has
// the ledger, 2 for a word of the command line, else 3.
ExitCode LedgerProblem(const absl::Status& status);
// The same without a word.
ExitCode ExitCodeOfLedger(const absl::Status& status);

// Closes it and ends the output. A ledger that does not close is a problem.
ExitCode FinishLedger(Ledger& ledger, Output& output,
                      ExitCode code = ExitCode::kOk);

// A duration from now, as 48h or 30d; nothing for none given.
absl::StatusOr<std::optional<uint64_t>> TimeFromNow(std::string_view option,
                                                    const std::string& text);

// "2026-11-25T12:39:31Z"
std::string TimeText(uint64_t seconds);

void DeltaFields(const DeltaResult& result, JsonLine& json);
std::string DeltaText(const DeltaResult& result);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_LIST_COMMAND_H_
