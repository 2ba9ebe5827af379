// The loops of resample.h in plain C++, for targets whose compiler makes
// multiply-and-add instructions of them. Included by resample_<target>.cc files
// and nothing else; everything has internal linkage.

#ifndef HASHVET_SRC_KERNELS_RESAMPLE_PLAIN_H_
#define HASHVET_SRC_KERNELS_RESAMPLE_PLAIN_H_

#include "src/kernels/resample.h"

namespace hashvet::kernels {
namespace {

inline uint8_t RoundedByte(uint32_t low, uint32_t high) {
  const int32_t sum =
      static_cast<int32_t>(low + (high << 15) + (uint32_t{1} << 21)) >> 22;
  return static_cast<uint8_t>(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

inline uint32_t SumOf(const uint8_t* bytes, const int16_t* weights,
                      size_t count) {
  uint32_t sum = 0;
  for (size_t i = 0; i < count; ++i) {
    sum += static_cast<uint32_t>(static_cast<int16_t>(bytes[i]) * weights[i]);
  }
  return sum;
}

void Across(const uint8_t* rows, size_t stride, size_t row_count,
            ResampleWeights weights, const uint32_t* offsets,
            const uint32_t* firsts, const uint32_t* counts, size_t out_count,
            uint8_t* out, size_t out_stride) {
  for (size_t o = 0; o < out_count; ++o) {
    for (size_t r = 0; r < row_count; ++r) {
      const uint8_t* bytes = rows + r * stride + firsts[o];
      out[r * out_stride + o] =
          RoundedByte(SumOf(bytes, weights.low + offsets[o], counts[o]),
                      weights.high == nullptr
                          ? 0
                          : SumOf(bytes, weights.high + offsets[o], counts[o]));
    }
  }
}

void Down(const uint8_t* rows, size_t stride, size_t row_count,
          ResampleWeights weights, size_t width, uint8_t* out) {
  constexpr size_t kAtOnce = 16;
  for (size_t begin = 0; begin < width; begin += kAtOnce) {
    const size_t count = width - begin < kAtOnce ? width - begin : kAtOnce;
    uint32_t low[kAtOnce] = {};
    uint32_t high[kAtOnce] = {};
    for (size_t r = 0; r < row_count; ++r) {
      const uint8_t* row = rows + r * stride + begin;
      for (size_t i = 0; i < count; ++i) {
        low[i] += static_cast<uint32_t>(row[i] * weights.low[r]);
      }
      if (weights.high == nullptr) continue;
      for (size_t i = 0; i < count; ++i) {
        high[i] += static_cast<uint32_t>(row[i] * weights.high[r]);
      }
    }
    for (size_t i = 0; i < count; ++i) {
      out[begin + i] = RoundedByte(low[i], high[i]);
    }
  }
}

}  // namespace
}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_RESAMPLE_PLAIN_H_
