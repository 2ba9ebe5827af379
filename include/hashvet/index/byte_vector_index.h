// Exact search among vectors of 144 bytes, PhotoDNA values as lists carry them,
// under L1, squared L2 or L2. hashvet never computes such a value: it compares
// those that lists and callers bring.
//
// Looks at every row: at the first 32 bytes, and at the rest of those few that
// these leave near enough. All sums are of integers, so every answer is exact.
// Works from memory it owns or from a mapped file; 144 bytes a row either way.

#ifndef HASHVET_INDEX_BYTE_VECTOR_INDEX_H_
#define HASHVET_INDEX_BYTE_VECTOR_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/byte_vector144.h"
#include "hashvet/index/range_index.h"

namespace hashvet {

// The largest distances there are.
inline constexpr uint32_t kMaxL1Distance = 144 * 255;
inline constexpr uint32_t kMaxSquaredL2Distance = 144 * 255 * 255;
inline constexpr double kMaxL2Distance = 12 * 255;

// `rows` rows in groups of eight, the last one filled up with anything; both
// spans aligned to 64 bytes. Byte i of row r, which is row s = r % 8 of group
// g = r / 8:
//
//   i < 32   prefix[256 * g + 64 * (i / 8) + 8 * s + i % 8]
//   i >= 32  rest[896 * g + 64 * (i / 8 - 4) + 8 * s + i % 8]
struct ByteVectorTables {
  uint64_t rows = 0;
  std::span<const uint8_t> prefix;  // 256 bytes a group
  std::span<const uint8_t> rest;    // 896 bytes a group
};

class HASHVET_EXPORT ByteVectorIndex {
 public:
  // Copies the rows. Zero rows are fine: nothing is near anything. Equal rows
  // are rows like any other: each is answered.
  //
  // Errors: ResourceExhausted over kMaxIndexRows or without memory;
  // InvalidArgument when HASHVET_SIMD_TARGET names no target of this machine.
  static absl::StatusOr<ByteVectorIndex> Create(
      std::span<const ByteVector144> rows);

  // Uses the tables where they are; they must outlive the index. Every table of
  // the right size is a valid one.
  //
  // Errors: as Create, and InvalidArgument when a size disagrees with `rows` or
  // a span is not aligned to 64 bytes.
  static absl::StatusOr<ByteVectorIndex> FromTables(
      const ByteVectorTables& tables);

  size_t rows() const { return static_cast<size_t>(tables_.rows); }

  // The stored row. REQUIRES: row < rows()
  ByteVector144 row(size_t row) const;

  // Every row within max_distance, inclusive, of each query, in ascending row
  // order, with the sum of absolute differences (L1) or of their squares
  // (squared L2).
  //
  // Errors:
  //   InvalidArgument                max_distance is over the largest there is
  //   DeadlineExceeded, Cancelled    there is no partial answer
  //   ResourceExhausted              no memory for the answer
  //
  // Thread-safe.
  absl::StatusOr<Neighbors> SearchL1(std::span<const ByteVector144> queries,
                                     uint32_t max_distance,
                                     const SearchOptions& options = {}) const;
  absl::StatusOr<Neighbors> SearchSquaredL2(
      std::span<const ByteVector144> queries, uint32_t max_squared_distance,
      const SearchOptions& options = {}) const;

  // Every row whose Euclidean distance is at most max_distance. The distances
  // answered are *squared*, the integers that were compared.
  //
  // max_distance is taken for exactly the number the double holds: a row is
  // near when its squared distance is at most the square of that number, with
  // no rounding anywhere. A limit meant as the root of an integer is therefore
  // better asked for under SearchSquaredL2: the double nearest to the root of 3
  // is a little below it and leaves out rows at exactly that distance.
  //
  // Errors: as above; InvalidArgument also for a limit that is negative or not
  // a number.
  absl::StatusOr<Neighbors> SearchL2(std::span<const ByteVector144> queries,
                                     double max_distance,
                                     const SearchOptions& options = {}) const;

  // The tables in use, for writing them to a file.
  const ByteVectorTables& tables() const { return tables_; }

 private:
  ByteVectorIndex(const ByteVectorTables& tables,
                  std::shared_ptr<const void> owned);

  ByteVectorTables tables_;
  std::shared_ptr<const void> owned_;  // the tables' memory, when it is ours
};

}  // namespace hashvet

#endif  // HASHVET_INDEX_BYTE_VECTOR_INDEX_H_
