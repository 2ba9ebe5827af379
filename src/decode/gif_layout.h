// Where the frames of a GIF lie, without decompressing any: its blocks say how
// long they are.
//
// Source: GIF89a (CompuServe, 1990).

#ifndef HASHVET_SRC_DECODE_GIF_LAYOUT_H_
#define HASHVET_SRC_DECODE_GIF_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace hashvet {

struct GifLayout {
  // Of the screen; of the first frame where that is larger, as browsers take it
  // then: the screen's size is wrong.
  uint32_t width = 0;
  uint32_t height = 0;
  bool first_frame_is_screen = false;
  uint32_t frames = 0;                // those whose head is there
  uint64_t largest_frame_pixels = 0;  // of all frames' own rectangles
};

// "Nothing" when there is no whole head or no frame. Looks at every byte at
// most once. Thread-safe.
std::optional<GifLayout> ReadGifLayout(std::span<const std::byte> bytes);

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_GIF_LAYOUT_H_
