// Every query against every row, for the indexes that look at all of them: the
// rows cut into tiles that stay in cache, the work spread over the caller's
// executor, the clock looked at, the answer assembled. Private to the index
// layer.

#ifndef HASHVET_SRC_INDEX_TILED_SCAN_H_
#define HASHVET_SRC_INDEX_TILED_SCAN_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/index/range_index.h"
#include "src/index/table_memory.h"

namespace hashvet {

// How the pairs (query, row) are cut.
struct ScanShape {
  size_t group_queries;    // compared by one call of the kernel, at most
  size_t tile_pairs;       // queries x rows of such a call
  size_t row_step;         // what the kernel wants rows cut at
  size_t min_chunk_pairs;  // what one body of ParallelFor does at least
  size_t pairs_per_check;  // between two looks at the clock
};

// The hits of one chunk of rows, in pieces that never move: growing a vector
// would need twice the memory of an answer that may be large.
template <typename Hit>
class HitStore {
 public:
  void Append(std::span<const Hit> hits) {
    while (!hits.empty()) {
      if (pieces_.empty() ||
          pieces_.back().size() == pieces_.back().capacity()) {
        pieces_.emplace_back().reserve(kPieceHits);
      }
      std::vector<Hit>& piece = pieces_.back();
      const size_t n = std::min(hits.size(), piece.capacity() - piece.size());
      piece.insert(piece.end(), hits.begin(), hits.begin() + n);
      hits = hits.subspan(n);
    }
  }
  const std::vector<std::vector<Hit>>& pieces() const { return pieces_; }
  void Clear() { pieces_ = {}; }

 private:
  static constexpr size_t kPieceHits = 4096;
  std::vector<std::vector<Hit>> pieces_;
};

// The chunks' hits by query; rows ascend because chunks, tiles and a kernel's
// hits of one query do. Frees the chunks as it goes.
template <typename Hit>
Neighbors Assemble(size_t queries, std::span<HitStore<Hit>> chunks) {
  std::vector<size_t> begins(queries + 1);
  for (const HitStore<Hit>& chunk : chunks) {
    for (const auto& piece : chunk.pieces()) {
      for (const Hit& hit : piece) ++begins[hit.query + 1];
    }
  }
  for (size_t q = 0; q < queries; ++q) begins[q + 1] += begins[q];
  std::vector<Neighbor> items(begins.back());
  std::vector<size_t> next(begins.begin(), begins.end() - 1);
  for (HitStore<Hit>& chunk : chunks) {
    for (const auto& piece : chunk.pieces()) {
      for (const Hit& hit : piece) {
        items[next[hit.query]++] = {hit.row, hit.distance};
      }
    }
    chunk.Clear();
  }
  return Neighbors(std::move(begins), std::move(items));
}

// Hit is a kernel's: {query, row, distance}. Kernel is called as
//
//   size_t kernel(begin, end, first, count, Hit* out)
//
// for rows [begin, end), begin a multiple of shape.row_step, and the queries
// [first, first + count); it writes their hits, each query's in ascending row
// order and numbered from `first`, and returns how many. It must be callable
// from several threads at once.
template <typename Hit, typename Kernel>
class TiledScan {
 public:
  // `name` begins error messages: "flat index". All must outlive the scan.
  TiledScan(std::string_view name, const ScanShape& shape, const Kernel& kernel,
            const SearchOptions& options)
      : name_(name), shape_(shape), kernel_(kernel), options_(options) {}

  // Errors: DeadlineExceeded, Cancelled; ResourceExhausted when there is no
  // memory for the answer, which can be rows x queries long.
  absl::StatusOr<Neighbors> Run(size_t rows, size_t queries) {
    HASHVET_RETURN_IF_ERROR(
        CheckTime(options_.deadline, options_.cancellation));
    // No memory is an error like any other, and must not end a body of
    // ParallelFor as an exception.
    try {
      if (queries == 0 || rows == 0) {
        return Neighbors(std::vector<size_t>(queries + 1), {});
      }
      // Chunks of whole steps of rows, a few for each thread so that none
      // waits.
      size_t chunk_rows = rows;
      if (options_.executor != nullptr) {
        const size_t threads = options_.executor->parallelism();
        const size_t wanted = rows / (threads > 1 ? 4 * threads : 1);
        chunk_rows = std::max(wanted, shape_.min_chunk_pairs / queries);
      }
      chunk_rows = RoundUp(std::max<size_t>(chunk_rows, 1), shape_.row_step);
      const size_t chunks = (rows + chunk_rows - 1) / chunk_rows;

      std::vector<HitStore<Hit>> found(chunks);
      std::vector<absl::Status> done(chunks);
      const auto body = [&](size_t c) {
        const size_t begin = c * chunk_rows;
        try {
          done[c] = Chunk(begin, std::min(begin + chunk_rows, rows), queries,
                          found[c]);
        } catch (const std::bad_alloc&) {
          done[c] = OutOfMemory();
        }
        if (!done[c].ok()) stopped_.store(true, std::memory_order_relaxed);
      };
      if (options_.executor == nullptr || chunks == 1) {
        for (size_t c = 0; c < chunks; ++c) body(c);
      } else {
        options_.executor->ParallelFor(chunks, body);
      }
      for (const absl::Status& status : done) HASHVET_RETURN_IF_ERROR(status);
      return Assemble<Hit>(queries, found);
    } catch (const std::bad_alloc&) {
      return OutOfMemory();
    }
  }

 private:
  // Rows [begin, end) against all queries: each tile of rows is read from
  // memory once. begin is a multiple of row_step.
  absl::Status Chunk(size_t begin, size_t end, size_t queries,
                     HitStore<Hit>& found) const {
    const size_t group = std::min(queries, shape_.group_queries);
    const size_t tile_rows =
        std::max(shape_.row_step,
                 shape_.tile_pairs / group / shape_.row_step * shape_.row_step);
    // Uninitialised: mostly untouched.
    const std::unique_ptr<Hit[]> hits(
        new Hit[group * std::min(tile_rows, end - begin)]);
    size_t unchecked = 0;
    for (size_t row = begin; row < end; row += tile_rows) {
      const size_t tile_end = std::min(row + tile_rows, end);
      for (size_t first = 0; first < queries; first += group) {
        const size_t count = std::min(group, queries - first);
        const size_t n = kernel_(row, tile_end, first, count, hits.get());
        for (size_t i = 0; i < n; ++i) {
          hits[i].query += static_cast<uint32_t>(first);
        }
        found.Append({hits.get(), n});
        unchecked += count * (tile_end - row);
        if (unchecked >= shape_.pairs_per_check) {
          unchecked = 0;
          if (stopped_.load(std::memory_order_relaxed)) {
            return absl::OkStatus();  // another chunk's error is returned
          }
          HASHVET_RETURN_IF_ERROR(
              CheckTime(options_.deadline, options_.cancellation));
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status OutOfMemory() const {
    return absl::ResourceExhaustedError(
        absl::StrCat(ToAbsl(name_), ": no memory for the answer"));
  }

  const std::string_view name_;
  const ScanShape& shape_;
  const Kernel& kernel_;
  const SearchOptions& options_;
  std::atomic<bool> stopped_ = false;  // by an error in any chunk
};

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_TILED_SCAN_H_
