// How long does a ring search take, by rows, radius and batch, and what do its
// kernels do by themselves? One thread; on the target HASHVET_SIMD_TARGET
// forces or the CPU's best, and every target for the kernels. Half of the
// queries are a row with up to `radius` bits flipped.
//
// `hashvet bench search` measures one setting with percentiles; this is for the
// report's plots and for changes to the code.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/index/ring_index.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

constexpr size_t kQueries = 2048;
constexpr size_t kCheckedQueries = 8;

struct Data {
  std::vector<Hash256> rows;
  std::unique_ptr<RingIndex> index;
};

const Data* DataOf(size_t rows) {
  static std::map<size_t, Data>& made = *new std::map<size_t, Data>;
  Data& data = made[rows];
  if (data.index == nullptr) {
    std::mt19937_64 random(rows);
    data.rows.resize(rows);
    for (Hash256& row : data.rows) {
      row = Hash256({random(), random(), random(), random()});
    }
    auto index = RingIndex::Create(data.rows, MakeThreadPool(0).get());
    if (!index.ok()) return nullptr;
    data.index = std::make_unique<RingIndex>(std::move(*index));
  }
  return &data;
}

std::vector<Hash256> QueriesOf(const Data& data, uint32_t radius) {
  std::mt19937_64 random(7);
  std::vector<Hash256> queries(kQueries);
  for (size_t q = 0; q < kQueries; ++q) {
    if (q % 2 == 1) {
      queries[q] = Hash256({random(), random(), random(), random()});
      continue;
    }
    queries[q] = data.rows[random() % data.rows.size()];
    for (size_t i = random() % (radius + 1); i > 0; --i) {
      const size_t bit = random() % 256;
      queries[q].set_bit(bit, !queries[q].bit(bit));
    }
  }
  return queries;
}

// A wrong answer is not a fast answer, and two empty ones prove nothing: half
// of the queries have a row near.
bool AgreesWithTheDefinition(const Data& data, std::span<const Hash256> queries,
                             uint32_t radius) {
  const auto asked = queries.first(kCheckedQueries);
  const auto got = data.index->Search(asked, radius);
  if (!got.ok() || got->total() == 0) return false;
  for (size_t q = 0; q < asked.size(); ++q) {
    std::vector<Neighbor> want;
    for (uint32_t r = 0; r < data.rows.size(); ++r) {
      const uint32_t distance = Distance(asked[q], data.rows[r]);
      if (distance <= radius) want.push_back({r, distance});
    }
    if (!std::ranges::equal(want, got->of(q))) return false;
  }
  return true;
}

void RingSearch(benchmark::State& state) {
  const Data* data = DataOf(static_cast<size_t>(state.range(0)));
  const auto radius = static_cast<uint32_t>(state.range(1));
  const auto batch = static_cast<size_t>(state.range(2));
  const auto target = ActiveSimdTarget();
  if (data == nullptr || !target.ok()) {
    state.SkipWithError("no index: is HASHVET_SIMD_TARGET a target?");
    return;
  }
  const std::vector<Hash256> queries = QueriesOf(*data, radius);
  if (!AgreesWithTheDefinition(*data, queries, radius)) {
    state.SkipWithError("differs from the definition");
    return;
  }
  size_t next = 0;
  for (auto _ : state) {
    auto found =
        data->index->Search(std::span(queries).subspan(next, batch), radius);
    benchmark::DoNotOptimize(found);
    next = (next + batch) % (kQueries - batch + 1);
  }
  state.SetLabel(std::string(*target));
  state.counters["queries"] =
      benchmark::Counter(static_cast<double>(batch),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(RingSearch)
    ->ArgNames({"rows", "radius", "batch"})
    ->ArgsProduct({{10'000, 100'000, 1'000'000, 10'000'000}, {31}, {1, 8, 256}})
    ->ArgsProduct({{1'000'000}, {0, 10, 20, 40}, {256}})
    ->Unit(benchmark::kMicrosecond);

void RingBuild(benchmark::State& state) {
  const auto rows = static_cast<size_t>(state.range(0));
  const Data* data = DataOf(rows);
  if (data == nullptr) {
    state.SkipWithError("no index: is HASHVET_SIMD_TARGET a target?");
    return;
  }
  for (auto _ : state) {
    auto index = RingIndex::Create(data->rows);
    benchmark::DoNotOptimize(index);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(RingBuild)->ArgName("rows")->Arg(100'000)->Arg(1'000'000)->Unit(
    benchmark::kMillisecond);

// Entries a second of the filter, in cache: buckets of 152 entries, as at ten
// million rows, at the limits of radius 31.
void RingFilter(benchmark::State& state, const kernels::Target* target) {
  constexpr size_t kEntries = 41'504, kBucket = 152;
  std::mt19937_64 random(1);
  std::vector<uint16_t> next(kEntries + kernels::kNextPadding);
  for (uint16_t& word : next) word = static_cast<uint16_t>(random());
  const std::vector<uint32_t> ids(next.size());
  const auto query = static_cast<uint16_t>(random());
  std::vector<kernels::RingRun> runs;
  size_t want = 0;
  for (size_t begin = 0; begin + kBucket <= kEntries; begin += kBucket) {
    const auto limit = static_cast<uint16_t>(runs.size() % 17 == 0 ? 3 : 2);
    runs.push_back({begin, kBucket, query, limit});
    for (size_t e = begin; e < begin + kBucket; ++e) {
      want += __builtin_popcount(next[e] ^ query) <= limit;
    }
  }
  std::vector<uint64_t> out(kEntries);
  const auto filter = [&] {
    return target->ring->filter(next.data(), runs.data(), runs.size(),
                                runs.size(), ids.data(), out.data(),
                                out.size());
  };
  if (want == 0 || filter().entries != want) {
    state.SkipWithError("differs from the definition");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(filter());
  state.counters["entries"] =
      benchmark::Counter(static_cast<double>(runs.size() * kBucket),
                         benchmark::Counter::kIsIterationInvariantRate);
}

// Rows a second of the scan of whole rows, in cache.
void RowScan(benchmark::State& state, const kernels::Target* target) {
  constexpr size_t kRows = 16'384;
  constexpr uint32_t kRadius = 31, kHalfMatch = 128;
  std::mt19937_64 random(1);
  std::vector<Hash256> rows(kRows);
  for (Hash256& row : rows) {
    row = Hash256({random(), random(), random(), random()});
  }
  std::vector<kernels::Hit> hits(kRows);
  const auto scan = [&](uint32_t radius) {
    return target->rows->scan(rows[0].words().data(), 4, 0, kRows,
                              rows[1].words().data(), 0, radius, hits.data());
  };
  size_t want = 0;
  for (const Hash256& row : rows) want += Distance(row, rows[1]) <= kHalfMatch;
  if (scan(kHalfMatch) != want || scan(kRadius) != 1) {
    state.SkipWithError("differs from the definition");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(scan(kRadius));
  state.counters["rows"] =
      benchmark::Counter(static_cast<double>(kRows),
                         benchmark::Counter::kIsIterationInvariantRate);
}

const bool kRegistered = [] {
  for (const kernels::Target* target : kernels::RunnableTargets()) {
    const std::string name = target->name;
    benchmark::RegisterBenchmark(("RingFilter/" + name).c_str(), RingFilter,
                                 target);
    benchmark::RegisterBenchmark(("RowScan/" + name).c_str(), RowScan, target);
  }
  return true;
}();

}  // namespace
}  // namespace hashvet

BENCHMARK_MAIN();
