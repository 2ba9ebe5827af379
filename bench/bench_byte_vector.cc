// How many 144-byte vectors a second does the byte-vector index compare with a
// batch of queries? One thread. Search goes through ByteVectorIndex, on the
// target HASHVET_SIMD_TARGET forces or the CPU's best; Scan144 is the kernels
// alone, every target that runs here, rows in cache.
//
// Random rows, of which none match at the limits timed; "whole" is a limit that
// the first 32 bytes cannot rule out, so that whole rows are compared: one
// under which no random row is near, to time no writing of hits.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "hashvet/index/byte_vector_index.h"
#include "hashvet/index/flat_index.h"
#include "src/kernels/byte_vector.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

enum Metric : int64_t { kL1, kSquaredL2 };

// A limit that leaves 2 in 1,000 random rows after 32 bytes under L1 and 8 in
// 10,000,000 under squared L2, one at which about half of random rows match,
// and one that all pass by their first 32 bytes.
constexpr uint32_t kLimit[] = {1800, 50'000};
constexpr uint32_t kHalfMatch[] = {12'280, 1'573'000};
constexpr uint32_t kWhole[] = {8160, 720'000};
constexpr size_t kCheckedRows = 5'000;
constexpr size_t kCheckedQueries = 8;

std::vector<ByteVector144> RandomVectors(size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<ByteVector144> vectors(n);
  for (ByteVector144& vector : vectors) {
    for (uint8_t& byte : vector.bytes) byte = static_cast<uint8_t>(random());
  }
  return vectors;
}

uint32_t DistanceOf(int64_t metric, const ByteVector144& a,
                    const ByteVector144& b) {
  int sum = 0;
  for (size_t i = 0; i < ByteVector144::kBytes; ++i) {
    const int d = a.bytes[i] - b.bytes[i];
    sum += metric == kL1 ? std::abs(d) : d * d;
  }
  return static_cast<uint32_t>(sum);
}

absl::StatusOr<Neighbors> SearchUnder(const ByteVectorIndex& index,
                                      int64_t metric,
                                      std::span<const ByteVector144> queries,
                                      uint32_t limit) {
  return metric == kL1 ? index.SearchL1(queries, limit)
                       : index.SearchSquaredL2(queries, limit);
}

// A wrong answer is not a fast answer. Checked where half the rows match, so
// that two empty answers cannot agree, and at the limit that is timed.
bool AgreesWithTheDefinition(int64_t metric,
                             std::span<const ByteVector144> rows,
                             std::span<const ByteVector144> queries) {
  rows = rows.first(std::min(kCheckedRows, rows.size()));
  queries = queries.first(std::min(kCheckedQueries, queries.size()));
  const auto index = ByteVectorIndex::Create(rows);
  if (!index.ok()) return false;
  size_t hits = 0;
  for (uint32_t limit : {kHalfMatch[metric], kLimit[metric]}) {
    const auto got = SearchUnder(*index, metric, queries, limit);
    if (!got.ok()) return false;
    for (size_t q = 0; q < queries.size(); ++q) {
      std::vector<Neighbor> want;
      for (uint32_t r = 0; r < rows.size(); ++r) {
        const uint32_t distance = DistanceOf(metric, queries[q], rows[r]);
        if (distance <= limit) want.push_back({r, distance});
      }
      hits += want.size();
      if (!std::equal(want.begin(), want.end(), got->of(q).begin(),
                      got->of(q).end())) {
        return false;
      }
    }
  }
  return hits > 0;
}

void Search(benchmark::State& state) {
  const int64_t metric = state.range(0);
  const auto rows = RandomVectors(static_cast<size_t>(state.range(1)), 1);
  const auto queries = RandomVectors(static_cast<size_t>(state.range(2)), 2);
  const auto target = ActiveSimdTarget();
  const auto index = ByteVectorIndex::Create(rows);
  if (!target.ok() || !index.ok()) {
    state.SkipWithError("no index: is HASHVET_SIMD_TARGET a target?");
    return;
  }
  if (!AgreesWithTheDefinition(metric, rows, queries)) {
    state.SkipWithError("differs from the definition");
    return;
  }
  for (auto _ : state) {
    auto found = SearchUnder(*index, metric, queries, kLimit[metric]);
    benchmark::DoNotOptimize(found);
  }
  state.SetLabel(std::string(*target) + (metric == kL1 ? " L1" : " L2^2"));
  state.counters["compares"] =
      benchmark::Counter(static_cast<double>(rows.size() * queries.size()),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(Search)
    ->ArgNames({"metric", "rows", "queries"})
    ->ArgsProduct({{kL1, kSquaredL2}, {10'000, 1'000'000}, {1, 8, 64}})
    ->Unit(benchmark::kMicrosecond);

void Scan144(benchmark::State& state, const kernels::Target* target,
             int64_t metric, uint32_t limit) {
  const auto rows = RandomVectors(4'096, 1);
  const auto queries = RandomVectors(static_cast<size_t>(state.range(0)), 2);
  const auto index = ByteVectorIndex::Create(rows);
  if (!index.ok()) {
    state.SkipWithError("no index: is HASHVET_SIMD_TARGET a target?");
    return;
  }
  const kernels::Rows144 view = {index->tables().prefix.data(),
                                 index->tables().rest.data(), rows.size()};
  const kernels::Scan144Fn scan144 =
      metric == kL1 ? target->byte_vector->l1 : target->byte_vector->squared_l2;
  std::vector<kernels::Hit> hits(rows.size() * queries.size());
  const auto scan = [&](uint32_t max_distance) {
    return scan144(view, 0, rows.size(), queries[0].bytes.data(),
                   queries.size(), max_distance, hits.data());
  };
  for (uint32_t checked : {kHalfMatch[metric], limit}) {
    size_t want = 0;
    for (const ByteVector144& query : queries) {
      for (const ByteVector144& row : rows) {
        want += DistanceOf(metric, query, row) <= checked;
      }
    }
    bool right = scan(checked) == want;
    for (size_t i = 0; i < want && right; ++i) {
      right = hits[i].distance <= checked &&
              hits[i].distance ==
                  DistanceOf(metric, queries[hits[i].query], rows[hits[i].row]);
    }
    if (!right || (checked == kHalfMatch[metric] && want == 0)) {
      state.SkipWithError("differs from the definition");
      return;
    }
  }
  for (auto _ : state) benchmark::DoNotOptimize(scan(limit));
  state.counters["compares"] =
      benchmark::Counter(static_cast<double>(rows.size() * queries.size()),
                         benchmark::Counter::kIsIterationInvariantRate);
}

const bool kRegistered = [] {
  for (const kernels::Target* target : kernels::RunnableTargets()) {
    for (Metric metric : {kL1, kSquaredL2}) {
      for (bool whole : {false, true}) {
        const std::string name = "Scan144/" + std::string(target->name) +
                                 (metric == kL1 ? "/l1" : "/squared_l2") +
                                 (whole ? "/whole" : "");
        benchmark::RegisterBenchmark(name.c_str(), Scan144, target, metric,
                                     (whole ? kWhole : kLimit)[metric])
            ->ArgName("queries")
            ->Arg(1)
            ->Arg(8)
            ->Arg(64);
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace hashvet

BENCHMARK_MAIN();
