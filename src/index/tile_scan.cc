#include "src/index/tile_scan.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

// A kernel call compares up to kGroupQueries queries with a tile of rows: few
// enough that the rows stay in the level-1 cache from query to query and the
// hits, if every pair is one, in level 2 (32,768 x 12 bytes).
constexpr size_t kGroupQueries = 64;
constexpr size_t kTilePairs = 32'768;  // queries x rows

size_t RoundUp(size_t n, size_t step) { return (n + step - 1) / step * step; }

// The hits of one chunk of rows, in pieces that never move: growing a vector
// would need twice the memory of an answer that may be large.
class HitStore {
 public:
  void Append(std::span<const kernels::Hit> hits) {
    while (!hits.empty()) {
      if (pieces_.empty() ||
          pieces_.back().size() == pieces_.back().capacity()) {
        pieces_.emplace_back().reserve(kPieceHits);
      }
      std::vector<kernels::Hit>& piece = pieces_.back();
      const size_t n = std::min(hits.size(), piece.capacity() - piece.size());
      piece.insert(piece.end(), hits.begin(), hits.begin() + n);
      hits = hits.subspan(n);
    }
  }
  const std::vector<std::vector<kernels::Hit>>& pieces() const {
    return pieces_;
  }
  void Clear() { pieces_ = {}; }

 private:
  static constexpr size_t kPieceHits = 4096;
  std::vector<std::vector<kernels::Hit>> pieces_;
};

struct Scan {
  size_t queries;
  const SearchOptions& options;
  ScanTileFn scan;
  const ScanShape& shape;
  std::atomic<bool> stopped = false;  // by an error in any chunk

  // Rows [begin, end) against all queries: each tile of rows is read from
  // memory once. begin is a multiple of kTileRowStep.
  absl::Status Chunk(size_t begin, size_t end, HitStore& found) const {
    const size_t group = std::min(queries, kGroupQueries);
    const size_t tile_rows = std::max(
        kTileRowStep, kTilePairs / group / kTileRowStep * kTileRowStep);
    // Uninitialised: mostly untouched.
    const std::unique_ptr<kernels::Hit[]> hits(
        new kernels::Hit[group * std::min(tile_rows, end - begin)]);
    size_t unchecked = 0;
    for (size_t row = begin; row < end; row += tile_rows) {
      const size_t tile_end = std::min(row + tile_rows, end);
      for (size_t first = 0; first < queries; first += group) {
        const size_t count = std::min(group, queries - first);
        const size_t n = scan({row, tile_end, first, count}, hits.get());
        for (size_t i = 0; i < n; ++i) {
          hits[i].query += static_cast<uint32_t>(first);
        }
        found.Append({hits.get(), n});
        unchecked += count * (tile_end - row);
        if (unchecked >= shape.pairs_per_check) {
          unchecked = 0;
          if (stopped.load(std::memory_order_relaxed)) {
            return absl::OkStatus();  // another chunk's error is returned
          }
          HASHVET_RETURN_IF_ERROR(
              CheckTime(options.deadline, options.cancellation));
        }
      }
    }
    return absl::OkStatus();
  }
};

// The chunks' hits by query; rows ascend because chunks, tiles and a tile's
// hits of one query do. Frees the chunks as it goes.
Neighbors Assemble(size_t queries, std::span<HitStore> chunks) {
  std::vector<size_t> begins(queries + 1);
  for (const HitStore& chunk : chunks) {
    for (const auto& piece : chunk.pieces()) {
      for (const kernels::Hit& hit : piece) ++begins[hit.query + 1];
    }
  }
  for (size_t q = 0; q < queries; ++q) begins[q + 1] += begins[q];
  std::vector<Neighbor> items(begins.back());
  std::vector<size_t> next(begins.begin(), begins.end() - 1);
  for (HitStore& chunk : chunks) {
    for (const auto& piece : chunk.pieces()) {
      for (const kernels::Hit& hit : piece) {
        items[next[hit.query]++] = {hit.row, hit.distance};
      }
    }
    chunk.Clear();
  }
  return Neighbors(std::move(begins), std::move(items));
}

}  // namespace

