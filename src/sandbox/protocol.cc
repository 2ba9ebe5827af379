#include "src/sandbox/protocol.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "src/sandbox/kind_slots.h"

namespace hashvet {

Request ToMessage(const HashRequest& request, std::string_view name,
                  size_t size_bytes, uint32_t deadline_ms, Codecs codecs) {
  Request message = {};
  message.max_pixels = request.max_pixels;
  message.size_bytes = size_bytes;
  message.deadline_ms = deadline_ms;
  message.record_bytes = static_cast<uint32_t>(RecordBytes(request, codecs));
  message.apply_orientation = request.apply_orientation ? 1 : 0;
  message.variant = static_cast<uint8_t>(request.variant);
  for (const PdqVariant variant : request.more_variants) {
    message.more_variants |=
        static_cast<uint8_t>(1u << static_cast<unsigned>(variant));
  }
  const std::vector<HashKind> kinds = PixelKinds(request.kinds);
  for (size_t i = 0; i < std::min(kinds.size(), kMaxKinds); ++i) {
    message.kinds[i] = static_cast<uint16_t>(kinds[i]);
  }
  const size_t dot = name.rfind('.');
  const std::string_view ending =
      dot == std::string_view::npos ? "" : name.substr(dot + 1);
  if (ending.size() < message.ending.size()) {  // a longer one promises nothing
    std::copy(ending.begin(), ending.end(), message.ending.begin());
  }
  return message;
}

size_t RecordBytes(const HashRequest& request, Codecs codecs) {
  if (codecs != Codecs::kJpeg) return sizeof(Record);
  const size_t slots = kOrientations * (1 + request.more_variants.size()) +
                       MostKindSlots(PixelKinds(request.kinds).size(),
                                     /*has_showings=*/false);
  return offsetof(Record, slot) + std::min(slots, kMaxSlots) * sizeof(HashSlot);
}

}  // namespace hashvet
