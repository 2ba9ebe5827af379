// A command adds itself to the program: its name, options and help. When the
// command line names it, parsing leaves in `run` what is to be done.

#ifndef HASHVET_SRC_CLI_COMMAND_H_
#define HASHVET_SRC_CLI_COMMAND_H_

#include <cstddef>
#include <functional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "src/cli/exit_code.h"

namespace hashvet::cli {

using Run = std::function<ExitCode()>;

void AddHashCommand(CLI::App& program, Run& run);
void AddCompareCommand(CLI::App& program, Run& run);
void AddSnapshotCommand(CLI::App& program, Run& run);
void AddListCommand(CLI::App& program, Run& run);
void AddFeedCommand(CLI::App& program, Run& run);
void AddRetroCommand(CLI::App& program, Run& run);
void AddMatchCommand(CLI::App& program, Run& run);
void AddConfigCommand(CLI::App& program, Run& run);
void AddAuditCommand(CLI::App& program, Run& run);
void AddBenchCommand(CLI::App& program, Run& run);
void AddDoctorCommand(CLI::App& program, Run& run);
void AddCompletionCommand(CLI::App& program, Run& run);

// What several commands share.
void AddJsonOption(CLI::App& command, bool& json);
void AddThreadsOption(CLI::App& command, size_t& threads);

// Calls `body` when the command is chosen; `options` lives as long as that.
template <typename Options>
void OnRun(CLI::App& command, Run& run, std::shared_ptr<Options> options,
           ExitCode (*body)(const Options&)) {
  command.callback([&run, options, body] {
    run = [options, body] { return body(*options); };
  });
}

// Says on standard error what is wrong with how the program was called.
ExitCode UsageError(const absl::Status& status);

// HASHVET_SIMD_TARGET names a target of this machine, or is not set.
absl::Status CheckSimdTarget();

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_COMMAND_H_
