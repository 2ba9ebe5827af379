#include "hashvet/audit/verify_audit.h"

#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "tests/audit/audit_test.h"

namespace hashvet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class VerifyAuditTest : public AuditTest {
 protected:
  void WriteLines(const std::vector<std::string>& lines) const {
    folder_.Write("audit.jsonl", TextOf(lines));
  }
  // Of `records` records, `a_file` a file, and the rest in audit.jsonl.
  void WriteRotated(int records, uint64_t a_file) const {
    AuditOptions options = Options();
    AppendSome(1, options);
    options.max_file_bytes = a_file * ScratchFolder::Read(path()).size();
    AppendSome(records - 1, options, 2);
  }
  std::string Rotated(int seq) const {
    return folder_.Path(
        absl::StrCat("audit-", absl::Dec(seq, absl::kZeroPad20), ".jsonl"));
  }
};

TEST_F(VerifyAuditTest, AWholeLogIsTold) {
  AppendSome(3);
  const AuditReport report = Verify();
  EXPECT_EQ(FaultOf(report), "");
  EXPECT_EQ(report.files, 1u);
  EXPECT_EQ(report.records, 3u);
  EXPECT_EQ(report.first_seq, 1u);
  EXPECT_EQ(report.last.seq, 3u);
  EXPECT_EQ(report.first_time, "2023-11-14T22:13:20.000007Z");
  EXPECT_EQ(report.last_time, "2023-11-14T22:13:20.000007Z");
}

TEST_F(VerifyAuditTest, AnEmptyLogHasNoRecord) {
  AppendSome(0);
  EXPECT_EQ(FaultOf(Verify()), "");
  EXPECT_EQ(Verify().records, 0u);
  EXPECT_EQ(Verify().first_seq, 0u);
}

TEST_F(VerifyAuditTest, ChangedRemovedAddedAndMovedRecordsAreFound) {
  AppendSome(6);
  const std::vector<std::string> good = LinesOf(path());
  const auto fault = [&](auto change) {
    std::vector<std::string> lines = good;
    change(lines);
    WriteLines(lines);
    return FaultOf(Verify());
  };
  EXPECT_EQ(fault([](auto& lines) {
              lines[2].replace(lines[2].find("\"n\":3"), 5, "\"n\":4");
            }),
            "audit.jsonl:4: record 4: prev is not the SHA-256 of record 3: one "
            "of the two was changed");
  EXPECT_EQ(fault([](auto& lines) { lines[2].insert(1, " "); }),
            "audit.jsonl:4: record 4: prev is not the SHA-256 of record 3: one "
            "of the two was changed");
  EXPECT_EQ(fault([](auto& lines) { lines.erase(lines.begin() + 2); }),
            "audit.jsonl:3: got record 4, want 3: record 3 is missing");
  EXPECT_EQ(fault([](auto& lines) {
              lines.erase(lines.begin() + 1, lines.begin() + 4);
            }),
            "audit.jsonl:2: got record 5, want 2: records 2 to 4 are missing");
  EXPECT_EQ(fault([](auto& lines) { lines.erase(lines.begin()); }),
            "audit.jsonl:1: got record 2, want 1: record 1 is missing");
  EXPECT_EQ(
      fault([](auto& lines) { lines.insert(lines.begin() + 3, lines[2]); }),
      "audit.jsonl:4: got record 3, want 4: a record was added or moved");
  EXPECT_EQ(fault([](auto& lines) { std::swap(lines[2], lines[3]); }),
            "audit.jsonl:3: got record 4, want 3: record 3 is missing");
  EXPECT_EQ(fault([](auto& lines) { lines[2].resize(40); }),
            "audit.jsonl:3: no record: not JSON at byte 41");
  EXPECT_EQ(fault([](auto& lines) { lines.insert(lines.begin() + 1, ""); }),
            "audit.jsonl:2: no record: not JSON at byte 1");
  EXPECT_EQ(fault([](auto& lines) {
              lines.insert(lines.begin() + 1, std::string(3 << 20, 'x'));
            }),
            "audit.jsonl:2: no record: a line of over 1048576 bytes");
  EXPECT_EQ(fault([](auto&) {}), "");
}

