// Downsample for a picture whose rows come one after the other, from the top:
// the same plane, bit for bit, with no more than one band of rows (about a 64th
// part of the picture) in memory.

#ifndef HASHVET_SRC_HASHERS_ROW_DOWNSAMPLE_H_
#define HASHVET_SRC_HASHERS_ROW_DOWNSAMPLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "hashvet/pixels/picture_view.h"
#include "src/hashers/downsample.h"
#include "src/kernels/accumulate.h"

namespace hashvet::pdq {

class RowDownsampler {
 public:
  // As BandSampler. REQUIRES: 8-bit pixels (kLuma32 has values to be checked).
  RowDownsampler(uint32_t width, uint32_t height, PixelFormat format,
                 const kernels::AccumulateTable& accumulate);

  // Where the next row is to be written: width pixels, until RowDone.
  // REQUIRES: not all rows are done.
  uint8_t* NextRow();
  void RowDone();
  // The row that was done last, until the next is. REQUIRES: one is done.
  const uint8_t* LastRow() const;

  const Plane& plane() const { return plane_; }  // REQUIRES: all rows are done

 private:
  BandSampler sampler_;
  const PixelFormat format_;
  const size_t stride_bytes_;
  // Of the largest band, and the row before it.
  const uint32_t most_kept_;
  // Rows first_kept_ .. row_ - 1, the last one at least.
  std::unique_ptr<uint8_t[]> kept_;
  uint32_t first_kept_ = 0;
  uint32_t row_ = 0;  // the next one
  size_t band_ = 0;   // the next one
  Plane plane_;
};

}  // namespace hashvet::pdq

#endif  // HASHVET_SRC_HASHERS_ROW_DOWNSAMPLE_H_
