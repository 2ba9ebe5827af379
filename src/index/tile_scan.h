// Every row against every query, cut into tiles that stay in cache and chunks
// that run on the caller's threads: what the indexes that look at every row
// share.

#ifndef HASHVET_SRC_INDEX_TILE_SCAN_H_
#define HASHVET_SRC_INDEX_TILE_SCAN_H_

#include <cstddef>
#include <span>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/hash/bit_rows.h"
#include "hashvet/index/range_index.h"
#include "src/kernels/hamming.h"

namespace hashvet {

// Tiles begin at multiples of this.
inline constexpr size_t kTileRowStep = 64;

struct Tile {
  size_t begin, end;    // rows
  size_t first, count;  // queries, at most 64
};

// Appends a tile's hits to `out`, which has room for all its pairs, and returns
// how many. Hits name queries by their place in the tile; those of one query
// come in ascending row order.
using ScanTileFn =
    absl::FunctionRef<size_t(const Tile& tile, kernels::Hit* out)>;

// How the pairs of a scan are cut, by what a pair costs.
struct ScanShape {
  // What one body of ParallelFor does at least: some 100 microseconds.
  size_t min_chunk_pairs = size_t{1} << 20;
  // Between two looks at the clock: 0.1 ms vectorised, 2 ms portable.
  size_t pairs_per_check = size_t{1} << 20;
};

// Calls scan for tiles that cover all pairs, and puts the hits in order.
//
// Errors: DeadlineExceeded, Cancelled; ResourceExhausted when there is no
// memory for the answer.
absl::StatusOr<Neighbors> ScanTiles(size_t rows, size_t queries,
                                    const SearchOptions& options,
                                    ScanTileFn scan,
                                    const ScanShape& shape = {});

// InvalidArgument unless queries and max_distance fit an index of that width.
absl::Status CheckQuestion(BitRows queries, uint32_t max_distance,
                           uint32_t width_bits);

// InvalidArgument when a row has a bit set from its width on: distances count
// whole words. `what` begins the message, which names the row.
absl::Status CheckNoBitsPastWidth(std::string_view what, BitRows rows);

// InvalidArgument when HASHVET_SIMD_TARGET names no target of this machine.
absl::Status CheckTarget();

// ResourceExhausted over kMaxIndexRows. `what` names the index.
absl::Status CheckRows(std::string_view what, size_t rows);

absl::Status OutOfMemory(std::string_view what);

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_TILE_SCAN_H_
