#include "hashvet/index/ring_index.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/dcheck.h"
#include "hashvet/base/status.h"
#include "src/index/huge_block.h"
#include "src/index/nearest.h"
#include "src/index/ring_build.h"
#include "src/index/ring_cut.h"
#include "src/index/ring_search.h"
#include "src/index/tile_scan.h"
#include "src/kernels/ring.h"

namespace hashvet {
namespace {

static_assert(kRingNextPadding == kernels::kNextPadding);

absl::Status CheckRingRows(BitRows rows) {
  HASHVET_RETURN_IF_ERROR(CheckTarget());
  const uint32_t width = rows.width_bits();
  if (width < RingIndex::kMinWidthBits || width > RingIndex::kMaxWidthBits ||
      width % 16 != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "ring index: rows of ", width, " bits, want a multiple of 16 from ",
        RingIndex::kMinWidthBits, " to ", RingIndex::kMaxWidthBits));
  }
  return CheckRows("ring index", rows.size());
}

// Runs body(i) for each i in [0, count), on the executor's threads if there is
// one, and returns the first error by i.
template <typename Body>
absl::Status ForEach(size_t count, Executor* executor, const Body& body) {
  std::vector<absl::Status> done;
  try {
    done.resize(count);
  } catch (const std::bad_alloc&) {
    return OutOfMemory("a ring table");
  }
  // Bodies of ParallelFor do not throw.
  const auto one = [&](size_t i) {
    try {
      done[i] = body(i);
    } catch (const std::bad_alloc&) {
      done[i] = OutOfMemory("a ring table");
    }
  };
  if (executor != nullptr) {
    executor->ParallelFor(count, one);
  } else {
    for (size_t i = 0; i < count; ++i) one(i);
  }
  for (const absl::Status& status : done) HASHVET_RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

}  // namespace

RingIndex::RingIndex(const RingTables& tables,
                     std::shared_ptr<const void> owned)
    : tables_(tables), owned_(std::move(owned)) {}

absl::StatusOr<RingIndex> RingIndex::Create(BitRows rows, Executor* executor) {
  HASHVET_RETURN_IF_ERROR(CheckRingRows(rows));
  HASHVET_RETURN_IF_ERROR(CheckNoBitsPastWidth("ring index: row", rows));
  const size_t n = rows.size();
  const size_t chunks = rows.width_bits() / 16;
  const size_t row_words = rows.words().size();

  // One block: offsets, next, ids, rows, each aligned.
  const size_t next_at =
      HugeBlock::RoundUp(chunks * kRingOffsets * sizeof(uint32_t));
  const size_t ids_at =
      next_at +
      HugeBlock::RoundUp((chunks * n + kRingNextPadding) * sizeof(uint16_t));
  const size_t rows_at =
      ids_at + HugeBlock::RoundUp(chunks * n * sizeof(uint32_t));
  auto block = HugeBlock::Create(rows_at + row_words * sizeof(uint64_t));
  if (block == nullptr) {
    return OutOfMemory(absl::StrCat("a ring index of ", n, " rows"));
  }
  const auto offsets = block->Array<uint32_t>(0, chunks * kRingOffsets);
  const auto next =
      block->Array<uint16_t>(next_at, chunks * n + kRingNextPadding);
  const auto ids = block->Array<uint32_t>(ids_at, chunks * n);
  const auto words = block->Array<uint64_t>(rows_at, row_words);

  std::ranges::copy(rows.words(), words.begin());
  std::ranges::fill(next.last(kRingNextPadding), 0);
  RingTables tables{.offsets = offsets,
                    .next = next,
                    .ids = ids,
                    .cut = RingCutFor(rows.width_bits())};
  HASHVET_ASSIGN_OR_RETURN(tables.rows,
                           BitRows::Create(words, rows.width_bits()));
  HASHVET_RETURN_IF_ERROR(ForEach(chunks, executor, [&](size_t c) {
    return BuildRingTable(tables.rows, tables.cut, c,
                          {offsets.subspan(c * kRingOffsets, kRingOffsets),
                           next.subspan(c * n, n), ids.subspan(c * n, n)});
  }));
  return RingIndex(tables, std::move(block));
}

