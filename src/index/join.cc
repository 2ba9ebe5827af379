#include "hashvet/index/join.h"

#include <algorithm>
#include <new>
#include <vector>

#include "hashvet/base/status.h"
#include "hashvet/base/wipe.h"
#include "src/index/tile_scan.h"

namespace hashvet {
namespace {

// Rows asked about together. What a block's answer may take is bounded by its
// size alone: whether the next rows lie in a hotspot is not known before they
// are asked about.
size_t BlockRows(const RangeIndex& index, const SearchOptions& options) {
  const size_t threads =
      options.executor == nullptr ? 1 : options.executor->parallelism();
  const size_t bounded = kJoinBlockPairs / std::max<size_t>(index.rows(), 1);
  return std::min(std::max(bounded, kJoinMinBlock * threads), kJoinMaxBlock);
}

}  // namespace

absl::Status Join(const RangeIndex& index, BitRows others,
                  uint32_t max_distance, const SearchOptions& options,
                  JoinSink sink) {
  HASHVET_RETURN_IF_ERROR(
      CheckQuestion(others, max_distance, index.width_bits()));
  const size_t block = BlockRows(index, options);
  for (size_t begin = 0; begin < others.size(); begin += block) {
    const size_t end = std::min(begin + block, others.size());
    HASHVET_ASSIGN_OR_RETURN(
        const Neighbors found,
        index.Search(others.slice(begin, end), max_distance, options));
    for (size_t other = begin; other < end; ++other) {
      HASHVET_RETURN_IF_ERROR(sink(other, found.of(other - begin)));
    }
  }
  return absl::OkStatus();
}

absl::Status SelfJoin(const RangeIndex& index, uint32_t max_distance,
                      const SearchOptions& options, JoinSink sink) {
  const uint32_t width = index.width_bits();
  HASHVET_RETURN_IF_ERROR(CheckQuestion({}, max_distance, width));
  const size_t words_per_row = BitRows::WordsFor(width);
  const size_t block = BlockRows(index, options);
  WipedVector<uint64_t> words;  // of queries
  try {
    words.resize(std::min(block, index.rows()) * words_per_row);
  } catch (const std::bad_alloc&) {
    return OutOfMemory("a block of rows");
  }
  for (size_t begin = 0; begin < index.rows(); begin += block) {
    const size_t end = std::min(begin + block, index.rows());
    const auto asked = std::span(words).first((end - begin) * words_per_row);
    for (size_t row = begin; row < end; ++row) {
      index.CopyRow(
          row, asked.subspan((row - begin) * words_per_row, words_per_row));
    }
    HASHVET_ASSIGN_OR_RETURN(const BitRows rows, BitRows::Create(asked, width));
    // Every pair is found twice; it counts at its later row.
    const auto before_only = [&](size_t place, std::span<const Neighbor> near) {
      const auto own =
          std::ranges::lower_bound(near, begin + place, {}, &Neighbor::row);
      return sink(begin + place, std::span(near.begin(), own));
    };
    HASHVET_RETURN_IF_ERROR(
        Join(index, rows, max_distance, options, before_only));
  }
  return absl::OkStatus();
}

}  // namespace hashvet
