// Weighted sums of pixels for AArch64's NEON.

#include <arm_neon.h>

#include "src/kernels/accumulate.h"

namespace hashvet::kernels {
namespace {

constexpr size_t kRowsAbreast = 8;

struct Luma16 {
  float32x4_t quad[4];
};

Luma16 Widen(uint8x16_t bytes) {
  const uint16x8_t low = vmovl_u8(vget_low_u8(bytes));
  const uint16x8_t high = vmovl_u8(vget_high_u8(bytes));
  return {{vcvtq_f32_u32(vmovl_u16(vget_low_u16(low))),
           vcvtq_f32_u32(vmovl_u16(vget_high_u16(low))),
           vcvtq_f32_u32(vmovl_u16(vget_low_u16(high))),
           vcvtq_f32_u32(vmovl_u16(vget_high_u16(high)))}};
}

// How sixteen, or one, pixels of a format become luma. The formats share the
// loops below.
struct Grey8Pixels {
  static constexpr size_t kBytes = 1;
  Luma16 Load16(const uint8_t* pixels) const { return Widen(vld1q_u8(pixels)); }
  float Load1(const uint8_t* pixel) const { return static_cast<float>(*pixel); }
};

struct Luma32Pixels {
  static constexpr size_t kBytes = 4;
  Luma16 Load16(const uint8_t* pixels) const {
    const float* floats = reinterpret_cast<const float*>(pixels);
    return {{vld1q_f32(floats), vld1q_f32(floats + 4), vld1q_f32(floats + 8),
             vld1q_f32(floats + 12)}};
  }
  float Load1(const uint8_t* pixel) const {
    return *reinterpret_cast<const float*>(pixel);
  }
};

struct Colour8Pixels {
  static constexpr size_t kBytes = 3;
  size_t red;
  Luma16 Load16(const uint8_t* pixels) const {
    const uint8x16x3_t channels = vld3q_u8(pixels);  // takes them apart
    const Luma16 r = Widen(red == 0 ? channels.val[0] : channels.val[2]);
    const Luma16 g = Widen(channels.val[1]);
    const Luma16 b = Widen(red == 0 ? channels.val[2] : channels.val[0]);
    Luma16 luma;
    for (size_t q = 0; q < 4; ++q) {
      luma.quad[q] = vaddq_f32(vaddq_f32(vmulq_n_f32(r.quad[q], 0.299f),
                                         vmulq_n_f32(g.quad[q], 0.587f)),
                               vmulq_n_f32(b.quad[q], 0.114f));
    }
    return luma;
  }
  float Load1(const uint8_t* pixel) const {
    return 0.299f * static_cast<float>(pixel[red]) +
           0.587f * static_cast<float>(pixel[1]) +
           0.114f * static_cast<float>(pixel[2 - red]);
  }
};

// Up to eight rows at a time over the whole width: as many streams as the
// prefetchers follow, and the accumulator is read and written once for eight.
// Within that, 16 columns stay in registers while the rows go by.
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
    for (; x + 16 <= width; x += 16) {
      float32x4_t sums[4];
      for (size_t q = 0; q < 4; ++q) {
        sums[q] = done > 0 ? vld1q_f32(acc + x + 4 * q) : vdupq_n_f32(0);
      }
      const uint8_t* pixel = top + x * Pixels::kBytes;
      for (size_t r = 0; r < abreast; ++r, pixel += stride_bytes) {
        const Luma16 luma = pixels.Load16(pixel);
        for (size_t q = 0; q < 4; ++q) {
          sums[q] = vaddq_f32(sums[q], vmulq_n_f32(luma.quad[q], weight[r]));
        }
      }
      for (size_t q = 0; q < 4; ++q) vst1q_f32(acc + x + 4 * q, sums[q]);
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
  Accumulate(Colour8Pixels{red}, rows, stride_bytes, weights, row_count, width,
             acc);
}

void Luma32(const uint8_t* rows, size_t stride_bytes, const float* weights,
            size_t row_count, size_t width, float* acc) {
  Accumulate(Luma32Pixels(), rows, stride_bytes, weights, row_count, width,
             acc);
}

void BandedDot(const float* row, const float* weights, const uint32_t* offsets,
               const uint32_t* firsts, const uint32_t* counts, size_t out_count,
               double* out) {
  for (size_t o = 0; o < out_count; ++o) {
    const float* weight = weights + offsets[o];
    const float* value = row + firsts[o];
    float64x2_t sums[4];  // partials 2 q and 2 q + 1
    for (size_t q = 0; q < 4; ++q) sums[q] = vdupq_n_f64(0);
    for (size_t i = 0; i < counts[o]; i += kDotLanes) {
      for (size_t q = 0; q < 4; ++q) {
        sums[q] = vaddq_f64(
            sums[q], vmulq_f64(vcvt_f64_f32(vld1_f32(weight + i + 2 * q)),
                               vcvt_f64_f32(vld1_f32(value + i + 2 * q))));
      }
    }
    const float64x2_t two =
        vaddq_f64(vaddq_f64(sums[0], sums[2]), vaddq_f64(sums[1], sums[3]));
    out[o] = vgetq_lane_f64(two, 0) + vgetq_lane_f64(two, 1);
  }
}

}  // namespace

constinit const AccumulateTable kAccumulateNeon = {Grey8, Colour8, Luma32,
                                                   BandedDot};

}  // namespace hashvet::kernels
