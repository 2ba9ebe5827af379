#include "hashvet/audit/audit_log.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/audit/audit_test.h"

namespace hashvet::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// The SHA-256 of no bytes: what the first record's `prev` says.
constexpr char kNothing[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

class AuditLogTest : public AuditTest {
 protected:
  absl::StatusOr<AuditLog> Open() const {
    return AuditLog::Open(path(), Options());
  }
  absl::Status AppendField(const std::string& name, AuditValue value) const {
    auto log = Open();
    if (!log.ok()) return log.status();
    return log->Append({AuditEvent::kMatch, {{name, std::move(value)}}});
  }
};

TEST_F(AuditLogTest, ALineHoldsTheRecordAndTheHashOfTheLineBefore) {
  ASSERT_OK_AND_ASSIGN(AuditLog log, Open());
  ASSERT_OK(log.Append({AuditEvent::kMatch,
                        {{"item", "upload-18"},
                         {"n", -3},
                         {"lists", std::vector<std::string>{"a/b", "c"}},
                         {"snapshot_sha256", Sha256Digest{0xAB}}}}));
  ASSERT_OK(log.Append({AuditEvent::kRolledBack, {}}));
  const std::vector<std::string> lines = LinesOf(path());
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(
      lines[0],
      absl::StrCat("{\"seq\":1,\"time\":\"2023-11-14T22:13:20.000007Z\","
                   "\"event\":\"match\",\"fields\":{\"item\":"
                   "\"upload-18\",\"n\":-3,\"lists\":[\"a/b\",\"c\"],"
                   "\"snapshot_sha256\":\"ab",
                   std::string(62, '0'), "\"},\"prev\":\"", kNothing, "\"}"));
  const std::string first = lines[0] + "\n";
  const auto hash = Sha256Of(std::as_bytes(std::span(first)));
  EXPECT_EQ(lines[1],
            absl::StrCat("{\"seq\":2,\"time\":\"2023-11-14T22:13:20.000007Z\","
                         "\"event\":\"rolled_back\",\"fields\":{},\"prev\":\"",
                         Sha256Text(*hash), "\"}"));
  const std::string second = lines[1] + "\n";
  EXPECT_EQ(log.head(),
            (AuditPoint{2, *Sha256Of(std::as_bytes(std::span(second)))}));
}

TEST_F(AuditLogTest, TheChainGoesOnWhereTheLogIsOpenedAgain) {
  AppendSome(2);
  AppendSome(1, 3);
  EXPECT_THAT(LinesOf(path()), SizeIs(3));
  const AuditReport report = Verify();
  EXPECT_EQ(FaultOf(report), "");
  EXPECT_EQ(report.records, 3u);
  ASSERT_OK_AND_ASSIGN(const AuditLog log, Open());
  EXPECT_EQ(log.head(), report.last);
}

TEST_F(AuditLogTest, TextCannotBreakALineOrCarryAHash) {
  ASSERT_OK_AND_ASSIGN(AuditLog log, Open());
  const std::string hash(64, 'c');
  ASSERT_OK(
      log.Append({AuditEvent::kMatch,
                  {{"entry", "stopncii/" + hash},
                   {"item", "a\nb\"\\\x01\xFF"},
                   {"lists", std::vector<std::string>{hash.substr(0, 32),
                                                      "1234567890123456"}}}}));
  const std::vector<std::string> lines = LinesOf(path());
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_THAT(lines[0],
              AllOf(HasSubstr("\"entry\":\"stopncii/<64 hex digits>\""),
                    HasSubstr("\"item\":\"a\\nb\\\"\\\\\\u0001\uFFFD\""),
                    HasSubstr("[\"<32 hex digits>\",\"1234567890123456\"]")));
  EXPECT_THAT(lines[0], Not(HasSubstr("cccccccc")));
  EXPECT_EQ(FaultOf(Verify()), "");
}

TEST_F(AuditLogTest, NamesThatAValueWouldGoUnderAreRefused) {
  for (const char* name :
       {"hash", "pdq", "entry_pdq", "md5", "sha1", "sha256", "file_sha256",
        "photodna", "phash64", "phash", "value", "hash_value", "hex_digest"}) {
    EXPECT_THAT(AppendField(name, "x"),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("a hash value would go under")))
        << name;
  }
  for (const std::string& name :
       {std::string(), std::string("Item"), std::string("9a"),
        std::string("a b"), std::string("_a"), std::string(65, 'a'),
        std::string("é")}) {
    EXPECT_THAT(
        AppendField(name, "x"),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("audit field")))
        << name;
  }
  ASSERT_OK_AND_ASSIGN(AuditLog log, Open());
  EXPECT_THAT(
      log.Append({AuditEvent::kMatch, {{"a", 1}, {"b", 1}, {"a", 2}}}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got a twice")));
  EXPECT_EQ(ScratchFolder::Read(path()), "");
  EXPECT_OK(log.Append({AuditEvent::kMatch, {{"hashed_items", 1}}}));
}

TEST_F(AuditLogTest, SeveralRecordsAreAppendedAllOrNone) {
  ASSERT_OK_AND_ASSIGN(AuditLog log, Open());
  const std::vector<AuditRecord> records = {{AuditEvent::kMatch, {{"n", 1}}},
                                            {AuditEvent::kMatch, {{"n", 2}}}};
  ASSERT_OK(log.Append(records));
  ASSERT_OK(log.Append(std::span<const AuditRecord>()));
  const std::vector<AuditRecord> bad = {{AuditEvent::kMatch, {{"n", 3}}},
                                        {AuditEvent::kMatch, {{"hash", 4}}}};
  EXPECT_FALSE(log.Append(bad).ok());
  EXPECT_EQ(log.head().seq, 2u);
  EXPECT_EQ(Verify().records, 2u);
}

TEST_F(AuditLogTest, ALineHasALimit) {
  const auto with = [&](size_t bytes) {
    return AppendField("item", std::string(bytes, 'x'));
  };
  ASSERT_OK(with(1));
  const size_t rest = LinesOf(path())[0].size() - 1;
  EXPECT_OK(with(kAuditMaxLineBytes - rest));
  EXPECT_THAT(with(kAuditMaxLineBytes - rest + 1),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("want at most 1048576")));
  // The longest line is read back, by the next opening and by the verifier.
  EXPECT_OK(with(1));
  EXPECT_EQ(FaultOf(Verify()), "");
  EXPECT_EQ(Verify().records, 3u);
}

