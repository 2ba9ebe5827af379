#include "src/cli/verdict_output.h"

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/cli/json_line.h"
#include "src/cli/picture_input.h"
#include "src/cli/verdict_audit.h"
#include "src/cli/verdict_json.h"

namespace hashvet::cli {
namespace {

bool IsFailure(Outcome outcome) {
  return outcome != Outcome::kMatch && outcome != Outcome::kNoMatch &&
         outcome != Outcome::kLowQuality && outcome != Outcome::kNotSampled;
}

}  // namespace

void VerdictOutput::Print(const std::string& file, const Verdict& verdict,
                          const PictureHashes* picture) {
  if (output_.failed()) return;
  if (audit_ != nullptr) {
    const std::vector<AuditRecord> records = AuditRecordsOf(file, verdict);
    const absl::Status kept =
        records.empty() ? absl::OkStatus() : audit_->Append(records);
    if (!kept.ok()) {
      output_.Fail(kept);
      return;
    }
  }
  some_matched_ |= !verdict.matches.empty();
  some_failed_ |= IsFailure(verdict.outcome);
  list_unavailable_ |= verdict.outcome == Outcome::kListUnavailable;
  if (json_) {
    PrintJson(file, verdict, picture);
  } else {
    PrintText(file, verdict, picture);
  }
}

void VerdictOutput::PrintUnreadable(const std::string& file,
                                    const absl::Status& status) {
  Verdict verdict;
  verdict.outcome = Outcome::kUnreadable;
  verdict.status = status;
  Print(file, verdict, nullptr);
}

void VerdictOutput::PrintJson(const std::string& file, const Verdict& verdict,
                              const PictureHashes* picture) {
  JsonLine json;
  json.FileField(file);
  json.Field("outcome", NameOf(verdict.outcome));
  AddMatches(json, "matches", verdict.matches);
  AddRest(json, verdict);
  json.Field("snapshot", verdict.snapshot);
  if (picture != nullptr && picture->outcome == HashOutcome::kHashed) {
    json.Field("quality", picture->pdq.quality);
    AddFlags(json, picture->flags);
  }
  if (!verdict.status.ok()) {
    json.Field("status", ToStd(verdict.status.message()));
  }
  output_.Line(json.Finish());
}

void VerdictOutput::PrintText(const std::string& file, const Verdict& verdict,
                              const PictureHashes* picture) {
  if (!verdict.status.ok()) {
    SayFailure(NameOf(verdict.outcome), ToStd(verdict.status.message()), file);
  } else if (picture != nullptr) {
    SayPicture(file, *picture);
  }
  const std::string head =
      absl::StrCat(ToAbsl(NameOf(verdict.outcome)), "\t", Field(file));
  if (verdict.matches.empty()) output_.Line(head);
  for (const Match& match : verdict.matches) {
    output_.Line(absl::StrCat(
        head, "\t", Field(match.list), "\t", Field(match.entry), "\t",
        Field(match.category), "\t", match.distance, "\t",
        ToAbsl(NameOf(match.orientation)), "\t", Field(match.action)));
  }
}

ExitCode VerdictOutput::exit_code() const {
  // Nothing matched because a list could not answer: that is not "no match".
  if (list_unavailable_ && !some_matched_) return ExitCode::kListProblem;
  return ExitCodeFor(some_failed_, some_matched_);
}

}  // namespace hashvet::cli
