// A child that was taken over, under the real confinement: what it can do.

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <set>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sandbox/sandbox_support.h"
#include "tests/support/scratch_folder.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;

class HostileChildTest : public ::testing::Test {
 protected:
  void SetUp() override { HASHVET_SKIP_WITHOUT_HOSTILE_CHILD(); }
  PictureHashes Try(const std::string& what) { return Ask(*pool_, what); }
  // The pool still answers, and with nothing left over from before.
  void ExpectUnharmed() {
    EXPECT_EQ(Said(Ask(*pool_, "hello")), "heard: hello");
  }

  std::unique_ptr<DecoderPool> pool_ = StartPool(
      HASHVET_HOSTILE_DECODER, {.deadline_ms = 400, .breaker_crashes = 0});
};

// Every number the kernel may know, on its own and as a call of another
// interface (x32). What computing needs may be allowed, what libraries try and
// can do without may be refused; everything else ends the child.
TEST_F(HostileChildTest, NoSystemCallButThoseOfComputing) {
  if (!pool_->confinement().seccomp) GTEST_SKIP() << "no seccomp here";
  const std::set<long> computing = {
      SYS_mmap,
      SYS_mprotect,
      SYS_munmap,
      SYS_brk,
      SYS_mremap,
      SYS_madvise,
      SYS_futex,
      SYS_write,
      SYS_sched_yield,
      SYS_getrandom,
      SYS_rt_sigprocmask,
      SYS_getpid,
      SYS_gettid,
      SYS_clock_gettime,
      SYS_gettimeofday,
      SYS_sysinfo,
      SYS_sched_getaffinity,
  };
  const std::string refused = absl::StrCat("errno ", EACCES);
  constexpr long kNumbers = 600;
  constexpr long kX32 = 0x40000000;
  // The kernel exempts its own probes from every filter, and refuses them
  // itself where no probe is set.
  constexpr long kProbe = 336;
  std::string killed;
  size_t kills = 0;
  size_t refusals = 0;
  for (const long interface : {0L, kX32}) {
    long run_begin = -1;  // of calls that end the child
    const auto end_run = [&](long end) {
      if (run_begin < 0) return;
      absl::StrAppend(&killed, interface == kX32 ? " x32:" : " ", run_begin);
      if (end - run_begin > 1) absl::StrAppend(&killed, "..", end - 1);
      run_begin = -1;
    };
    for (long number = 0; number < kNumbers; ++number) {
      const PictureHashes answer =
          Try(absl::StrCat("syscall ", interface + number));
      if (answer.outcome == HashOutcome::kDecoderFailed) {
        ++kills;
        if (run_begin < 0) run_begin = number;
        continue;
      }
      end_run(number);
      if (Said(answer) == refused ||
          Said(answer) == absl::StrCat("errno ", EBADF) ||
          (number == kProbe && Said(answer) == absl::StrCat("errno ", ENXIO))) {
        ++refusals;
      } else {
        EXPECT_TRUE(interface == 0 && computing.contains(number))
            << "system call " << interface + number << ": " << Said(answer);
      }
    }
    end_run(kNumbers);
  }
  std::printf("blocked: %zu of %ld calls end the child, %zu are refused:%s\n",
              kills, 2 * kNumbers, refusals, killed.c_str());
  RecordProperty("tried", 2 * static_cast<int>(kNumbers));
  RecordProperty("killed", static_cast<int>(kills));
  RecordProperty("refused", static_cast<int>(refusals));
  EXPECT_GT(kills, 1100u);
  ExpectUnharmed();
}

