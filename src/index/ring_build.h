// Filling the tables of a ring index.

#ifndef HASHVET_SRC_INDEX_RING_BUILD_H_
#define HASHVET_SRC_INDEX_RING_BUILD_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "hashvet/base/executor.h"
#include "hashvet/hash/bit_rows.h"
#include "hashvet/index/ring_index.h"

namespace hashvet {

// One table of RingTables, where it lies.
struct RingTable {
  std::span<uint32_t> offsets;  // kRingOffsets
  std::span<uint16_t> next;     // an entry a row
  std::span<uint32_t> ids;      // beside next
};

// Fills the table of one chunk: entries by the chunk's value, equal values by
// row. Needs 8 bytes a row meanwhile.
//
// Errors: ResourceExhausted without memory.
absl::Status BuildRingTable(BitRows rows, RingCut cut, size_t chunk,
                            const RingTable& table);

}  // namespace hashvet

#endif  // HASHVET_SRC_INDEX_RING_BUILD_H_
