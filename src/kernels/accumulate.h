// Weighted sums of pixel rows: the inner loop of down-sampling.
//
// With <immintrin.h> or <arm_neon.h> this is all a kernel file may include.
//
// Hash bits must not depend on the CPU, so every function states its order of
// rounding: sums are taken per column, in ascending row order, as
// acc[x] = acc[x] + weight * pixel with both operations rounded to float (no
// fused multiply-add).

#ifndef HASHVET_SRC_KERNELS_ACCUMULATE_H_
#define HASHVET_SRC_KERNELS_ACCUMULATE_H_

#include <stddef.h>
#include <stdint.h>

namespace hashvet::kernels {

// acc[x] += weights[y] * rows[y * stride + x] for y in [0, row_count), for each
// x in [0, width).
using AccumulateU8Fn = void (*)(const uint8_t* rows, size_t stride_bytes,
                                size_t row_count, const float* weights,
                                size_t width, float* acc);

// The same over one row of floats.
using AccumulateF32Fn = void (*)(const float* row, float weight, size_t width,
                                 float* acc);

// Banded dot products: out[o] = sum over i in [0, count[o]) of
// weights[offset[o] + i] * row[first[o] + i].
//
// The order: 16 partial sums, partial p taking the terms with i % 16 == p in
// ascending i; then partials p and p + 8 are added, p and p + 4, p and p + 2,
// p and p + 1. Rows of weights are padded with zeros to a multiple of 16, and
// `row` has 15 readable floats past its width (their value is multiplied by 0
// and must be finite).
using BandedDotFn = void (*)(const float* row, const float* weights,
                             const uint32_t* offset, const uint32_t* first,
                             const uint32_t* count, size_t out_count,
                             float* out);

struct AccumulateTable {
  AccumulateU8Fn accumulate_u8;
  AccumulateF32Fn accumulate_f32;
  BandedDotFn banded_dot;
};

extern const AccumulateTable kAccumulatePortable;
extern const AccumulateTable kAccumulateAvx2;
extern const AccumulateTable kAccumulateAvx512;
extern const AccumulateTable kAccumulateNeon;

}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_ACCUMULATE_H_
