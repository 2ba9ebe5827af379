// Exact search that looks at few rows: the index for lists of tens of thousands
// of rows and more, at the radii that matches have (planner.h).
//
// A row is cut into chunks of 16 bits, and a table for each chunk lists the
// rows by that chunk's value. A query probes, in every table, the buckets
// within a few bits of its own chunk; pigeonring says how few suffice:
//
//   Give chunk c an allowance t_c >= -1 such that the sum of (t_c + 1) is
//   max_distance + 1. A row within max_distance then has a chunk s from which,
//   going round the ring, every run of chunks stays within the sum of its
//   allowances: d_s <= t_s, d_s + d_(s+1) <= t_s + t_(s+1) + 1, and so on. (The
//   excesses d_c - (t_c + 1) sum to -1 at most: the cycle lemma.)
//
// So table s is probed at t_s bits, entries whose following chunk breaks the
// second condition are dropped without touching the row, and only what is left
// (3 in a thousand of those probed, 1 in 100,000 of the list, at 31 of 256
// bits) is compared in full. Nothing within max_distance is ever dropped.
//
// Queries of a batch that share buckets, as the eight hashes of a picture do,
// look into them together where they stand behind each other, eight at most.
//
// A query whose probes would cost more than looking at every row is answered
// that way instead: a large radius, a small list, or a bucket of a million near
// copies slow a query and change no answer.
//
// Sources: Qin et al., "GPH", ICDE 2018 (allowances); Qin and Xiao,
// "Pigeonring", PVLDB 2018 (the chain of conditions).

#ifndef HASHVET_INDEX_RING_INDEX_H_
#define HASHVET_INDEX_RING_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "hashvet/base/export.h"
#include "hashvet/index/range_index.h"

namespace hashvet {

// Which bits of a row make a chunk. None is the default: tables read under the
// other cut miss rows.
enum class RingCut : uint8_t {
  kInOrder = 1,  // chunk c: bits 16c to 16c + 15
  kByParity,     // 256 bits as 16 x 16, bit 16i + j: chunk c is what has i of
                 // 4(c % 4) to 4(c % 4) + 3, i even where c >= 8, j even where
                 // c % 8 >= 4, odd elsewhere; by i, then j. Turning a picture
                 // inverts such a chunk of its PDQ hash, or leaves it
};
// The cut that new tables of this width have.
constexpr RingCut RingCutFor(uint32_t width_bits) {
  return width_bits == 256 ? RingCut::kByParity : RingCut::kInOrder;
}

// The finished tables: flat arrays, to be written to a file as they are and
// used from a mapping. With n rows and m = width / 16 chunks:
struct RingTables {
  // The rows, whole. 64-byte alignment keeps a row in one cache line.
  BitRows rows;
  // m times kRingOffsets. Table c's entries in bucket b are those from
  // offsets[c * kRingOffsets + b] to before the next offset, counted within the
  // table, whose first is 0 and whose last is n. A chunk's value is its bucket,
  // in order; by parity value and inverse are neighbours: the buckets are those
  // of 0, 0xFFFF, 1, 0xFFFE, 2 and so on to 0x7FFF, 0x8000.
  std::span<const uint32_t> offsets;
  // m * n entries, table by table, and kRingNextPadding zeros: the 16 bits of
  // the chunk that follows (the first follows the last).
  std::span<const uint16_t> next;
  // m * n entries, beside `next`: the row.
  std::span<const uint32_t> ids;
  RingCut cut{};  // how the tables were made
};
inline constexpr size_t kRingOffsets = 65'537;
inline constexpr size_t kRingNextPadding = 32;

// What one search did, for those who measure.
struct RingCounts {
  uint64_t probed = 0;      // buckets looked at
  uint64_t candidates = 0;  // entries in them
  uint64_t verified = 0;    // rows compared in full
  uint64_t scanned = 0;     // queries answered by looking at every row
};

class HASHVET_EXPORT RingIndex final : public RangeIndex {
 public:
  static constexpr uint32_t kMinWidthBits = 64;
  static constexpr uint32_t kMaxWidthBits = 1024;  // multiples of 16 between

  // Copies the rows and builds the tables, a chunk's at a time on the
  // executor's threads (null: on the calling thread). Needs
  // 8 bytes a word and 6 a chunk for each row (128 at 256 bits), 256 KiB of
  // offsets a chunk (4 MiB), and, while it builds, 8 bytes a row and thread.
  // Zero rows are fine.
  //
  // Errors: InvalidArgument when the width is not a multiple of 16 from
  // kMinWidthBits to kMaxWidthBits, when a row has bits past its width, or when
  // HASHVET_SIMD_TARGET names no target of this machine; ResourceExhausted over
  // kMaxIndexRows or without memory.
  static absl::StatusOr<RingIndex> Create(BitRows rows,
                                          Executor* executor = nullptr);

  // Uses the tables where they are; they must outlive the index. Looks at every
  // offset, and at the other arrays' sizes and alignment alone: no page of them
  // is read. An id outside the rows is then an error of the search that meets
  // it, never a crash; Verify() looks at everything.
  //
  // Errors: as Create, but for bits past the width, which Verify finds;
  // InvalidArgument when sizes disagree, an array is not aligned to 64 bytes,
  // the cut is not told, or by parity for rows that are not of 256 bits;
  // DataLoss when the offsets do not ascend from 0 to the
  // number of rows.
  static absl::StatusOr<RingIndex> FromTables(const RingTables& tables);

  // Whether every id names a row, so that no search can meet one that does not.
  // Reads the ids once, in order. Errors: DataLoss, naming the table and entry.
  absl::Status CheckIds() const;

  // Holds every table against the rows: each row is listed once in each table,
  // under its own value, beside its own next chunk. What passes cannot miss a
  // row. Reads everything, rows out of order; `executor` may be null.
  //
  // Errors: DataLoss, naming the table and entry; Cancelled, DeadlineExceeded.
  absl::Status Verify(const SearchOptions& options = {}) const;

  std::string_view name() const override { return "ring"; }
  uint32_t width_bits() const override { return tables_.rows.width_bits(); }
  size_t rows() const override { return tables_.rows.size(); }
  void CopyRow(size_t row, std::span<uint64_t> words) const override;
  absl::StatusOr<Neighbors> Search(
      BitRows queries, uint32_t max_distance,
      const SearchOptions& options = {}) const override;
  absl::StatusOr<Neighbors> Nearest(
      BitRows queries, uint32_t count, uint32_t max_distance,
      const SearchOptions& options = {}) const override;

  // Search, adding to `counts` what it did.
  absl::StatusOr<Neighbors> SearchCounted(BitRows queries,
                                          uint32_t max_distance,
                                          const SearchOptions& options,
                                          RingCounts& counts) const;

  // The tables in use, for writing them to a file.
  const RingTables& tables() const { return tables_; }

 private:
  RingIndex(const RingTables& tables, std::shared_ptr<const void> owned);

  RingTables tables_;
  std::shared_ptr<const void> owned_;  // the tables' memory, when it is ours
};

}  // namespace hashvet

#endif  // HASHVET_INDEX_RING_INDEX_H_
