// Weighted sums of pixels for AVX2.

#include <immintrin.h>

#include "src/kernels/accumulate.h"

namespace hashvet::kernels {
namespace {

constexpr size_t kRowsAbreast = 8;

// How eight, or one, pixels of a format become luma. The formats share the
// loops below.
struct Grey8Pixels {
  static constexpr size_t kBytes = 1;
  __m256 Load8(const uint8_t* pixels) const {
    const __m128i bytes =
        _mm_loadl_epi64(reinterpret_cast<const __m128i*>(pixels));
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
  }
  float Load1(const uint8_t* pixel) const { return static_cast<float>(*pixel); }
};

struct Luma32Pixels {
  static constexpr size_t kBytes = 4;
  __m256 Load8(const uint8_t* pixels) const {
    return _mm256_loadu_ps(reinterpret_cast<const float*>(pixels));
  }
  float Load1(const uint8_t* pixel) const {
    return *reinterpret_cast<const float*>(pixel);
  }
};

// Eight pixels are 24 bytes. Two loads of 16, at 0 and at 8, so that none
// reaches past them; a shuffle in each half then picks one channel:
//
//   half   low: bytes 0..15        high: bytes 8..23
//   pixel  0   1   2   3           4        5        6        7
//   byte   c   3+c 6+c 9+c         4+c      7+c      10+c     13+c  (of the 16)
struct Colour8Pixels {
  static constexpr size_t kBytes = 3;
  size_t red;
  __m256i shuffle_red, shuffle_green, shuffle_blue;

  static __m256i Shuffle(size_t channel) {
    const __m256i first = _mm256_setr_epi32(0, 3, 6, 9, 4, 7, 10, 13);
    const __m256i lowest =
        _mm256_add_epi32(first, _mm256_set1_epi32(static_cast<int>(channel)));
    // The upper three bytes of each pixel's 32 bits become 0.
    return _mm256_or_si256(lowest,
                           _mm256_set1_epi32(static_cast<int>(0x80808000)));
  }
  explicit Colour8Pixels(size_t red_byte)
      : red(red_byte),
        shuffle_red(Shuffle(red_byte)),
        shuffle_green(Shuffle(1)),
        shuffle_blue(Shuffle(2 - red_byte)) {}

  __m256 Load8(const uint8_t* pixels) const {
    const __m256i bytes = _mm256_inserti128_si256(
        _mm256_castsi128_si256(
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(pixels))),
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(pixels + 8)), 1);
    const __m256 r =
        _mm256_cvtepi32_ps(_mm256_shuffle_epi8(bytes, shuffle_red));
    const __m256 g =
        _mm256_cvtepi32_ps(_mm256_shuffle_epi8(bytes, shuffle_green));
    const __m256 b =
        _mm256_cvtepi32_ps(_mm256_shuffle_epi8(bytes, shuffle_blue));
    return _mm256_add_ps(
        _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(0.299f), r),
                      _mm256_mul_ps(_mm256_set1_ps(0.587f), g)),
        _mm256_mul_ps(_mm256_set1_ps(0.114f), b));
  }
  float Load1(const uint8_t* pixel) const {
    return 0.299f * static_cast<float>(pixel[red]) +
           0.587f * static_cast<float>(pixel[1]) +
           0.114f * static_cast<float>(pixel[2 - red]);
  }
};

// Up to eight rows at a time over the whole width: as many streams as the
// prefetchers follow, and the accumulator is read and written once for eight.
// Within that, 32 columns stay in registers while the rows go by.
template <typename Pixels>
void Accumulate(const Pixels& pixels, const uint8_t* rows, size_t stride_bytes,
                const float* weights, size_t row_count, size_t width,
                float* acc) {
  size_t done = 0;
  do {
    const size_t abreast =
        row_count - done < kRowsAbreast ? row_count - done : kRowsAbreast;
    const uint8_t* top = rows + done * stride_bytes;
    const float* weight = weights + done;
    size_t x = 0;
    for (; x + 32 <= width; x += 32) {
      __m256 sums[4] = {};
      if (done > 0) {
        for (size_t b = 0; b < 4; ++b) {
          sums[b] = _mm256_loadu_ps(acc + x + 8 * b);
        }
      }
      const uint8_t* pixel = top + x * Pixels::kBytes;
      for (size_t r = 0; r < abreast; ++r, pixel += stride_bytes) {
        const __m256 w = _mm256_set1_ps(weight[r]);
        for (size_t b = 0; b < 4; ++b) {
          const __m256 luma = pixels.Load8(pixel + 8 * b * Pixels::kBytes);
          sums[b] = _mm256_add_ps(sums[b], _mm256_mul_ps(w, luma));
        }
      }
      for (size_t b = 0; b < 4; ++b) {
        _mm256_storeu_ps(acc + x + 8 * b, sums[b]);
      }
    }
    for (; x < width; ++x) {
      float sum = done > 0 ? acc[x] : 0;
      for (size_t r = 0; r < abreast; ++r) {
        sum += weight[r] *
               pixels.Load1(top + r * stride_bytes + x * Pixels::kBytes);
      }
      acc[x] = sum;
    }
    done += abreast;
  } while (done < row_count);
}

void Grey8(const uint8_t* rows, size_t stride_bytes, const float* weights,
           size_t row_count, size_t width, float* acc) {
  Accumulate(Grey8Pixels(), rows, stride_bytes, weights, row_count, width, acc);
}

void Colour8(const uint8_t* rows, size_t stride_bytes, const float* weights,
             size_t row_count, size_t width, size_t red, float* acc) {
  Accumulate(Colour8Pixels(red), rows, stride_bytes, weights, row_count, width,
             acc);
}

void Luma32(const uint8_t* rows, size_t stride_bytes, const float* weights,
            size_t row_count, size_t width, float* acc) {
  Accumulate(Luma32Pixels(), rows, stride_bytes, weights, row_count, width,
             acc);
}

__m256d Product4(const float* weights, const float* values) {
  return _mm256_mul_pd(_mm256_cvtps_pd(_mm_loadu_ps(weights)),
                       _mm256_cvtps_pd(_mm_loadu_ps(values)));
}

void BandedDot(const float* row, const float* weights, const uint32_t* offsets,
               const uint32_t* firsts, const uint32_t* counts, size_t out_count,
               double* out) {
  for (size_t o = 0; o < out_count; ++o) {
    const float* weight = weights + offsets[o];
    const float* value = row + firsts[o];
    __m256d low = _mm256_setzero_pd();   // partials 0..3
    __m256d high = _mm256_setzero_pd();  // partials 4..7
    for (size_t i = 0; i < counts[o]; i += kDotLanes) {
      low = _mm256_add_pd(low, Product4(weight + i, value + i));
      high = _mm256_add_pd(high, Product4(weight + i + 4, value + i + 4));
    }
    const __m256d four = _mm256_add_pd(low, high);
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four),
                                   _mm256_extractf128_pd(four, 1));
    out[o] = _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
}

}  // namespace

constinit const AccumulateTable kAccumulateAvx2 = {Grey8, Colour8, Luma32,
                                                   BandedDot};

}  // namespace hashvet::kernels
