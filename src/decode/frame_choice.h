// Which frames of an animation are looked at: the first, and others evenly
// spaced, within a number of frames and an amount of work.

#ifndef HASHVET_SRC_DECODE_FRAME_CHOICE_H_
#define HASHVET_SRC_DECODE_FRAME_CHOICE_H_

#include <algorithm>
#include <cstdint>

#include "hashvet/decode/decode.h"

namespace hashvet {

// Pixels of one animation that are composed. 64 million take about half of the
// processor time that one picture has.
inline constexpr uint64_t kMaxAnimationPixels = uint64_t{64} << 20;
// And of one of so many bytes: frames that only repeat cost a few bytes each.
// At least those of a picture that any number of bytes may state.
constexpr uint64_t MaxAnimationPixels(uint64_t size_bytes) {
  constexpr uint64_t kPixelsPerByte = DecodeLimits{}.max_pixels_per_byte;
  return size_bytes >= kMaxAnimationPixels / kPixelsPerByte
             ? kMaxAnimationPixels
             : std::max(kMaxSparsePixels, size_bytes * kPixelsPerByte);
}

class FrameChoice {
 public:
  //   frames        how many there are, at least 1
  //   frame_pixels  what composing one costs
  //   max_frames    at most so many are wanted, at least 1
  //   size_bytes    of the file
  FrameChoice(uint64_t frames, uint64_t frame_pixels, uint32_t max_frames,
              uint64_t size_bytes)
      : there_(frames),
        frames_(std::clamp<uint64_t>(MaxAnimationPixels(size_bytes) /
                                         std::max<uint64_t>(frame_pixels, 1),
                                     1, frames)),
        wanted_(std::min<uint64_t>(frames_, max_frames)) {}

  // Those that have to be composed: up to the last that is wanted.
  uint64_t frames() const { return First(wanted_ - 1) + 1; }
  // REQUIRES: frame < frames()
  bool Wants(uint64_t frame) const {
    const uint64_t k = (frame * wanted_ + frames_ - 1) / frames_;
    return k < wanted_ && First(k) == frame;
  }
  bool skips() const { return wanted_ < there_; }

 private:
  // The frame that is looked at as number k of wanted_.
  uint64_t First(uint64_t k) const { return k * frames_ / wanted_; }

  uint64_t there_;
  uint64_t frames_;
  uint64_t wanted_;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_FRAME_CHOICE_H_
