// Pillow's resize with the filter LANCZOS (once called ANTIALIAS) of 8-bit grey
// pictures, byte for byte: what ImageHash's hashes begin with.
//
// Across, then down; in between the bytes are rounded. Sample o of a side of n
// out of m pixels is centred at (o + 0.5) n / m and sums the pixels within 3 n
// / m (3, when enlarging), weighted by sinc(x) sinc(x / 3), the weights divided
// by their sum and rounded to 22 fractional bits.
//
// Source: Pillow, src/libImaging/Resample.c.

#ifndef HASHVET_SRC_HASHERS_LANCZOS_H_
#define HASHVET_SRC_HASHERS_LANCZOS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hashvet/pixels/picture_view.h"
#include "src/hashers/small_plane.h"
#include "src/kernels/resample.h"

namespace hashvet {

// One axis: which pixels each sample is the weighted sum of.
class LanczosBands {
 public:
  LanczosBands(uint32_t side, size_t samples);  // REQUIRES: both > 0

  // Sample o sums weight offsets()[o] + i times pixel firsts()[o] + i for i in
  // [0, counts()[o]); counts() rounded up to kernels::kResampleLanes, in
  // padded_counts(), may be read too: the weights there are 0.
  const std::vector<uint32_t>& firsts() const { return firsts_; }
  const std::vector<uint32_t>& counts() const { return counts_; }
  const std::vector<uint32_t>& padded_counts() const { return padded_counts_; }
  const std::vector<uint32_t>& offsets() const { return offsets_; }
  // Beginning with weight `offset`.
  kernels::ResampleWeights weights(size_t offset) const {
    return {low_.data() + offset, has_high_ ? high_.data() + offset : nullptr};
  }

 private:
  // Of the last band, to be divided by `sum`.
  void AppendWeights(const std::vector<double>& band, double sum);

  std::vector<uint32_t> firsts_;
  std::vector<uint32_t> counts_;
  std::vector<uint32_t> padded_counts_;
  std::vector<uint32_t> offsets_;
  std::vector<int16_t> low_;
  std::vector<int16_t> high_;
  bool has_high_ = false;
};

// The picture, grey by Pillow's rule, as width x height bytes.
//
// Thread-safe. Allocates the result, and width bytes a row of the picture.
SmallPlane ResizeLanczos(const PictureView& picture, size_t width,
                         size_t height, const kernels::ResampleTable& resample);

}  // namespace hashvet

#endif  // HASHVET_SRC_HASHERS_LANCZOS_H_
