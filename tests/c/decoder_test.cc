// That pictures in C are decoded by hashvet-decoder unless their caller trusts
// them, and what that does to the caller's process.

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hashvet/c/hashvet.h"
#include "tests/c/c_error.h"
#include "tests/support/picture_files.h"

namespace hashvet::testing {
namespace {

using ::testing::HasSubstr;

using Pdq = std::array<uint8_t, 32>;

// What became of a picture.
struct Answer {
  int code = HASHVET_OK;
  uint32_t outcome = 0;
  Pdq pdq = {};
  std::string message;  // of the error or the picture
};

Answer Hash(const std::string& bytes,
            const hashvet_hash_options* options = nullptr) {
  Answer answer;
  hashvet_picture* picture = nullptr;
  Error error;
  answer.code = hashvet_hash_bytes(bytes.data(), bytes.size(), options,
                                   &picture, error.place());
  if (answer.code != HASHVET_OK) {
    EXPECT_EQ(picture, nullptr);
    answer.message = error.message();
    return answer;
  }
  hashvet_picture_info info = {};
  info.struct_size = sizeof info;
  EXPECT_EQ(hashvet_picture_describe(picture, &info, nullptr), HASHVET_OK);
  answer.outcome = info.outcome;
  answer.message = info.message;
  if (info.outcome == HASHVET_HASHED) {
    EXPECT_EQ(
        hashvet_picture_hash(picture, HASHVET_KIND_PDQ, 0, answer.pdq.data(),
                             answer.pdq.size(), nullptr),
        HASHVET_OK);
  }
  hashvet_picture_free(picture);
  return answer;
}

// Pictures that a decoder process answered with a hash.
uint64_t HashedByDecoder() {
  std::string text;
  hashvet_metrics(
      [](void* context, const char* part, size_t size) {
        static_cast<std::string*>(context)->append(part, size);
      },
      &text, nullptr);
  const std::string name =
      "hashvet_decoder_pictures_total{outcome=\"hashed\"} ";
  const size_t at = text.find(name);
  return at == std::string::npos
             ? 0
             : std::strtoull(text.c_str() + at + name.size(), nullptr, 10);
}

hashvet_hash_options InProcess() {
  hashvet_hash_options options = HASHVET_HASH_OPTIONS_INIT;
  options.in_process = 1;
  return options;
}

// Runs `body` in a process of its own, which has no decoder yet; its failures
// are told on its standard error.
template <typename Body>
void InAnotherProcess(Body body) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    body();
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(CDecoderTest, IsAskedUnlessThePictureIsTrusted) {
  const std::string jpeg = MakeJpeg(3, 200, 150);
  const uint64_t before = HashedByDecoder();
  const Answer strange = Hash(jpeg);
  EXPECT_EQ(strange.outcome, uint32_t{HASHVET_HASHED}) << strange.message;
  EXPECT_EQ(HashedByDecoder(), before + 1);
  const hashvet_hash_options trusted = InProcess();
  EXPECT_EQ(Hash(jpeg, &trusted).pdq, strange.pdq);
  EXPECT_EQ(HashedByDecoder(), before + 1);
  // A program that was compiled before there was a choice.
  hashvet_hash_options older = InProcess();
  older.struct_size = offsetof(hashvet_hash_options, in_process);
  EXPECT_EQ(Hash(jpeg, &older).pdq, strange.pdq);
  EXPECT_EQ(HashedByDecoder(), before + 2);
}

TEST(CDecoderTest, LimitsAndVariantReachIt) {
  const std::string jpeg = MakeJpeg(3, 700, 600);
  hashvet_hash_options options = HASHVET_HASH_OPTIONS_INIT;
  options.max_pixels = 100;
  EXPECT_EQ(Hash(jpeg, &options).outcome, uint32_t{HASHVET_HASH_OVER_LIMIT});
  options.max_pixels = 0;
  options.max_input_bytes = 100;
  EXPECT_EQ(Hash(jpeg, &options).outcome, uint32_t{HASHVET_HASH_OVER_LIMIT});
  options.max_input_bytes = 0;
  options.pdq_variant = HASHVET_PDQ_NN512;
  hashvet_hash_options trusted = options;
  trusted.in_process = 1;
  const Answer nn512 = Hash(jpeg, &options);
  EXPECT_EQ(nn512.pdq, Hash(jpeg, &trusted).pdq);
  EXPECT_NE(nn512.pdq, Hash(jpeg).pdq);
}

TEST(CDecoderTest, ManyThreadsShareIt) {
  const std::string jpeg = MakeJpeg(5, 120, 120);
  const Pdq want = Hash(jpeg).pdq;
  std::atomic<int> same = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) same += Hash(jpeg).pdq == want ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(same, 40);
}

TEST(CDecoderTest, ItsCallerHasNoChildAndNoSignalOfIt) {
  static std::atomic<int> signals = 0;
  struct sigaction before;
  struct sigaction ours = {};
  ours.sa_handler = [](int) { ++signals; };
  ASSERT_EQ(sigaction(SIGCHLD, &ours, &before), 0);
  EXPECT_EQ(Hash(MakeJpeg(3, 64, 64)).outcome, uint32_t{HASHVET_HASHED});
  EXPECT_EQ(waitpid(-1, nullptr, __WALL | WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  EXPECT_EQ(signals, 0);
  sigaction(SIGCHLD, &before, nullptr);
}

TEST(CDecoderTest, AForkedProcessHasItsOwn) {
  const std::string jpeg = MakeJpeg(3, 64, 64);
  const Pdq want = Hash(jpeg).pdq;
  InAnotherProcess([&] {
    EXPECT_EQ(Hash(jpeg).pdq, want);
    EXPECT_EQ(hashvet_decoder_start(nullptr, nullptr),
              HASHVET_FAILED_PRECONDITION);
  });
  // Its end left this one's alone.
  EXPECT_EQ(Hash(jpeg).pdq, want);
}

TEST(CDecoderTest, AMissingProgramIsAnErrorAndNeverInProcess) {
  const std::string jpeg = MakeJpeg(3, 64, 64);
  InAnotherProcess([&] {
    setenv("HASHVET_DECODER", "/nonexistent/hashvet-decoder", 1);
    const Answer missing = Hash(jpeg);
    EXPECT_EQ(missing.code, HASHVET_NOT_FOUND);
    EXPECT_THAT(missing.message, HasSubstr("/nonexistent/hashvet-decoder"));
    const hashvet_hash_options trusted = InProcess();
    EXPECT_EQ(Hash(jpeg, &trusted).outcome, uint32_t{HASHVET_HASHED});
    // It appears.
    setenv("HASHVET_DECODER", HASHVET_DECODER_PROGRAM, 1);
    EXPECT_EQ(Hash(jpeg).outcome, uint32_t{HASHVET_HASHED});
  });
}

TEST(CDecoderTest, IsStartedWithSettings) {
  InAnotherProcess([] {
    Error error;
    hashvet_decoder_options options = HASHVET_DECODER_OPTIONS_INIT;
    options.program = "/nonexistent";
    EXPECT_EQ(hashvet_decoder_start(&options, error.place()),
              HASHVET_NOT_FOUND);
    EXPECT_THAT(error.message(), HasSubstr("/nonexistent"));
    options.struct_size = 3;
    EXPECT_EQ(hashvet_decoder_start(&options, error.place()),
              HASHVET_INVALID_ARGUMENT);
    EXPECT_THAT(error.message(), HasSubstr("decoder options"));
    options.struct_size = sizeof options;
    options.program = HASHVET_DECODER_PROGRAM;
    options.max_active = 1;
    EXPECT_EQ(hashvet_decoder_start(&options, error.place()), HASHVET_OK)
        << error.message();
    EXPECT_EQ(Hash(MakeJpeg(3, 64, 64)).outcome, uint32_t{HASHVET_HASHED});
    EXPECT_EQ(hashvet_decoder_start(&options, error.place()),
              HASHVET_FAILED_PRECONDITION);
    EXPECT_THAT(error.message(), HasSubstr("has been started"));
  });
}

TEST(CDecoderTest, WhatBreaksOrStopsItIsAnOutcome) {
#ifdef HASHVET_SANITIZED
  GTEST_SKIP() << "no hostile child under a sanitizer";
#endif
  InAnotherProcess([] {
    hashvet_decoder_options options = HASHVET_DECODER_OPTIONS_INIT;
    options.program = HASHVET_HOSTILE_DECODER;
    options.deadline_ms = 300;
    EXPECT_EQ(hashvet_decoder_start(&options, nullptr), HASHVET_OK);
    EXPECT_EQ(Hash("segv").outcome, uint32_t{HASHVET_HASH_DECODER_FAILED});
    EXPECT_EQ(Hash("sleep").outcome, uint32_t{HASHVET_HASH_TIMEOUT});
    EXPECT_EQ(Hash("lie").outcome, uint32_t{HASHVET_HASH_DECODER_FAILED});
    EXPECT_EQ(Hash("hello").message, "heard: hello");
  });
}

}  // namespace
}  // namespace hashvet::testing
