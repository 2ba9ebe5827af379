// A counting sort by 16 bits in two passes of 8. One pass would write to 65,536
// places in turn, a cache miss and a page each; 256 streams stay in the level-1
// cache, and what then shares its high byte fits level 2.

#include "src/index/ring_build.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "hashvet/index/ring_index.h"
#include "src/index/huge_block.h"
#include "src/index/ring_cut.h"
#include "src/index/tile_scan.h"

namespace hashvet {
namespace {

struct Entry {
  uint16_t bucket;
  uint16_t next;
  uint32_t row;
};

}  // namespace

absl::Status BuildRingTable(BitRows rows, RingCut cut, size_t chunk,
                            const RingTable& table) {
  const size_t n = rows.size();
  const size_t words = rows.words_per_row();
  const ChunkOf own(cut, chunk);
  const ChunkOf following(cut, (chunk + 1) % (rows.width_bits() / 16));
  const uint64_t* const first = rows.words().data();

  std::ranges::fill(table.offsets, 0);
  for (size_t r = 0; r < n; ++r) {
    ++table.offsets[size_t{BucketOf(cut, own(first + r * words))} + 1];
  }
  for (size_t v = 1; v < kRingOffsets; ++v) {
    table.offsets[v] += table.offsets[v - 1];
  }

  const auto block = HugeBlock::Create(n * sizeof(Entry));
  if (block == nullptr) return OutOfMemory("sorting a ring table");
  const std::span<Entry> entries = block->Array<Entry>(0, n);
  std::array<uint32_t, 256> places;
  for (size_t high = 0; high < 256; ++high) {
    places[high] = table.offsets[high << 8];
  }
  for (size_t r = 0; r < n; ++r) {
    const uint64_t* const row = first + r * words;
    const uint16_t bucket = BucketOf(cut, own(row));
    entries[places[bucket >> 8]++] = {bucket, following(row),
                                      static_cast<uint32_t>(r)};
  }
  for (size_t high = 0; high < 256; ++high) {
    std::ranges::copy_n(table.offsets.begin() + (high << 8), 256,
                        places.begin());
    const size_t end = table.offsets[(high + 1) << 8];
    for (size_t e = table.offsets[high << 8]; e < end; ++e) {
      const uint32_t place = places[entries[e].bucket & 0xFF]++;
      table.next[place] = entries[e].next;
      table.ids[place] = entries[e].row;
    }
  }
  return absl::OkStatus();
}

}  // namespace hashvet
