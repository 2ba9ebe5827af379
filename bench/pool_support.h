// What the measurements of the decoder pool share.

#ifndef HASHVET_BENCH_POOL_SUPPORT_H_
#define HASHVET_BENCH_POOL_SUPPORT_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace hashvet::bench {

using Bytes = std::vector<std::byte>;
using Clock = std::chrono::steady_clock;

inline double MillisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin)
      .count();
}

inline double At(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<size_t>(part * values.size()))];
}

[[noreturn]] inline void Die(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(2);
}

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) Die(value.status().ToString());
  return *std::move(value);
}

template <typename Body>
void OnThreads(size_t threads, Body body) {
  std::vector<std::thread> running;
  for (size_t t = 0; t < threads; ++t) running.emplace_back(body);
  for (std::thread& thread : running) thread.join();
}

}  // namespace hashvet::bench

#endif  // HASHVET_BENCH_POOL_SUPPORT_H_
