// Rows and queries to measure a search with: made from a seed, the same on
// every machine, or read from a file.

#ifndef HASHVET_SRC_CLI_BENCH_DATA_H_
#define HASHVET_SRC_CLI_BENCH_DATA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/hash/bit_rows.h"

namespace hashvet::cli {

struct BenchShape {
  std::string data = "uniform";
  uint64_t rows = 0;
  uint64_t queries = 0;
  uint32_t width_bits = 256;
  uint32_t max_distance = 31;
  std::optional<uint32_t> planted_at;  // of "planted"; else max_distance
  uint64_t seed = 1;
};

struct BenchData {
  std::vector<uint64_t> row_words, query_words;
  BitRows rows, queries;  // views of the two
};

// What --data may name, besides a file:
//
//   uniform       random rows; half of the queries are a row with up to
//                 max_distance bits flipped, half are random
//   planted       each query has a row at exactly planted_at bits and one a bit
//                 further, spread over the list; the others are random
//   clustered     bits as uneven as those of real PDQ hashes (two rows agree
//                 within a bit in a chunk 1 to 3.2 times as often as random
//                 ones), and one row in ten a near copy of another; queries as
//                 for uniform, the random ones uneven too
//   hotspot       half of the rows within 4 bits of one centre; queries as for
//                 uniform, none near the centre
//   centre        the same rows; every query within 4 bits of the centre
//   orientations  random rows; queries in eights: the dihedral hashes of one
//                 random picture each, the first of them near a row (256 bits
//                 only)
inline constexpr std::string_view kBenchDataNames =
    "uniform, planted, clustered, hotspot, centre, orientations";

// Errors: InvalidArgument for an unknown name or a shape that cannot be had;
// what reading the file says.
absl::StatusOr<BenchData> MakeBenchData(const BenchShape& shape);

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_BENCH_DATA_H_
