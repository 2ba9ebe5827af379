// Finds the bars around a picture: letterboxes, frames, margins.

#ifndef HASHVET_SRC_HASHERS_TRIM_H_
#define HASHVET_SRC_HASHERS_TRIM_H_

#include <cstdint>
#include <vector>

#include "hashvet/hash/picture_hashes.h"
#include "hashvet/pixels/picture_view.h"

namespace hashvet::pdq {

// The picture without its bars; the picture itself where it has none, or where
// less than a third of a side would be left.
//
// variant  kTrimmedBlack: rows and columns at the edges all of whose grey
//          levels are below 40 (the reference's rule); kTrimmed: those all of
//          whose grey levels are within 12 of that side's outermost row's or
//          column's mean, whatever its colour, and that mean within 12 of the
//          first bar's: a white margin inside black bars is the picture's own.
//          Rows first, then columns of the rows that are left.
PictureView Trimmed(const PictureView& picture, PdqVariant variant);

// The same question of a picture whose rows come one after the other and are
// not kept: whether there are bars to trim. Where they lie, only the whole
// picture tells.
class BarWatch {
 public:
  // REQUIRES: as Trimmed's; 8-bit pixels.
  BarWatch(uint32_t width, uint32_t height, PixelFormat format,
           PdqVariant variant);

  // The next row, of width pixels. REQUIRES: fewer than height came.
  void Row(const uint8_t* pixels);

  // Final when all rows came; true is final at once.
  bool found() const { return found_; }

 private:
  const uint32_t width_;
  const uint32_t height_;
  const PixelFormat format_;
  const PdqVariant variant_;
  uint32_t row_ = 0;
  std::vector<float> line_;
  std::vector<float> left_;
  std::vector<float> right_;
  bool found_ = false;
};

}  // namespace hashvet::pdq

#endif  // HASHVET_SRC_HASHERS_TRIM_H_
