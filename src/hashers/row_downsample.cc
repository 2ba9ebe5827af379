#include "src/hashers/row_downsample.h"

#include <algorithm>
#include <cstring>

namespace hashvet::pdq {

RowDownsampler::RowDownsampler(uint32_t width, uint32_t height,
                               PixelFormat format,
                               const kernels::AccumulateTable& accumulate)
    : sampler_(width, height, accumulate),
      format_(format),
      stride_bytes_(size_t{width} * BytesPerPixel(format)),
      most_kept_(1 + *std::max_element(sampler_.rows().counts().begin(),
                                       sampler_.rows().counts().end())),
      kept_(std::make_unique_for_overwrite<uint8_t[]>(stride_bytes_ *
                                                      most_kept_)) {}

uint8_t* RowDownsampler::NextRow() {
  if (row_ - first_kept_ == most_kept_) {
    // Bands begin in order, so a row above the next band is never sampled
    // again. Neighbours share a row or two at most: moving them costs nothing.
    const uint32_t needed =
        band_ < kPlaneSide ? std::min(sampler_.rows().firsts()[band_], row_ - 1)
                           : row_ - 1;
    std::memmove(kept_.get(),
                 kept_.get() + (needed - first_kept_) * stride_bytes_,
                 (row_ - needed) * stride_bytes_);
    first_kept_ = needed;
  }
  return kept_.get() + (row_ - first_kept_) * stride_bytes_;
}

const uint8_t* RowDownsampler::LastRow() const {
  return kept_.get() + (row_ - 1 - first_kept_) * stride_bytes_;
}

void RowDownsampler::RowDone() {
  ++row_;
  const Bands& rows = sampler_.rows();
  for (; band_ < kPlaneSide &&
         rows.firsts()[band_] + rows.counts()[band_] <= row_;
       ++band_) {
    sampler_.Sample(
        band_,
        kept_.get() + (rows.firsts()[band_] - first_kept_) * stride_bytes_,
        stride_bytes_, format_, plane_);
  }
}

}  // namespace hashvet::pdq
