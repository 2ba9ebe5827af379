#include "hashvet/index/flat_index.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/status.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

constexpr size_t kPlaneAlignment = 64;         // bytes
constexpr size_t kHugePage = size_t{1} << 21;  // bytes

// A kernel call compares up to kGroupQueries queries with a tile of rows: few
// enough that the rows stay in the level-1 cache from query to query and the
// hits, if every pair is one, in level 2 (32,768 x 12 bytes).
constexpr size_t kGroupQueries = 64;
constexpr size_t kTilePairs = 32'768;  // queries x rows
constexpr size_t kRowStep = 64;        // what the kernels want rows cut at

// What one body of ParallelFor does at least: some 100 microseconds.
constexpr size_t kMinChunkPairs = size_t{1} << 20;
// Pairs between two looks at the clock: 0.1 ms vectorised, 2 ms portable.
constexpr size_t kPairsPerCheck = size_t{1} << 20;

static_assert(sizeof(Hash256) == 32);  // four words: what the kernels read

size_t RoundUp(size_t n, size_t step) { return (n + step - 1) / step * step; }

// The hits of one chunk of rows, in pieces that never move: growing a vector
// would need twice the memory of an answer that may be large.
class HitStore {
 public:
  void Append(std::span<const kernels::Hit256> hits) {
    while (!hits.empty()) {
      if (pieces_.empty() ||
          pieces_.back().size() == pieces_.back().capacity()) {
        pieces_.emplace_back().reserve(kPieceHits);
      }
      std::vector<kernels::Hit256>& piece = pieces_.back();
      const size_t n = std::min(hits.size(), piece.capacity() - piece.size());
      piece.insert(piece.end(), hits.begin(), hits.begin() + n);
      hits = hits.subspan(n);
    }
  }
  const std::vector<std::vector<kernels::Hit256>>& pieces() const {
    return pieces_;
  }
  void Clear() { pieces_ = {}; }

 private:
  static constexpr size_t kPieceHits = 4096;
  std::vector<std::vector<kernels::Hit256>> pieces_;
};

struct Scan {
  kernels::Scan256Fn scan256;
  kernels::Planes256 planes;
  std::span<const Hash256> queries;
  uint32_t max_distance;
  const SearchOptions& options;
  std::atomic<bool> stopped = false;  // by an error in any chunk

