// What the audit log keeps of verdicts and of what becomes of lists.

#ifndef HASHVET_SRC_CLI_VERDICT_AUDIT_H_
#define HASHVET_SRC_CLI_VERDICT_AUDIT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hashvet/audit/audit_log.h"
#include "hashvet/matcher/matcher.h"
#include "hashvet/matcher/verdict.h"

namespace CLI {
class App;
}

namespace hashvet::cli {

// --audit FILE; empty where it is not given.
void AddAuditOption(CLI::App& command, std::string& file);

// A record for each match, none for a verdict without one. Fields: item,
// outcome, snapshot, role (match; suppressed by a list of known good; shadow),
// list, list_version, entry, kind, orientation, action. No distance: who reads
// the log should not learn how near is near enough.
//
// item  the caller's name for what was asked about; no digest of it
std::vector<AuditRecord> AuditRecordsOf(std::string_view item,
                                        const Verdict& verdict);

// Fields: generation, version, and of what was refused or failed reason. None
// for an event that changes nothing of what serves or is on offer.
std::optional<AuditRecord> AuditRecordOf(const GenerationEvent& event);

// Keeps it in the log. Lists are served all the same when it cannot be kept,
// which is said: answers are withheld as their own records fail.
void Keep(const GenerationEvent& event, AuditLog& audit);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_VERDICT_AUDIT_H_
