// Which stored digest is the one asked for: exact look-ups of MD5, SHA-1 or
// SHA-256 digests, one by one or, much faster, in batches.
//
// The digests lie in one array in ascending order, so a row's number is its
// rank, and a small table says where those with the same first bits begin: a
// look-up reads that table once and the few digests there. Works from memory it
// owns or from a mapped file; nothing is rebuilt. At 10,000,000 rows an MD5
// takes 19.4 bytes, a SHA-1 23.4 and a SHA-256 35.4.
//
// Whoever crafts digests that share their first bits makes a look-up a binary
// search among them, never a linear one, and never a wrong one.

#ifndef HASHVET_INDEX_DIGEST_INDEX_H_
#define HASHVET_INDEX_DIGEST_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/hash/digest.h"
#include "hashvet/index/range_index.h"

namespace hashvet {

// Both spans are aligned to 64 bytes.
//
//   digests  rows * digest_bytes bytes: row r is the digest_bytes from
//            r * digest_bytes on. Rows strictly ascend, compared byte by byte
//            as unsigned numbers (as memcmp does).
//   offsets  2^DigestBucketBits(rows) + 1 row numbers: offsets[b] is the first
//            row whose first DigestBucketBits(rows) bits, highest bit of the
//            first byte first, are b or more, or `rows` when there is none.
struct DigestTables {
  size_t digest_bytes = 0;  // 16, 20 or 32
  std::span<const uint8_t> digests;
  std::span<const uint32_t> offsets;
};

// How many first bits choose a bucket: so many that there are one to two rows a
// bucket, which is 2 to 4 bytes of offsets a row. 0 for no rows.
HASHVET_EXPORT size_t DigestBucketBits(uint64_t rows);

class HASHVET_EXPORT DigestIndex {
 public:
  // Copies the digests, laid out as in DigestTables: distinct and ascending, so
  // that the caller's row numbers and the index's are the same.
  //
  // Errors:
  //   InvalidArgument    digest_bytes is none of 16, 20 and 32; the size is no
  //                      multiple of it; a row is equal to the one before it,
  //                      or below it
  //   ResourceExhausted  over kMaxIndexRows, or no memory
  static absl::StatusOr<DigestIndex> Create(size_t digest_bytes,
                                            std::span<const uint8_t> digests);

  // Uses the tables where they are; they must outlive the index and stay as
  // they are. Looks at every row and offset once, so that no table, whatever it
  // holds, makes a look-up miss or read elsewhere.
  //
  // Errors: as Create, and InvalidArgument when a size disagrees, a span is not
  // aligned to 64 bytes, or an offset is not what the digests make it.
  static absl::StatusOr<DigestIndex> FromTables(const DigestTables& tables);

  // The same of tables that FromTables took before and that have not changed
  // since: looks at sizes and alignment alone, and reads no page of them.
  // Tables that did change may hide a row, and never make a look-up read
  // elsewhere.
  static absl::StatusOr<DigestIndex> FromCheckedTables(
      const DigestTables& tables);

  size_t digest_bytes() const { return tables_.digest_bytes; }
  size_t rows() const { return tables_.digests.size() / tables_.digest_bytes; }

  // The stored digest. REQUIRES: row < rows()
  Digest row(size_t row) const;

  // For each query, in their order, the row that holds it, or nullopt: no row
  // does.
  //
  // Errors:
  //   InvalidArgument                a query is not digest_bytes() long
  //   DeadlineExceeded, Cancelled    there is no partial answer
  //   ResourceExhausted              no memory for the answer
  //
  // Thread-safe. Best given hundreds of queries and more at once.
  absl::StatusOr<std::vector<std::optional<uint32_t>>> Find(
      std::span<const Digest> queries, const SearchOptions& options = {}) const;

  // The tables in use, for writing them to a file.
  const DigestTables& tables() const { return tables_; }

 private:
  DigestIndex(const DigestTables& tables, std::shared_ptr<const void> owned);

  DigestTables tables_;
  std::shared_ptr<const void> owned_;  // the tables' memory, when it is ours
};

}  // namespace hashvet

#endif  // HASHVET_INDEX_DIGEST_INDEX_H_