TEST_F(AuditLogTest, FilesAreRotatedBySizeAndTheChainCarriesOn) {
  AuditOptions options = Options();
  AppendSome(1, options);
  const size_t line = ScratchFolder::Read(path()).size();
  options.max_file_bytes = 3 * line;  // lines of 1 .. 9 are equally long
  AppendSome(6, options, 2);
  EXPECT_THAT(LinesOf(path()), SizeIs(1));
  EXPECT_THAT(LinesOf(folder_.Path("audit-00000000000000000001.jsonl")),
              SizeIs(3));
  EXPECT_THAT(LinesOf(folder_.Path("audit-00000000000000000004.jsonl")),
              SizeIs(3));
  const AuditReport report = Verify();
  EXPECT_EQ(FaultOf(report), "");
  EXPECT_EQ(report.files, 3u);
  EXPECT_EQ(report.records, 7u);
  EXPECT_EQ(report.first_seq, 1u);
  EXPECT_EQ(report.last.seq, 7u);
  // A crash between renaming the old file and beginning the new one.
  std::filesystem::rename(path(),
                          folder_.Path("audit-00000000000000000007.jsonl"));
  AppendSome(1, options, 8);
  EXPECT_EQ(FaultOf(Verify()), "");
  EXPECT_EQ(Verify().records, 8u);
  EXPECT_THAT(LinesOf(path()), SizeIs(1));
}

TEST_F(AuditLogTest, AnAppendIsNotSplitOverTwoFiles) {
  AuditOptions options = Options();
  options.max_file_bytes = 1;
  ASSERT_OK_AND_ASSIGN(AuditLog log, AuditLog::Open(path(), options));
  const std::vector<AuditRecord> three(3, {AuditEvent::kMatch, {}});
  ASSERT_OK(log.Append(three));
  ASSERT_OK(log.Append(three));
  EXPECT_THAT(LinesOf(path()), SizeIs(3));
  EXPECT_EQ(Verify().records, 6u);
  EXPECT_EQ(FaultOf(Verify()), "");
}

