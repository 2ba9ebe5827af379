#include "src/cli/verdict_audit.h"

#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/cli/output.h"

namespace hashvet::cli {

void AddAuditOption(CLI::App& command, std::string& file) {
  command
      .add_option("--audit", file,
                  "Append each match to this audit log (….jsonl) before it is "
                  "printed, and with --watch what becomes of the lists; see "
                  "audit verify")
      ->type_name("FILE");
}

namespace {

// `role` says what the matches count for.
void AddRecords(std::string_view item, const Verdict& verdict,
                const std::vector<Match>& matches, std::string_view role,
                std::vector<AuditRecord>& records) {
  for (const Match& match : matches) {
    records.push_back({AuditEvent::kMatch,
                       {{"item", std::string(item)},
                        {"outcome", std::string(NameOf(verdict.outcome))},
                        {"snapshot", verdict.snapshot},
                        {"role", std::string(role)},
                        {"list", match.list},
                        {"list_version", match.list_version},
                        {"entry", match.entry},
                        {"kind", std::string(NameOf(match.kind))},
                        {"orientation", std::string(NameOf(match.orientation))},
                        {"action", match.action}}});
  }
}

}  // namespace

std::vector<AuditRecord> AuditRecordsOf(std::string_view item,
                                        const Verdict& verdict) {
  std::vector<AuditRecord> records;
  AddRecords(item, verdict, verdict.matches, "match", records);
  AddRecords(item, verdict, verdict.suppressed_matches, "suppressed", records);
  AddRecords(item, verdict, verdict.shadow_matches, "shadow", records);
  return records;
}

std::optional<AuditRecord> AuditRecordOf(const GenerationEvent& event) {
  AuditRecord record;
  switch (event.what) {
    case GenerationEvent::What::kServes:
      record.event = AuditEvent::kSwapped;
      break;
    case GenerationEvent::What::kRefused:
      record.event = AuditEvent::kRefused;
      break;
    case GenerationEvent::What::kSelfTestFailed:
      record.event = AuditEvent::kSelftestFailed;
      break;
    case GenerationEvent::What::kRecovered:
      return std::nullopt;
  }
  record.fields = {{"generation", static_cast<int64_t>(event.generation)},
                   {"version", event.version}};
  if (!event.status.ok()) {
    record.fields.push_back({"reason", std::string(event.status.message())});
  }
  return record;
}

void Keep(const GenerationEvent& event, AuditLog& audit) {
  const std::optional<AuditRecord> record = AuditRecordOf(event);
  if (!record.has_value()) return;
  if (absl::Status status = audit.Append(*record); !status.ok()) {
    Say(absl::StrCat("not in the audit log: ", ToAbsl(NameOf(record->event)),
                     ", generation ", event.generation, ": ",
                     status.message()));
  }
}

}  // namespace hashvet::cli
