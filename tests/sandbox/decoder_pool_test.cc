// The pool and the real decoder, and what goes wrong around them.

#include "hashvet/sandbox/decoder_pool.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/base/metrics.h"
#include "hashvet/sandbox/in_process_hasher.h"
#include "tests/sandbox/sandbox_support.h"
#include "tests/support/picture_files.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/tall_jpeg.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;

TEST(DecoderPoolTest, HashesAsDecodingInThisProcessDoes) {
  const auto pool = StartPool(HASHVET_DECODER_PROGRAM);
  const auto in_process = MakeInProcessHasher();
  ASSERT_TRUE(in_process.ok()) << in_process.status();
  for (const std::string& picture :
       {MakeJpeg(1, 400, 300), MakeBmp(2, 160, 120),
        MakeJpeg(3, 200, 200).substr(0, 4000), std::string("no picture"),
        std::string(), MakeJpegClaiming(65535, 65535)}) {
    const PictureHashes sandboxed = Ask(*pool, picture, "a.JPG");
    const PictureHashes plain = Ask(**in_process, picture, "a.JPG");
    EXPECT_EQ(sandboxed.outcome, plain.outcome) << sandboxed.status;
    EXPECT_EQ(sandboxed.status, plain.status);
    EXPECT_EQ(sandboxed.width, plain.width);
    EXPECT_EQ(sandboxed.flags, plain.flags);
    EXPECT_EQ(sandboxed.pdq.quality, plain.pdq.quality);
    EXPECT_EQ(sandboxed.pdq.orientations, plain.pdq.orientations);
  }
  EXPECT_EQ(Ask(*pool, MakeJpeg(1, 400, 300)).outcome, HashOutcome::kHashed);
  EXPECT_TRUE(Ask(*pool, MakeBmp(2, 160, 120), "a.jpg").flags.type_mismatch);
  EXPECT_TRUE(pool->CheckCodecs().ok()) << pool->CheckCodecs();
}

// A JPEG's record is cut to what was asked; digests are not the decoder's.
TEST(DecoderPoolTest, EveryKindAndVariantComesThrough) {
  const auto pool = StartPool(HASHVET_DECODER_PROGRAM);
  const auto in_process = MakeInProcessHasher();
  ASSERT_TRUE(in_process.ok()) << in_process.status();
  HashRequest all;
  all.more_variants = {PdqVariant::kNn512};
  for (const HashKindInfo& info : AllHashKinds()) {
    if (info.computed && info.kind != HashKind::kPdq) {
      all.kinds.push_back(info.kind);
    }
  }
  EXPECT_GT(all.kinds.size(), 12u);
  HashRequest few;
  few.kinds = {HashKind::kSha256};
  for (const HashRequest& request : {HashRequest(), few, all}) {
    const std::string picture = MakeJpeg(1, 900, 700);
    const PictureHashes sandboxed = pool->Hash(BytesOf(picture), "", request);
    const PictureHashes plain =
        (*in_process)->Hash(BytesOf(picture), "", request);
    ASSERT_EQ(sandboxed.outcome, HashOutcome::kHashed) << sandboxed.status;
    EXPECT_EQ(sandboxed.pdq.orientations, plain.pdq.orientations);
    ASSERT_EQ(sandboxed.more_pdq.size(), plain.more_pdq.size());
    for (size_t i = 0; i < plain.more_pdq.size(); ++i) {
      EXPECT_EQ(sandboxed.more_pdq[i].orientations,
                plain.more_pdq[i].orientations);
    }
    ASSERT_EQ(sandboxed.others.size(), request.kinds.size());
    for (size_t i = 0; i < request.kinds.size(); ++i) {
      EXPECT_EQ(sandboxed.others[i].kind, request.kinds[i]);
      EXPECT_EQ(sandboxed.others[i].orientations, plain.others[i].orientations);
      EXPECT_FALSE(sandboxed.others[i].orientations.empty());
    }
  }
}

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(DecoderPoolTest, WhatForksChildrenIsConfinedItself) {
  const auto pool = StartPool(HASHVET_DECODER_PROGRAM);
  if (!pool->confinement().seccomp) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(Ask(*pool, MakeJpeg(1, 64, 64)).outcome, HashOutcome::kHashed);
  const std::string first = absl::StrCat("/proc/", pool->process());
  std::istringstream lanes(
      Contents(absl::StrCat(first, "/task/", pool->process(), "/children")));
  int seen = 0;
  for (int lane = 0; lanes >> lane; ++seen) {
    const std::string status =
        Contents(absl::StrCat("/proc/", lane, "/status"));
    EXPECT_THAT(status, HasSubstr("\nNoNewPrivs:\t1\n"));
    EXPECT_EQ(Contents(absl::StrCat("/proc/", lane, "/oom_score_adj")),
              "1000\n");
    EXPECT_THAT(status, HasSubstr("\nCapEff:\t0000000000000000\n"));
#ifndef HASHVET_SANITIZED
    EXPECT_THAT(status, HasSubstr("\nSeccomp:\t2\nSeccomp_filters:\t1\n"));
#endif
  }
  EXPECT_EQ(seen, 1);
}

