// Weighted sums of pixels for AVX-512 (F, BW, VL, DQ).

#include <immintrin.h>

#include "src/kernels/accumulate.h"

namespace hashvet::kernels {
namespace {

constexpr size_t kRowsAbreast = 8;

// How up to sixteen pixels of a format become luma: those that `lanes` names,
// and no byte of the others is read. The formats share the loops below.
struct Grey8Pixels {
  static constexpr size_t kBytes = 1;
  __m512 Load16(const uint8_t* pixels, __mmask16 lanes) const {
    const __m128i bytes = _mm_maskz_loadu_epi8(lanes, pixels);
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
  }
  __m512 Load16(const uint8_t* pixels) const {
    const __m128i bytes =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(pixels));
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
  }
};

struct Luma32Pixels {
  static constexpr size_t kBytes = 4;
  __m512 Load16(const uint8_t* pixels, __mmask16 lanes) const {
    return _mm512_maskz_loadu_ps(lanes, pixels);
  }
  __m512 Load16(const uint8_t* pixels) const { return _mm512_loadu_ps(pixels); }
};

// Sixteen pixels are 48 bytes, twelve words of four. Spread them so that each
// 128-bit lane begins with its four pixels; a shuffle in each lane then picks
// one channel:
//
//   words in memory  0 1 2 | 3 4 5 | 6 7 8 | 9 10 11
//   lane             0 1 2 -   3 4 5 -   6 7 8 -   9 10 11 -
//   channel c        bytes c, 3 + c, 6 + c, 9 + c of each lane
struct Colour8Pixels {
  static constexpr size_t kBytes = 3;
  __m512i shuffle_red, shuffle_green, shuffle_blue;

  static __m512i Shuffle(size_t channel) {
    // The upper three bytes of each pixel's 32 bits become 0.
    const __m128i first = _mm_setr_epi32(
        static_cast<int>(0x80808000), static_cast<int>(0x80808003),
        static_cast<int>(0x80808006), static_cast<int>(0x80808009));
    return _mm512_add_epi32(_mm512_broadcast_i32x4(first),
                            _mm512_set1_epi32(static_cast<int>(channel)));
  }
  explicit Colour8Pixels(size_t red)
      : shuffle_red(Shuffle(red)),
        shuffle_green(Shuffle(1)),
        shuffle_blue(Shuffle(2 - red)) {}

  __m512 Luma(__m512i words) const {
    const __m512i spread = _mm512_permutexvar_epi32(
        _mm512_setr_epi32(0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11),
        words);
    const __m512 r =
        _mm512_cvtepi32_ps(_mm512_shuffle_epi8(spread, shuffle_red));
    const __m512 g =
        _mm512_cvtepi32_ps(_mm512_shuffle_epi8(spread, shuffle_green));
    const __m512 b =
        _mm512_cvtepi32_ps(_mm512_shuffle_epi8(spread, shuffle_blue));
    return _mm512_add_ps(
        _mm512_add_ps(_mm512_mul_ps(_mm512_set1_ps(0.299f), r),
                      _mm512_mul_ps(_mm512_set1_ps(0.587f), g)),
        _mm512_mul_ps(_mm512_set1_ps(0.114f), b));
  }
  __m512 Load16(const uint8_t* pixels, __mmask16 lanes) const {
    const __mmask64 bytes =
        (uint64_t{1} << (3 * __builtin_popcount(lanes))) - 1;
    return Luma(_mm512_maskz_loadu_epi8(bytes, pixels));
  }
  __m512 Load16(const uint8_t* pixels) const {
    return Luma(_mm512_maskz_loadu_epi32(0x0FFF, pixels));
  }
};

// Up to eight rows at a time over the whole width: as many streams as the
// prefetchers follow, and the accumulator is read and written once for eight.
// Within that, 64 columns stay in registers while the rows go by.
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
    for (; x + 64 <= width; x += 64) {
      __m512 sums[4] = {};
      if (done > 0) {
        for (size_t b = 0; b < 4; ++b) {
          sums[b] = _mm512_loadu_ps(acc + x + 16 * b);
        }
      }
      const uint8_t* pixel = top + x * Pixels::kBytes;
      for (size_t r = 0; r < abreast; ++r, pixel += stride_bytes) {
        const __m512 w = _mm512_set1_ps(weight[r]);
        for (size_t b = 0; b < 4; ++b) {
          const __m512 luma = pixels.Load16(pixel + 16 * b * Pixels::kBytes);
          sums[b] = _mm512_add_ps(sums[b], _mm512_mul_ps(w, luma));
        }
      }
      for (size_t b = 0; b < 4; ++b) {
        _mm512_storeu_ps(acc + x + 16 * b, sums[b]);
      }
    }
    for (; x < width; x += 16) {
      const __mmask16 lanes = static_cast<__mmask16>(
          width - x < 16 ? (1u << (width - x)) - 1 : 0xFFFFu);
      __m512 sum = done > 0 ? _mm512_maskz_loadu_ps(lanes, acc + x)
                            : _mm512_setzero_ps();
      const uint8_t* pixel = top + x * Pixels::kBytes;
      for (size_t r = 0; r < abreast; ++r, pixel += stride_bytes) {
        const __m512 luma = pixels.Load16(pixel, lanes);
        sum =
            _mm512_add_ps(sum, _mm512_mul_ps(_mm512_set1_ps(weight[r]), luma));
      }
      _mm512_mask_storeu_ps(acc + x, lanes, sum);
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

// In halves of 256 bits: most bands are one to four steps long, and folding a
// whole 512-bit register costs more than it saves (Zen 4: 23 against 18 us for
// the 512 x 512 picture).
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

constinit const AccumulateTable kAccumulateAvx512 = {Grey8, Colour8, Luma32,
                                                     BandedDot};

}  // namespace hashvet::kernels
