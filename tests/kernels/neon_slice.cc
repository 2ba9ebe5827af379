// The NEON kernels against the portable ones, as a program that needs no
// library, so that it runs wherever a cross compiler and qemu-user do. The full
// tests are hamming_test.cc and its neighbours; this is the slice that runs
// without an Arm machine. Built and run by run_neon_slice.sh.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "src/kernels/accumulate.h"
#include "src/kernels/byte_vector.h"
#include "src/kernels/hamming.h"
#include "src/kernels/ring.h"
#include "src/kernels/rows.h"

namespace hashvet::kernels {
namespace {

uint64_t Random() {  // xorshift64*: fixed, so that failures repeat
  static uint64_t state = 0x9E3779B97F4A7C15;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545F4914F6CDD1D;
}

[[noreturn]] void Fail(const char* what, size_t a, size_t b, size_t c) {
  std::fprintf(stderr, "neon differs from portable: %s (%zu, %zu, %zu)\n", what,
               a, b, c);
  std::exit(1);
}

constexpr size_t kMaxRows = 600;
constexpr size_t kMaxQueries = 64;

alignas(64) uint32_t g_prefix[4][kMaxRows];
alignas(64) uint64_t g_rest[2 * kMaxRows];
uint64_t g_queries[4 * kMaxQueries];
Hit g_hits[2][kMaxRows * kMaxQueries];

int ByQueryThenRow(const void* a, const void* b) {
  const auto key = [](const void* p) {
    const auto* hit = static_cast<const Hit*>(p);
    return uint64_t{hit->query} << 32 | hit->row;
  };
  return key(a) < key(b) ? -1 : key(a) > key(b);
}

// Pairs compared.
size_t CompareHamming() {
  const size_t sizes[] = {0,  1,  2,  3,  4,  5,  15,  16,  17,
                          31, 32, 33, 63, 64, 65, 255, 257, kMaxRows};
  const size_t batches[] = {1, 2, 3, 8, 9, kMaxQueries};
  const uint32_t radii[] = {0, 10, 31, 32, 36, 37, 48, 49, 100, 128, 256};
  size_t pairs = 0;
  for (size_t rows : sizes) {
    const Planes256 planes = {
        {g_prefix[0], g_prefix[1], g_prefix[2], g_prefix[3]}, g_rest, rows};
    for (size_t queries : batches) {
      for (uint64_t& word : g_queries) word = Random();
      for (size_t r = 0; r < rows; ++r) {
        // Every second row near a query: the bits kept are few.
        const uint64_t* near = g_queries + r % queries * 4;
        uint64_t row[4];
        for (size_t w = 0; w < 4; ++w) {
          uint64_t flips = Random() & Random() & Random();
          if (r % 4 == 0) flips &= Random();
          row[w] = r % 2 == 0 ? near[w] ^ flips : Random();
        }
        for (size_t p = 0; p < 4; ++p) {
          g_prefix[p][r] = static_cast<uint32_t>(row[p / 2] >> (p % 2 * 32));
        }
        g_rest[2 * r] = row[2];
        g_rest[2 * r + 1] = row[3];
      }
      for (uint32_t radius : radii) {
        size_t found[2];
        const HammingTable* tables[] = {&kHammingPortable, &kHammingNeon};
        for (size_t t = 0; t < 2; ++t) {
          found[t] = tables[t]->scan256(planes, 0, rows, g_queries, queries,
                                        radius, g_hits[t]);
          std::qsort(g_hits[t], found[t], sizeof(Hit), ByQueryThenRow);
        }
        if (found[0] != found[1] ||
            std::memcmp(g_hits[0], g_hits[1], found[0] * sizeof(Hit)) != 0) {
          Fail("scan256: rows, queries, radius", rows, queries, radius);
        }
        if (radius == 256 && found[0] != rows * queries) {
          Fail("scan256 misses rows at 256", rows, queries, radius);
        }
        pairs += rows * queries;
      }
    }
  }
  return pairs;
}

// Bits of sums compared: the order of rounding is part of the contract.
size_t CompareAccumulate() {
  constexpr size_t kMaxWidth = 150, kRows = 19, kOut = 20, kTerms = 64;
  static uint8_t pixels[kRows * kMaxWidth * 4];
  static float lumas[kRows * kMaxWidth], weights[kOut * kTerms];
  static float sums[2][kMaxWidth], row[kMaxWidth + kTerms];
  static double dots[2][kOut];
  const auto unit = [] {
    return static_cast<float>(Random() >> 40) * 0x1p-24f;
  };
  const AccumulateTable* tables[] = {&kAccumulatePortable, &kAccumulateNeon};
  size_t values = 0;
  const auto same = [&](const char* what, const void* a, const void* b,
                        size_t bytes, size_t count, size_t rows) {
    if (std::memcmp(a, b, bytes) != 0) Fail(what, count, rows, 0);
    values += count;
  };
  for (size_t width = 1; width <= kMaxWidth; ++width) {
    for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(Random());
    for (float& luma : lumas) luma = 255 * unit();
    for (float& weight : weights) weight = unit();
    for (float& value : row) value = 255 * unit();
    const auto* floats = reinterpret_cast<const uint8_t*>(lumas);
    for (size_t rows = 1; rows <= kRows; ++rows) {
      const auto both = [&](const char* what, auto&& accumulate) {
        for (size_t t = 0; t < 2; ++t) accumulate(*tables[t], sums[t]);
        same(what, sums[0], sums[1], width * sizeof(float), width, rows);
      };
      both("grey8: width, rows", [&](const AccumulateTable& table, float* acc) {
        table.grey8(pixels, width, weights, rows, width, acc);
      });
      for (size_t red = 0; red <= 2; red += 2) {
        both("colour8: width, rows",
             [&](const AccumulateTable& table, float* acc) {
               table.colour8(pixels, 3 * width, weights, rows, width, red, acc);
             });
      }
      both("luma32: width, rows", [&](const AccumulateTable& table,
                                      float* acc) {
        table.luma32(floats, width * sizeof(float), weights, rows, width, acc);
      });
    }
    uint32_t offsets[kOut], firsts[kOut], counts[kOut];
    for (uint32_t o = 0; o < kOut; ++o) {
      offsets[o] = o * kTerms;
      firsts[o] = static_cast<uint32_t>(Random() % width);
      counts[o] = static_cast<uint32_t>(Random() % (kTerms / kDotLanes + 1) *
                                        kDotLanes);
    }
    for (size_t t = 0; t < 2; ++t) {
      tables[t]->banded_dot(row, weights, offsets, firsts, counts, kOut,
                            dots[t]);
    }
    same("banded_dot: outputs", dots[0], dots[1], sizeof dots[0], kOut, 0);
  }
  return values;
}

uint8_t g_vector_prefix[kMaxRows * 32], g_vector_rest[kMaxRows * 112];
uint8_t g_vector_queries[kVectorBytes * kMaxQueries];
Hit g_vector_hits[2][kMaxRows * kMaxQueries];

// Pairs compared. kMaxRows is whole groups.
size_t CompareByteVectors() {
  const size_t sizes[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 63, 65, kMaxRows};
  const size_t batches[] = {1, 2, 9, kMaxQueries};
  const uint32_t l1[] = {0, 900, 1800, 8159, 8160, 12'240, 36'720};
  const uint32_t squared_l2[] = {0,         20'000,    50'000,   1'500'000,
                                 2'080'800, 2'080'801, 9'363'600};
  constexpr size_t kLimits = 7;
  size_t pairs = 0;
  for (size_t rows : sizes) {
    const Rows144 groups = {g_vector_prefix, g_vector_rest, rows};
    for (size_t queries : batches) {
      for (uint8_t& byte : g_vector_queries) {
        byte = static_cast<uint8_t>(Random());
      }
      for (size_t r = 0; r < rows; ++r) {
        // Every second row within 31 or 7 of a query in every byte.
        const uint8_t* near = g_vector_queries + r % queries * kVectorBytes;
        for (size_t i = 0; i < kVectorBytes; ++i) {
          const uint8_t steps = Random() & (r % 4 == 0 ? 31 : 7);
          const auto byte =
              static_cast<uint8_t>(r % 2 == 0 ? near[i] ^ steps : Random());
          const size_t at = i / 8 * 64 + r % 8 * 8 + i % 8;
          if (i < 32) {
            g_vector_prefix[r / 8 * 256 + at] = byte;
          } else {
            g_vector_rest[r / 8 * 896 + at - 256] = byte;
          }
        }
      }
      for (size_t i = 0; i < 2 * kLimits; ++i) {
        const bool is_l1 = i < kLimits;
        const uint32_t limit = is_l1 ? l1[i] : squared_l2[i - kLimits];
        size_t found[2];
        const ByteVectorTable* tables[] = {&kByteVectorPortable,
                                           &kByteVectorNeon};
        for (size_t t = 0; t < 2; ++t) {
          const Scan144Fn scan = is_l1 ? tables[t]->l1 : tables[t]->squared_l2;
          found[t] = scan(groups, 0, rows, g_vector_queries, queries, limit,
                          g_vector_hits[t]);
          std::qsort(g_vector_hits[t], found[t], sizeof(Hit), ByQueryThenRow);
        }
        if (found[0] != found[1] ||
            std::memcmp(g_vector_hits[0], g_vector_hits[1],
                        found[0] * sizeof(Hit)) != 0) {
          Fail(is_l1 ? "l1: rows, queries, limit"
                     : "squared_l2: rows, queries, limit",
               rows, queries, limit);
        }
        if (i % kLimits == kLimits - 1 && found[0] != rows * queries) {
          Fail("byte vectors: misses rows at the largest distance", rows,
               queries, limit);
        }
        pairs += rows * queries;
      }
    }
  }
  return pairs;
}

// Entries filtered: runs of every length around a vector, with room for all and
// with little, so that runs are gone on with.
size_t CompareRing() {
  constexpr size_t kEntries = 1000, kRuns = 60;
  static uint16_t next[kEntries + kNextPadding];
  static uint32_t ids[kEntries];
  static uint64_t entries[2][kRuns * kEntries];
  const void* const lines[] = {next, ids, entries, lines, nullptr};
  const RingTable* tables[] = {&kRingPortable, &kRingNeon};
  const size_t rooms[] = {1, 2, 15, 16, 17, 40, kRuns * kEntries};
  size_t filtered = 0;
  for (uint32_t count = 1; count <= 80; ++count) {
    for (uint16_t limit = 0; limit <= 16; ++limit) {
      RingRun asked[kRuns];
      for (uint16_t& word : next) {
        word = static_cast<uint16_t>(Random() & Random() & Random());
      }
      for (RingRun& run : asked) {
        const uint64_t begin = Random() % (kEntries - count + 1);
        run = {begin, count, static_cast<uint16_t>(Random() & Random()), limit};
      }
      asked[0].begin = kEntries - count;
      for (size_t room : rooms) {
        size_t found[2];
        for (size_t t = 0; t < 2; ++t) {
          RingRun runs[kRuns];
          std::memcpy(runs, asked, sizeof runs);
          found[t] = 0;
          for (size_t done = 0; done < kRuns;) {
            const RingFound some =
                tables[t]->filter(next, runs + done, kRuns - done,
                                  {kRuns - done, ids, lines, room % 5},
                                  entries[t] + found[t], room);
            if (some.entries > room) Fail("ring room", count, limit, room);
            done += some.runs;
            found[t] += some.entries;
          }
        }
        if (found[0] != found[1] ||
            std::memcmp(entries[0], entries[1], found[0] * sizeof(uint64_t)) !=
                0) {
          Fail("ring: entries a run, limit, room", count, limit, room);
        }
        if (limit == 16 && found[0] != kRuns * count) {
          Fail("ring misses entries at 16", count, limit, room);
        }
        filtered += kRuns * count;
      }
    }
  }
  return filtered;
}

// Rows compared, in order and as listed.
size_t CompareRows() {
  constexpr size_t kMaxWords = 16, kCount = 40;
  static uint64_t rows[kCount * kMaxWords];
  static uint32_t ids[kCount];
  uint64_t query[kMaxWords];
  Hit hits[2][kCount];
  const RowsTable* tables[] = {&kRowsPortable, &kRowsNeon};
  size_t compared = 0;
  for (size_t words = 1; words <= kMaxWords; ++words) {
    for (uint64_t& word : query) word = Random();
    for (size_t i = 0; i < kCount * words; ++i) {
      const uint64_t flips =
          i / words % 3 == 0 ? Random() & Random() : Random();
      rows[i] = query[i % words] ^ flips;
    }
    for (uint32_t& id : ids) id = static_cast<uint32_t>(Random() % kCount);
    for (uint32_t radius = 0; radius <= 64 * words; ++radius) {
      for (size_t begin = 0; begin < 5; ++begin) {
        for (size_t end = kCount - 5; end <= kCount; ++end) {
          size_t found[2];
          for (size_t t = 0; t < 2; ++t) {
            found[t] = tables[t]->scan(rows, words, begin, end, query, 3,
                                       radius, hits[t]);
          }
          if (found[0] != found[1] ||
              std::memcmp(hits[0], hits[1], found[0] * sizeof(Hit)) != 0) {
            Fail("rows scan: words, radius, begin", words, radius, begin);
          }
          if (radius == 64 * words && found[0] != end - begin) {
            Fail("rows scan misses rows", words, radius, begin);
          }
          compared += end - begin;
        }
      }
      size_t found[2];
      for (size_t t = 0; t < 2; ++t) {
        found[t] = tables[t]->check(rows, words, ids, kCount, query, 3, radius,
                                    hits[t]);
      }
      if (found[0] != found[1] ||
          std::memcmp(hits[0], hits[1], found[0] * sizeof(Hit)) != 0) {
        Fail("rows check: words, radius", words, radius, 0);
      }
      compared += kCount;
    }
  }
  return compared;
}

}  // namespace
}  // namespace hashvet::kernels

int main() {
  using namespace hashvet::kernels;
  std::printf("hamming: %zu pairs compared, 0 differences\n", CompareHamming());
  std::printf("accumulate: %zu sums compared, 0 differences\n",
              CompareAccumulate());
  std::printf("byte vectors: %zu pairs compared, 0 differences\n",
              CompareByteVectors());
  std::printf("ring: %zu entries filtered, 0 differences\n", CompareRing());
  std::printf("rows: %zu rows compared, 0 differences\n", CompareRows());
  return 0;
}
