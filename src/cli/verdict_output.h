// How `match` prints its answers, and what it remembers of them.

#ifndef HASHVET_SRC_CLI_VERDICT_OUTPUT_H_
#define HASHVET_SRC_CLI_VERDICT_OUTPUT_H_

#include <string>

#include "hashvet/audit/audit_log.h"
#include "hashvet/hash/picture_hashes.h"
#include "hashvet/matcher/verdict.h"
#include "src/cli/exit_code.h"
#include "src/cli/filter_records.h"
#include "src/cli/output.h"

namespace hashvet::cli {

// One input's answer, each outcome in a place of its own:
//
//   text   outcome TAB file [TAB list TAB entry TAB category TAB distance TAB
//          orientation TAB action], a line a match, or one line without one;
//          failures are also told on standard error
//   JSON   {"file","outcome","matches":[…],"snapshot","status"}, and where
//          there are any "ignored_by", "suppressed_matches", "shadow_matches"
//          and "not_sampled"
//   ndjson the same, with the record's own "id", if any, for "file"
//   binary 16 bytes: docs/command_line.md has them
//
// With an audit log, matches are in it before they are printed; a match that
// cannot be kept there is not told, and ends the output.
//
// Not thread-safe.
class VerdictOutput {
 public:
  // audit  may be null; must outlive this
  VerdictOutput(Output& output, bool json, AuditLog* audit = nullptr)
      : output_(output), json_(json), audit_(audit) {}

  // picture  what was asked about, or null when it was a hash.
  void Print(const std::string& file, const Verdict& verdict,
             const PictureHashes* picture);

  // An input that could not be read to its end.
  void PrintUnreadable(const std::string& file, const absl::Status& status);

  // One record of a filter.
  void PrintRecord(const FilterRecord& record, FilterFormat format,
                   const Verdict& verdict);

  // Something was not read at all, and has no answer.
  void NoteFailure() { some_failed_ = true; }

  ExitCode exit_code() const;

 private:
  // Keeps and counts it; false: it is not to be told.
  bool Keep(const std::string& item, const Verdict& verdict);
  void PrintJson(const std::string& file, const Verdict& verdict,
                 const PictureHashes* picture);
  void PrintText(const std::string& file, const Verdict& verdict,
                 const PictureHashes* picture);

  Output& output_;
  const bool json_;
  AuditLog* const audit_;
  bool some_matched_ = false;
  bool some_failed_ = false;
  bool list_unavailable_ = false;
};

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_VERDICT_OUTPUT_H_
