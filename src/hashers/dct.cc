#include "src/hashers/dct.h"

#include <array>
#include <cstddef>

#include "src/hashers/cosine.h"

namespace hashvet::pdq {
namespace {

// By frequency, then by position; and transposed, so that both products below
// read what varies fastest from neighbouring floats.
struct Cosines {
  float by_frequency[kCoefficientSide][kPlaneSide];
  float by_position[kPlaneSide][kCoefficientSide];
};

constexpr Cosines MakeCosines() {
  constexpr float kScale = 0.17677669529663687f;  // sqrt(2 / 64)
  Cosines cosines = {};
  for (size_t i = 0; i < kCoefficientSide; ++i) {
    for (size_t k = 0; k < kPlaneSide; ++k) {
      const float value = static_cast<float>(static_cast<double>(kScale) *
                                             Cosine((i + 1) * (2 * k + 1)));
      cosines.by_frequency[i][k] = value;
      cosines.by_position[k][i] = value;
    }
  }
  return cosines;
}

constexpr Cosines kCosines = MakeCosines();

// Sixteen neighbouring results at once: out[j] is the sum over k in ascending
// order of factors[k] * rows[k * row_step + j]. The compiler keeps the sixteen
// sums in registers, in the width it has, which changes no sum's order.
void SixteenSums(const float* factors, const float* rows, size_t row_step,
                 float* out) {
  constexpr size_t kAtOnce = 16;
  float sums[kAtOnce] = {};
  for (size_t k = 0; k < kPlaneSide; ++k) {
    const float factor = factors[k];
    const float* row = rows + k * row_step;
    for (size_t j = 0; j < kAtOnce; ++j) sums[j] += factor * row[j];
  }
  for (size_t j = 0; j < kAtOnce; ++j) out[j] = sums[j];
}

}  // namespace

void Transform(const Plane& plane, Coefficients& coefficients) {
  for (size_t i = 0; i < kCoefficientSide; ++i) {
    float line[kPlaneSide];  // row i of T = D * plane
    for (size_t j = 0; j < kPlaneSide; j += 16) {
      SixteenSums(kCosines.by_frequency[i], plane.data() + j, kPlaneSide,
                  line + j);
    }
    SixteenSums(line, kCosines.by_position[0], kCoefficientSide,
                coefficients.data() + kCoefficientSide * i);
  }
}

}  // namespace hashvet::pdq