  // Rows [begin, end) against all queries: each tile of rows is read from
  // memory once. begin is a multiple of kRowStep.
  absl::Status Chunk(size_t begin, size_t end, HitStore& found) const {
    const size_t group = std::min(queries.size(), kGroupQueries);
    const size_t tile_rows =
        std::max(kRowStep, kTilePairs / group / kRowStep * kRowStep);
    // Uninitialised: mostly untouched.
    const std::unique_ptr<kernels::Hit256[]> hits(
        new kernels::Hit256[group * std::min(tile_rows, end - begin)]);
    size_t unchecked = 0;
    for (size_t row = begin; row < end; row += tile_rows) {
      const size_t tile_end = std::min(row + tile_rows, end);
      for (size_t first = 0; first < queries.size(); first += group) {
        const size_t count = std::min(group, queries.size() - first);
        const size_t n =
            scan256(planes, row, tile_end, queries[first].words().data(), count,
                    max_distance, hits.get());
        for (size_t i = 0; i < n; ++i) {
          hits[i].query += static_cast<uint32_t>(first);
        }
        found.Append({hits.get(), n});
        unchecked += count * (tile_end - row);
        if (unchecked >= kPairsPerCheck) {
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

// The chunks' hits by query; rows ascend because chunks, tiles and a kernel's
// hits of one query do. Frees the chunks as it goes.
Neighbors Assemble(size_t queries, std::span<HitStore> chunks) {
  std::vector<size_t> begins(queries + 1);
  for (const HitStore& chunk : chunks) {
    for (const auto& piece : chunk.pieces()) {
      for (const kernels::Hit256& hit : piece) ++begins[hit.query + 1];
    }
  }
  for (size_t q = 0; q < queries; ++q) begins[q + 1] += begins[q];
  std::vector<Neighbor> items(begins.back());
  std::vector<size_t> next(begins.begin(), begins.end() - 1);
  for (HitStore& chunk : chunks) {
    for (const auto& piece : chunk.pieces()) {
      for (const kernels::Hit256& hit : piece) {
        items[next[hit.query]++] = {hit.row, hit.distance};
      }
    }
    chunk.Clear();
  }
  return Neighbors(std::move(begins), std::move(items));
}

absl::Status CheckTarget() {
  if (kernels::ActiveTarget() != nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(kernels::ActiveTargetError());
}

absl::Status CheckRows(size_t rows) {
  if (rows <= kMaxIndexRows) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("flat index: ", rows, " rows, at most ", kMaxIndexRows));
}

absl::Status OutOfMemory(std::string_view what) {
  return absl::ResourceExhaustedError(
      absl::StrCat("flat index: no memory for ", ToAbsl(what)));
}

}  // namespace

// One block: the four prefix planes, then the rest, each aligned.
struct FlatIndex::Owned {
  explicit Owned(size_t bytes)
      : memory(std::aligned_alloc(
            bytes < kHugePage ? kPlaneAlignment : kHugePage,
            RoundUp(std::max<size_t>(bytes, 1),
                    bytes < kHugePage ? kPlaneAlignment : kHugePage))) {
    // Scans read straight on: large pages save address translations. Advice
    // only; refused is fine.
    if (memory != nullptr && bytes >= kHugePage) {
      (void)madvise(memory, RoundUp(bytes, kHugePage), MADV_HUGEPAGE);
    }
  }
  ~Owned() { std::free(memory); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  void* const memory;  // null when there was none to have
};

FlatIndex::FlatIndex(const FlatPlanes& planes,
                     std::shared_ptr<const Owned> owned)
    : planes_(planes), owned_(std::move(owned)) {}

absl::StatusOr<FlatIndex> FlatIndex::Create(std::span<const Hash256> rows) {
  HASHVET_RETURN_IF_ERROR(CheckTarget());
  HASHVET_RETURN_IF_ERROR(CheckRows(rows.size()));
  const size_t n = rows.size();
  const size_t plane_bytes = RoundUp(n * sizeof(uint32_t), kPlaneAlignment);
  auto owned =
      std::make_shared<const Owned>(4 * plane_bytes + 2 * n * sizeof(uint64_t));
  if (owned->memory == nullptr) {
    return OutOfMemory(absl::StrCat(n, " rows"));
  }
  char* const memory = static_cast<char*>(owned->memory);
  FlatPlanes planes;
  uint32_t* prefix[4];
  for (size_t p = 0; p < 4; ++p) {
    prefix[p] = new (memory + p * plane_bytes) uint32_t[n];
    planes.prefix[p] = {prefix[p], n};
  }
  auto* const rest = new (memory + 4 * plane_bytes) uint64_t[2 * n];
  planes.rest = {rest, 2 * n};
  for (size_t r = 0; r < n; ++r) {
    const Hash256::Words& words = rows[r].words();
    for (size_t p = 0; p < 4; ++p) {
      prefix[p][r] = static_cast<uint32_t>(words[p / 2] >> (p % 2 * 32));
    }
    rest[2 * r] = words[2];
    rest[2 * r + 1] = words[3];
  }
  return FlatIndex(planes, std::move(owned));
}

absl::StatusOr<FlatIndex> FlatIndex::FromPlanes(const FlatPlanes& planes) {
  HASHVET_RETURN_IF_ERROR(CheckTarget());
  const size_t n = planes.prefix[0].size();
  HASHVET_RETURN_IF_ERROR(CheckRows(n));
  const auto aligned = [](const void* p) {
    return reinterpret_cast<uintptr_t>(p) % kPlaneAlignment == 0;
  };
  for (size_t p = 0; p < 4; ++p) {
    if (planes.prefix[p].size() != n) {
      return absl::InvalidArgumentError(
          absl::StrCat("flat index planes: prefix ", p, " has ",
                       planes.prefix[p].size(), " words, want ", n));
    }
    if (!aligned(planes.prefix[p].data())) {
      return absl::InvalidArgumentError(absl::StrCat(
          "flat index planes: prefix ", p, " is not aligned to 64 bytes"));
    }
  }
  if (planes.rest.size() != 2 * n) {
    return absl::InvalidArgumentError(
        absl::StrCat("flat index planes: rest has ", planes.rest.size(),
                     " words, want ", 2 * n));
  }
  if (!aligned(planes.rest.data())) {
    return absl::InvalidArgumentError(
        "flat index planes: rest is not aligned to 64 bytes");
  }
  return FlatIndex(planes, nullptr);
}

Hash256 FlatIndex::row(size_t row) const {
  HASHVET_DCHECK(row < rows());
  const auto word = [&](size_t p) { return uint64_t{planes_.prefix[p][row]}; };
  return Hash256({word(0) | word(1) << 32, word(2) | word(3) << 32,
                  planes_.rest[2 * row], planes_.rest[2 * row + 1]});
}

absl::StatusOr<Neighbors> FlatIndex::Search(
    std::span<const Hash256> queries, uint32_t max_distance,
    const SearchOptions& options) const {
  if (max_distance > Hash256::kBits) {
    return absl::InvalidArgumentError(absl::StrCat(
        "search: max_distance ", max_distance, ", at most ", Hash256::kBits));
  }
  HASHVET_RETURN_IF_ERROR(CheckTime(options.deadline, options.cancellation));
  if (queries.empty() || rows() == 0) {
    return Neighbors(std::vector<size_t>(queries.size() + 1), {});
  }

  Scan scan{kernels::ActiveTarget()->hamming->scan256,
            {{planes_.prefix[0].data(), planes_.prefix[1].data(),
              planes_.prefix[2].data(), planes_.prefix[3].data()},
             planes_.rest.data(),
             rows()},
            queries,
            max_distance,
            options};
  // Chunks of whole steps of rows, a few for each thread so that none waits.
  size_t chunk_rows = rows();
  if (options.executor != nullptr) {
    const size_t threads = options.executor->parallelism();
    const size_t wanted = rows() / (threads > 1 ? 4 * threads : 1);
    chunk_rows = std::max(wanted, kMinChunkPairs / queries.size());
  }
  chunk_rows = RoundUp(chunk_rows, kRowStep);
  const size_t chunks = (rows() + chunk_rows - 1) / chunk_rows;

  // The answer can be rows x queries long: no memory for it is an error like
  // any other, and must not end a body of ParallelFor as an exception.
  try {
    std::vector<HitStore> found(chunks);
    std::vector<absl::Status> done(chunks);
    const auto body = [&](size_t c) {
      const size_t begin = c * chunk_rows;
      try {
        done[c] =
            scan.Chunk(begin, std::min(begin + chunk_rows, rows()), found[c]);
      } catch (const std::bad_alloc&) {
        done[c] = OutOfMemory("the answer");
      }
      if (!done[c].ok()) scan.stopped.store(true, std::memory_order_relaxed);
    };
    if (options.executor == nullptr || chunks == 1) {
      for (size_t c = 0; c < chunks; ++c) body(c);
    } else {
      options.executor->ParallelFor(chunks, body);
    }
    for (const absl::Status& status : done) HASHVET_RETURN_IF_ERROR(status);
    return Assemble(queries.size(), found);
  } catch (const std::bad_alloc&) {
    return OutOfMemory("the answer");
  }
}

absl::StatusOr<std::string_view> ActiveSimdTarget() {
  HASHVET_RETURN_IF_ERROR(CheckTarget());
  return kernels::ActiveTarget()->name;
}

std::vector<std::string_view> RunnableSimdTargets() {
  std::vector<std::string_view> names;
  for (const kernels::Target* target : kernels::RunnableTargets()) {
    names.push_back(target->name);
  }
  return names;
}

}  // namespace hashvet
