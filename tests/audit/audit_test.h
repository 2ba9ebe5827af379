// A log in a folder of the test's own, and looking at its lines.

#ifndef HASHVET_TESTS_AUDIT_AUDIT_TEST_H_
#define HASHVET_TESTS_AUDIT_AUDIT_TEST_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/audit/audit_log.h"
#include "hashvet/audit/verify_audit.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/status_matchers.h"

namespace hashvet::testing {

class AuditTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_.Path("audit.jsonl"); }

  // At a time of 2023, and without waiting for the disk.
  AuditOptions Options() const {
    return {.durability = AuditDurability::kNever, .clock = [] {
              return std::chrono::system_clock::time_point(
                  std::chrono::microseconds(1'700'000'000'000'007));
            }};
  }

  // Appends records of which "n" is the number, counting on from `first`.
  void AppendSome(int count, const AuditOptions& options, int first = 1) const {
    ASSERT_OK_AND_ASSIGN(AuditLog log, AuditLog::Open(path(), options));
    for (int n = first; n < first + count; ++n) {
      ASSERT_OK(log.Append({AuditEvent::kMatch, {{"n", n}}}));
    }
  }
  void AppendSome(int count, int first = 1) const {
    AppendSome(count, Options(), first);
  }

  static std::vector<std::string> LinesOf(const std::string& file) {
    std::vector<std::string> lines =
        absl::StrSplit(ScratchFolder::Read(file), '\n');
    lines.pop_back();
    return lines;
  }
  static std::string TextOf(const std::vector<std::string>& lines) {
    return absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
  }

  // What is verified is the log as it lies in the folder.
  AuditReport Verify(const VerifyAuditOptions& options = {}) const {
    const auto logs = FindAuditLogs(path());
    EXPECT_THAT(logs, IsOk());
    if (!logs.ok()) return {};
    EXPECT_EQ(logs->size(), 1u);
    const auto report = VerifyAudit(logs->front().files, options);
    EXPECT_THAT(report, IsOk());
    return report.ok() ? *report : AuditReport{};
  }
  // The fault as "file:line: what", the file without its folder; or "".
  std::string FaultOf(const AuditReport& report) const {
    if (!report.fault) return "";
    const std::string& file = report.fault->file;
    return absl::StrCat(file.substr(file.rfind('/') + 1), ":",
                        report.fault->line, ": ", report.fault->what);
  }

  ScratchFolder folder_;
};

}  // namespace hashvet::testing

#endif  // HASHVET_TESTS_AUDIT_AUDIT_TEST_H_