TEST_F(HostileChildTest, OpensNoFileAndNoSocketAndMakesNothingExecutable) {
  const ScratchFolder folder;
  EXPECT_EQ(Said(Try("open /etc/passwd")), absl::StrCat("errno ", EACCES));
  EXPECT_EQ(Said(Try(absl::StrCat("open /proc/", getpid(), "/mem"))),
            absl::StrCat("errno ", EACCES));
  EXPECT_EQ(Said(Try("create " + folder.Path("made"))),
            absl::StrCat("errno ", EACCES));
  EXPECT_EQ(folder.FileCount(), 0u);
  for (const char* deadly : {"connect", "executable"}) {
    const PictureHashes answer = Try(deadly);
    EXPECT_EQ(answer.outcome, HashOutcome::kDecoderFailed) << deadly;
    EXPECT_THAT(std::string(answer.status.message()), HasSubstr("may not do"));
  }
  EXPECT_EQ(Try(absl::StrCat("kill ", getpid())).outcome,
            HashOutcome::kDecoderFailed);
  ExpectUnharmed();
}

TEST_F(HostileChildTest, AnAnswerThatIsNotOneRecordIsAFailedDecoder) {
  // A JPEG's record is shorter.
  for (const std::string begin : {"", "\xff\xd8\xff"}) {
    for (const char* lie :
         {"short", "long", "endless", "nothing", "failure", "lie", "segv"}) {
      const PictureHashes answer = Try(begin + lie);
      EXPECT_TRUE(answer.outcome == HashOutcome::kDecoderFailed ||
                  // It may be killed before it is seen to write too much.
                  (answer.outcome == HashOutcome::kTimeout &&
                   std::string(lie) == "endless"))
          << lie << ": " << NameOf(answer.outcome);
      EXPECT_FALSE(answer.status.ok());
      ExpectUnharmed();
      EXPECT_EQ(Said(Try(begin + "hello")), "heard: hello");
    }
  }
}

