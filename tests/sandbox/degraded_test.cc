// As on a kernel that lacks seccomp or Landlock: what the other one holds, and
// that it is said.

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/log.h"
#include "hashvet/base/metrics.h"
#include "tests/sandbox/sandbox_support.h"
#include "tests/support/scratch_folder.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;

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

class DegradedLandlockTest : public ::testing::Test {
 protected:
  std::unique_ptr<DecoderPool> pool_ = StartPool(HASHVET_HOSTILE_NO_LANDLOCK);
};

TEST_F(DegradedLandlockTest, IsNamedAndCanBeRefused) {
  EXPECT_FALSE(pool_->confinement().complete());
  EXPECT_EQ(pool_->confinement().landlock, 0u);
  EXPECT_THAT(MissingFrom(pool_->confinement()), HasSubstr("Landlock"));
  const auto refused = DecoderPool::Start(
      {.program = HASHVET_HOSTILE_NO_LANDLOCK, .require_confinement = true});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("Landlock"));
}

TEST_F(DegradedLandlockTest, SeccompStillKeepsFilesAndNetworkAway) {
  HASHVET_SKIP_WITHOUT_HOSTILE_CHILD();
  if (!pool_->confinement().seccomp) GTEST_SKIP() << "no seccomp here";
  const ScratchFolder folder;
  const std::vector<std::string> deadly_ones = {
      "mkdir " + folder.Path("made"), "connect",
      absl::StrCat("kill ", getpid()), "fork"};
  for (const std::string& deadly : deadly_ones) {
    const PictureHashes answer = Ask(*pool_, deadly);
    EXPECT_EQ(answer.outcome, HashOutcome::kDecoderFailed) << deadly;
    EXPECT_THAT(std::string(answer.status.message()), HasSubstr("may not do"));
  }
  EXPECT_EQ(folder.FileCount(), 0u);
  EXPECT_EQ(Said(Ask(*pool_, "open /etc/passwd")),
            absl::StrCat("errno ", EACCES));
  EXPECT_EQ(Said(Ask(*pool_, "hello")), "heard: hello");
}

// What every kernel has: limits, and no descriptor but the record's.
TEST(DegradedBareTest, WithoutBothLimitsStillHold) {
  HASHVET_SKIP_WITHOUT_HOSTILE_CHILD();
  const auto pool = StartPool(HASHVET_HOSTILE_BARE,
                              {.deadline_ms = 60'000, .breaker_crashes = 0});
  EXPECT_EQ(MissingFrom(pool->confinement()), "Landlock and seccomp");
  EXPECT_EQ(Said(Ask(*pool, "open /etc/passwd")),
            absl::StrCat("errno ", EMFILE));
  EXPECT_EQ(Said(Ask(*pool, "connect")), absl::StrCat("errno ", EMFILE));
  EXPECT_EQ(Said(Ask(*pool, "descriptors")), "open: 5 ");
  EXPECT_LE(std::stoi(Said(Ask(*pool, "memory"))), 512);
  // It is as bare as it says: this is what Landlock or seccomp prevents.
  const ScratchFolder folder;
  EXPECT_EQ(Said(Ask(*pool, "mkdir " + folder.Path("made"))), "done");
}

TEST(DegradedMetricTest, SaysWhatHoldsTheDecoderDown) {
  std::vector<std::string> warnings;
  SetLogSink([&](LogLevel level, std::string_view line) {
    if (level == LogLevel::kWarning) warnings.emplace_back(line);
  });
  const auto confined = [](const char* by) {
    return GetGauge("hashvet_decoder_confined", absl::StrCat("by=\"", by, "\""))
        .value();
  };
  const auto whole = StartPool(HASHVET_HOSTILE_DECODER);
  const bool has_landlock = whole->confinement().landlock != 0;
  const bool has_seccomp = whole->confinement().seccomp;
  EXPECT_EQ(confined("landlock"), has_landlock ? 1 : 0);
  EXPECT_EQ(confined("seccomp"), has_seccomp ? 1 : 0);
  if (whole->confinement().complete()) {
    EXPECT_TRUE(warnings.empty());
  }
  warnings.clear();
  StartPool(HASHVET_HOSTILE_NO_LANDLOCK);
  EXPECT_EQ(confined("landlock"), 0);
  EXPECT_EQ(confined("seccomp"), has_seccomp ? 1 : 0);
  StartPool(HASHVET_HOSTILE_NO_SECCOMP);
  EXPECT_EQ(confined("landlock"), has_landlock ? 1 : 0);
  EXPECT_EQ(confined("seccomp"), 0);
  SetLogSink({});
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_THAT(warnings[0], HasSubstr("without Landlock"));
  EXPECT_THAT(warnings[1], HasSubstr("seccomp"));
}

// A decoder that was put in the place of the one that was started.
TEST(DegradedRestartTest, ADecoderConfinedByLessThanTheFirstIsRefused) {
  for (const char* lesser :
       {HASHVET_HOSTILE_NO_LANDLOCK, HASHVET_HOSTILE_NO_SECCOMP}) {
    const ScratchFolder folder;
    const std::filesystem::path program = folder.Path("decoder");
    std::filesystem::create_symlink(HASHVET_HOSTILE_DECODER, program);
    const auto pool = StartPool(program);
    const Confinement first = pool->confinement();
    if (!first.complete()) GTEST_SKIP() << "no " << MissingFrom(first);
    ASSERT_EQ(Said(Ask(*pool, "hello")), "heard: hello");
    std::filesystem::remove(program);
    std::filesystem::create_symlink(lesser, program);
    ASSERT_EQ(kill(pool->process(), SIGKILL), 0);
    // Until it is gone its lane may answer, or be found at work.
    PictureHashes answer;
    for (int i = 0; i < 1000; ++i) {
      answer = Ask(*pool, "hello");
      if (answer.status.code() == absl::StatusCode::kFailedPrecondition) break;
    }
    EXPECT_EQ(answer.outcome, HashOutcome::kDecoderFailed) << lesser;
    EXPECT_THAT(std::string(answer.status.message()),
                HasSubstr("confined by less"));
    std::filesystem::remove(program);
    std::filesystem::create_symlink(HASHVET_HOSTILE_DECODER, program);
    EXPECT_EQ(Said(Ask(*pool, "hello")), "heard: hello");
  }
}

}  // namespace
}  // namespace hashvet::testing
