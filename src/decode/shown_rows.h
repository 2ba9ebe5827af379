// A frame's rows, and what is seen of them over white and over black.

#ifndef HASHVET_SRC_DECODE_SHOWN_ROWS_H_
#define HASHVET_SRC_DECODE_SHOWN_ROWS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hashvet/pixels/picture_view.h"
#include "src/decode/row_receiver.h"

namespace hashvet {

// `colour`, 0..255, under `alpha`, over 0 or 255: c * a + b * (255 - a),
// divided by 255 and rounded.
constexpr uint8_t Shown(uint32_t colour, uint32_t alpha, Background behind) {
  const uint32_t over_black = (colour * alpha + 127) / 255;
  return static_cast<uint8_t>(
      behind == Background::kBlack ? over_black : over_black + 255 - alpha);
}

// Takes the rows of one showing: opaque pixels, kGrey8 or kBgr8.
class ShownRows {
 public:
  virtual ~ShownRows() = default;
  virtual uint8_t* NextRow() = 0;
  virtual bool RowDone() = 0;  // false: no more are wanted
  // The row that was done last, until the next is. REQUIRES: one is done.
  virtual const uint8_t* LastRow() const = 0;
};

// Of rows with alpha makes two showings, of others one.
class ShowingReceiver : public RowReceiver {
 public:
  absl::Status Begin(const FrameStart& start) final;
  uint8_t* NextRow() final;
  bool RowDone() final;
  const uint8_t* LastRow() const final;

 protected:
  // A showing begins: who is to take its rows. The one over black begins before
  // it is known whether it differs; null where it is not wanted.
  virtual absl::StatusOr<std::unique_ptr<ShownRows>> Open(
      const FrameStart& start, PixelFormat format) = 0;

  // All rows of a showing came. Over black it comes only if it differs, after
  // the one over white; `transparent` says of both whether it does. False: no
  // more frames are wanted.
  virtual bool Close(const FrameStart& start, bool transparent,
                     std::unique_ptr<ShownRows> rows) = 0;

 private:
  FrameStart start_;
  std::unique_ptr<ShownRows> first_;  // over white, unless its codec says other
  std::unique_ptr<ShownRows> black_;  // none without alpha, or not wanted
  // The next row and the last one, in turn; empty without alpha.
  std::array<std::vector<uint8_t>, 2> with_alpha_;
  uint32_t rows_left_ = 0;
  bool transparent_ = false;
};

}  // namespace hashvet

#endif  // HASHVET_SRC_DECODE_SHOWN_ROWS_H_
