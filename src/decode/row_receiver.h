// Who takes the rows of a picture as a codec gives them: nothing of a picture's
// full size has to exist.

#ifndef HASHVET_SRC_DECODE_ROW_RECEIVER_H_
#define HASHVET_SRC_DECODE_ROW_RECEIVER_H_

#include <cstdint>

#include "absl/status/status.h"

namespace hashvet {

// What a row is made of.
enum class RowFormat : uint8_t {
  kGrey8,  // 1 byte a pixel
  kBgr8,   // 3: blue, green, red
  kBgra8,  // 4: and alpha, the colours not multiplied by it
};

// What is seen through a picture's transparent parts.
enum class Background : uint8_t { kWhite, kBlack };

// One frame, as it is stored: no orientation is applied yet.
struct FrameStart {
  uint32_t frame = 0;  // of an animation; not all of them may come
  uint32_t width = 0;
  uint32_t height = 0;
  RowFormat format = RowFormat::kBgr8;
  // Of rows without alpha: what their codec showed them over. A frame that has
  // transparent parts may come twice, over white first.
  Background background = Background::kWhite;
  bool transparent = false;  // of the same: whether that was seen anywhere
  // How many of the picture's pixels, each way, one of a row is the mean of: 1,
  // or 4 where the receiver says that means suffice.
  uint32_t block = 1;
};

class RowReceiver {
 public:
  virtual ~RowReceiver() = default;

  // Whether the means of blocks of 4 x 4 pixels serve as well: a large JPEG in
  // luma is then decoded to them, in two thirds to four fifths of the time.
  virtual bool means_suffice() const { return false; }

  // A frame's rows follow, all `height` of them. What fails here fails the
  // decoding.
  virtual absl::Status Begin(const FrameStart& start) = 0;

  // Where the next row is to be written, until RowDone. Never null.
  virtual uint8_t* NextRow() = 0;

  // False when no more rows are wanted, of this frame or another.
  virtual bool RowDone() = 0;

  // The frame's row that was done last, as it was written, until the next is
  // done. REQUIRES: one is done, and not all.
  virtual const uint8_t* LastRow() const = 0;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_ROW_RECEIVER_H_
