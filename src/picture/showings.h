// The showings of one picture: the picture itself, then the same over black and
// the other frames of an animation, each where it is another picture.

#ifndef HASHVET_SRC_PICTURE_SHOWINGS_H_
#define HASHVET_SRC_PICTURE_SHOWINGS_H_

#include "hashvet/hash/picture_hashes.h"
#include "src/decode/codec.h"
#include "src/decode/row_receiver.h"

namespace hashvet {

// Whether this is the picture itself: its first frame, over white.
constexpr bool IsItself(const FrameStart& start) {
  return start.frame == 0 && start.background == Background::kWhite;
}

// Adds a further showing, unless it looks like one that is there: over black as
// over white within kSameShowingMaxDistance bits, a frame as one before it bit
// for bit. Sets flags.alpha_dual. False when it was not added.
bool AddShowing(const FrameStart& start, PdqHashes pdq, PictureHashes& hashes);

// What decoding told of the whole picture.
void AddFlags(const CodecResult& result, PictureHashes& hashes);

}  // namespace hashvet

#endif  // HASHVET_SRC_PICTURE_SHOWINGS_H_
