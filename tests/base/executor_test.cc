#include "hashvet/base/executor.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "hashvet/base/deadline.h"
#include "tests/support/status_matchers.h"

namespace hashvet {
namespace {

using ::hashvet::testing::StatusIs;
using ::testing::HasSubstr;

TEST(ThreadPoolTest, EveryIndexRunsOnce) {
  for (const size_t threads : {1, 2, 5}) {
    const auto pool = MakeThreadPool(threads);
    EXPECT_EQ(pool->parallelism(), threads);
    for (const size_t count : {0, 1, 2, 3, 1000}) {
      std::vector<std::atomic<int>> calls(count);
      pool->ParallelFor(count, [&](size_t i) { ++calls[i]; });
      for (size_t i = 0; i < count; ++i) EXPECT_EQ(calls[i], 1) << i;
    }
  }
}

TEST(ThreadPoolTest, BodiesReallyRunAtTheSameTime) {
  const auto pool = MakeThreadPool(2);
  std::atomic<int> inside = 0;
  // Each body waits for the other; one thread alone would never return.
  pool->ParallelFor(2, [&](size_t) {
    ++inside;
    while (inside < 2) std::this_thread::yield();
  });
  EXPECT_EQ(inside, 2);
}

TEST(ThreadPoolTest, ABodyMayStartALoop) {
  const auto pool = MakeThreadPool(3);
  std::atomic<int> calls = 0;
  pool->ParallelFor(
      8, [&](size_t) { pool->ParallelFor(8, [&](size_t) { ++calls; }); });
  EXPECT_EQ(calls, 64);
}

TEST(ThreadPoolTest, SeveralThreadsMayShareOne) {
  const auto pool = MakeThreadPool(2);
  std::atomic<int> calls = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int k = 0; k < 100; ++k) {
        pool->ParallelFor(10, [&](size_t) { ++calls; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(calls, 4000);
}

TEST(ThreadPoolTest, ZeroMeansTheProcessorsThereAre) {
  EXPECT_GE(MakeThreadPool(0)->parallelism(), 1u);
}

TEST(DeadlineTest, PassesAndCancelsUnderTheirOwnCodes) {
  Cancellation cancellation;
  EXPECT_OK(CheckTime(Deadline::Never(), nullptr));
  EXPECT_OK(CheckTime(Deadline::After(std::chrono::hours(1)), &cancellation));
  EXPECT_THAT(
      CheckTime(Deadline::After(std::chrono::milliseconds(0)), nullptr),
      StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("deadline")));
  cancellation.Cancel();
  EXPECT_THAT(CheckTime(Deadline::Never(), &cancellation),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("cancelled")));
}

}  // namespace
}  // namespace hashvet
