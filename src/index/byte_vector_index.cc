#include "hashvet/index/byte_vector_index.h"

#include <cmath>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/status.h"
#include "src/index/huge_block.h"
#include "src/index/tile_scan.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

constexpr size_t kGroupRows = kernels::kVectorGroupRows;
constexpr size_t kWordBytes = kernels::kVectorWordBytes;
constexpr size_t kPrefixBytes = kernels::kVectorPrefixWords * kWordBytes;
constexpr size_t kPrefixGroupBytes = kGroupRows * kPrefixBytes;
constexpr size_t kRestGroupBytes =
    kGroupRows * (ByteVector144::kBytes - kPrefixBytes);
static_assert(kPrefixGroupBytes == 256 && kRestGroupBytes == 896);
static_assert(sizeof(ByteVector144) == 144);  // what the kernels read

// As flat_index.cc cuts its work, but a pair costs two to five times as much: a
// chunk takes some 100 microseconds; the clock is looked at every 12
// microseconds vectorised, or 1 ms where the portable target compares whole
// rows.
constexpr ScanShape kShape = {.min_chunk_pairs = size_t{1} << 19,
                              .pairs_per_check = size_t{1} << 16};

// Where byte i of a row lies.
struct Place {
  bool in_prefix;
  size_t offset;
};
Place PlaceOf(size_t row, size_t i) {
  const size_t group = row / kGroupRows;
  const size_t word = i / kWordBytes;
  const size_t in_word = row % kGroupRows * kWordBytes + i % kWordBytes;
  if (i < kPrefixBytes) {
    return {true, group * kPrefixGroupBytes + word * kGroupRows * kWordBytes +
                      in_word};
  }
  return {false,
          group * kRestGroupBytes +
              (word - kernels::kVectorPrefixWords) * kGroupRows * kWordBytes +
              in_word};
}

size_t GroupsOf(uint64_t rows) {
  return static_cast<size_t>((rows + kGroupRows - 1) / kGroupRows);
}

// Before any arithmetic on `rows`, which may come from a file.
absl::Status CheckCreation(uint64_t rows) {
  HASHVET_RETURN_IF_ERROR(CheckTarget());
  return CheckRows("byte vector index", rows);
}

absl::Status CheckTable(std::string_view name, std::span<const uint8_t> bytes,
                        uint64_t rows, size_t group_bytes) {
  const size_t want = GroupsOf(rows) * group_bytes;
  if (bytes.size() != want) {
    return absl::InvalidArgumentError(absl::StrCat(
        "byte vector tables: ", ToAbsl(name), " has ", bytes.size(),
        " bytes, want ", want, " for ", rows, " rows"));
  }
  if (!HugeBlock::IsAligned(bytes.data())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "byte vector tables: ", ToAbsl(name), " is not aligned to 64 bytes"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Neighbors> Search(const ByteVectorTables& tables,
                                 kernels::Scan144Fn scan144,
                                 std::span<const ByteVector144> queries,
                                 uint32_t max_distance,
                                 const SearchOptions& options) {
  const kernels::Rows144 rows = {tables.prefix.data(), tables.rest.data(),
                                 static_cast<size_t>(tables.rows)};
  return ScanTiles(
      rows.rows, queries.size(), options,
      [&](const Tile& tile, kernels::Hit* out) {
        return scan144(rows, tile.begin, tile.end,
                       queries[tile.first].bytes.data(), tile.count,
                       max_distance, out);
      },
      kShape);
}

// The largest integer at most limit^2, the square not rounded.
// REQUIRES: 0 <= limit <= kMaxL2Distance
uint32_t SquareOf(double limit) {
  const double square = limit * limit;
  double whole = std::floor(square);
  // Rounding to a double never crosses an integer, but it can reach one from
  // below. What it added or took is exactly this.
  if (whole == square && std::fma(limit, limit, -square) < 0) whole -= 1;
  return static_cast<uint32_t>(whole);
}

}  // namespace

ByteVectorIndex::ByteVectorIndex(const ByteVectorTables& tables,
                                 std::shared_ptr<const void> owned)
    : tables_(tables), owned_(std::move(owned)) {}

absl::StatusOr<ByteVectorIndex> ByteVectorIndex::Create(
    std::span<const ByteVector144> rows) {
  HASHVET_RETURN_IF_ERROR(CheckCreation(rows.size()));
  const size_t groups = GroupsOf(rows.size());
  const size_t prefix_bytes = groups * kPrefixGroupBytes;
  const size_t rest_bytes = groups * kRestGroupBytes;
  // One block: prefix, then rest. Both are multiples of 64 bytes.
  auto owned = HugeBlock::Create(prefix_bytes + rest_bytes);
  if (owned == nullptr) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "byte vector index: no memory for ", rows.size(), " rows"));
  }
  uint8_t* const prefix =
      owned->Array<uint8_t>(0, prefix_bytes + rest_bytes).data();
  uint8_t* const rest = prefix + prefix_bytes;
  for (size_t r = 0; r < groups * kGroupRows; ++r) {
    for (size_t i = 0; i < ByteVector144::kBytes; i += kWordBytes) {
      const Place place = PlaceOf(r, i);
      uint8_t* const to = (place.in_prefix ? prefix : rest) + place.offset;
      if (r < rows.size()) {
        std::memcpy(to, rows[r].bytes.data() + i, kWordBytes);
      } else {
        std::memset(to, 0, kWordBytes);  // a file of it is always the same
      }
    }
  }
  return ByteVectorIndex(
      {rows.size(), {prefix, prefix_bytes}, {rest, rest_bytes}},
      std::move(owned));
}

