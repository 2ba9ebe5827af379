// How many digests a second does the digest index look up? One thread, through
// DigestIndex::Find, half of the queries in the index, in random order; sizes
// by where the tables fit: level 2, level 3, memory.
//
// "crafted" is the worst there is: every digest of the index begins with the
// same eight bytes, so each look-up is a binary search among all of them.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "hashvet/index/digest_index.h"

namespace hashvet {
namespace {

constexpr size_t kQueries = 1'000'000;

struct Set {
  std::vector<uint8_t> digests;
  std::vector<Digest> queries;
  std::vector<std::optional<uint32_t>> want;
};

// Random digests behind `shared` bytes of zeros.
template <size_t bytes>
Set MakeSet(size_t rows, size_t shared) {
  std::mt19937_64 random(1);
  using Value = std::array<uint8_t, bytes>;
  std::vector<Value> values(rows);
  for (Value& value : values) {
    uint64_t words[4] = {random(), random(), random(), random()};
    value = {};
    std::memcpy(value.data() + shared, words, bytes - shared);
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  Set set;
  set.digests.resize(values.size() * bytes);
  for (size_t r = 0; r < values.size(); ++r) {
    std::memcpy(&set.digests[r * bytes], values[r].data(), bytes);
  }
  for (size_t q = 0; q < kQueries; ++q) {
    const size_t r = random() % values.size();
    Value value = values[r];
    if (q % 2 == 0) {
      set.want.emplace_back(static_cast<uint32_t>(r));
    } else {  // not a row: random, or between two rows
      const uint64_t word = random();
      std::memcpy(value.data() + shared, &word, 8);
      const bool stored =
          std::binary_search(values.begin(), values.end(), value);
      if (stored) {
        --q;
        continue;
      }
      set.want.emplace_back();
    }
    set.queries.emplace_back(value);
  }
  return set;
}

Set MakeSet(size_t digest_bytes, size_t rows, size_t shared) {
  if (digest_bytes == 16) return MakeSet<16>(rows, shared);
  if (digest_bytes == 20) return MakeSet<20>(rows, shared);
  return MakeSet<32>(rows, shared);
}

void Find(benchmark::State& state, size_t shared) {
  const auto digest_bytes = static_cast<size_t>(state.range(0));
  const auto rows = static_cast<size_t>(state.range(1));
  const Set set = MakeSet(digest_bytes, rows, shared);
  const auto index = DigestIndex::Create(digest_bytes, set.digests);
  // A wrong answer is not a fast answer; half of it is not empty.
  const auto got = index.ok() ? index->Find(set.queries) : index.status();
  if (!got.ok() || *got != set.want) {
    state.SkipWithError("differs from the definition");
    return;
  }
  for (auto _ : state) {
    auto found = index->Find(set.queries);
    benchmark::DoNotOptimize(found);
  }
  state.counters["lookups"] =
      benchmark::Counter(static_cast<double>(kQueries),
                         benchmark::Counter::kIsIterationInvariantRate);
  const DigestTables& tables = index->tables();
  state.counters["bytes_a_row"] =
      static_cast<double>(tables.digests.size() + 4 * tables.offsets.size()) /
      static_cast<double>(index->rows());
}
BENCHMARK_CAPTURE(Find, random, 0)
    ->ArgNames({"bytes", "rows"})
    ->ArgsProduct({{16, 20, 32}, {10'000, 1'000'000, 10'000'000}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Find, crafted, 8)
    ->ArgNames({"bytes", "rows"})
    ->ArgsProduct({{16}, {10'000'000}})
    ->Unit(benchmark::kMillisecond);

// What opening a mapped table costs: every row and offset is looked at.
void FromTables(benchmark::State& state) {
  const auto digest_bytes = static_cast<size_t>(state.range(0));
  const auto rows = static_cast<size_t>(state.range(1));
  const Set set = MakeSet(digest_bytes, rows, 0);
  const auto owner = DigestIndex::Create(digest_bytes, set.digests);
  const auto view =
      owner.ok() ? DigestIndex::FromTables(owner->tables()) : owner.status();
  const auto got = view.ok() ? view->Find(set.queries) : view.status();
  if (!got.ok() || *got != set.want) {
    state.SkipWithError("differs from the definition");
    return;
  }
  for (auto _ : state) {
    auto opened = DigestIndex::FromTables(owner->tables());
    benchmark::DoNotOptimize(opened);
  }
}
BENCHMARK(FromTables)
    ->ArgNames({"bytes", "rows"})
    ->ArgsProduct({{16, 32}, {10'000'000}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hashvet

BENCHMARK_MAIN();
