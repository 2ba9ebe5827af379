// Callers of the decoder pool who are in each other's way. Prints one JSON
// object.
//
//   decode_crowd beside GOOD BOMBS LANES CALLERS
//       BOMBS: names, one a line. How long GOOD takes on so many threads, and
//       how long when one request in ten is one of BOMBS
//   decode_crowd late PROGRAM DEADLINE_MS TIMES
//       PROGRAM: tests/sandbox/hostile_decoder. Children that do not end, so
//       many times each of several kinds, on two threads a processor: how much
//       later than its deadline each was answered

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/pool_support.h"
#include "hashvet/base/mapped_file.h"
#include "hashvet/sandbox/decoder_pool.h"

namespace hashvet {
namespace {

using bench::At;
using bench::Bytes;
using bench::Clock;
using bench::Die;
using bench::MillisecondsSince;
using bench::OnThreads;
using bench::OrDie;

std::vector<Bytes> ReadFiles(const std::string& list) {
  std::vector<Bytes> files;
  std::ifstream names(list);
  for (std::string name; std::getline(names, name);) {
    auto bytes = ReadFile(name, size_t{4} << 20);
    if (bytes.ok()) files.push_back(*std::move(bytes));
  }
  if (files.empty()) Die("no file can be read: " + list);
  return files;
}

// {"mean_ms": …, "median_ms": …, "p95_ms": …}
std::string Summary(const std::vector<double>& times) {
  const double sum = std::accumulate(times.begin(), times.end(), 0.0);
  std::array<char, 128> text;
  std::snprintf(text.data(), text.size(),
                "{\"mean_ms\": %.3f, \"median_ms\": %.3f, \"p95_ms\": %.3f}",
                times.empty() ? 0 : sum / static_cast<double>(times.size()),
                At(times, 0.5), At(times, 0.95));
  return text.data();
}

int Beside(const std::string& good_file, const std::string& bomb_list,
           size_t lanes, size_t callers) {
  const Bytes good = OrDie(ReadFile(good_file, size_t{64} << 20));
  const std::vector<Bytes> bombs = ReadFiles(bomb_list);
  const auto pool = OrDie(DecoderPool::Start({.max_active = lanes}));
  std::map<std::string, uint64_t> outcomes;
  std::mutex mutex;
  std::atomic<size_t> next_bomb = 0;
  const auto ask = [&](size_t requests, bool with_bombs,
                       std::vector<double>& times) {
    std::atomic<size_t> next = 0;
    OnThreads(callers, [&] {
      for (size_t i = next++; i < requests; i = next++) {
        if (with_bombs && i % 10 == 0) {
          const PictureHashes answer =
              pool->Hash(bombs[next_bomb++ % bombs.size()], "", {});
          const std::lock_guard lock(mutex);
          ++outcomes[std::string(NameOf(answer.outcome))];
          continue;
        }
        const Clock::time_point start = Clock::now();
        const bool hashed =
            pool->Hash(good, "", {}).outcome == HashOutcome::kHashed;
        const double took = MillisecondsSince(start);
        const std::lock_guard lock(mutex);
        times.push_back(took);
        if (!hashed) ++outcomes["good picture not hashed"];
      }
    });
  };
  // In turn, a little of each: both meet the same noise.
  constexpr size_t kRequests = 100;
  std::vector<double> alone;
  std::vector<double> beside;
  for (size_t done = 0; done < bombs.size() * 10; done += kRequests) {
    ask(kRequests, false, alone);
    ask(kRequests, true, beside);
  }
  std::string text;
  for (const auto& [name, times] : outcomes) {
    text +=
        (text.empty() ? "\"" : ", \"") + name + "\": " + std::to_string(times);
  }
  std::printf(
      "{\"bombs\": %zu, \"alone\": %s, \"beside\": %s, \"outcomes\": {%s}}\n",
      bombs.size(), Summary(alone).c_str(), Summary(beside).c_str(),
      text.c_str());
  return 0;
}

int Late(const std::string& program, uint32_t deadline_ms, size_t times) {
  // Those that use their processor all the time, and one that waits; to the
  // lanes of JPEG, whose records are read in another size, and to the others.
  constexpr std::array<std::string_view, 6> kEndless = {"spin",
                                                        "sleep",
                                                        "answer_and_spin",
                                                        "\xff\xd8\xffspin",
                                                        "\xff\xd8\xffsleep",
                                                        "\xff\xd8\xff"
                                                        "answer_and_spin"};
  const size_t callers = size_t{2} * std::thread::hardware_concurrency();
  const auto pool = OrDie(DecoderPool::Start({.program = program,
                                              .max_active = callers,
                                              .deadline_ms = deadline_ms,
                                              .breaker_crashes = 0}));
  std::mutex mutex;
  std::vector<double> late_ms;
  size_t others = 0;
  std::atomic<size_t> next = 0;
  OnThreads(callers, [&] {
    for (size_t i = next++; i < times * kEndless.size(); i = next++) {
      const std::string_view text = kEndless[i % kEndless.size()];
      const Clock::time_point start = Clock::now();
      const PictureHashes answer = pool->Hash(
          std::as_bytes(std::span(text.data(), text.size())), "", {});
      const double took = MillisecondsSince(start);
      const std::lock_guard lock(mutex);
      others += answer.outcome == HashOutcome::kTimeout ? 0 : 1;
      late_ms.push_back(took - deadline_ms);
    }
  });
  std::printf(
      "{\"answers\": %zu, \"callers\": %zu, \"others\": %zu, "
      "\"earliest_ms\": %.2f, \"median_ms\": %.2f, \"latest_ms\": %.2f}\n",
      late_ms.size(), callers, others, At(late_ms, 0), At(late_ms, 0.5),
      At(late_ms, 1));
  return 0;
}

}  // namespace
}  // namespace hashvet

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 5 && words[0] == "beside") {
    return hashvet::Beside(words[1], words[2], std::stoull(words[3]),
                           std::stoull(words[4]));
  }
  if (words.size() == 4 && words[0] == "late") {
    return hashvet::Late(words[1], static_cast<uint32_t>(std::stoul(words[2])),
                         std::stoull(words[3]));
  }
  hashvet::bench::Die(
      "want: decode_crowd beside GOOD BOMBS LANES CALLERS | late PROGRAM "
      "DEADLINE_MS TIMES");
}