absl::StatusOr<ByteVectorIndex> ByteVectorIndex::FromTables(
    const ByteVectorTables& tables) {
  HASHVET_RETURN_IF_ERROR(CheckCreation(tables.rows));
  HASHVET_RETURN_IF_ERROR(
      CheckTable("prefix", tables.prefix, tables.rows, kPrefixGroupBytes));
  HASHVET_RETURN_IF_ERROR(
      CheckTable("rest", tables.rest, tables.rows, kRestGroupBytes));
  return ByteVectorIndex(tables, nullptr);
}

ByteVector144 ByteVectorIndex::row(size_t row) const {
  HASHVET_DCHECK(row < rows());
  ByteVector144 vector;
  for (size_t i = 0; i < ByteVector144::kBytes; ++i) {
    const Place place = PlaceOf(row, i);
    vector.bytes[i] =
        (place.in_prefix ? tables_.prefix : tables_.rest)[place.offset];
  }
  return vector;
}

absl::StatusOr<Neighbors> ByteVectorIndex::SearchL1(
    std::span<const ByteVector144> queries, uint32_t max_distance,
    const SearchOptions& options) const {
  if (max_distance > kMaxL1Distance) {
    return absl::InvalidArgumentError(
        absl::StrCat("search under L1: max_distance ", max_distance,
                     ", at most ", kMaxL1Distance));
  }
  return Search(tables_, kernels::ActiveTarget()->byte_vector->l1, queries,
                max_distance, options);
}

absl::StatusOr<Neighbors> ByteVectorIndex::SearchSquaredL2(
    std::span<const ByteVector144> queries, uint32_t max_squared_distance,
    const SearchOptions& options) const {
  if (max_squared_distance > kMaxSquaredL2Distance) {
    return absl::InvalidArgumentError(absl::StrCat(
        "search under squared L2: max_squared_distance ", max_squared_distance,
        ", at most ", kMaxSquaredL2Distance));
  }
  return Search(tables_, kernels::ActiveTarget()->byte_vector->squared_l2,
                queries, max_squared_distance, options);
}

absl::StatusOr<Neighbors> ByteVectorIndex::SearchL2(
    std::span<const ByteVector144> queries, double max_distance,
    const SearchOptions& options) const {
  // So written that NaN, which compares as false, is refused.
  if (!(max_distance >= 0 && max_distance <= kMaxL2Distance)) {
    return absl::InvalidArgumentError(
        absl::StrCat("search under L2: max_distance ", max_distance,
                     ", want 0 to ", kMaxL2Distance));
  }
  return SearchSquaredL2(queries, SquareOf(max_distance), options);
}

}  // namespace hashvet