absl::StatusOr<Neighbors> ScanTiles(size_t rows, size_t queries,
                                    const SearchOptions& options,
                                    ScanTileFn scan, const ScanShape& shape) {
  HASHVET_RETURN_IF_ERROR(CheckTime(options.deadline, options.cancellation));
  if (queries == 0 || rows == 0) {
    try {
      return Neighbors(std::vector<size_t>(queries + 1), {});
    } catch (const std::bad_alloc&) {
      return OutOfMemory("the answer");
    }
  }
  // Chunks of whole steps of rows, a few for each thread so that none waits.
  size_t chunk_rows = rows;
  if (options.executor != nullptr) {
    const size_t threads = options.executor->parallelism();
    const size_t wanted = rows / (threads > 1 ? 4 * threads : 1);
    chunk_rows = std::max(wanted, shape.min_chunk_pairs / queries);
  }
  chunk_rows = RoundUp(std::max<size_t>(chunk_rows, 1), kTileRowStep);
  const size_t chunks = (rows + chunk_rows - 1) / chunk_rows;

  // The answer can be rows x queries long: no memory for it is an error like
  // any other, and must not end a body of ParallelFor as an exception.
  try {
    Scan work{queries, options, scan, shape};
    std::vector<HitStore> found(chunks);
    std::vector<absl::Status> done(chunks);
    const auto body = [&](size_t c) {
      const size_t begin = c * chunk_rows;
      try {
        done[c] =
            work.Chunk(begin, std::min(begin + chunk_rows, rows), found[c]);
      } catch (const std::bad_alloc&) {
        done[c] = OutOfMemory("the answer");
      }
      if (!done[c].ok()) work.stopped.store(true, std::memory_order_relaxed);
    };
    if (options.executor == nullptr || chunks == 1) {
      for (size_t c = 0; c < chunks; ++c) body(c);
    } else {
      options.executor->ParallelFor(chunks, body);
    }
    for (const absl::Status& status : done) HASHVET_RETURN_IF_ERROR(status);
    return Assemble(queries, found);
  } catch (const std::bad_alloc&) {
    return OutOfMemory("the answer");
  }
}

absl::Status CheckQuestion(BitRows queries, uint32_t max_distance,
                           uint32_t width_bits) {
  if (max_distance > width_bits) {
    return absl::InvalidArgumentError(absl::StrCat(
        "search: max_distance ", max_distance, ", at most ", width_bits));
  }
  if (!queries.empty() && queries.width_bits() != width_bits) {
    return absl::InvalidArgumentError(
        absl::StrCat("search: queries of ", queries.width_bits(),
                     " bits, the index holds rows of ", width_bits));
  }
  if (queries.size() > kMaxIndexRows) {
    return absl::InvalidArgumentError(absl::StrCat(
        "search: ", queries.size(), " queries, at most ", kMaxIndexRows));
  }
  return CheckNoBitsPastWidth("search: query", queries);
}

absl::Status CheckNoBitsPastWidth(std::string_view what, BitRows rows) {
  const uint32_t used = rows.width_bits() % 64;
  if (used == 0) return absl::OkStatus();
  for (size_t r = 0; r < rows.size(); ++r) {
    if (rows[r].back() >> used != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(ToAbsl(what), " ", r, " has bits past its width of ",
                       rows.width_bits()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTarget() {
  if (kernels::ActiveTarget() != nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(kernels::ActiveTargetError());
}

absl::Status CheckRows(std::string_view what, size_t rows) {
  if (rows <= kMaxIndexRows) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat(ToAbsl(what), ": ", rows, " rows, at most ", kMaxIndexRows));
}

absl::Status OutOfMemory(std::string_view what) {
  return absl::ResourceExhaustedError(
      absl::StrCat("index: no memory for ", ToAbsl(what)));
}

}  // namespace hashvet
