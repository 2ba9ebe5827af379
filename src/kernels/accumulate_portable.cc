// Weighted sums of pixels in plain C++: the definition of what the others do,
// and what runs where they cannot.

#include "src/kernels/accumulate.h"

namespace hashvet::kernels {
namespace {

// A row at a time into an accumulator that stays in the nearest cache. The
// compiler vectorises the grey loop for the baseline.
void Grey8(const uint8_t* rows, size_t stride_bytes, const float* weights,
           size_t row_count, size_t width, float* acc) {
  for (size_t x = 0; x < width; ++x) acc[x] = 0;
  for (size_t r = 0; r < row_count; ++r) {
    const uint8_t* row = rows + r * stride_bytes;
    const float weight = weights[r];
    for (size_t x = 0; x < width; ++x) {
      acc[x] += weight * static_cast<float>(row[x]);
    }
  }
}

void Colour8(const uint8_t* rows, size_t stride_bytes, const float* weights,
             size_t row_count, size_t width, size_t red, float* acc) {
  for (size_t x = 0; x < width; ++x) acc[x] = 0;
  for (size_t r = 0; r < row_count; ++r) {
    const uint8_t* row = rows + r * stride_bytes;
    const float weight = weights[r];
    for (size_t x = 0; x < width; ++x) {
      const uint8_t* pixel = row + 3 * x;
      const float luma = 0.299f * static_cast<float>(pixel[red]) +
                         0.587f * static_cast<float>(pixel[1]) +
                         0.114f * static_cast<float>(pixel[2 - red]);
      acc[x] += weight * luma;
    }
  }
}

void Luma32(const uint8_t* rows, size_t stride_bytes, const float* weights,
            size_t row_count, size_t width, float* acc) {
  for (size_t x = 0; x < width; ++x) acc[x] = 0;
  for (size_t r = 0; r < row_count; ++r) {
    const float* row = reinterpret_cast<const float*>(rows + r * stride_bytes);
    const float weight = weights[r];
    for (size_t x = 0; x < width; ++x) acc[x] += weight * row[x];
  }
}

void BandedDot(const float* row, const float* weights, const uint32_t* offsets,
               const uint32_t* firsts, const uint32_t* counts, size_t out_count,
               double* out) {
  for (size_t o = 0; o < out_count; ++o) {
    const float* weight = weights + offsets[o];
    const float* value = row + firsts[o];
    double sums[kDotLanes] = {};
    for (size_t i = 0; i < counts[o]; i += kDotLanes) {
      for (size_t p = 0; p < kDotLanes; ++p) {
        sums[p] += static_cast<double>(weight[i + p]) *
                   static_cast<double>(value[i + p]);
      }
    }
    for (size_t half = kDotLanes / 2; half > 0; half /= 2) {
      for (size_t p = 0; p < half; ++p) sums[p] += sums[p + half];
    }
    out[o] = sums[0];
  }
}

}  // namespace

constinit const AccumulateTable kAccumulatePortable = {Grey8, Colour8, Luma32,
                                                       BandedDot};

}  // namespace hashvet::kernels
