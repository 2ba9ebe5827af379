// The parts of `hashvet snapshot`, one file each.

#ifndef HASHVET_SRC_CLI_SNAPSHOT_COMMAND_H_
#define HASHVET_SRC_CLI_SNAPSHOT_COMMAND_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/list/snapshot_reader.h"
#include "src/cli/command.h"

namespace hashvet::cli {

void AddSnapshotBuild(CLI::App& snapshot, Run& run);
void AddSnapshotInfo(CLI::App& snapshot, Run& run);
void AddSnapshotVerify(CLI::App& snapshot, Run& run);
void AddSnapshotExport(CLI::App& snapshot, Run& run);
void AddSnapshotCluster(CLI::App& snapshot, Run& run);
void AddSnapshotDiff(CLI::App& snapshot, Run& run);
void AddSnapshotPublish(CLI::App& snapshot, Run& run);
void AddSnapshotRollback(CLI::App& snapshot, Run& run);
void AddSnapshotCollect(CLI::App& snapshot, Run& run);
void AddSnapshotSelftest(CLI::App& snapshot, Run& run);

// Says on standard error what is wrong with a list.
ExitCode ListProblem(const absl::Status& status);

// How many PDQ values there are, and the largest threshold that a list asks
// for.
uint64_t PdqValues(const SnapshotReader& snapshot);
uint32_t PdqThreshold(const SnapshotReader& snapshot);

// Opens what holds a list by itself. Errors: FailedPrecondition for an overlay.
absl::StatusOr<std::shared_ptr<const SnapshotReader>> OpenWhole(
    const std::string& file);

// What is wrong with a list where PDQ values are asked for.
absl::Status NoPdqValues(const std::string& file);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_SNAPSHOT_COMMAND_H_