TEST_F(AuditLogTest, ARotatedFileIsNeverWrittenOver) {
  AuditOptions options = Options();
  options.max_file_bytes = 1;
  const std::string taken =
      folder_.Write("audit-00000000000000000001.jsonl", "something\n");
  ASSERT_EQ(::chmod(taken.c_str(), 0600), 0);
  // Not one of this log: the next opening would not know how to go on.
  EXPECT_THAT(AuditLog::Open(path(), options),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("no record")));
  std::filesystem::remove(taken);
  ASSERT_OK_AND_ASSIGN(AuditLog log, AuditLog::Open(path(), options));
  ASSERT_OK(log.Append({AuditEvent::kMatch, {}}));
  folder_.Write("audit-00000000000000000001.jsonl", "something\n");
  EXPECT_THAT(log.Append({AuditEvent::kMatch, {}}),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr("audit-00000000000000000001.jsonl")));
  EXPECT_EQ(ScratchFolder::Read(taken), "something\n");
  std::filesystem::remove(taken);
  EXPECT_OK(log.Append({AuditEvent::kMatch, {}}));
  EXPECT_EQ(Verify().records, 2u);
}

TEST_F(AuditLogTest, ATornLastLineIsCutAndTheCutIsRecorded) {
  for (const std::string& torn :
       {std::string("{\"seq\":3,\"time"), std::string(1, '\0'),
        std::string(3 << 20, '\0'), std::string(300, 'x')}) {
    std::filesystem::remove(path());
    AppendSome(2);
    std::ofstream(path(), std::ios::app | std::ios::binary) << torn;
    if (torn.size() <= kAuditMaxLineBytes) {
      EXPECT_EQ(Verify().torn_bytes, torn.size());
      EXPECT_EQ(FaultOf(Verify()), "");
    }
    AppendSome(1, 3);
    const std::vector<std::string> lines = LinesOf(path());
    ASSERT_THAT(lines, SizeIs(4));
    EXPECT_THAT(lines[2],
                HasSubstr(absl::StrCat("\"event\":\"repaired\",\"fields\":{"
                                       "\"torn_bytes\":",
                                       torn.size(), "}")));
    const AuditReport report = Verify();
    EXPECT_EQ(FaultOf(report), "");
    EXPECT_EQ(report.records, 4u);
    EXPECT_EQ(report.torn_bytes, 0u);
  }
}

TEST_F(AuditLogTest, AFirstLineMayBeTornToo) {
  folder_.Write("audit.jsonl", "{\"seq\":1");
  ASSERT_EQ(::chmod(path().c_str(), 0600), 0);
  AppendSome(1);
  EXPECT_THAT(LinesOf(path()), SizeIs(2));
  EXPECT_EQ(FaultOf(Verify()), "");
}

TEST_F(AuditLogTest, WhatIsNoLogIsLeftAsItIs) {
  AppendSome(2);
  const std::string good = ScratchFolder::Read(path());
  for (const std::string& bad :
       {good + "\n", good + "{}\n", good + std::string(5, '\0') + "\n",
        "x\n" + good, std::string(3 << 20, 'x') + "\n" + good,
        good + std::string(3 << 20, ' ') + "\n"}) {
    folder_.Write("audit.jsonl", bad);
    EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kDataLoss,
                                 AllOf(HasSubstr("no record"),
                                       HasSubstr("audit.jsonl"))));
    EXPECT_EQ(ScratchFolder::Read(path()), bad);
  }
}

TEST_F(AuditLogTest, OnlyTheOwnerReadsAndWrites) {
  const mode_t old_mask = ::umask(0);
  AuditOptions options = Options();
  options.max_file_bytes = 1;
  AppendSome(2, options);
  ::umask(old_mask);
  EXPECT_EQ(folder_.FileCount(), 3u);
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(entry.status().permissions(),
              std::filesystem::perms::owner_read |
                  std::filesystem::perms::owner_write)
        << entry.path();
  }
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0777}) {
    ASSERT_EQ(::chmod(path().c_str(), mode), 0);
    EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kPermissionDenied,
                                 HasSubstr("want 0600")));
  }
  ASSERT_EQ(::chmod(path().c_str(), 0600), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 01777), 0);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kPermissionDenied,
                               HasSubstr("everybody may write")));
}