// Whatever is open is copied for every picture: each process has the codecs of
// its own pictures, and no more.
TEST(DecoderPoolTest, NoLaneHasTheCodecsOfAnother) {
  const auto pool = StartPool(HASHVET_DECODER_PROGRAM);
  if (!pool->CheckCodecs().ok()) GTEST_SKIP() << "not all codecs are built";
  Ask(*pool, MakeJpeg(1, 64, 64));
  std::vector<std::string> open;
  std::istringstream children(Contents(absl::StrCat(
      "/proc/", pool->process(), "/task/", pool->process(), "/children")));
  for (int child = 0; children >> child;) {
    const std::string maps = Contents(absl::StrCat("/proc/", child, "/maps"));
    std::string& modules = open.emplace_back();
    for (const char* module : {"webcodecs", "imgcodecs", "heifcodecs"}) {
      if (maps.find(absl::StrCat("libhashvet_", module)) != maps.npos) {
        absl::StrAppend(&modules, module, " ");
      }
    }
  }
  EXPECT_THAT(open, ::testing::UnorderedElementsAre(
                        "", "webcodecs ", "imgcodecs ",
                        HASHVET_TEST_HAS_HEIF != 0 ? "heifcodecs " : ""));
}

TEST(DecoderPoolTest, NoPictureOfAnEarlierCallIsSeenByALaterOne) {
  const auto pool = StartPool(HASHVET_DECODER_PROGRAM);
  const std::string whole = MakeJpeg(1, 400, 300);
  EXPECT_FALSE(Ask(*pool, whole).flags.truncated);
  // Its end still lies behind what is sent now, in the memory they share.
  const PictureHashes part = Ask(*pool, whole.substr(0, whole.size() - 2));
  EXPECT_EQ(part.outcome, HashOutcome::kHashed) << part.status;
  EXPECT_TRUE(part.flags.truncated);
}

TEST(DecoderPoolTest, LimitsOfTheRequestHold) {
  const auto pool = StartPool(HASHVET_DECODER_PROGRAM);
  const std::string picture = MakeJpeg(1, 400, 300);
  EXPECT_EQ(pool->Hash(BytesOf(picture), "", {.max_pixels = 400 * 300}).outcome,
            HashOutcome::kHashed);
  EXPECT_EQ(
      pool->Hash(BytesOf(picture), "", {.max_pixels = 400 * 300 - 1}).outcome,
      HashOutcome::kOverLimit);
  EXPECT_EQ(
      pool->Hash(BytesOf(picture), "", {.max_input_bytes = picture.size() - 1})
          .outcome,
      HashOutcome::kOverLimit);
}

