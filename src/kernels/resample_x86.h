// The loops of resample.h for AVX2 and what has it: sixteen bytes at a time,
// widened to 16 bits, multiplied and added in pairs to 32 bits. Included by
// resample_<target>.cc files and nothing else; everything has internal linkage.

#ifndef HASHVET_SRC_KERNELS_RESAMPLE_X86_H_
#define HASHVET_SRC_KERNELS_RESAMPLE_X86_H_

#include <immintrin.h>

#include "src/kernels/resample.h"

namespace hashvet::kernels {
namespace {

inline uint8_t RoundedByte(uint32_t low, uint32_t high) {
  const int32_t sum =
      static_cast<int32_t>(low + (high << 15) + (uint32_t{1} << 21)) >> 22;
  return static_cast<uint8_t>(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

inline __m256i Load(const int16_t* weights) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights));
}

inline __m256i LoadBytes(const uint8_t* bytes) {
  return _mm256_cvtepu8_epi16(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
}

inline uint32_t SumOf(__m256i sums) {
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sums),
                               _mm256_extracti128_si256(sums, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1));
  return static_cast<uint32_t>(_mm_cvtsi128_si32(four));
}

// One result of each of kRows rows: the weights are loaded once for all.
template <size_t kRows, bool kHasHigh>
void OneAcross(const uint8_t* bytes, size_t stride, const int16_t* low,
               const int16_t* high, size_t count, uint8_t* out,
               size_t out_stride) {
  __m256i low_sums[kRows];
  __m256i high_sums[kRows];
  for (size_t r = 0; r < kRows; ++r) {
    low_sums[r] = high_sums[r] = _mm256_setzero_si256();
  }
  for (size_t i = 0; i < count; i += kResampleLanes) {
    const __m256i low_weights = Load(low + i);
    __m256i high_weights;
    if constexpr (kHasHigh) high_weights = Load(high + i);
    for (size_t r = 0; r < kRows; ++r) {
      const __m256i pixels = LoadBytes(bytes + r * stride + i);
      low_sums[r] =
          _mm256_add_epi32(low_sums[r], _mm256_madd_epi16(pixels, low_weights));
      if constexpr (kHasHigh) {
        high_sums[r] = _mm256_add_epi32(
            high_sums[r], _mm256_madd_epi16(pixels, high_weights));
      }
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    out[r * out_stride] =
        RoundedByte(SumOf(low_sums[r]), kHasHigh ? SumOf(high_sums[r]) : 0);
  }
}

template <size_t kRows, bool kHasHigh>
void AllAcross(const uint8_t* rows, size_t stride, ResampleWeights weights,
               const uint32_t* offsets, const uint32_t* firsts,
               const uint32_t* counts, size_t out_count, uint8_t* out,
               size_t out_stride) {
  for (size_t o = 0; o < out_count; ++o) {
    OneAcross<kRows, kHasHigh>(rows + firsts[o], stride,
                               weights.low + offsets[o],
                               kHasHigh ? weights.high + offsets[o] : nullptr,
                               counts[o], out + o, out_stride);
  }
}

void Across(const uint8_t* rows, size_t stride, size_t row_count,
            ResampleWeights weights, const uint32_t* offsets,
            const uint32_t* firsts, const uint32_t* counts, size_t out_count,
            uint8_t* out, size_t out_stride) {
  const bool has_high = weights.high != nullptr;
  const auto four = has_high ? AllAcross<4, true> : AllAcross<4, false>;
  const auto one = has_high ? AllAcross<1, true> : AllAcross<1, false>;
  size_t r = 0;
  for (; r + 4 <= row_count; r += 4) {
    four(rows + r * stride, stride, weights, offsets, firsts, counts, out_count,
         out + r * out_stride, out_stride);
  }
  for (; r < row_count; ++r) {
    one(rows + r * stride, stride, weights, offsets, firsts, counts, out_count,
        out + r * out_stride, out_stride);
  }
}

// The weights of two neighbouring rows in every pair of 16 bits; one row's, and
// 0, past the end.
inline __m256i PairOf(const int16_t* weights, size_t r, size_t row_count) {
  const auto first = static_cast<uint16_t>(weights[r]);
  const auto second =
      static_cast<uint16_t>(r + 1 < row_count ? weights[r + 1] : 0);
  return _mm256_set1_epi32(
      static_cast<int32_t>(first | static_cast<uint32_t>(second) << 16));
}

// Sixteen columns:
//
//   row r      a0 a1 a2 …           pairs  a0 b0 a1 b1 …  times  w v w v …
//   row r + 1  b0 b1 b2 …
void SixteenDown(const uint8_t* rows, size_t stride, size_t row_count,
                 ResampleWeights weights, uint8_t* out) {
  __m256i low[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  __m256i high[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  for (size_t r = 0; r < row_count; r += 2) {
    const __m256i a = LoadBytes(rows + r * stride);
    const __m256i b = r + 1 < row_count ? LoadBytes(rows + (r + 1) * stride)
                                        : _mm256_setzero_si256();
    const __m256i pairs[2] = {_mm256_unpacklo_epi16(a, b),
                              _mm256_unpackhi_epi16(a, b)};
    const __m256i low_weights = PairOf(weights.low, r, row_count);
    for (size_t h = 0; h < 2; ++h) {
      low[h] =
          _mm256_add_epi32(low[h], _mm256_madd_epi16(pairs[h], low_weights));
    }
    if (weights.high == nullptr) continue;
    const __m256i high_weights = PairOf(weights.high, r, row_count);
    for (size_t h = 0; h < 2; ++h) {
      high[h] =
          _mm256_add_epi32(high[h], _mm256_madd_epi16(pairs[h], high_weights));
    }
  }
  __m256i sums[2];
  for (size_t h = 0; h < 2; ++h) {
    sums[h] = _mm256_srai_epi32(
        _mm256_add_epi32(
            _mm256_add_epi32(low[h], _mm256_slli_epi32(high[h], 15)),
            _mm256_set1_epi32(1 << 21)),
        22);
  }
  // Unpacking and packing both work within halves of a register: columns come
  // out in order.
  const __m256i words = _mm256_packs_epi32(sums[0], sums[1]);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                   _mm_packus_epi16(_mm256_castsi256_si128(words),
                                    _mm256_extracti128_si256(words, 1)));
}

void Down(const uint8_t* rows, size_t stride, size_t row_count,
          ResampleWeights weights, size_t width, uint8_t* out) {
  size_t x = 0;
  for (; x + 16 <= width; x += 16) {
    SixteenDown(rows + x, stride, row_count, weights, out + x);
  }
  for (; x < width; ++x) {
    uint32_t low = 0;
    uint32_t high = 0;
    for (size_t r = 0; r < row_count; ++r) {
      const int32_t byte = rows[r * stride + x];
      low += static_cast<uint32_t>(byte * weights.low[r]);
      if (weights.high != nullptr) {
        high += static_cast<uint32_t>(byte * weights.high[r]);
      }
    }
    out[x] = RoundedByte(low, high);
  }
}

}  // namespace
}  // namespace hashvet::kernels

#endif  // HASHVET_SRC_KERNELS_RESAMPLE_X86_H_