TEST_F(HostileChildTest, SeesNothingOfThePictureBeforeIt) {
  const std::string before = "hello" + std::string(200'000, 'x');
  for (const std::string begin : {"", "\xff\xd8\xff"}) {
    EXPECT_THAT(Said(Try(begin + before)), HasSubstr("heard: hello"));
    EXPECT_EQ(Said(Try(begin + "look_behind")), "behind it: 0");
    EXPECT_THAT(Said(Try(begin + before)), HasSubstr("heard: hello"));
    EXPECT_EQ(Said(Try(begin + "hello")), "heard: hello");
    EXPECT_EQ(Said(Try(begin + "look_behind")), "behind it: 0");
  }
}

TEST_F(HostileChildTest, SeesNothingOfTheAnswerBeforeIt) {
  for (const std::string begin : {"", "\xff\xd8\xff"}) {
    HashRequest much;
    much.kinds = {HashKind::kPhash64ImageHash};
    EXPECT_EQ(pool_->Hash(BytesOf(begin + "leave_marks"), "", much).outcome,
              HashOutcome::kDecoderFailed);
    EXPECT_EQ(Said(Try(begin + "find_marks")), "no marks");
  }
}

TEST_F(HostileChildTest, OneThatDoesNotEndIsKilledAtTheDeadline) {
  for (const char* slow : {"spin", "sleep", "answer_and_spin"}) {
    EXPECT_EQ(Try(slow).outcome, HashOutcome::kTimeout) << slow;
    ExpectUnharmed();
  }
}

TEST_F(HostileChildTest, ProcessorTimeIsLimitedBesideTheWallClock) {
  const auto patient =
      StartPool(HASHVET_HOSTILE_DECODER,
                {.deadline_ms = std::numeric_limits<uint32_t>::max(),
                 .breaker_crashes = 0});
  const PictureHashes answer = Ask(*patient, "spin");
  EXPECT_EQ(answer.outcome, HashOutcome::kTimeout);
  EXPECT_THAT(std::string(answer.status.message()),
              HasSubstr("processor time"));
}

TEST_F(HostileChildTest, GetsHalfAGibibyteOfMemoryAtMost) {
#ifdef HASHVET_SANITIZED
  GTEST_SKIP() << "a sanitizer needs all addresses";
#endif
  const auto patient = StartPool(HASHVET_HOSTILE_DECODER,
                                 {.deadline_ms = 60'000, .breaker_crashes = 0});
  const std::string mebibytes = Said(Ask(*patient, "memory"));
  EXPECT_GT(std::atoi(mebibytes.c_str()), 300);
  EXPECT_LE(std::atoi(mebibytes.c_str()), 512);
}

// As on a kernel without seccomp: what the others hold.
class DegradedTest : public ::testing::Test {
 protected:
  std::unique_ptr<DecoderPool> pool_ = StartPool(HASHVET_HOSTILE_NO_SECCOMP);
};

TEST_F(DegradedTest, IsNamedAndCanBeRefused) {
  EXPECT_FALSE(pool_->confinement().complete());
  EXPECT_FALSE(pool_->confinement().seccomp);
  EXPECT_THAT(MissingFrom(pool_->confinement()), HasSubstr("seccomp"));
  const auto refused = DecoderPool::Start(
      {.program = HASHVET_HOSTILE_NO_SECCOMP, .require_confinement = true});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("seccomp"));
}

TEST_F(DegradedTest, MakesNoProcessUnlessItIsRoots) {
  HASHVET_SKIP_WITHOUT_HOSTILE_CHILD();
  const int code = AsAnOrdinaryUser([] {
    const auto pool =
        DecoderPool::Start({.program = HASHVET_HOSTILE_NO_SECCOMP});
    if (!pool.ok()) return kCannotRun;
    return Said(Ask(**pool, "fork")) == absl::StrCat("errno ", EAGAIN) ? 0 : 1;
  });
  if (code == kCannotRun) GTEST_SKIP() << "only root may run the programs here";
  EXPECT_EQ(code, 0);
}

// Without seccomp a child may leave another behind, which would see them.
TEST_F(DegradedTest, NoMemoryIsKeptFromOnePictureToTheNext) {
  HASHVET_SKIP_WITHOUT_HOSTILE_CHILD();
  const auto kept = [] {
    size_t count = 0;
    std::error_code ignored;
    for (const auto& open :
         std::filesystem::directory_iterator("/proc/self/fd")) {
      const std::string what =
          std::filesystem::read_symlink(open.path(), ignored);
      if (what.find("hashvet-picture") != what.npos) ++count;
    }
    return count;
  };
  EXPECT_EQ(Said(Ask(*pool_, "hello")), "heard: hello");
  EXPECT_EQ(kept(), 0u);
  const auto confined = StartPool(HASHVET_HOSTILE_DECODER);
  EXPECT_EQ(Said(Ask(*confined, "hello")), "heard: hello");
  EXPECT_EQ(kept(), confined->confinement().seccomp ? 1u : 0u);
}

TEST_F(DegradedTest, LandlockStillKeepsFilesAndNetworkAway) {
  HASHVET_SKIP_WITHOUT_HOSTILE_CHILD();
  if (pool_->confinement().landlock == 0) GTEST_SKIP() << "no Landlock here";
  const ScratchFolder folder;
  EXPECT_EQ(Said(Ask(*pool_, "mkdir " + folder.Path("made"))),
            absl::StrCat("errno ", EACCES));
  EXPECT_EQ(folder.FileCount(), 0u);
  // No descriptor can be made, and none but the record's is open.
  EXPECT_THAT(Said(Ask(*pool_, "open /etc/passwd")),
              ::testing::AnyOf(absl::StrCat("errno ", EACCES),
                               absl::StrCat("errno ", EMFILE)));
  EXPECT_EQ(Said(Ask(*pool_, "connect")), absl::StrCat("errno ", EMFILE));
  EXPECT_EQ(Said(Ask(*pool_, "descriptors")), "open: 5 ");
  if (pool_->confinement().landlock >= 6) {
    EXPECT_EQ(Said(Ask(*pool_, absl::StrCat("kill ", getpid()))),
              absl::StrCat("errno ", EPERM));
  }
}

}  // namespace
}  // namespace hashvet::testing
