#include "hashvet/index/flat_index.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/status.h"
#include "src/index/huge_block.h"
#include "src/index/nearest.h"
#include "src/index/tile_scan.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

static_assert(sizeof(Hash256) == 32);  // four words: what the kernels read

}  // namespace

FlatIndex::FlatIndex(const FlatPlanes& planes,
                     std::shared_ptr<const void> owned)
    : planes_(planes), owned_(std::move(owned)) {}

absl::StatusOr<FlatIndex> FlatIndex::Create(std::span<const Hash256> rows) {
  HASHVET_RETURN_IF_ERROR(CheckTarget());
  HASHVET_RETURN_IF_ERROR(CheckRows("flat index", rows.size()));
  const size_t n = rows.size();
  // One block: the four prefix planes, then the rest, each aligned.
  const size_t plane_bytes = HugeBlock::RoundUp(n * sizeof(uint32_t));
  auto block = HugeBlock::Create(4 * plane_bytes + 2 * n * sizeof(uint64_t));
  if (block == nullptr) return OutOfMemory(absl::StrCat(n, " rows"));
  FlatPlanes planes;
  std::span<uint32_t> prefix[4];
  for (size_t p = 0; p < 4; ++p) {
    prefix[p] = block->Array<uint32_t>(p * plane_bytes, n);
    planes.prefix[p] = prefix[p];
  }
  const auto rest = block->Array<uint64_t>(4 * plane_bytes, 2 * n);
  planes.rest = rest;
  for (size_t r = 0; r < n; ++r) {
    const Hash256::Words& words = rows[r].words();
    for (size_t p = 0; p < 4; ++p) {
      prefix[p][r] = static_cast<uint32_t>(words[p / 2] >> (p % 2 * 32));
    }
    rest[2 * r] = words[2];
    rest[2 * r + 1] = words[3];
  }
  return FlatIndex(planes, std::move(block));
}

absl::StatusOr<FlatIndex> FlatIndex::FromPlanes(const FlatPlanes& planes) {
  HASHVET_RETURN_IF_ERROR(CheckTarget());
  const size_t n = planes.prefix[0].size();
  HASHVET_RETURN_IF_ERROR(CheckRows("flat index", n));
  for (size_t p = 0; p < 4; ++p) {
    if (planes.prefix[p].size() != n) {
      return absl::InvalidArgumentError(
          absl::StrCat("flat index planes: prefix ", p, " has ",
                       planes.prefix[p].size(), " words, want ", n));
    }
    if (!HugeBlock::IsAligned(planes.prefix[p].data())) {
      return absl::InvalidArgumentError(absl::StrCat(
          "flat index planes: prefix ", p, " is not aligned to 64 bytes"));
    }
  }
  if (planes.rest.size() != 2 * n) {
    return absl::InvalidArgumentError(
        absl::StrCat("flat index planes: rest has ", planes.rest.size(),
                     " words, want ", 2 * n));
  }
  if (!HugeBlock::IsAligned(planes.rest.data())) {
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

void FlatIndex::CopyRow(size_t row, std::span<uint64_t> words) const {
  std::ranges::copy(this->row(row).words(), words.begin());
}

absl::StatusOr<Neighbors> FlatIndex::Search(
    BitRows queries, uint32_t max_distance,
    const SearchOptions& options) const {
  HASHVET_RETURN_IF_ERROR(CheckQuestion(queries, max_distance, width_bits()));
  const kernels::Planes256 planes = {
      {planes_.prefix[0].data(), planes_.prefix[1].data(),
       planes_.prefix[2].data(), planes_.prefix[3].data()},
      planes_.rest.data(),
      rows()};
  const kernels::Scan256Fn scan256 = kernels::ActiveTarget()->hamming->scan256;
  return ScanTiles(rows(), queries.size(), options,
                   [&](const Tile& tile, kernels::Hit* out) {
                     return scan256(planes, tile.begin, tile.end,
                                    queries[tile.first].data(), tile.count,
                                    max_distance, out);
                   });
}

absl::StatusOr<Neighbors> FlatIndex::Nearest(
    BitRows queries, uint32_t count, uint32_t max_distance,
    const SearchOptions& options) const {
  return NearestByRadius(*this, queries, count, max_distance, options);
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
