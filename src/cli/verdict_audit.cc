#include "src/cli/verdict_audit.h"

#include "CLI/CLI.hpp"

namespace hashvet::cli {

void AddAuditOption(CLI::App& command, std::string& file) {
  command
      .add_option("--audit", file,
                  "Append each match to this audit log (….jsonl) before it is "
                  "printed; see audit verify")
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

}  // namespace hashvet::cli
