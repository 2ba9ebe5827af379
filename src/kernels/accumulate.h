// Weighted sums of pixels: the inner loops of down-sampling.
//
// With <immintrin.h> or <arm_neon.h> this is all a kernel file may include.
//
// Hash bits must not depend on the CPU, so every function states its order of
// rounding and every target keeps it. No operation is fused.

#ifndef HASHVET_SRC_KERNELS_ACCUMULATE_H_
#define HASHVET_SRC_KERNELS_ACCUMULATE_H_

#include <stddef.h>
#include <stdint.h>

namespace hashvet::kernels {

// acc[x] = weights[0] * luma(0, x) + weights[1] * luma(1, x) + ... for each x
// in [0, width): the products and the running sum, which begins at 0 and takes
// the rows in order, are each rounded to float.
//
//   rows      row_count rows of width pixels, the row r at rows +
//             r * stride_bytes. Nothing past a row's last pixel is read.
//   weights   row_count floats
//   acc       width floats, overwritten. Does not overlap the rows.
//
// The accumulator lives in the nearest cache when width is below about 8,000;
// the pixels are read once, in order, eight rows abreast.
//
// luma of grey pixels: 1 byte, taken as it is.
using AccumulateGrey8Fn = void (*)(const uint8_t* rows, size_t stride_bytes,
                                   const float* weights, size_t row_count,
                                   size_t width, float* acc);

// luma of colour pixels: 3 bytes, green in the middle, red at `red` (0 or 2);
// (0.299f * red + 0.587f * green) + 0.114f * blue, each operation rounded.
using AccumulateColour8Fn = void (*)(const uint8_t* rows, size_t stride_bytes,
                                     const float* weights, size_t row_count,
                                     size_t width, size_t red, float* acc);

// luma of float pixels, taken as it is. `rows` is aligned as a float.
using AccumulateLuma32Fn = void (*)(const uint8_t* rows, size_t stride_bytes,
                                    const float* weights, size_t row_count,
                                    size_t width, float* acc);

inline constexpr size_t kDotLanes = 8;

// Dot products along one row: for each o in [0, out_count), out[o] is the sum
// over i in [0, counts[o]) of weights[offsets[o] + i] * row[firsts[o] + i].
//
// Everything is widened to double first. Term i goes to partial sum i % 8, in
// ascending i from 0; then partials p and p + 4 are added, p and p + 2, p and
// p + 1. Each product and sum is rounded to double.
//
// REQUIRES: counts[o] is a multiple of kDotLanes (pad the weights with zeros;
// what the row has there must be readable and finite).
using BandedDotFn = void (*)(const float* row, const float* weights,
                             const uint32_t* offsets, const uint32_t* firsts,
                             const uint32_t* counts, size_t out_count,
                             double* out);

struct AccumulateTable {
  AccumulateGrey8Fn grey8;
  AccumulateColour8Fn colour8;
  AccumulateLuma32Fn luma32;
  BandedDotFn banded_dot;
};

extern const AccumulateTable kAccumulatePortable;
extern const AccumulateTable kAccumulateAvx2;
extern const AccumulateTable kAccumulateAvx512;
extern const AccumulateTable kAccumulateNeon;

}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_ACCUMULATE_H_
