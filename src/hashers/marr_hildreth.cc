#include "src/hashers/marr_hildreth.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "hashvet/base/dcheck.h"
#include "src/hashers/blurred_cubic.h"

namespace hashvet {
namespace {

constexpr size_t kSide = 512;
constexpr size_t kReach = 8;                     // of the kernel: 17 x 17
constexpr size_t kBlock = 16;                    // pixels, each way
constexpr size_t kWindow = kBlock + 2 * kReach;  // what a block's sum is of
constexpr size_t kBlocks = kSide / kBlock - 1;   // the last is left out
constexpr size_t kGroups = 8;                    // each way
constexpr size_t kGroup = 3;                     // blocks, each way
constexpr size_t kStep = 4;                      // blocks from group to group
constexpr size_t kFrame = kSide + kReach;        // mirrored on top and left

// The kernel at n = dx^2 + dy^2, in 16ths, whole. With a = n / 4 OpenCV's is
// (2 - a) e^(a / 2): of the Laplacian of a Gaussian with the exponent's sign
// turned, so that its corners weigh most.
constexpr std::array<double, 2 * kReach * kReach + 1> MakeKernel() {
  constexpr double kStepOfExp = 1.1331484530668263168;  // e^(1/8)
  std::array<double, 2 * kReach* kReach + 1> kernel = {};
  double exponential = 1;
  for (size_t n = 0; n < kernel.size(); ++n) {
    const float a = static_cast<float>(n) / 4;
    const float value = (2 - a) * static_cast<float>(exponential);
    kernel[n] = static_cast<double>(
        static_cast<int64_t>(value * 16 + (value < 0 ? -0.5f : 0.5f)));
    exponential *= kStepOfExp;
  }
  return kernel;
}

// The sum of a block of the filtered picture, as weights of the picture.
using Weights = std::array<std::array<double, kWindow>, kWindow>;

Weights MakeWeights() {
  constexpr auto kKernel = MakeKernel();
  Weights weights = {};
  for (size_t y = 0; y < kBlock; ++y) {
    for (size_t x = 0; x < kBlock; ++x) {
      for (size_t i = 0; i <= 2 * kReach; ++i) {
        for (size_t j = 0; j <= 2 * kReach; ++j) {
          const size_t dy = i < kReach ? kReach - i : i - kReach;
          const size_t dx = j < kReach ? kReach - j : j - kReach;
          weights[y + i][x + j] += kKernel[dy * dy + dx * dx];
        }
      }
    }
  }
  return weights;
}

// Every level to its share of the pixels at or below it, the darkest level's
// left out; as OpenCV's equalizeHist.
void Equalize(SmallPlane& plane) {
  std::array<uint32_t, 256> count = {};
  for (const uint8_t level : plane.bytes) ++count[level];
  size_t darkest = 0;
  while (count[darkest] == 0) ++darkest;
  const auto total = static_cast<uint32_t>(plane.bytes.size());
  if (count[darkest] == total) return;  // one level: stays as it is
  const float scale = 255.0f / static_cast<float>(total - count[darkest]);
  std::array<uint8_t, 256> to = {};
  uint32_t sum = 0;
  for (size_t level = darkest + 1; level < to.size(); ++level) {
    sum += count[level];
    constexpr float kWhole = 12582912.0f;  // 1.5 * 2^23: halves go to even
    to[level] = static_cast<uint8_t>(
        (static_cast<float>(sum) * scale + kWhole) - kWhole);
  }
  for (uint8_t& level : plane.bytes) level = to[level];
}

// The plane with the pixels that the kernel reaches above and left of it.
std::vector<double> Framed(const SmallPlane& plane) {
  std::vector<double> framed(kFrame * kFrame);
  for (size_t y = 0; y < kFrame; ++y) {
    const size_t from_y = y < kReach ? kReach - y : y - kReach;
    for (size_t x = 0; x < kFrame; ++x) {
      const size_t from_x = x < kReach ? kReach - x : x - kReach;
      framed[y * kFrame + x] = plane.at(from_x, from_y);
    }
  }
  return framed;
}

// Whole numbers, at most 2^51 with every partial sum: exact in double, in any
// order, so lanes may be summed apart.
int64_t SumOfBlock(const std::vector<double>& framed, const Weights& weights,
                   size_t column, size_t row) {
  std::array<double, kWindow> lanes = {};
  const double* at = framed.data() + row * kBlock * kFrame + column * kBlock;
  for (size_t y = 0; y < kWindow; ++y, at += kFrame) {
    for (size_t x = 0; x < kWindow; ++x) lanes[x] += weights[y][x] * at[x];
  }
  return static_cast<int64_t>(std::accumulate(lanes.begin(), lanes.end(), 0.0));
}

}  // namespace

SmallPlane MarrHildrethPlane(const PictureView& picture) {
  SmallPlane plane = ResizeBlurredCubic(picture, kSide);
  Equalize(plane);
  return plane;
}

std::vector<bool> MarrHildrethBits(const SmallPlane& plane) {
  HASHVET_DCHECK(plane.width == kSide && plane.height == kSide);
  static_assert((kGroups - 1) * kStep + kGroup == kBlocks);
  static const Weights weights = MakeWeights();
  const std::vector<double> framed = Framed(plane);
  std::vector<bool> bits;
  // OpenCV numbers its blocks column by column: what it calls a row lies
  // across.
  for (size_t across = 0; across < kGroups; ++across) {
    for (size_t down = 0; down < kGroups; ++down) {
      std::array<int64_t, kGroup * kGroup> sums;
      for (size_t k = 0; k < sums.size(); ++k) {
        sums[k] = SumOfBlock(framed, weights, across * kStep + k / kGroup,
                             down * kStep + k % kGroup);
      }
      const int64_t total =
          std::accumulate(sums.begin(), sums.end(), int64_t{0});
      for (const int64_t sum : sums) {
        bits.push_back(sum * static_cast<int64_t>(sums.size()) > total);
      }
    }
  }
  return bits;
}

}  // namespace hashvet
