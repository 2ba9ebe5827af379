// hashvet audit: is an audit log as it was written.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/audit/verify_audit.h"
#include "hashvet/base/status.h"
#include "src/cli/command.h"
#include "src/cli/json_line.h"
#include "src/cli/output.h"

namespace hashvet::cli {
namespace {

struct VerifyOptions {
  std::vector<std::string> paths;
  std::string expect;
  std::string after;
  bool json = false;
};

// A log that is rotated while it is read looks broken: what was listed is then
// looked at again.
constexpr int kTries = 3;

absl::StatusOr<AuditReport> VerifyLog(AuditFiles log,
                                      const VerifyAuditOptions& options) {
  for (int i = 1;; ++i) {
    absl::StatusOr<AuditReport> report = VerifyAudit(log.files, options);
    const bool whole = report.ok() && !report->fault;
    if (whole || i == kTries) return report;
    auto again = FindAuditLogs(log.log);
    if (!again.ok() || again->front().files == log.files) return report;
    log = std::move(again->front());
  }
}

// "file:line: what"; empty for a log that is whole.
std::string WrongWith(const absl::StatusOr<AuditReport>& report) {
  if (!report.ok()) return std::string(report.status().message());
  if (!report->fault) return "";
  const AuditReport::Fault& fault = *report->fault;
  return fault.line == 0
             ? absl::StrCat(fault.file, ": ", fault.what)
             : absl::StrCat(fault.file, ":", fault.line, ": ", fault.what);
}

std::string ReportJson(const std::string& log, const AuditReport& report,
                       const std::string& wrong) {
  JsonLine json;
  json.FileField(log);
  json.Field("ok", wrong.empty());
  json.Field("files", report.files);
  json.Field("records", report.records);
  if (report.records > 0) {
    json.Field("first_seq", report.first_seq);
    json.Field("first_time", report.first_time);
    json.Field("last_seq", report.last.seq);
    json.Field("last_time", report.last_time);
    // The last record before a fault may be the one that was changed.
    if (wrong.empty()) {
      json.Field("last_hash", Sha256Text(report.last.hash));
    }
  }
  json.Field("torn_bytes", report.torn_bytes);
  if (!wrong.empty()) json.Field("status", wrong);
  return json.Finish();
}

void PrintReport(const std::string& log, const AuditReport& report, bool whole,
                 Output& output) {
  output.Line(absl::StrCat("log      ", Escaped(log)));
  output.Line(absl::StrCat("files    ", report.files));
  output.Line(absl::StrCat("records  ", report.records));
  if (report.records > 0) {
    output.Line(
        absl::StrCat("first    ", report.first_seq, " at ", report.first_time));
    output.Line(
        absl::StrCat("last     ", report.last.seq, " at ", report.last_time));
    if (whole) {
      output.Line(absl::StrCat("head     ", AuditPointText(report.last)));
    }
  }
  output.Line(whole ? "result   OK" : "result   BAD");
}

absl::StatusOr<std::optional<AuditPoint>> PointOf(const std::string& option,
                                                  const std::string& text) {
  if (text.empty()) return std::nullopt;
  const absl::StatusOr<AuditPoint> point = ParseAuditPoint(text);
  if (point.ok()) return *point;
  return absl::InvalidArgumentError(
      absl::StrCat(option, ": ", point.status().message()));
}

ExitCode RunVerify(const VerifyOptions& options) {
  const auto after = PointOf("--after", options.after);
  if (!after.ok()) return UsageError(after.status());
  const auto expect = PointOf("--expect", options.expect);
  if (!expect.ok()) return UsageError(expect.status());
  std::vector<AuditFiles> logs;
  for (const std::string& path : options.paths) {
    auto found = FindAuditLogs(path);
    if (!found.ok()) {
      Say(ToStd(found.status().message()));
      return ExitCode::kListProblem;
    }
    for (AuditFiles& log : *found) logs.push_back(std::move(log));
  }
  if (logs.size() > 1 && (*after || *expect)) {
    return UsageError(absl::InvalidArgumentError(
        absl::StrCat("--after and --expect: got ", logs.size(),
                     " logs, want one: they are places in one log")));
  }
  Output output;
  ExitCode code = ExitCode::kOk;
  for (const AuditFiles& log : logs) {
    const absl::StatusOr<AuditReport> report =
        VerifyLog(log, {.after = *after, .expect = *expect});
    const std::string wrong = WrongWith(report);
    if (!wrong.empty()) code = ExitCode::kListProblem;
    const AuditReport shown = report.ok() ? *report : AuditReport{};
    if (options.json) {
      output.Line(ReportJson(log.log, shown, wrong));
      continue;
    }
    if (!wrong.empty()) Say(wrong);
    if (wrong.empty() && shown.torn_bytes > 0) {
      Say(absl::StrCat("the last line is not whole, ", shown.torn_bytes,
                       " bytes: it is being written, or a crash cut it off: ",
                       log.files.back()));
    }
    PrintReport(log.log, shown, wrong.empty(), output);
  }
  return output.Finish(code);
}

void AddAuditVerify(CLI::App& audit, Run& run) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App& command = *audit.add_subcommand(
      "verify", "Whether audit logs are as they were written");
  command
      .add_option("PATH", options->paths,
                  "A log, as match --audit names it, with its rotated files; "
                  "or a directory of logs")
      ->type_name("")
      ->required();
  command
      .add_option("--expect", options->expect,
                  "A head that was noted earlier: that record must be there")
      ->type_name("SEQ:HASH");
  command
      .add_option("--after", options->after,
                  "The head of the files that were put away: what is here must "
                  "follow it")
      ->type_name("SEQ:HASH");
  AddJsonOption(command, options->json);
  command.footer(
      "Prints what is there, up to the first thing that is wrong, which is on "
      "standard\nerror with its file and line. The end of a log is held by "
      "--expect alone: note\nthe head in another place.\n"
      "Exit: 0 whole, 2 usage, 3 broken or not to be read.\n\n"
      "Example:\n"
      "  hashvet audit verify /var/log/hashvet/audit.jsonl\n");
  OnRun(command, run, options, &RunVerify);
}

}  // namespace

void AddAuditCommand(CLI::App& program, Run& run) {
  CLI::App& command = *program.add_subcommand(
      "audit", "The log of matches and list events: verify");
  command.require_subcommand(1);
  AddAuditVerify(command, run);
  command.footer(
      "Example:\n"
      "  hashvet audit verify /var/log/hashvet\n");
}

}  // namespace hashvet::cli
