// What the C interface costs: the same values of one list, asked through it and
// of the matcher itself, in turns. For bench/evidence/scale.py.
//
//   c_rate LIST.hvs QUERIES ROUNDS [FILE]
//
// FILE is given the queries, 32 bytes each, and behind them their outcomes, a
// byte each, for bench/python_rate.py to ask the same. A tenth of the queries
// are values of the list. Every outcome is compared before anything is timed,
// and matches are read through either. Prints a JSON object: {"queries",
// "matches", "rounds", "cpp_us", "c_us"}, the times being medians for a query.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "hashvet/c/hashvet.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/matcher/matcher.h"

namespace hashvet {
namespace {

using Clock = std::chrono::steady_clock;

struct Queries {
  std::vector<HashValue> values;
  std::vector<uint8_t> bytes;  // the same
};

Queries MakeQueries(const SnapshotReader& list, size_t count) {
  Queries queries;
  std::mt19937_64 random(3);
  for (size_t i = 0; i < count; ++i) {
    HashValue value =
        HashValue::Pdq(Hash256({random(), random(), random(), random()}));
    if (i % 10 == 0) {
      value = list.value(
          HashKind::kPdq,
          static_cast<uint32_t>(random() % list.rows(HashKind::kPdq)));
    }
    const std::vector<uint8_t> bytes = value.ToBytes();
    queries.bytes.insert(queries.bytes.end(), bytes.begin(), bytes.end());
    queries.values.push_back(std::move(value));
  }
  return queries;
}

std::vector<uint32_t> AskCpp(const Matcher& matcher, const Queries& queries) {
  std::vector<uint32_t> outcomes;
  for (const Verdict& verdict : matcher.MatchValues(queries.values)) {
    outcomes.push_back(static_cast<uint32_t>(verdict.outcome));
  }
  return outcomes;
}

std::vector<uint32_t> AskC(const hashvet_matcher* matcher,
                           const Queries& queries) {
  hashvet_verdicts* verdicts = nullptr;
  std::vector<uint32_t> outcomes(queries.values.size());
  if (hashvet_match_values(matcher, HASHVET_KIND_PDQ, queries.bytes.data(),
                           queries.bytes.size(), outcomes.size(), nullptr,
                           &verdicts, nullptr) != HASHVET_OK ||
      hashvet_verdict_outcomes(verdicts, outcomes.data(), outcomes.size(),
                               nullptr) != HASHVET_OK) {
    outcomes.clear();
  }
  hashvet_verdicts_free(verdicts);
  return outcomes;
}

double Median(std::vector<double> times) {
  std::ranges::nth_element(times, times.begin() + times.size() / 2);
  return times[times.size() / 2];
}

// Errors are the end of it.
void Write(const char* path, const Queries& queries,
           const std::vector<uint32_t>& outcomes) {
  std::string bytes(queries.bytes.begin(), queries.bytes.end());
  for (const uint32_t outcome : outcomes) bytes += static_cast<char>(outcome);
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  if (!file.flush()) std::abort();
}

int Run(const char* path, size_t count, size_t rounds, const char* file) {
  const auto list = SnapshotReader::Open(path);
  if (!list.ok()) {
    std::cerr << list.status() << "\n";
    return 3;
  }
  const auto cpp = Matcher::Create({*list});
  hashvet_matcher_options options = HASHVET_MATCHER_OPTIONS_INIT;
  options.snapshots = &path;
  options.snapshot_count = 1;
  hashvet_matcher* c = nullptr;
  if (!cpp.ok() || hashvet_matcher_open(&options, &c, nullptr) != 0) return 3;
  const Queries queries = MakeQueries(**list, count);
  const std::vector<uint32_t> want = AskCpp(*cpp, queries);
  const auto matches = std::ranges::count(want, uint32_t{HASHVET_MATCH});
  if (AskC(c, queries) != want || matches < static_cast<long>(count / 20)) {
    return 4;
  }
  if (file != nullptr) Write(file, queries, want);
  std::vector<double> cpp_us, c_us;
  for (size_t round = 0; round < rounds; ++round) {
    const auto timed = [&](auto ask, std::vector<double>& times) {
      const auto began = Clock::now();
      if (ask() != want) std::abort();
      times.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - began)
              .count() /
          static_cast<double>(count));
    };
    timed([&] { return AskCpp(*cpp, queries); }, cpp_us);
    timed([&] { return AskC(c, queries); }, c_us);
  }
  hashvet_matcher_close(c);
  std::printf(
      "{\"queries\":%zu,\"matches\":%ld,\"rounds\":%zu,\"cpp_us\":%.3f,"
      "\"c_us\":%.3f}\n",
      count, static_cast<long>(matches), rounds, Median(cpp_us), Median(c_us));
  return 0;
}

}  // namespace
}  // namespace hashvet

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::cerr << "want LIST.hvs QUERIES ROUNDS [FILE]\n";
    return 2;
  }
  return hashvet::Run(argv[1], std::strtoull(argv[2], nullptr, 10),
                      std::strtoull(argv[3], nullptr, 10),
                      argc == 5 ? argv[4] : nullptr);
}
