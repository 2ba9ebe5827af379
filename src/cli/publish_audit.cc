#include "src/cli/publish_audit.h"

#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

ExitCode Keep(AuditLog& audit, std::span<const AuditRecord> records,
              ExitCode code) {
  const absl::Status status = audit.Append(records);
  if (status.ok()) return code;
  Say(absl::StrCat("done, and not in the audit log: ", status.message()));
  return ExitCode::kUsage;
}

AuditRecord RecordOf(const std::string& directory, const Collected& collected) {
  return {AuditEvent::kCollected,
          {{"directory", directory},
           {"files", static_cast<int64_t>(collected.files)},
           {"size_bytes", static_cast<int64_t>(collected.size_bytes)},
           {"names_sha256", collected.sha256}}};
}

}  // namespace

void AddPublishAuditOption(CLI::App& command, std::string& file) {
  command
      .add_option("--audit", file,
                  "Append what was done to this audit log (….jsonl); see audit "
                  "verify")
      ->type_name("FILE");
}

absl::StatusOr<std::optional<AuditLog>> OpenPublishAudit(
    const std::string& file) {
  if (file.empty()) return std::nullopt;
  HASHVET_ASSIGN_OR_RETURN(AuditLog audit, AuditLog::Open(file));
  return std::optional<AuditLog>(std::move(audit));
}

ExitCode KeepPublished(std::optional<AuditLog>& audit, AuditEvent event,
                       const std::string& directory,
                       const PublishResult& result, ExitCode code) {
  if (!audit.has_value()) return code;
  const Manifest& manifest = result.manifest;
  std::vector<AuditRecord> records = {
      {event,
       {{"directory", directory},
        {"publication", manifest.publication},
        {"version", static_cast<int64_t>(manifest.version)},
        {"state", static_cast<int64_t>(manifest.current.version)},
        {"snapshot", manifest.current.base.snapshot},
        {"file_sha256", manifest.current.base.sha256}}}};
  if (manifest.current.overlay.has_value()) {
    records[0].fields.push_back(
        {"overlay", manifest.current.overlay->snapshot});
    records[0].fields.push_back(
        {"overlay_file_sha256", manifest.current.overlay->sha256});
  }
  if (result.collected.files > 0) {
    records.push_back(RecordOf(directory, result.collected));
  }
  return Keep(*audit, records, code);
}

ExitCode KeepCollected(std::optional<AuditLog>& audit,
                       const std::string& directory, const Collected& collected,
                       ExitCode code) {
  if (!audit.has_value()) return code;
  const AuditRecord record = RecordOf(directory, collected);
  return Keep(*audit, std::span(&record, 1), code);
}

}  // namespace hashvet::cli