// As phones make them: within a child's processor time, and twice the picture
// within its memory where it is to be turned.
TEST(DecoderPoolTest, AJpegOf200MegapixelsIsWithinTheLimitsOfAChild) {
#ifdef HASHVET_SANITIZED
  GTEST_SKIP() << "a sanitizer takes the processor time";
#endif
  constexpr uint32_t kWide = 16'320;
  constexpr uint32_t kTall = 12'240;
  const auto pool = StartPool(HASHVET_DECODER_PROGRAM, {.deadline_ms = 60'000});
  const std::string strip = MakeJpeg(1, kWide, 128, 75, /*restart_rows=*/true);
  const std::string_view turn(
      "\xff\xe1\0\x22"
      "Exif\0\0MM\0*\0\0\0\x08"
      "\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
      36);
  for (const bool turned : {false, true}) {
    std::string file = strip;
    if (turned) file.insert(2, turn);
    const PictureHashes hashes =
        pool->Hash(MakeTallJpeg(BytesOf(file), kTall / 16, kTall), "", {});
    ASSERT_EQ(hashes.outcome, HashOutcome::kHashed) << hashes.status;
    EXPECT_EQ(hashes.width, turned ? kTall : kWide);
    EXPECT_EQ(hashes.flags.orientation_applied, turned);
    EXPECT_FALSE(hashes.flags.truncated);
  }
}

TEST(DecoderPoolTest, ManyThreadsShareIt) {
  const auto pool = StartPool(HASHVET_DECODER_PROGRAM, {.max_active = 3});
  std::vector<std::string> pictures;
  std::vector<Hash256> hashes;
  for (uint32_t seed = 0; seed < 8; ++seed) {
    pictures.push_back(MakeJpeg(seed, 96, 96));
    hashes.push_back(Ask(*pool, pictures.back()).pdq.hash());
  }
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < pictures.size(); ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 40; ++i) {
        const size_t which = (t + i) % pictures.size();
        const PictureHashes answer = Ask(*pool, pictures[which]);
        if (answer.outcome != HashOutcome::kHashed ||
            answer.pdq.hash() != hashes[which]) {
          ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(DecoderPoolTest, AMissingOrOtherProgramIsToldAtTheStart) {
  const auto missing = DecoderPool::Start({.program = "/no/such/decoder"});
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.status().message()),
              HasSubstr("/no/such/decoder"));
  const auto other = DecoderPool::Start({.program = HASHVET_HOSTILE_OLD});
  EXPECT_EQ(other.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(other.status().message()), HasSubstr("0.0.0-other"));
  const auto silent = DecoderPool::Start({.program = "/bin/true"});
  EXPECT_EQ(silent.status().code(), absl::StatusCode::kUnavailable);
  const ScratchFolder folder;
  const std::string script = folder.Write("no-program", "nonsense");
  ASSERT_EQ(chmod(script.c_str(), 0700), 0);
  EXPECT_EQ(DecoderPool::Start({.program = script}).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(DecoderPoolTest, AKilledProgramIsStartedAnew) {
  const auto pool = StartPool(HASHVET_DECODER_PROGRAM);
  const std::string picture = MakeJpeg(1, 96, 96);
  ASSERT_EQ(Ask(*pool, picture).outcome, HashOutcome::kHashed);
  const uint64_t restarts =
      GetCounter("hashvet_decoder_restarts_total").value();
  const int first = pool->process();
  ASSERT_EQ(kill(first, SIGKILL), 0);
  // The lane that waits hears of it when it does: one failure at most.
  int failures = 0;
  for (int i = 0; i < 1000 && pool->process() == first; ++i) {
    const PictureHashes next = Ask(*pool, picture);
    if (next.outcome == HashOutcome::kHashed) continue;
    EXPECT_EQ(next.outcome, HashOutcome::kDecoderFailed);
    ++failures;
  }
  EXPECT_LE(failures, 1);
  EXPECT_EQ(Ask(*pool, picture).outcome, HashOutcome::kHashed);
  EXPECT_NE(pool->process(), first);
  EXPECT_EQ(GetCounter("hashvet_decoder_restarts_total").value(), restarts + 1);
}

TEST(DecoderPoolTest, APictureAtWorkWhenItIsKilledIsAFailedDecoder) {
  HASHVET_SKIP_WITHOUT_HOSTILE_CHILD();
  const auto pool = StartPool(HASHVET_HOSTILE_DECODER,
                              {.deadline_ms = 60'000, .breaker_crashes = 0});
  ASSERT_EQ(Said(Ask(*pool, "hello")), "heard: hello");
  PictureHashes answer;
  std::thread caller([&] { answer = Ask(*pool, "sleep"); });
  usleep(100'000);
  kill(pool->process(), SIGKILL);
  caller.join();
  EXPECT_EQ(answer.outcome, HashOutcome::kDecoderFailed) << answer.status;
  EXPECT_EQ(Said(Ask(*pool, "hello")), "heard: hello");
}

TEST(DecoderPoolTest, MoreThanMayWaitAreShed) {
  HASHVET_SKIP_WITHOUT_HOSTILE_CHILD();
  const auto pool = StartPool(HASHVET_HOSTILE_DECODER, {.max_active = 1,
                                                        .max_waiting = 0,
                                                        .deadline_ms = 1'500,
                                                        .breaker_crashes = 0});
  const uint64_t shed = GetCounter("hashvet_decoder_shed_total").value();
  std::thread busy(
      [&] { EXPECT_EQ(Ask(*pool, "sleep").outcome, HashOutcome::kTimeout); });
  usleep(200'000);
  EXPECT_EQ(Ask(*pool, "hello").outcome, HashOutcome::kOverloaded);
  EXPECT_EQ(GetCounter("hashvet_decoder_shed_total").value(), shed + 1);
  busy.join();
  EXPECT_EQ(Said(Ask(*pool, "hello")), "heard: hello");
}

TEST(DecoderPoolTest, OneThatWaitsTooLongIsShed) {
  HASHVET_SKIP_WITHOUT_HOSTILE_CHILD();
  const auto pool = StartPool(HASHVET_HOSTILE_DECODER, {.max_active = 1,
                                                        .max_wait_ms = 50,
                                                        .deadline_ms = 1'500,
                                                        .breaker_crashes = 0});
  std::thread busy([&] { Ask(*pool, "sleep"); });
  usleep(200'000);
  EXPECT_EQ(Ask(*pool, "hello").outcome, HashOutcome::kOverloaded);
  busy.join();
}

// Whoever asks again at once may not go before those who wait.
TEST(DecoderPoolTest, TurnsComeInTheOrderInWhichTheyWereAskedFor) {
  const auto pool =
      StartPool(HASHVET_DECODER_PROGRAM, {.max_active = 1, .max_wait_ms = 500});
  const std::string picture = MakeJpeg(1, 96, 96);
  ASSERT_EQ(Ask(*pool, picture).outcome, HashOutcome::kHashed);
  std::atomic<bool> done = false;
  std::array<std::atomic<int>, 3> hashed = {};
  std::atomic<int> shed = 0;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < hashed.size(); ++t) {
    threads.emplace_back([&, t] {
      while (!done) {
        const PictureHashes answer = Ask(*pool, picture);
        answer.outcome == HashOutcome::kHashed ? ++hashed[t] : ++shed;
      }
    });
  }
  usleep(1'500'000);
  done = true;
  for (std::thread& thread : threads) thread.join();
  const auto [least, most] = std::ranges::minmax(
      {hashed[0].load(), hashed[1].load(), hashed[2].load()});
  EXPECT_EQ(shed, 0);
  // Not the same: a thread may be kept from asking.
  EXPECT_LE(most, 4 * least)
      << most << " pictures of one, " << least << " of another";
}

TEST(DecoderPoolTest, ManyCrashesOpenTheBreakerAndMoveTheProgramsMemory) {
  HASHVET_SKIP_WITHOUT_HOSTILE_CHILD();
  const auto pool = StartPool(HASHVET_HOSTILE_DECODER,
                              {.breaker_crashes = 5, .breaker_pause_ms = 700});
  Counter& opened = GetCounter("hashvet_decoder_breaker_total");
  Counter& restarts = GetCounter("hashvet_decoder_restarts_total");
  const uint64_t opened_before = opened.value();
  const uint64_t restarts_before = restarts.value();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(Ask(*pool, "segv").outcome, HashOutcome::kDecoderFailed);
  }
  EXPECT_EQ(Said(Ask(*pool, "hello")), "heard: hello");
  EXPECT_EQ(opened.value(), opened_before);
  const int first = pool->process();
  EXPECT_EQ(Ask(*pool, "segv").outcome, HashOutcome::kDecoderFailed);
  EXPECT_EQ(opened.value(), opened_before + 1);
  EXPECT_EQ(Ask(*pool, "hello").outcome, HashOutcome::kOverloaded);
  usleep(900'000);
  EXPECT_EQ(Said(Ask(*pool, "hello")), "heard: hello");
  EXPECT_NE(pool->process(), first);
  EXPECT_EQ(opened.value(), opened_before + 1);
  EXPECT_EQ(restarts.value(), restarts_before + 1);
}

TEST(DecoderPoolTest, WhatBreaksOrLiesIsCountedAndNothingElse) {
  HASHVET_SKIP_WITHOUT_HOSTILE_CHILD();
  const auto pool = StartPool(HASHVET_HOSTILE_DECODER,
                              {.deadline_ms = 400, .breaker_crashes = 0});
  Counter& crashes = GetCounter("hashvet_decoder_crashes_total");
  for (const auto& [what, broken] :
       {std::pair("segv", 1), std::pair("connect", 1), std::pair("lie", 1),
        std::pair("short", 1), std::pair("hello", 0), std::pair("spin", 0)}) {
    const uint64_t before = crashes.value();
    Ask(*pool, what);
    EXPECT_EQ(crashes.value(), before + static_cast<uint64_t>(broken)) << what;
  }
}

TEST(DecoderPoolTest, WithoutDescriptorsAPictureIsOverloadedAndNoMore) {
  const auto pool = StartPool(HASHVET_DECODER_PROGRAM);
  const std::string picture = MakeJpeg(1, 96, 96);
  const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(next);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  for (int spare = 0; spare < 3; ++spare) {  // for the picture, and its lane
    const rlimit few = {static_cast<rlim_t>(next + spare), before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    const PictureHashes answer = Ask(*pool, picture);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(answer.outcome, HashOutcome::kOverloaded) << answer.status;
  }
  // Nor is a file that cannot be opened for want of one too large.
  const ScratchFolder folder;
  const std::string path = folder.Write("a.jpg", picture);
  const rlimit none = {static_cast<rlim_t>(next), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const PictureHashes unopened = pool->HashFile(path, {});
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(unopened.outcome, HashOutcome::kOverloaded) << unopened.status;
  EXPECT_EQ(
      pool->HashFile(path, {.max_input_bytes = picture.size() - 1}).outcome,
      HashOutcome::kOverLimit);
  EXPECT_EQ(Ask(*pool, picture).outcome, HashOutcome::kHashed);
}

// The first process cannot fork; its lanes, and those who use them, go on.
TEST(DecoderPoolTest, WithoutProcessesAPictureIsOverloadedAndNoMore) {
  const int code = AsAnOrdinaryUser([] {
    const auto pool = DecoderPool::Start({.program = HASHVET_DECODER_PROGRAM});
    if (!pool.ok()) return kCannotRun;
    const auto outcome_of = [&](const std::string& picture) {
      return Ask(**pool, picture).outcome;
    };
    const std::string jpeg = MakeJpeg(1, 96, 96);
    const std::string bmp = MakeBmp(2, 64, 64);
    if (outcome_of(jpeg) != HashOutcome::kHashed) return 1;
    const int program = (*pool)->process();
    rlimit before;
    if (prlimit(program, RLIMIT_NPROC, nullptr, &before) != 0) return 2;
    const rlimit none = {0, before.rlim_max};
    if (prlimit(program, RLIMIT_NPROC, &none, nullptr) != 0) return 3;
    if (outcome_of(bmp) != HashOutcome::kOverloaded) return 4;
    if (outcome_of(jpeg) != HashOutcome::kHashed) return 5;
    if (prlimit(program, RLIMIT_NPROC, &before, nullptr) != 0) return 6;
    if (outcome_of(bmp) != HashOutcome::kHashed) return 7;
    return (*pool)->process() == program ? 0 : 8;
  });
  if (code == kCannotRun) GTEST_SKIP() << "only root may run the programs here";
  EXPECT_EQ(code, 0);
}

std::atomic<int> children_heard = 0;

TEST(DecoderPoolTest, TheCallersChildrenAreItsOwn) {
  struct sigaction count = {};
  count.sa_handler = [](int) { ++children_heard; };
  struct sigaction before;
  ASSERT_EQ(sigaction(SIGCHLD, &count, &before), 0);
  children_heard = 0;
  {
    const auto pool = StartPool(HASHVET_DECODER_PROGRAM);
    EXPECT_EQ(Ask(*pool, MakeJpeg(1, 96, 96)).outcome, HashOutcome::kHashed);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    kill(pool->process(), SIGKILL);
    usleep(50'000);
    Ask(*pool, MakeJpeg(1, 96, 96));
  }
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG | __WALL), -1) << "left a zombie";
  EXPECT_EQ(children_heard, 0);
  ASSERT_EQ(sigaction(SIGCHLD, &before, nullptr), 0);
}

// As when a worker of a server that forks leaves by exit().
TEST(DecoderPoolTest, AForkedChildThatEndsItsCopyEndsNothing) {
  auto pool = StartPool(HASHVET_DECODER_PROGRAM);
  const std::string picture = MakeJpeg(1, 96, 96);
  ASSERT_EQ(Ask(*pool, picture).outcome, HashOutcome::kHashed);
  const int program = pool->process();
  const pid_t child = fork();
  if (child == 0) {
    pool.reset();
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  usleep(50'000);
  EXPECT_EQ(Ask(*pool, picture).outcome, HashOutcome::kHashed);
  EXPECT_EQ(Ask(*pool, MakeBmp(2, 64, 64)).outcome, HashOutcome::kHashed);
  EXPECT_EQ(pool->process(), program);
}

TEST(DecoderPoolTest, AForkedChildIsToldToMakeItsOwn) {
  const auto pool = StartPool(HASHVET_DECODER_PROGRAM);
  const std::string picture = MakeJpeg(1, 96, 96);
  ASSERT_EQ(Ask(*pool, picture).outcome, HashOutcome::kHashed);
  const pid_t child = fork();
  if (child == 0) {
    const bool refused =
        Ask(*pool, picture).outcome == HashOutcome::kDecoderFailed;
    const auto own = DecoderPool::Start({.program = HASHVET_DECODER_PROGRAM});
    _exit(refused && own.ok() &&
                  Ask(**own, picture).outcome == HashOutcome::kHashed
              ? 0
              : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(Ask(*pool, picture).outcome, HashOutcome::kHashed);
}

}  // namespace
}  // namespace hashvet::testing