TEST_F(AuditLogTest, LinksPipesAndOtherNamesAreRefused) {
  const std::string elsewhere = folder_.Write("elsewhere", "");
  ASSERT_EQ(::symlink(elsewhere.c_str(), path().c_str()), 0);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kInvalidArgument,
                               HasSubstr("audit.jsonl")));
  EXPECT_EQ(ScratchFolder::Read(elsewhere), "");
  std::filesystem::remove(path());
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kInvalidArgument,
                               HasSubstr("regular file")));
  for (const char* name :
       {"audit.log", ".jsonl", "audit-00000000000000000007.jsonl", ""}) {
    EXPECT_THAT(AuditLog::Open(folder_.Path(name)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("want a name that ends in .jsonl")))
        << name;
  }
  EXPECT_THAT(AuditLog::Open(folder_.Path("no/audit.jsonl")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no")));
}

TEST_F(AuditLogTest, ASecondWriterIsRefusedUntilTheFirstIsGone) {
  {
    ASSERT_OK_AND_ASSIGN(AuditLog log, Open());
    EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("it is open already")));
    const AuditLog moved = std::move(log);
    EXPECT_FALSE(Open().ok());
  }
  EXPECT_OK(Open());
}

TEST_F(AuditLogTest, AChildDoesNotWriteItsParentsLog) {
  ASSERT_OK_AND_ASSIGN(AuditLog log, Open());
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool refused =
        absl::IsFailedPrecondition(log.Append({AuditEvent::kMatch, {}})) &&
        absl::IsFailedPrecondition(log.Sync());
    ::_exit(refused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  // The child's end must not have freed the lock.
  EXPECT_FALSE(Open().ok());
  EXPECT_OK(log.Append({AuditEvent::kMatch, {}}));
}

TEST_F(AuditLogTest, ManyThreadsAppendToOneChain) {
  AuditOptions options = Options();
  options.max_file_bytes = 10'000;
  constexpr int kThreads = 4;
  constexpr int kRecords = 500;
  {
    ASSERT_OK_AND_ASSIGN(AuditLog log, AuditLog::Open(path(), options));
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&log] {
        for (int n = 0; n < kRecords; ++n) {
          EXPECT_OK(log.Append({AuditEvent::kMatch, {{"n", n}}}));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const AuditReport report = Verify();
  EXPECT_EQ(FaultOf(report), "");
  EXPECT_EQ(report.records, uint64_t{kThreads} * kRecords);
  EXPECT_GT(report.files, 10u);
}

// The real thing: a file that may not grow, as on a full disk.
TEST_F(AuditLogTest, AFullDiskLeavesAValidLogThatGoesOnLater) {
  AppendSome(3);
  ASSERT_OK_AND_ASSIGN(AuditLog log, Open());
  const auto old_signal = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit old_limit;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  struct rlimit limit = old_limit;
  limit.rlim_cur = std::filesystem::file_size(path()) + 50;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const absl::Status status = log.Append({AuditEvent::kMatch, {}});
  const AuditReport during = Verify();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  std::signal(SIGXFSZ, old_signal);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                               HasSubstr("audit.jsonl")));
  EXPECT_EQ(during.torn_bytes, 0u);
  EXPECT_EQ(during.records, 3u);
  EXPECT_OK(log.Append({AuditEvent::kMatch, {}}));
  EXPECT_EQ(FaultOf(Verify()), "");
  EXPECT_EQ(Verify().records, 4u);
}

TEST_F(AuditLogTest, PointsAreTextAndBack) {
  const AuditPoint point{12, *Sha256Of({})};
  EXPECT_EQ(AuditPointText(point), absl::StrCat("12:", kNothing));
  ASSERT_OK_AND_ASSIGN(const AuditPoint parsed,
                       ParseAuditPoint(AuditPointText(point)));
  EXPECT_EQ(parsed, point);
  for (const std::string& bad :
       {std::string(), std::string("12"), std::string("12:"),
        absl::StrCat("x:", kNothing), absl::StrCat(":", kNothing),
        absl::StrCat("-1:", kNothing), absl::StrCat("12:", kNothing, "0"),
        absl::StrCat("12", kNothing)}) {
    EXPECT_THAT(ParseAuditPoint(bad),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("want SEQ:HASH")));
  }
}

}  // namespace
}  // namespace hashvet::testing
