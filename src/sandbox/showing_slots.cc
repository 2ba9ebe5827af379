#include "src/sandbox/showing_slots.h"

#include <cstddef>
#include <cstdint>

namespace hashvet {
namespace {

// Showings come frame by frame, over white first; the picture itself is 0.
uint64_t PlaceOf(const ShowingSlot& slot) {
  return uint64_t{slot.frame} * 2 + slot.over_black;
}

}  // namespace

void AddShowings(std::span<const PdqHashes> more, Record& record) {
  for (const PdqHashes& pdq : more) {
    if (!IsShowing(pdq) || record.showings == kMaxShowings) continue;
    ShowingSlot& slot = record.showing[record.showings++];
    slot.frame = pdq.frame;
    slot.over_black = pdq.over_black ? 1 : 0;
    slot.quality = static_cast<uint8_t>(pdq.quality);
    for (size_t i = 0; i < kOrientations; ++i) {
      for (size_t byte = 0; byte < slot.values[i].size(); ++byte) {
        slot.values[i][byte] = static_cast<uint8_t>(
            pdq.orientations[i].words()[byte / 8] >> (byte % 8 * 8));
      }
    }
  }
}

absl::StatusOr<std::vector<PdqHashes>> ShowingsOf(const Record& record,
                                                  PdqVariant variant) {
  if (record.showings > kMaxShowings) {
    return WrongRecord("more showings than there may be");
  }
  if (record.unused != 0 ||
      !AllZero(std::as_bytes(std::span(record.showing))
                   .subspan(record.showings * sizeof(ShowingSlot)))) {
    return WrongRecord("bytes where nothing should be");
  }
  std::vector<PdqHashes> showings;
  uint64_t last = 0;
  for (const ShowingSlot& slot :
       std::span(record.showing).first(record.showings)) {
    if (slot.over_black > 1 || slot.unused != 0 || PlaceOf(slot) <= last) {
      return WrongRecord("a showing that does not exist");
    }
    if (slot.quality > 100) return WrongRecord("a quality above 100");
    last = PlaceOf(slot);
    PdqHashes& pdq = showings.emplace_back();
    pdq.variant = variant;
    pdq.frame = slot.frame;
    pdq.over_black = slot.over_black != 0;
    pdq.quality = slot.quality;
    for (size_t i = 0; i < kOrientations; ++i) {
      Hash256::Words words = {};
      for (size_t byte = 0; byte < slot.values[i].size(); ++byte) {
        words[byte / 8] |= uint64_t{slot.values[i][byte]} << (byte % 8 * 8);
      }
      pdq.orientations[i] = Hash256(words);
    }
  }
  return showings;
}

}  // namespace hashvet
