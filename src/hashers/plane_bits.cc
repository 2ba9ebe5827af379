#include "src/hashers/plane_bits.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "hashvet/base/dcheck.h"

namespace hashvet {
namespace {

template <typename Value, typename Rule>
std::vector<bool> BitsOf(const std::vector<Value>& values, const Rule& rule) {
  std::vector<bool> bits;
  bits.reserve(values.size());
  for (const Value value : values) bits.push_back(rule(value));
  return bits;
}

uint64_t SumOfBlock(const SmallPlane& plane, size_t left, size_t top,
                    size_t side) {
  uint64_t sum = 0;
  for (size_t y = top; y < top + side; ++y) {
    const uint8_t* const row = plane.bytes.data() + y * plane.width + left;
    uint32_t of_row = 0;
    for (size_t x = 0; x < side; ++x) of_row += row[x];
    sum += of_row;
  }
  return sum;
}

uint64_t SumOf(const SmallPlane& plane) {
  return std::accumulate(plane.bytes.begin(), plane.bytes.end(), uint64_t{0});
}

}  // namespace

std::vector<bool> AboveMedian(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  const auto upper =
      sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), upper, sorted.end());
  const double lower = *std::max_element(sorted.begin(), upper);
  const double median = sorted.size() % 2 == 0 ? (lower + *upper) / 2 : *upper;
  return BitsOf(values, [&](double value) { return value > median; });
}

std::vector<bool> AboveOpenCvMean(const std::vector<double>& coefficients,
                                  size_t side) {
  HASHVET_DCHECK(coefficients.size() == side * side);
  constexpr double kRoot = 0.70710678118654752440;  // of a constant's scale
  std::vector<float> scaled;
  double sum = 0;
  for (size_t k = 0; k < coefficients.size(); ++k) {
    // The transform is of 32 x 32: sqrt(2 / 32) along each axis.
    const double scale =
        (k / side == 0 ? kRoot : 1) * (k % side == 0 ? kRoot : 1) / 16;
    scaled.push_back(k == 0 ? 0 : static_cast<float>(coefficients[k] * scale));
    sum += static_cast<double>(scaled.back());
  }
  const auto mean =
      static_cast<float>(sum / static_cast<double>(scaled.size()));
  return BitsOf(scaled, [&](float value) { return value > mean; });
}

std::vector<bool> AboveMean(const SmallPlane& plane) {
  const uint64_t sum = SumOf(plane);
  const uint64_t count = plane.bytes.size();
  return BitsOf(plane.bytes,
                [&](uint64_t pixel) { return pixel * count > sum; });
}

std::vector<bool> BrighterThanLeft(const SmallPlane& plane) {
  std::vector<bool> bits;
  for (size_t y = 0; y < plane.height; ++y) {
    for (size_t x = 1; x < plane.width; ++x) {
      bits.push_back(plane.at(x, y) > plane.at(x - 1, y));
    }
  }
  return bits;
}

std::vector<bool> BrighterThanAbove(const SmallPlane& plane) {
  std::vector<bool> bits;
  for (size_t y = 1; y < plane.height; ++y) {
    for (size_t x = 0; x < plane.width; ++x) {
      bits.push_back(plane.at(x, y) > plane.at(x, y - 1));
    }
  }
  return bits;
}

std::vector<bool> HaarAboveMedian(const SmallPlane& plane) {
  constexpr size_t kAreas = 8;
  HASHVET_DCHECK(plane.width == plane.height && plane.width % kAreas == 0);
  const size_t side = plane.width / kAreas;
  std::vector<double> sums;  // whole numbers: exact
  for (size_t y = 0; y < kAreas; ++y) {
    for (size_t x = 0; x < kAreas; ++x) {
      sums.push_back(
          static_cast<double>(SumOfBlock(plane, x * side, y * side, side)));
    }
  }
  return AboveMedian(sums);
}

std::vector<bool> BlocksNotBelowMean(const SmallPlane& plane, size_t step) {
  constexpr size_t kSide = 16;
  HASHVET_DCHECK(plane.width == 256 && plane.height == 256);
  const uint64_t sum = SumOf(plane);
  const uint64_t blocks = plane.bytes.size() / (kSide * kSide);
  std::vector<bool> bits;
  for (size_t y = 0; y + kSide <= plane.height; y += step) {
    for (size_t x = 0; x + kSide <= plane.width; x += step) {
      bits.push_back(SumOfBlock(plane, x, y, kSide) * blocks >= sum);
    }
  }
  return bits;
}

}  // namespace hashvet
