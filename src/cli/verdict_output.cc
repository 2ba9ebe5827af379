#include "src/cli/verdict_output.h"

#include <algorithm>
#include <variant>

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

void AddNumber(uint64_t number, size_t bytes, std::string& to) {
  for (size_t i = 0; i < bytes; ++i) {
    to += static_cast<char>(number >> (8 * i) & 0xFF);
  }
}

// Little-endian: outcome (1 byte), 0 (1), matches (2), the nearest one's
// distance (4), generation (8).
std::string BinaryRecord(const Verdict& verdict) {
  std::string record;
  AddNumber(static_cast<uint64_t>(verdict.outcome), 1, record);
  AddNumber(0, 1, record);
  AddNumber(std::min<size_t>(verdict.matches.size(), 0xFFFF), 2, record);
  AddNumber(verdict.matches.empty() ? 0xFFFF'FFFF : verdict.matches[0].distance,
            4, record);
  AddNumber(verdict.generation, 8, record);
  return record;
}

}  // namespace

bool VerdictOutput::Keep(const std::string& item, const Verdict& verdict) {
  if (output_.failed()) return false;
  if (audit_ != nullptr) {
    const std::vector<AuditRecord> records = AuditRecordsOf(item, verdict);
    const absl::Status kept =
        records.empty() ? absl::OkStatus() : audit_->Append(records);
    if (!kept.ok()) {
      output_.Fail(kept);
      return false;
    }
  }
  some_matched_ |= !verdict.matches.empty();
  some_failed_ |= IsFailure(verdict.outcome);
  list_unavailable_ |= verdict.outcome == Outcome::kListUnavailable;
  return true;
}

void VerdictOutput::Print(const std::string& file, const Verdict& verdict,
                          const PictureHashes* picture) {
  if (!Keep(file, verdict)) return;
  if (json_) {
    PrintJson(file, verdict, picture);
  } else {
    PrintText(file, verdict, picture);
  }
}

void VerdictOutput::PrintRecord(const FilterRecord& record, FilterFormat format,
                                const Verdict& verdict) {
  const auto* text = std::get_if<std::string>(&record.id);
  const auto* number = std::get_if<int64_t>(&record.id);
  const std::string item = text != nullptr ? *text
                           : number != nullptr
                               ? absl::StrCat(*number)
                               : absl::StrCat("record ", record.number);
  if (!Keep(item, verdict)) return;
  if (format == FilterFormat::kBinary) {
    output_.Text(BinaryRecord(verdict));
    return;
  }
  JsonLine json;
  if (text != nullptr) {
    json.Field("id", *text);
  } else if (number != nullptr) {
    json.Field("id", *number);
  }
  json.Field("outcome", NameOf(verdict.outcome));
  AddMatches(json, "matches", verdict.matches);
  AddRest(json, verdict);
  json.Field("snapshot", verdict.snapshot);
  if (!verdict.status.ok()) {
    json.Field("status", ToStd(verdict.status.message()));
  }
  output_.Line(json.Finish());
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
