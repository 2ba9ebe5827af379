// The parts of `hashvet snapshot`, one file each.

#ifndef HASHVET_SRC_CLI_SNAPSHOT_COMMAND_H_
#define HASHVET_SRC_CLI_SNAPSHOT_COMMAND_H_

#include "src/cli/command.h"

namespace hashvet::cli {

void AddSnapshotBuild(CLI::App& snapshot, Run& run);
void AddSnapshotInfo(CLI::App& snapshot, Run& run);
void AddSnapshotVerify(CLI::App& snapshot, Run& run);
void AddSnapshotExport(CLI::App& snapshot, Run& run);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_SNAPSHOT_COMMAND_H_
