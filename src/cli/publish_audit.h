// What the audit log keeps of publishing.

#ifndef HASHVET_SRC_CLI_PUBLISH_AUDIT_H_
#define HASHVET_SRC_CLI_PUBLISH_AUDIT_H_

#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "hashvet/audit/audit_log.h"
#include "hashvet/list/publisher.h"
#include "src/cli/exit_code.h"

namespace hashvet::cli {

// --audit FILE; empty where it is not given.
void AddPublishAuditOption(CLI::App& command, std::string& file);

// The log, opened before anything changes: what could not be kept is then not
// done. None where no file is given. Errors: those of AuditLog::Open.
absl::StatusOr<std::optional<AuditLog>> OpenPublishAudit(
    const std::string& file);

// Keeps what was done, in a record each.
//
// event  kPublished or kRolledBack
// audit  may be none: then nothing is kept
//
// Returns `code`, or kUsage when it could not be kept, said on standard error:
// it is done all the same.
ExitCode KeepPublished(std::optional<AuditLog>& audit, AuditEvent event,
                       const std::string& directory,
                       const PublishResult& result, ExitCode code);
ExitCode KeepCollected(std::optional<AuditLog>& audit,
                       const std::string& directory, const Collected& collected,
                       ExitCode code);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_PUBLISH_AUDIT_H_
