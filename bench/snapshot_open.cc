// How soon a published list answers, and what it costs in memory. For
// bench/evidence/snapshot.py.
//
//   snapshot_open DIRECTORY QUERIES [wait]
//
// Opens the directory as a program does that starts (files verified before on
// this host are opened quickly), with the quick known-answer test, and asks one
// query; then QUERIES random ones; then verifies everything again on all
// processors. With `wait` it prints after the queries and stays until its
// standard input ends, then prints its memory again.
//
// Prints JSON objects, one a line: {"open_ms", "verified_now",
// "first_query_ms", "queries", "matches", "resident_kb", "proportional_kb"},
// then
// {"complete_s"} or, with `wait`, {"proportional_kb"}.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "hashvet/base/executor.h"
#include "hashvet/list/publication.h"
#include "hashvet/matcher/known_answers.h"
#include "hashvet/matcher/matcher.h"

namespace hashvet {
namespace {

using Clock = std::chrono::steady_clock;

double MillisecondsSince(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began)
      .count();
}

// "Rss" or "Pss" of this process, in KiB.
uint64_t Memory(const std::string& what) {
  std::ifstream rollup("/proc/self/smaps_rollup");
  std::string line;
  while (std::getline(rollup, line)) {
    if (line.rfind(what + ":", 0) == 0) {
      return std::strtoull(line.c_str() + what.size() + 1, nullptr, 10);
    }
  }
  return 0;
}

int Run(const std::string& directory, size_t queries, bool wait) {
  std::mt19937_64 random(std::random_device{}());
  const auto query = [&] {
    return HashValue::Pdq(Hash256({random(), random(), random(), random()}));
  };
  const auto began = Clock::now();
  absl::StatusOr<Published> published = OpenPublished(directory);
  if (!published.ok()) {
    std::cerr << published.status() << "\n";
    return 3;
  }
  auto generation = Generation::Create({{published->base, published->overlay}});
  if (!generation.ok()) return 3;
  const absl::Status known =
      TestKnownAnswers(**generation, KnownAnswerOptions::Quick(random()));
  if (!known.ok()) {
    std::cerr << known << "\n";
    return 3;
  }
  const Matcher matcher = Matcher::Serve(*generation);
  const double open_ms = MillisecondsSince(began);
  const auto asked = Clock::now();
  if (matcher.MatchValue(query()).outcome != Outcome::kNoMatch) return 4;
  const double first_ms = MillisecondsSince(asked);

  size_t matches = 0;
  for (size_t i = 0; i < queries; ++i) {
    matches += matcher.MatchValue(query()).matches.size();
  }
  std::printf(
      "{\"open_ms\": %.2f, \"verified_now\": %s, "
      "\"first_query_ms\": %.3f, \"queries\": %zu, \"matches\": %zu, "
      "\"resident_kb\": %llu, \"proportional_kb\": %llu}\n",
      open_ms, published->verified_now ? "true" : "false", first_ms, queries,
      matches, static_cast<unsigned long long>(Memory("Rss")),
      static_cast<unsigned long long>(Memory("Pss")));
  std::fflush(stdout);
  if (wait) {
    while (std::cin.get() != EOF) {
    }
    std::printf("{\"proportional_kb\": %llu}\n",
                static_cast<unsigned long long>(Memory("Pss")));
    return 0;
  }
  const std::unique_ptr<Executor> pool = MakeThreadPool(0);
  const auto verifying = Clock::now();
  PublishedOptions options;
  options.verify_always = true;
  options.executor = pool.get();
  if (!OpenPublished(directory, options).ok()) return 3;
  std::printf("{\"complete_s\": %.3f}\n", MillisecondsSince(verifying) / 1e3);
  return 0;
}

}  // namespace
}  // namespace hashvet

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: snapshot_open DIRECTORY QUERIES [wait]\n");
    return 2;
  }
  return hashvet::Run(argv[1], std::strtoul(argv[2], nullptr, 10),
                      argc > 3 && std::strcmp(argv[3], "wait") == 0);
}
