// Does the ring index find every planted neighbour, and does it agree with the
// definition on every pair? For bench/evidence/search.py.
//
//   search_exactness PLANTED ROWS QUERIES MAX_DISTANCE SEED
//
// Two lists of 256-bit rows:
//
//   planted   PLANTED random queries, each with a row at exactly MAX_DISTANCE
//             bits and one a bit further: the answer is the first alone. When
//             MAX_DISTANCE + 1 is a multiple of 16 a row at that distance has
//             just one chunk from which the ring's conditions hold (the cycle
//             lemma); how many begin at each is counted
//   pairs     ROWS random rows, a tenth of them within 40 bits of a query, and
//             QUERIES queries: every pair is compared by the definition
//
// Prints one JSON object: {"target", "max_distance", "planted", "found",
// "by_first_chunk": [16], "pairs", "near", "different", "probed", "scanned"}.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "hashvet/base/executor.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/index/ring_index.h"

namespace hashvet {
namespace {

constexpr size_t kChunks = 16;

Hash256 RandomHash(std::mt19937_64& random) {
  return Hash256({random(), random(), random(), random()});
}

Hash256 Flipped(Hash256 hash, uint32_t count, std::mt19937_64& random) {
  std::array<uint8_t, 256> bits;
  for (size_t i = 0; i < 256; ++i) bits[i] = static_cast<uint8_t>(i);
  for (uint32_t i = 0; i < count; ++i) {
    std::swap(bits[i], bits[i + random() % (256 - i)]);
    hash.set_bit(bits[i], !hash.bit(bits[i]));
  }
  return hash;
}

// The chunk from which every sum of (d_c - t_c - 1) is negative, equal
// allowances given; kChunks where there is none.
size_t FirstChunk(const Hash256& a, const Hash256& b, uint32_t max_distance) {
  std::array<int, kChunks> excess;
  for (size_t c = 0; c < kChunks; ++c) {
    // ring_index.h: 16 x 16 bits, chunks by parity.
    const size_t lowest = (c < 8 ? 16 : 0) + (c % 8 < 4 ? 1 : 0);
    const uint64_t differing =
        (a.words()[c % 4] ^ b.words()[c % 4]) >> lowest & 0x0000'5555'0000'5555;
    excess[c] = std::popcount(differing) -
                static_cast<int>((max_distance + 1) / kChunks);
  }
  for (size_t s = 0; s < kChunks; ++s) {
    int sum = 0;
    bool holds = true;
    for (size_t l = 0; l < kChunks && holds; ++l) {
      sum += excess[(s + l) % kChunks];
      holds = sum < 0;
    }
    if (holds) return s;
  }
  return kChunks;
}

struct Outcome {
  uint64_t planted = 0, found = 0, pairs = 0, near = 0, different = 0;
  std::array<uint64_t, kChunks + 1> by_first_chunk = {};
  RingCounts work;
};

bool Planted(size_t count, uint32_t max_distance, std::mt19937_64& random,
             Executor& pool, Outcome& outcome) {
  std::vector<Hash256> queries(count), rows(2 * count);
  for (size_t q = 0; q < count; ++q) {
    queries[q] = RandomHash(random);
    rows[2 * q] = Flipped(queries[q], max_distance, random);
    rows[2 * q + 1] = Flipped(queries[q], max_distance + 1, random);
    ++outcome.by_first_chunk[FirstChunk(queries[q], rows[2 * q], max_distance)];
  }
  const auto index = RingIndex::Create(rows, &pool);
  if (!index.ok()) return false;
  SearchOptions options;
  options.executor = &pool;
  const auto found =
      index->SearchCounted(queries, max_distance, options, outcome.work);
  if (!found.ok()) return false;
  outcome.planted = count;
  for (size_t q = 0; q < count; ++q) {
    const auto near = found->of(q);
    const Neighbor want = {static_cast<uint32_t>(2 * q), max_distance};
    outcome.found += near.size() == 1 && near[0] == want;
  }
  return true;
}

bool Pairs(size_t row_count, size_t query_count, uint32_t max_distance,
           std::mt19937_64& random, Executor& pool, Outcome& outcome) {
  std::vector<Hash256> queries(query_count), rows(row_count);
  for (Hash256& query : queries) query = RandomHash(random);
  for (size_t r = 0; r < row_count; ++r) {
    rows[r] = r % 10 != 0
                  ? RandomHash(random)
                  : Flipped(queries[random() % query_count],
                            static_cast<uint32_t>(random() % 41), random);
  }
  const auto index = RingIndex::Create(rows, &pool);
  if (!index.ok()) return false;
  SearchOptions options;
  options.executor = &pool;
  const auto found =
      index->SearchCounted(queries, max_distance, options, outcome.work);
  if (!found.ok()) return false;
  std::atomic<uint64_t> different = 0;
  pool.ParallelFor(query_count, [&](size_t q) {
    std::vector<Neighbor> want;
    for (uint32_t r = 0; r < rows.size(); ++r) {
      const uint32_t distance = Distance(queries[q], rows[r]);
      if (distance <= max_distance) want.push_back({r, distance});
    }
    if (!std::ranges::equal(want, found->of(q))) ++different;
  });
  outcome.pairs = static_cast<uint64_t>(row_count) * query_count;
  outcome.near = found->total();
  outcome.different = different;
  return true;
}

}  // namespace
}  // namespace hashvet

int main(int argc, char** argv) {
  using namespace hashvet;
  if (argc != 6) {
    std::fprintf(stderr,
                 "usage: search_exactness PLANTED ROWS QUERIES "
                 "MAX_DISTANCE SEED\n");
    return 2;
  }
  const auto number = [&](int i) {
    return static_cast<size_t>(std::strtoull(argv[i], nullptr, 10));
  };
  const auto max_distance = static_cast<uint32_t>(number(4));
  std::mt19937_64 random(number(5));
  const auto pool = MakeThreadPool(0);
  const auto target = ActiveSimdTarget();
  Outcome outcome;
  if (!target.ok() ||
      !Planted(number(1), max_distance, random, *pool, outcome) ||
      !Pairs(number(2), number(3), max_distance, random, *pool, outcome)) {
    std::fprintf(stderr, "no index, or no answer\n");
    return 2;
  }
  std::string chunks;
  for (size_t c = 0; c < kChunks; ++c) {
    chunks += (c == 0 ? "" : ", ") + std::to_string(outcome.by_first_chunk[c]);
  }
  std::printf(
      "{\"target\": \"%s\", \"max_distance\": %u, \"planted\": %llu, "
      "\"found\": %llu, \"by_first_chunk\": [%s], \"pairs\": %llu, "
      "\"near\": %llu, \"different\": %llu, \"probed\": %llu, "
      "\"scanned\": %llu}\n",
      std::string(*target).c_str(), max_distance,
      static_cast<unsigned long long>(outcome.planted),
      static_cast<unsigned long long>(outcome.found), chunks.c_str(),
      static_cast<unsigned long long>(outcome.pairs),
      static_cast<unsigned long long>(outcome.near),
      static_cast<unsigned long long>(outcome.different),
      static_cast<unsigned long long>(outcome.work.probed),
      static_cast<unsigned long long>(outcome.work.scanned));
  return outcome.found == outcome.planted && outcome.different == 0 ? 0 : 1;
}
