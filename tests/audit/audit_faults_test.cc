// Every system call of the log fails, one at a time.

#include <algorithm>
#include <utility>

#include "tests/audit/audit_test.h"
#include "tests/audit/failing_calls.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class AuditFaultsTest : public AuditTest {
 protected:
  ~AuditFaultsTest() override { FailNoCall(); }

  // Opens the log, appends ten records, rotating on the way, and opens it anew
  // after an error; a torn line is there to be repaired. Returns the numbers of
  // the records that were acknowledged.
  std::vector<int> RunTheLog() const {
    AuditOptions options = Options();
    options.durability = AuditDurability::kEveryAppend;
    options.max_file_bytes = 700;
    std::vector<int> acknowledged;
    auto log = AuditLog::Open(path(), options);
    for (int n = 1; n <= 10; ++n) {
      if (!log.ok()) log = AuditLog::Open(path(), options);
      if (!log.ok()) continue;
      if (log->Append({AuditEvent::kMatch, {{"n", n}}}).ok()) {
        acknowledged.push_back(n);
      }
    }
    return acknowledged;
  }

  void Begin() const {
    std::filesystem::remove_all(folder_.path());
    std::filesystem::create_directory(folder_.path());
    std::filesystem::permissions(folder_.path(),
                                 std::filesystem::perms::owner_all);
    AppendSome(1, Options(), 0);
    std::ofstream(path(), std::ios::app) << "{\"seq\":2,\"ti";
  }

  // The records of every file, in order.
  std::vector<std::string> AllLines() const {
    std::vector<std::string> lines;
    const auto logs = FindAuditLogs(path());
    if (!logs.ok()) return lines;
    for (const std::string& file : logs->front().files) {
      const std::vector<std::string> more = LinesOf(file);
      lines.insert(lines.end(), more.begin(), more.end());
    }
    return lines;
  }
};

TEST_F(AuditFaultsTest, WhateverCallFailsTheLogIsValidAndKeepsWhatItPromised) {
  Begin();
  FailNoCall();
  EXPECT_THAT(RunTheLog(), SizeIs(10));
  const uint64_t calls = CallsSoFar();
  ASSERT_GT(calls, 30u);
  size_t refused = 0;
  for (const FailWith how :
       {FailWith::kNoSpace, FailWith::kIoError, FailWith::kShortWrite}) {
    for (const bool for_ever : {false, true}) {
      for (uint64_t k = 1; k <= calls; ++k) {
        SCOPED_TRACE(absl::StrCat("call ", k, ", fault ", static_cast<int>(how),
                                  for_ever ? ", for ever" : ""));
        FailNoCall();
        Begin();
        FailCall(k, how, for_ever);
        const std::vector<int> acknowledged = RunTheLog();
        FailNoCall();
        if (acknowledged.size() < 10) ++refused;
        EXPECT_EQ(FaultOf(Verify()), "");
        // Once more, as after a crash.
        AppendSome(1, Options(), 99);
        const AuditReport report = Verify();
        EXPECT_EQ(FaultOf(report), "");
        EXPECT_EQ(report.torn_bytes, 0u);
        const std::vector<std::string> lines = AllLines();
        for (const int n : acknowledged) {
          EXPECT_EQ(std::ranges::count_if(lines,
                                          [&](const std::string& line) {
                                            return line.find(absl::StrCat(
                                                       "{\"n\":", n, "}")) !=
                                                   std::string::npos;
                                          }),
                    1)
              << n;
        }
        EXPECT_EQ(std::ranges::count_if(lines,
                                        [](const std::string& line) {
                                          return line.find("repaired") !=
                                                 std::string::npos;
                                        }) >= 1,
                  true);
        if (HasFailure()) return;
      }
    }
  }
  EXPECT_GT(refused, calls * 2);  // the faults reached the caller
}

TEST_F(AuditFaultsTest, AFailedFlushIsNeverTriedAgain) {
  AuditOptions options = Options();
  options.durability = AuditDurability::kOnSync;
  ASSERT_OK_AND_ASSIGN(AuditLog log, AuditLog::Open(path(), options));
  ASSERT_OK(log.Append({AuditEvent::kMatch, {}}));
  FailCall(1, FailWith::kIoError);
  EXPECT_THAT(log.Sync(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("cannot flush")));
  EXPECT_EQ(CallsSoFar(), 1u);
  EXPECT_THAT(log.Sync(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("cannot flush")));
  EXPECT_THAT(log.Append({AuditEvent::kMatch, {}}),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("cannot flush")));
  EXPECT_EQ(CallsSoFar(), 1u);
}

// Sync flushes the file that is written: what was rotated must be on the disk
// before, and the names of both as well.
TEST_F(AuditFaultsTest, ARotatedFileIsFlushedWhole) {
  AuditOptions options = Options();
  options.durability = AuditDurability::kOnSync;
  options.max_file_bytes = 1;
  for (const auto& [call, what] :
       {std::pair(1, "cannot flush to the disk"),
        std::pair(4, "cannot flush the directory")}) {
    ASSERT_OK_AND_ASSIGN(AuditLog log, AuditLog::Open(path(), options));
    ASSERT_OK(log.Append({AuditEvent::kMatch, {}}));
    FailCall(static_cast<uint64_t>(call), FailWith::kIoError);
    EXPECT_THAT(log.Append({AuditEvent::kMatch, {}}),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(what)));
    FailNoCall();
  }
}

TEST_F(AuditFaultsTest, DurabilityIsAsAskedFor) {
  const auto calls_of = [&](AuditDurability durability) {
    AuditOptions options = Options();
    options.durability = durability;
    auto log = AuditLog::Open(path(), options);
    EXPECT_OK(log);
    FailNoCall();
    for (int i = 0; i < 3; ++i) {
      EXPECT_OK(log->Append({AuditEvent::kMatch, {}}));
    }
    const uint64_t appending = CallsSoFar();
    EXPECT_OK(log->Sync());
    return std::pair(appending, CallsSoFar());
  };
  EXPECT_EQ(calls_of(AuditDurability::kEveryAppend), std::pair(6ul, 7ul));
  EXPECT_EQ(calls_of(AuditDurability::kOnSync), std::pair(3ul, 4ul));
  EXPECT_EQ(calls_of(AuditDurability::kNever), std::pair(3ul, 4ul));
}

}  // namespace
}  // namespace hashvet::testing
