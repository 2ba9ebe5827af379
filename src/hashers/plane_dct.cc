#include "src/hashers/plane_dct.h"

#include <array>

#include "hashvet/base/dcheck.h"
#include "src/hashers/cosine.h"

namespace hashvet {
namespace {

constexpr size_t kMaxFrequencies = 16;
constexpr size_t kMaxSide = 64;

// By frequency, then by position.
using Cosines = std::array<std::array<double, kMaxSide>, kMaxFrequencies>;

constexpr Cosines MakeCosines(size_t n) {
  Cosines cosines = {};
  for (size_t i = 0; i < kMaxFrequencies; ++i) {
    for (size_t k = 0; k < n; ++k) {
      cosines[i][k] = Cosine(kMaxSide / n * i * (2 * k + 1));
    }
  }
  return cosines;
}

constexpr Cosines kCosines32 = MakeCosines(32);
constexpr Cosines kCosines64 = MakeCosines(64);

template <typename Value>
std::vector<double> LowFrequenciesOf(std::span<const Value> plane, size_t n,
                                     size_t side) {
  HASHVET_DCHECK(plane.size() == n * n && (n == 32 || n == 64) &&
                 side <= kMaxFrequencies);
  const Cosines& cosines = n == 32 ? kCosines32 : kCosines64;
  std::vector<double> coefficients(side * side);
  for (size_t i = 0; i < side; ++i) {
    std::array<double, kMaxSide> line = {};
    for (size_t y = 0; y < n; ++y) {
      for (size_t x = 0; x < n; ++x) {
        line[x] += cosines[i][y] * plane[y * n + x];
      }
    }
    for (size_t j = 0; j < side; ++j) {
      double sum = 0;
      for (size_t x = 0; x < n; ++x) sum += line[x] * cosines[j][x];
      coefficients[i * side + j] = sum;
    }
  }
  return coefficients;
}

}  // namespace

std::vector<double> LowFrequencies(const SmallPlane& plane, size_t side) {
  return LowFrequenciesOf<uint8_t>(plane.bytes, plane.width, side);
}

std::vector<double> LowFrequencies(std::span<const double> plane, size_t n,
                                   size_t side) {
  return LowFrequenciesOf(plane, n, side);
}

std::vector<double> Turned(const std::vector<double>& coefficients, size_t side,
                           Orientation orientation) {
  // Before a transposition the axes are the other's.
  const bool sideways = IsSideways(orientation);
  const bool mirrors_x = orientation == Orientation::kFlipY ||
                         orientation == Orientation::kRotate180 ||
                         orientation == Orientation::kRotate90 ||
                         orientation == Orientation::kFlipMinus1;
  const bool mirrors_y = orientation == Orientation::kFlipX ||
                         orientation == Orientation::kRotate180 ||
                         orientation == Orientation::kRotate270 ||
                         orientation == Orientation::kFlipMinus1;
  std::vector<double> turned(coefficients.size());
  for (size_t i = 0; i < side; ++i) {
    for (size_t j = 0; j < side; ++j) {
      const double value = coefficients[i * side + j];
      const bool negate =
          (mirrors_y && i % 2 == 1) != (mirrors_x && j % 2 == 1);
      turned[sideways ? j * side + i : i * side + j] = negate ? -value : value;
    }
  }
  return turned;
}

}  // namespace hashvet
