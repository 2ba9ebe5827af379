// Every near pair, of one set of rows with itself or between two sets: near
// duplicates in a list, a list against another, a list against the hashes a
// platform has stored.
//
// A join asks an index with every row there is, in blocks, and hands the
// answers on as they come: nothing is kept, however many pairs there are. It
// takes as long as so many searches, and time for every pair: a million near
// copies of one row are half a million million pairs, which nothing makes
// quick. Use a ring index where the planner (planner.h) chooses one for a
// batch.

#ifndef HASHVET_INDEX_JOIN_H_
#define HASHVET_INDEX_JOIN_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "hashvet/base/export.h"
#include "hashvet/index/range_index.h"

namespace hashvet {

// Takes the near rows of one row, in ascending row order; `near` may be empty
// and lives as long as the call. An error ends the join.
using JoinSink = absl::FunctionRef<absl::Status(
    size_t other, std::span<const Neighbor> near)>;

// Calls sink(other, near) once for each row of `others`, in order, with every
// row of the index within max_distance (bits, inclusive).
//
// The sink is called on the calling thread, never twice at once; the order does
// not depend on options.executor, which the searches between calls use. A join
// that ends early has called the sink for a beginning of the others, each with
// its whole answer.
//
// Memory beside the index and the others: the answers of one block, at most
// max(kJoinBlockPairs, kJoinMinBlock * threads * index.rows()) pairs of 8
// bytes, and 12 bytes a pair more while an index that looks at every row
// gathers them: 320 MiB up to a million rows and one thread. Only a block whose
// rows are all near the whole index comes to that.
//
// Errors: those of RangeIndex::Search, before the sink is called where they can
// be; the sink's own, as it is.
//
// Thread-safe.
HASHVET_EXPORT absl::Status Join(const RangeIndex& index, BitRows others,
                                 uint32_t max_distance,
                                 const SearchOptions& options, JoinSink sink);

// The same of the index with itself, each pair once: calls sink(row, near) once
// for each row, in order, with those rows before it that are within
// max_distance. No row comes with itself.
HASHVET_EXPORT absl::Status SelfJoin(const RangeIndex& index,
                                     uint32_t max_distance,
                                     const SearchOptions& options,
                                     JoinSink sink);

// Rows asked about together are as many as cannot have more pairs than this,
// within these limits. Blocks of 16 cost a ring search of a million rows 12 %
// over blocks of 4096, blocks of 64 cost 5 %.
inline constexpr size_t kJoinBlockPairs = size_t{1} << 24;
inline constexpr size_t kJoinMinBlock = 16;  // rows, for each thread
inline constexpr size_t kJoinMaxBlock = 4096;

}  // namespace hashvet

#endif  // HASHVET_INDEX_JOIN_H_
