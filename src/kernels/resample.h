// Weighted sums of bytes in whole numbers: the inner loops of resampling.
//
// With <immintrin.h> or <arm_neon.h> this is all a kernel file may include.
//
// A weight of 22 fractional bits is low + 32768 * high. Sums are taken modulo
// 2^32, so that their order does not matter and every target gives the same
// bytes; the caller's weights are such that no sum really overflows.

#ifndef HASHVET_SRC_KERNELS_RESAMPLE_H_
#define HASHVET_SRC_KERNELS_RESAMPLE_H_

#include <stddef.h>
#include <stdint.h>

namespace hashvet::kernels {

// A row's weights come in groups of so many, the last padded with zeros.
inline constexpr size_t kResampleLanes = 16;

struct ResampleWeights {
  const int16_t* low;
  const int16_t* high;  // null: all are 0
};

// Across: for each row r in [0, row_count) and each o in [0, out_count),
//
//   out[r * out_stride + o] = (2^21 + sum) >> 22, cut to 0 .. 255
//
// with the sum over i in [0, counts[o]) of weight offsets[o] + i times byte
// rows[r * stride + firsts[o] + i].
//
// REQUIRES: counts[o] is a multiple of kResampleLanes; what a row has under
// the padding must be readable.
using ResampleAcrossFn = void (*)(const uint8_t* rows, size_t stride,
                                  size_t row_count, ResampleWeights weights,
                                  const uint32_t* offsets,
                                  const uint32_t* firsts,
                                  const uint32_t* counts, size_t out_count,
                                  uint8_t* out, size_t out_stride);

// Down: out[x] = (2^21 + sum) >> 22, cut to 0 .. 255, for each x in [0, width),
// with the sum over r in [0, row_count) of weight r times rows[r * stride + x].
using ResampleDownFn = void (*)(const uint8_t* rows, size_t stride,
                                size_t row_count, ResampleWeights weights,
                                size_t width, uint8_t* out);

struct ResampleTable {
  ResampleAcrossFn across;
  ResampleDownFn down;
};

extern const ResampleTable kResamplePortable;
extern const ResampleTable kResampleAvx2;
extern const ResampleTable kResampleAvx512;
extern const ResampleTable kResampleNeon;

}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_RESAMPLE_H_
