#include "hashvet/index/flat_index.h"

#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/status.h"
#include "src/index/table_memory.h"
#include "src/index/tiled_scan.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

// A kernel call compares up to 64 queries with a tile of rows: few enough that
// the rows stay in the level-1 cache from query to query and the hits, if every
// pair is one, in level 2 (32,768 x 12 bytes). A chunk takes some 100
// microseconds; the clock is looked at every 0.1 ms vectorised, 2 ms portable.
constexpr ScanShape kShape = {.group_queries = 64,
                              .tile_pairs = 32'768,
                              .row_step = 64,
                              .min_chunk_pairs = size_t{1} << 20,
                              .pairs_per_check = size_t{1} << 20};

static_assert(sizeof(Hash256) == 32);  // four words: what the kernels read

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
struct FlatIndex::Owned : TableMemory {
  using TableMemory::TableMemory;
};

FlatIndex::FlatIndex(const FlatPlanes& planes,
                     std::shared_ptr<const Owned> owned)
    : planes_(planes), owned_(std::move(owned)) {}

absl::StatusOr<FlatIndex> FlatIndex::Create(std::span<const Hash256> rows) {
  HASHVET_RETURN_IF_ERROR(CheckTarget());
  HASHVET_RETURN_IF_ERROR(CheckRows(rows.size()));
  const size_t n = rows.size();
  const size_t plane_bytes = RoundUp(n * sizeof(uint32_t), kTableAlignment);
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
  for (size_t p = 0; p < 4; ++p) {
    if (planes.prefix[p].size() != n) {
      return absl::InvalidArgumentError(
          absl::StrCat("flat index planes: prefix ", p, " has ",
                       planes.prefix[p].size(), " words, want ", n));
    }
    if (!IsTableAligned(planes.prefix[p].data())) {
      return absl::InvalidArgumentError(absl::StrCat(
          "flat index planes: prefix ", p, " is not aligned to 64 bytes"));
    }
  }
  if (planes.rest.size() != 2 * n) {
    return absl::InvalidArgumentError(
        absl::StrCat("flat index planes: rest has ", planes.rest.size(),
                     " words, want ", 2 * n));
  }
  if (!IsTableAligned(planes.rest.data())) {
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
  const kernels::Planes256 planes = {
      {planes_.prefix[0].data(), planes_.prefix[1].data(),
       planes_.prefix[2].data(), planes_.prefix[3].data()},
      planes_.rest.data(),
      rows()};
  const auto scan = [&](size_t begin, size_t end, size_t first, size_t count,
                        kernels::Hit256* out) {
    return kernels::ActiveTarget()->hamming->scan256(
        planes, begin, end, queries[first].words().data(), count, max_distance,
        out);
  };
  return TiledScan<kernels::Hit256, decltype(scan)>("flat index", kShape, scan,
                                                    options)
      .Run(rows(), queries.size());
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