TEST_F(VerifyAuditTest, EveryByteThatIsFlippedIsFoundButForTheLastLine) {
  AppendSome(3);
  const std::string good = ScratchFolder::Read(path());
  const AuditPoint last = Verify().last;
  const size_t last_line = good.rfind('\n', good.size() - 2) + 1;
  for (size_t i = 0; i < good.size(); ++i) {
    for (const int bit : {0, 1, 5, 7}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      folder_.Write("audit.jsonl", bad);
      if (i < last_line) {
        EXPECT_NE(FaultOf(Verify()), "") << i;
      }
      // A place that was kept elsewhere holds the last line too.
      EXPECT_NE(FaultOf(Verify({.expect = last})), "") << i;
    }
  }
}

TEST_F(VerifyAuditTest, RecordsOfAnotherShapeAreTold) {
  AppendSome(2);
  const std::vector<std::string> good = LinesOf(path());
  const auto fault = [&](std::string_view from, std::string_view to) {
    std::vector<std::string> lines = good;
    const size_t at = lines[1].find(from);
    EXPECT_NE(at, std::string::npos) << from;
    lines[1].replace(at, from.size(), to);
    WriteLines(lines);
    return FaultOf(Verify());
  };
  EXPECT_THAT(fault("\"seq\":2", "\"seq\":\"2\""), HasSubstr("seq: want"));
  EXPECT_THAT(fault("\"seq\":2", "\"seq\":-2"), HasSubstr("seq: want"));
  EXPECT_THAT(fault("\"seq\":2", "\"seq\":0"), HasSubstr("seq: want"));
  EXPECT_THAT(fault("\"seq\":2", "\"seq\":2,\"seq\":2"),
              HasSubstr("got 6 members, want 5"));
  EXPECT_THAT(fault("\"seq\":2", "\"sequence\":2"), HasSubstr("got no seq"));
  EXPECT_THAT(fault("2023", "23"), HasSubstr("time: want"));
  EXPECT_THAT(fault("\"match\"", "7"), HasSubstr("event: want"));
  EXPECT_THAT(fault("{\"n\":2}", "[]"), HasSubstr("fields: want"));
  EXPECT_THAT(fault("\"prev\":\"", "\"prev\":\"x"), HasSubstr("prev: want"));
  EXPECT_THAT(fault("{\"n\":2}", "{\"n\":\"\xFF\"}"), HasSubstr("not JSON"));
  EXPECT_THAT(fault("{\"n\":2}", std::string(200'000, '[')),
              HasSubstr("not JSON"));
}

TEST_F(VerifyAuditTest, AMissingOrBrokenRotatedFileIsFound) {
  WriteRotated(9, 3);
  ASSERT_EQ(FaultOf(Verify()), "");
  const std::string first = ScratchFolder::Read(Rotated(1));
  const std::string second = ScratchFolder::Read(Rotated(4));
  std::filesystem::remove(Rotated(4));
  EXPECT_EQ(FaultOf(Verify()),
            "audit.jsonl:1: got record 7, want 4: records 4 to 6 are missing");
  folder_.Write("audit-00000000000000000004.jsonl", second);
  std::filesystem::remove(Rotated(1));
  EXPECT_EQ(FaultOf(Verify()),
            "audit-00000000000000000004.jsonl:1: got record 4, want 1: records "
            "1 to 3 are missing");
  folder_.Write("audit-00000000000000000001.jsonl",
                first.substr(0, first.size() - 5));
  EXPECT_EQ(FaultOf(Verify()),
            "audit-00000000000000000001.jsonl:3: the line is cut off, and more "
            "files follow");
  folder_.Write("audit-00000000000000000001.jsonl",
                first.substr(0, first.rfind('\n', first.size() - 2) + 1));
  EXPECT_EQ(FaultOf(Verify()),
            "audit-00000000000000000004.jsonl:1: got record 4, want 3: record "
            "3 is missing");
  // The carry-over: the last line before it is another one of that number.
  std::string changed = first;
  changed.replace(changed.find("\"n\":3"), 5, "\"n\":5");
  folder_.Write("audit-00000000000000000001.jsonl", changed);
  EXPECT_THAT(FaultOf(Verify()),
              StartsWith("audit-00000000000000000004.jsonl:1: record 4: prev"));
  folder_.Write("audit-00000000000000000001.jsonl", first);
  std::filesystem::rename(Rotated(4), Rotated(5));
  EXPECT_EQ(FaultOf(Verify()),
            "audit-00000000000000000005.jsonl:1: the file's name says record "
            "5, it begins with 4");
  std::filesystem::rename(Rotated(5), Rotated(4));
  EXPECT_EQ(FaultOf(Verify()), "");
}

TEST_F(VerifyAuditTest, ACutEndIsFoundByAnExpectedPlaceAlone) {
  WriteRotated(8, 3);
  const AuditPoint whole = Verify().last;
  EXPECT_EQ(FaultOf(Verify({.expect = whole})), "");
  AppendSome(1, 9);
  EXPECT_EQ(FaultOf(Verify({.expect = whole})), "");  // it may grow

  std::vector<std::string> lines = LinesOf(path());
  lines.pop_back();
  lines.pop_back();
  WriteLines(lines);
  EXPECT_EQ(FaultOf(Verify()), "");  // nothing in the log says that it ended
  EXPECT_EQ(FaultOf(Verify({.expect = whole})),
            "audit.jsonl:0: the log ends with record 7: record 8 is missing");
  std::filesystem::remove(path());
  EXPECT_EQ(FaultOf(Verify()), "");
  EXPECT_EQ(FaultOf(Verify({.expect = whole})),
            "audit-00000000000000000004.jsonl:0: the log ends with record 6: "
            "records 7 to 8 are missing");
  // Written anew from record 7 on.
  AppendSome(2, 70);
  EXPECT_EQ(FaultOf(Verify()), "");
  EXPECT_EQ(FaultOf(Verify({.expect = whole})),
            "audit.jsonl:2: record 8: its SHA-256 is not the expected one");
}

TEST_F(VerifyAuditTest, FilesThatWerePutAwayAreStoodInForByAPlace) {
  WriteRotated(6, 3);
  ASSERT_OK_AND_ASSIGN(const AuditReport before,
                       VerifyAudit(std::vector{Rotated(1)}));
  const AuditPoint whole = Verify().last;
  std::filesystem::remove(Rotated(1));
  EXPECT_NE(FaultOf(Verify()), "");
  const AuditReport report = Verify({.after = before.last});
  EXPECT_EQ(FaultOf(report), "");
  EXPECT_EQ(report.records, 3u);
  EXPECT_EQ(report.first_seq, 4u);
  EXPECT_EQ(FaultOf(Verify({.after = before.last, .expect = before.last})), "");
  EXPECT_EQ(FaultOf(Verify({.after = before.last, .expect = whole})), "");
  EXPECT_EQ(FaultOf(Verify({.after = before.last,
                            .expect = AuditPoint{2, before.last.hash}})),
            "audit.jsonl:0: record 2, which is expected, lies before the first "
            "one");
  AuditPoint other = before.last;
  other.hash[0] ^= 1;
  EXPECT_THAT(FaultOf(Verify({.after = other})),
              StartsWith("audit.jsonl:1: record 4: prev"));
  --other.seq;
  EXPECT_EQ(FaultOf(Verify({.after = other})),
            "audit.jsonl:1: got record 4, want 3: record 3 is missing");
}

TEST_F(VerifyAuditTest, LogsAreFoundByNameOrInADirectory) {
  WriteRotated(4, 3);
  ASSERT_OK(AuditLog::Open(folder_.Path("b.jsonl")));
  folder_.Write("audit.jsonl.lock", "");
  folder_.Write("notes.txt", "");
  folder_.Write("audit-7.jsonl", "");  // a log of its own: not twenty digits
  ASSERT_OK_AND_ASSIGN(const auto one, FindAuditLogs(path()));
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].log, path());
  EXPECT_THAT(one[0].files, ElementsAre(Rotated(1), path()));
  ASSERT_OK_AND_ASSIGN(const auto all, FindAuditLogs(folder_.path()));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].log, folder_.Path("audit-7.jsonl"));
  EXPECT_EQ(all[1].log, path());
  EXPECT_THAT(all[2].files, ElementsAre(folder_.Path("b.jsonl")));

  EXPECT_THAT(FindAuditLogs(folder_.Path("c.jsonl")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("c.jsonl")));
  EXPECT_THAT(FindAuditLogs(folder_.Path("no/c.jsonl")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no")));
  EXPECT_THAT(
      FindAuditLogs(folder_.Path("notes.txt")),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("notes.txt")));
}

TEST_F(VerifyAuditTest, WhatCannotBeReadIsAnError) {
  EXPECT_THAT(VerifyAudit({}), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("got no file")));
  EXPECT_THAT(VerifyAudit(std::vector{path()}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("audit.jsonl")));
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_THAT(VerifyAudit(std::vector{path()}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("want a regular file")));
}

}  // namespace
}  // namespace hashvet::testing
