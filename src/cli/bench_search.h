// One measured search: build an index, check its answers, time them.

#ifndef HASHVET_SRC_CLI_BENCH_SEARCH_H_
#define HASHVET_SRC_CLI_BENCH_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "src/cli/bench_data.h"

namespace hashvet::cli {

struct BenchSearchOptions {
  BenchShape shape;
  std::string index = "auto";  // auto, flat or ring
  uint64_t batch = 64;         // queries a call
  uint64_t nearest = 0;        // ask for that many nearest, not for all
  size_t threads = 1;
  double seconds = 1;  // at least so long, or five rounds
  std::string write;   // a folder for rows, queries and hits; empty: none
};

struct BenchSearchReport {
  std::string index, target, plan;
  uint64_t rows = 0, queries = 0;
  double build_s = 0, bytes_per_row = 0;
  // A query: its call's time shared by the queries of the call.
  double mean_us = 0, p50_us = 0, p99_us = 0, p999_us = 0;
  double processor_us = 0;  // processor time of all threads, a query
  // What one core reads from memory, measured in the same run.
  double read_gb_per_s = 0;
  uint64_t hits = 0;
  uint64_t candidates = 0, verified = 0, scanned = 0;  // ring index, one round
  uint64_t checked = 0;    // queries compared with the definition
  uint64_t different = 0;  // of those: must be 0
};

// Errors: InvalidArgument for options that do not fit; what building, searching
// and writing say.
absl::StatusOr<BenchSearchReport> BenchSearch(
    const BenchSearchOptions& options);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_BENCH_SEARCH_H_
