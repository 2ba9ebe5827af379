// The cosine transform against its formula.

#include "src/hashers/dct.h"

#include <cmath>
#include <cstddef>
#include <numbers>

#include "gtest/gtest.h"

namespace hashvet::pdq {
namespace {

// The matrix's element before it is rounded to float. The reference rounds the
// scale by itself first.
double Cosine(size_t i, size_t k) {
  const float scale = std::sqrt(2.0f / 64);
  return static_cast<double>(scale) *
         std::cos(std::numbers::pi / 128 *
                  static_cast<double>((i + 1) * (2 * k + 1)));
}

// One bright pixel shows one product of two cosines in each coefficient: all
// 64 x 16 entries of the matrix, as float rounds them.
TEST(TransformTest, OnePixelShowsTheMatrix) {
  for (size_t row = 0; row < kPlaneSide; ++row) {
    const size_t column = (row * 37 + 11) % kPlaneSide;
    Plane plane = {};
    plane[kPlaneSide * row + column] = 1;
    Coefficients got;
    Transform(plane, got);
    for (size_t i = 0; i < kCoefficientSide; ++i) {
      for (size_t j = 0; j < kCoefficientSide; ++j) {
        const float want = static_cast<float>(Cosine(i, row)) *
                           static_cast<float>(Cosine(j, column));
        ASSERT_EQ(got[kCoefficientSide * i + j], want) << i << " " << j;
      }
    }
  }
}

TEST(TransformTest, AFrequencyLandsOnItsCoefficient) {
  for (size_t i = 0; i < kCoefficientSide; ++i) {
    const size_t j = (i + 5) % kCoefficientSide;
    Plane plane;
    for (size_t k = 0; k < plane.size(); ++k) {
      plane[k] = static_cast<float>(128 + 100 * 32 * Cosine(i, k / kPlaneSide) *
                                              Cosine(j, k % kPlaneSide));
    }
    Coefficients got;
    Transform(plane, got);
    for (size_t k = 0; k < got.size(); ++k) {
      const double want = k == kCoefficientSide * i + j ? 3200 : 0;
      ASSERT_NEAR(static_cast<double>(got[k]), want, 0.01);
    }
  }
}

// Sums run in ascending order, rounded one by one: the reference's order.
TEST(TransformTest, SumsAreRoundedInAscendingOrder) {
  Plane plane;
  for (size_t k = 0; k < plane.size(); ++k) {
    plane[k] = static_cast<float>((k * 2654435761u) % 25500) / 100;
  }
  Coefficients got;
  Transform(plane, got);
  for (size_t i = 0; i < kCoefficientSide; ++i) {
    for (size_t j = 0; j < kCoefficientSide; ++j) {
      float want = 0;
      for (size_t l = 0; l < kPlaneSide; ++l) {
        float along_column = 0;
        for (size_t k = 0; k < kPlaneSide; ++k) {
          const float product =
              static_cast<float>(Cosine(i, k)) * plane[kPlaneSide * k + l];
          along_column += product;
        }
        const float product = along_column * static_cast<float>(Cosine(j, l));
        want += product;
      }
      ASSERT_EQ(got[kCoefficientSide * i + j], want);
    }
  }
}

}  // namespace
}  // namespace hashvet::pdq
