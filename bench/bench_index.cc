// How many rows a second does the flat index compare with a batch of queries?
// One thread, through FlatIndex::Search, on the target HASHVET_SIMD_TARGET
// forces or the CPU's best; radius 31; random rows, of which none match.
//
// ReadBandwidth is what the same core reads from memory: one query alone over a
// large index cannot be faster than that over 12 bytes a row.

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "hashvet/index/flat_index.h"
#include "src/kernels/hamming.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

constexpr uint32_t kRadius = 31;
constexpr uint32_t kHalfMatch = 128;  // about half of random rows
constexpr size_t kCheckedRows = 20'000;
constexpr size_t kCheckedQueries = 8;

std::vector<Hash256> RandomHashes(size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Hash256> hashes(n);
  for (Hash256& hash : hashes) {
    hash = Hash256({random(), random(), random(), random()});
  }
  return hashes;
}

// A wrong answer is not a fast answer. Checked where half the rows match, so
// that two empty answers cannot agree, and at the radius that is timed.
bool AgreesWithTheDefinition(const std::vector<Hash256>& rows,
                             const std::vector<Hash256>& queries) {
  const auto some_rows =
      std::span(rows).first(std::min(kCheckedRows, rows.size()));
  const auto asked =
      std::span(queries).first(std::min(kCheckedQueries, queries.size()));
  const auto index = FlatIndex::Create(some_rows);
  if (!index.ok()) return false;
  for (uint32_t radius : {kHalfMatch, kRadius}) {
    const auto got = index->Search(asked, radius);
    if (!got.ok()) return false;
    for (size_t q = 0; q < asked.size(); ++q) {
      std::vector<Neighbor> want;
      for (uint32_t r = 0; r < some_rows.size(); ++r) {
        const uint32_t distance = Distance(asked[q], some_rows[r]);
        if (distance <= radius) want.push_back({r, distance});
      }
      if (!std::equal(want.begin(), want.end(), got->of(q).begin(),
                      got->of(q).end())) {
        return false;
      }
    }
  }
  return true;
}

void FlatSearch(benchmark::State& state) {
  const auto rows = RandomHashes(static_cast<size_t>(state.range(0)), 1);
  const auto queries = RandomHashes(static_cast<size_t>(state.range(1)), 2);
  const auto target = ActiveSimdTarget();
  const auto index = FlatIndex::Create(rows);
  if (!target.ok() || !index.ok()) {
    state.SkipWithError("no index: is HASHVET_SIMD_TARGET a target?");
    return;
  }
  if (!AgreesWithTheDefinition(rows, queries)) {
    state.SkipWithError("differs from the definition");
    return;
  }
  for (auto _ : state) {
    auto found = index->Search(queries, kRadius);
    benchmark::DoNotOptimize(found);
  }
  const double pairs = static_cast<double>(rows.size() * queries.size());
  state.SetLabel(std::string(*target));
  state.counters["compares"] =
      benchmark::Counter(pairs, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["prefix_bytes"] =
      benchmark::Counter(12.0 * static_cast<double>(rows.size()),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(FlatSearch)
    ->ArgNames({"rows", "queries"})
    ->ArgsProduct({{10'000, 1'000'000, 10'000'000}, {1, 2, 8, 64}})
    ->Unit(benchmark::kMicrosecond);

// The kernels alone, every target that runs here, rows in cache.
void Scan256(benchmark::State& state, const kernels::Target* target) {
  const auto rows = RandomHashes(16'384, 1);
  const auto queries = RandomHashes(static_cast<size_t>(state.range(0)), 2);
  const auto max_distance = static_cast<uint32_t>(state.range(1));
  const auto index = FlatIndex::Create(rows);
  if (!index.ok()) {
    state.SkipWithError("no index: is HASHVET_SIMD_TARGET a target?");
    return;
  }
  const FlatPlanes& planes = index->planes();
  const kernels::Planes256 view = {
      {planes.prefix[0].data(), planes.prefix[1].data(),
       planes.prefix[2].data(), planes.prefix[3].data()},
      planes.rest.data(),
      rows.size()};
  std::vector<kernels::Hit> hits(rows.size() * queries.size());
  const auto scan = [&](uint32_t radius) {
    return target->hamming->scan256(view, 0, rows.size(),
                                    queries[0].words().data(), queries.size(),
                                    radius, hits.data());
  };
  for (uint32_t radius : {kHalfMatch, max_distance}) {
    size_t want = 0;
    for (const Hash256& query : queries) {
      for (const Hash256& row : rows) want += Distance(query, row) <= radius;
    }
    bool right = scan(radius) == want;
    for (size_t i = 0; i < want && right; ++i) {
      right = hits[i].distance <= radius &&
              hits[i].distance ==
                  Distance(queries[hits[i].query], rows[hits[i].row]);
    }
    if (!right) {
      state.SkipWithError("differs from the definition");
      return;
    }
  }
  for (auto _ : state) benchmark::DoNotOptimize(scan(max_distance));
  state.counters["compares"] =
      benchmark::Counter(static_cast<double>(rows.size() * queries.size()),
                         benchmark::Counter::kIsIterationInvariantRate);
}

// As the index keeps its rows: large pages, which cost fewer translations.
void ReadBandwidth(benchmark::State& state) {
  constexpr size_t kBytes = size_t{256} << 20, kHugePage = size_t{2} << 20;
  const std::unique_ptr<uint64_t[], decltype(&std::free)> words(
      static_cast<uint64_t*>(std::aligned_alloc(kHugePage, kBytes)), std::free);
  (void)madvise(words.get(), kBytes, MADV_HUGEPAGE);
  std::fill_n(words.get(), kBytes / 8, 1);
  for (auto _ : state) {
    // Independent sums, so that loads and not additions are the limit.
    uint64_t sum[8] = {};
    for (size_t i = 0; i < kBytes / 8; i += 8) {
      for (size_t j = 0; j < 8; ++j) sum[j] |= words[i + j];
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetBytesProcessed(state.iterations() * int64_t{kBytes});
}
BENCHMARK(ReadBandwidth)->Unit(benchmark::kMillisecond);

const bool kRegistered = [] {
  for (const kernels::Target* target : kernels::RunnableTargets()) {
    benchmark::RegisterBenchmark(
        ("Scan256/" + std::string(target->name)).c_str(), Scan256, target)
        ->ArgNames({"queries", "radius"})
        ->ArgsProduct({{1, 8, 64}, {31, 36, 48, 90}});
  }
  return true;
}();

}  // namespace
}  // namespace hashvet

BENCHMARK_MAIN();
