// PDQ's first half: a picture of any size becomes a plane of 64 x 64.
//
// The definition blurs the whole picture (two rounds of a box filter along each
// axis) and then keeps 64 x 64 samples of the result. Filters and sampling are
// linear and separable, so each sample is a weighted sum over a short band of
// rows and a short band of columns:
//
//   plane = R * luma * transpose(C)      R: 64 x height, C: 64 x width
//
// and only those sums are computed. Bands of neighbouring samples hardly
// overlap: every pixel is read about once, in order, and no blurred picture
// exists in between. docs/hash_definitions.md derives it.

#ifndef HASHVET_SRC_HASHERS_DOWNSAMPLE_H_
#define HASHVET_SRC_HASHERS_DOWNSAMPLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "hashvet/pixels/picture_view.h"
#include "src/kernels/accumulate.h"

namespace hashvet::pdq {

inline constexpr size_t kPlaneSide = 64;

// 64 x 64 floats, row-major, 0 (black) .. 255 (white).
using Plane = std::array<float, kPlaneSide * kPlaneSide>;

// One axis: which pixels each of the 64 samples is the weighted mean of.
//
// With w = ceil(side / 128), the box's width, the weights are the tent
// 1, 2 .. w .. 2, 1 divided by w * w, and every band shares them; only a band
// that the picture's edge clips (the last one, when w is even) has its own.
// Building is O(side / 64), so nothing is cached.
class Bands {
 public:
  // Of `side` pixels, or of the means of blocks of so many of them: a mean's
  // weight is the sum of its pixels', so that no sample moves. Every band of
  // means has its own.
  // REQUIRES: side > 0, and is a multiple of block.
  explicit Bands(uint32_t side, uint32_t block = 1);

  // Sample s sums weights()[offsets()[s] + i] * pixel[firsts()[s] + i] for i in
  // [0, counts()[s]), and divides by scale(). Weights are floats; unclipped,
  // they are whole numbers. counts() rounded up to kernels::kDotLanes may be
  // read too: the weights there are 0.
  const std::array<uint32_t, kPlaneSide>& firsts() const { return firsts_; }
  const std::array<uint32_t, kPlaneSide>& counts() const { return counts_; }
  const std::array<uint32_t, kPlaneSide>& offsets() const { return offsets_; }
  const std::vector<float>& weights() const { return weights_; }
  double scale() const { return scale_; }

 private:
  void Fold(uint32_t block);

  std::array<uint32_t, kPlaneSide> firsts_;
  std::array<uint32_t, kPlaneSide> counts_;
  std::array<uint32_t, kPlaneSide> offsets_;
  std::vector<float> weights_;
  double scale_;
};

// One band of rows after the other to a row of the plane: the step that whole
// pictures and pictures of passing rows share, so that their bits agree.
class BandSampler {
 public:
  //   block  each pixel of width x height is the mean of block x block
  //
  // REQUIRES: both sides > 0, and times block at most 2^32 - 1.
  BandSampler(uint32_t width, uint32_t height,
              const kernels::AccumulateTable& accumulate, uint32_t block = 1);

  const Bands& rows() const { return rows_; }

  // Writes row s of `plane`.
  //
  //   first_row  row rows().firsts()[s] of the picture; rows().counts()[s] rows
  //              lie stride_bytes apart from it on
  void Sample(size_t s, const uint8_t* first_row, size_t stride_bytes,
              PixelFormat format, Plane& plane);

 private:
  const Bands rows_;
  const Bands columns_;
  std::array<uint32_t, kPlaneSide> column_counts_;
  const double one_over_scale_;
  const size_t width_;
  const kernels::AccumulateTable& accumulate_;
  std::vector<float> blended_;
};

// Larger lumas than this are refused, so that no sum overflows.
inline constexpr float kMaxLuma = 65536;

// Fills `plane`. A picture of 64 x 64 comes back as it is.
//
// Errors: InvalidArgument when a kLuma32 pixel is not a number in
// -kMaxLuma .. kMaxLuma. `plane` is then undefined.
//
//   block  1, or how many pixels each way every one of `picture` is the mean
//          of; then also of 64 x 64
//
// Thread-safe. Allocates 4 bytes per column and about 4 per 64 pixels a side.
absl::Status Downsample(const PictureView& picture,
                        const kernels::AccumulateTable& accumulate,
                        Plane& plane, uint32_t block = 1);

}  // namespace hashvet::pdq

#endif  // HASHVET_SRC_HASHERS_DOWNSAMPLE_H_