absl::StatusOr<RingIndex> RingIndex::FromTables(const RingTables& tables) {
  HASHVET_RETURN_IF_ERROR(CheckRingRows(tables.rows));
  const size_t n = tables.rows.size();
  const size_t chunks = tables.rows.width_bits() / 16;
  if (tables.cut != RingCut::kInOrder && tables.cut != RingCut::kByParity) {
    return absl::InvalidArgumentError("ring tables: their cut is not told");
  }
  if (tables.cut == RingCut::kByParity && tables.rows.width_bits() != 256) {
    return absl::InvalidArgumentError(
        absl::StrCat("ring tables: rows of ", tables.rows.width_bits(),
                     " bits cut by parity, want 256"));
  }
  const auto check = [](std::string_view what, const void* array, size_t got,
                        size_t want) {
    if (got != want) {
      return absl::InvalidArgumentError(absl::StrCat(
          "ring tables: ", got, " ", ToAbsl(what), ", want ", want));
    }
    if (!HugeBlock::IsAligned(array)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "ring tables: ", ToAbsl(what), " are not aligned to 64 bytes"));
    }
    return absl::OkStatus();
  };
  HASHVET_RETURN_IF_ERROR(check("rows", tables.rows.words().data(), n, n));
  HASHVET_RETURN_IF_ERROR(check("offsets", tables.offsets.data(),
                                tables.offsets.size(), chunks * kRingOffsets));
  HASHVET_RETURN_IF_ERROR(check("next words", tables.next.data(),
                                tables.next.size(),
                                chunks * n + kRingNextPadding));
  HASHVET_RETURN_IF_ERROR(
      check("ids", tables.ids.data(), tables.ids.size(), chunks * n));
  for (size_t c = 0; c < chunks; ++c) {
    const auto offsets = tables.offsets.subspan(c * kRingOffsets, kRingOffsets);
    if (offsets.front() != 0 || offsets.back() != n) {
      return absl::DataLossError(absl::StrCat(
          "ring tables: table ", c, " spans entries ", offsets.front(), " to ",
          offsets.back(), ", want 0 to ", n));
    }
    const auto fall = std::ranges::is_sorted_until(offsets);
    if (fall != offsets.end()) {
      return absl::DataLossError(
          absl::StrCat("ring tables: table ", c, " offset ",
                       fall - offsets.begin(), " is below the one before"));
    }
  }
  return RingIndex(tables, nullptr);
}

absl::Status RingIndex::CheckIds() const {
  // The largest of a block first: one compare an id, on all lanes at once.
  constexpr size_t kBlock = 4096;
  const std::span<const uint32_t> ids = tables_.ids;
  for (size_t begin = 0; begin < ids.size(); begin += kBlock) {
    const auto block = ids.subspan(begin, std::min(kBlock, ids.size() - begin));
    uint32_t largest = 0;
    for (const uint32_t id : block) largest = std::max(largest, id);
    if (largest < rows()) continue;
    const auto bad =
        std::ranges::find_if(block, [&](uint32_t id) { return id >= rows(); });
    const size_t entry = begin + static_cast<size_t>(bad - block.begin());
    return absl::DataLossError(absl::StrCat("ring tables: table ",
                                            entry / rows(), " entry ",
                                            entry % rows(), " names no row"));
  }
  return absl::OkStatus();
}

absl::Status RingIndex::Verify(const SearchOptions& options) const {
  const absl::Status stray =
      CheckNoBitsPastWidth("ring tables: row", tables_.rows);
  if (!stray.ok()) return absl::DataLossError(stray.message());
  const size_t n = rows();
  const size_t chunks = width_bits() / 16;
  const auto damaged = [](size_t c, size_t e, std::string_view what) {
    return absl::DataLossError(absl::StrCat("ring tables: table ", c, " entry ",
                                            e, " ", ToAbsl(what)));
  };
  return ForEach(chunks, options.executor, [&](size_t c) -> absl::Status {
    const auto offsets =
        tables_.offsets.subspan(c * kRingOffsets, kRingOffsets);
    const ChunkOf own(tables_.cut, c);
    const ChunkOf following(tables_.cut, (c + 1) % chunks);
    std::vector<bool> listed(n);
    for (size_t v = 0; v + 1 < kRingOffsets; ++v) {
      if (v % 256 == 0) {
        HASHVET_RETURN_IF_ERROR(
            CheckTime(options.deadline, options.cancellation));
      }
      for (size_t e = offsets[v]; e < offsets[v + 1]; ++e) {
        const uint32_t id = tables_.ids[c * n + e];
        if (id >= n) return damaged(c, e, "names no row");
        const uint64_t* row = tables_.rows[id].data();
        if (BucketOf(tables_.cut, own(row)) != v) {
          return damaged(c, e, "is in another row's bucket");
        }
        if (following(row) != tables_.next[c * n + e]) {
          return damaged(c, e, "has another row's next chunk");
        }
        if (listed[id]) return damaged(c, e, "names a row twice");
        listed[id] = true;
      }
    }
    return absl::OkStatus();
  });
}

void RingIndex::CopyRow(size_t row, std::span<uint64_t> words) const {
  HASHVET_DCHECK(row < rows());
  std::ranges::copy(tables_.rows[row], words.begin());
}

absl::StatusOr<Neighbors> RingIndex::Search(
    BitRows queries, uint32_t max_distance,
    const SearchOptions& options) const {
  RingCounts ignored;
  return SearchCounted(queries, max_distance, options, ignored);
}

absl::StatusOr<Neighbors> RingIndex::SearchCounted(BitRows queries,
                                                   uint32_t max_distance,
                                                   const SearchOptions& options,
                                                   RingCounts& counts) const {
  HASHVET_RETURN_IF_ERROR(CheckQuestion(queries, max_distance, width_bits()));
  HASHVET_RETURN_IF_ERROR(CheckTime(options.deadline, options.cancellation));
  return SearchRing(tables_, queries, max_distance, options, counts);
}

absl::StatusOr<Neighbors> RingIndex::Nearest(
    BitRows queries, uint32_t count, uint32_t max_distance,
    const SearchOptions& options) const {
  return NearestByRadius(*this, queries, count, max_distance, options);
}

}  // namespace hashvet
