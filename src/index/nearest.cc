#include "src/index/nearest.h"

#include <algorithm>
#include <new>
#include <tuple>
#include <utility>
#include <vector>

#include "hashvet/base/status.h"
#include "hashvet/base/wipe.h"
#include "src/index/tile_scan.h"

namespace hashvet {
namespace {

constexpr uint32_t kChunkBits = 16;

bool Nearer(const Neighbor& a, const Neighbor& b) {
  return std::tie(a.distance, a.row) < std::tie(b.distance, b.row);
}

absl::StatusOr<Neighbors> SearchWider(const RangeIndex& index, BitRows queries,
                                      uint32_t count, uint32_t max_distance,
                                      const SearchOptions& options) {
  const uint32_t width = index.width_bits();
  HASHVET_RETURN_IF_ERROR(CheckQuestion(queries, max_distance, width));
  const uint32_t step = std::max(width / kChunkBits, 1u);
  std::vector<std::vector<Neighbor>> found(queries.size());
  std::vector<uint32_t> open;  // the queries that want more
  for (size_t q = 0; q < queries.size() && count > 0; ++q) {
    open.push_back(static_cast<uint32_t>(q));
  }
  WipedVector<uint64_t> words;  // of queries
  for (uint32_t radius = step - 1; !open.empty(); radius += step) {
    radius = std::min(radius, max_distance);
    words.clear();
    for (const uint32_t q : open) {
      words.insert(words.end(), queries[q].begin(), queries[q].end());
    }
    HASHVET_ASSIGN_OR_RETURN(const BitRows asked,
                             BitRows::Create(words, width));
    HASHVET_ASSIGN_OR_RETURN(const Neighbors near,
                             index.Search(asked, radius, options));
    std::vector<uint32_t> still_open;
    for (size_t i = 0; i < open.size(); ++i) {
      const auto all = near.of(i);
      if (all.size() < count && radius < max_distance) {
        still_open.push_back(open[i]);
        continue;
      }
      std::vector<Neighbor>& nearest = found[open[i]];
      nearest.resize(std::min<size_t>(count, all.size()));
      std::partial_sort_copy(all.begin(), all.end(), nearest.begin(),
                             nearest.end(), Nearer);
    }
    open = std::move(still_open);
  }
  std::vector<size_t> begins(1, 0);
  std::vector<Neighbor> items;
  for (const std::vector<Neighbor>& nearest : found) {
    items.insert(items.end(), nearest.begin(), nearest.end());
    begins.push_back(items.size());
  }
  return Neighbors(std::move(begins), std::move(items));
}

}  // namespace

absl::StatusOr<Neighbors> NearestByRadius(const RangeIndex& index,
                                          BitRows queries, uint32_t count,
                                          uint32_t max_distance,
                                          const SearchOptions& options) {
  try {
    return SearchWider(index, queries, count, max_distance, options);
  } catch (const std::bad_alloc&) {
    return OutOfMemory("the answer");
  }
}

}  // namespace hashvet
