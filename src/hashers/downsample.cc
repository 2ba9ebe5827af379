#include "src/hashers/downsample.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hashvet::pdq {
namespace {

constexpr uint32_t RoundUpToLanes(uint32_t count) {
  constexpr uint32_t kLanes = kernels::kDotLanes;
  return (count + kLanes - 1) / kLanes * kLanes;
}

// True when all of the row's floats are numbers in -kMaxLuma .. kMaxLuma. Their
// bits, without the sign, order like the numbers; infinity and NaN come last.
bool RowIsLuma(const float* row, uint32_t width) {
  constexpr uint32_t kLimit = std::bit_cast<uint32_t>(kMaxLuma);
  uint32_t beyond = 0;
  for (uint32_t x = 0; x < width; ++x) {
    const uint32_t bits = std::bit_cast<uint32_t>(row[x]) & 0x7fffffff;
    beyond |= static_cast<uint32_t>(static_cast<int32_t>(bits) >
                                    static_cast<int32_t>(kLimit));
  }
  return beyond == 0;
}

absl::Status CheckLumaRows(const PictureView& picture, uint32_t begin,
                           uint32_t end) {
  for (uint32_t y = begin; y < end; ++y) {
    if (!RowIsLuma(picture.luma_row(y), picture.width())) {
      return absl::InvalidArgumentError(
          absl::StrCat("luma32 picture: got a pixel that is no number within ",
                       -kMaxLuma, "..", kMaxLuma, ", want 0..255: row ", y));
    }
  }
  return absl::OkStatus();
}

}  // namespace

Bands::Bands(uint32_t side, uint32_t block) {
  const int64_t n = side;
  const int64_t w = (n + 127) / 128;
  // A box of width w at pixel i covers i - before .. i + after.
  const int64_t after = (w + 2) / 2 - 1;
  const int64_t before = w - 1 - after;
  scale_ = static_cast<double>(w * w);

  // Box of box, unclipped: how many of the w inner boxes cover each pixel.
  const int64_t tent = 2 * w - 1;
  weights_.resize(RoundUpToLanes(static_cast<uint32_t>(tent)));
  for (int64_t i = 0; i < tent; ++i) {
    weights_[static_cast<size_t>(i)] =
        static_cast<float>(std::min(i + 1, tent - i));
  }

  for (size_t s = 0; s < kPlaneSide; ++s) {
    const int64_t centre = (2 * static_cast<int64_t>(s) + 1) * n / 128;
    const int64_t first = std::max<int64_t>(centre - 2 * before, 0);
    const int64_t last = std::min<int64_t>(centre + 2 * after, n - 1);
    firsts_[s] = static_cast<uint32_t>(first);
    counts_[s] = static_cast<uint32_t>(last - first + 1);
    offsets_[s] = 0;
    if (last - first + 1 == tent) continue;

    // Clipped: a box is divided by the number of pixels really inside it. Each
    // inner box adds a constant to a stretch of weights, so its two ends are
    // noted and summed up once.
    std::vector<double> steps(static_cast<size_t>(last - first) + 2, 0.0);
    const int64_t outer_first = std::max<int64_t>(centre - before, 0);
    const int64_t outer_last = std::min<int64_t>(centre + after, n - 1);
    const double outer = static_cast<double>(outer_last - outer_first + 1);
    for (int64_t k = outer_first; k <= outer_last; ++k) {
      const int64_t inner_first = std::max<int64_t>(k - before, 0);
      const int64_t inner_last = std::min<int64_t>(k + after, n - 1);
      const double inner = static_cast<double>(inner_last - inner_first + 1);
      const double share = scale_ / (outer * inner);
      steps[static_cast<size_t>(inner_first - first)] += share;
      steps[static_cast<size_t>(inner_last + 1 - first)] -= share;
    }
    offsets_[s] = static_cast<uint32_t>(weights_.size());
    weights_.resize(weights_.size() + RoundUpToLanes(counts_[s]));
    double weight = 0;
    for (size_t i = 0; i < counts_[s]; ++i) {
      weight += steps[i];
      weights_[offsets_[s] + i] = static_cast<float>(weight);
    }
  }
  if (block > 1) Fold(block);
}

void Bands::Fold(uint32_t block) {
  std::vector<float> folded;
  for (size_t s = 0; s < kPlaneSide; ++s) {
    const uint32_t first = firsts_[s] / block;
    const uint32_t last = (firsts_[s] + counts_[s] - 1) / block;
    const size_t offset = folded.size();
    folded.resize(offset + RoundUpToLanes(last - first + 1));
    for (uint32_t i = 0; i < counts_[s]; ++i) {
      folded[offset + (firsts_[s] + i) / block - first] +=
          weights_[offsets_[s] + i];
    }
    firsts_[s] = first;
    counts_[s] = last - first + 1;
    offsets_[s] = static_cast<uint32_t>(offset);
  }
  weights_ = std::move(folded);
}

BandSampler::BandSampler(uint32_t width, uint32_t height,
                         const kernels::AccumulateTable& accumulate,
                         uint32_t block)
    : rows_(height * block, block),
      columns_(width * block, block),
      one_over_scale_(1 / (rows_.scale() * columns_.scale())),
      width_(width),
      accumulate_(accumulate),
      // Zeros past the width: what a padded band reads and multiplies by 0.
      blended_(size_t{width} + kernels::kDotLanes - 1) {
  std::transform(columns_.counts().begin(), columns_.counts().end(),
                 column_counts_.begin(), RoundUpToLanes);
}

void BandSampler::Sample(size_t s, const uint8_t* first_row,
                         size_t stride_bytes, PixelFormat format,
                         Plane& plane) {
  const uint32_t count = rows_.counts()[s];
  const float* weights = rows_.weights().data() + rows_.offsets()[s];
  switch (format) {
    case PixelFormat::kGrey8:
      accumulate_.grey8(first_row, stride_bytes, weights, count, width_,
                        blended_.data());
      break;
    case PixelFormat::kRgb8:
      accumulate_.colour8(first_row, stride_bytes, weights, count, width_,
                          /*red=*/0, blended_.data());
      break;
    case PixelFormat::kBgr8:
      accumulate_.colour8(first_row, stride_bytes, weights, count, width_,
                          /*red=*/2, blended_.data());
      break;
    case PixelFormat::kLuma32:
      accumulate_.luma32(first_row, stride_bytes, weights, count, width_,
                         blended_.data());
      break;
  }
  std::array<double, kPlaneSide> sums;
  accumulate_.banded_dot(blended_.data(), columns_.weights().data(),
                         columns_.offsets().data(), columns_.firsts().data(),
                         column_counts_.data(), kPlaneSide, sums.data());
  for (size_t i = 0; i < kPlaneSide; ++i) {
    plane[kPlaneSide * s + i] = static_cast<float>(sums[i] * one_over_scale_);
  }
}

absl::Status Downsample(const PictureView& picture,
                        const kernels::AccumulateTable& accumulate,
                        Plane& plane, uint32_t block) {
  BandSampler sampler(picture.width(), picture.height(), accumulate, block);
  uint32_t checked_rows = 0;
  for (size_t s = 0; s < kPlaneSide; ++s) {
    const uint32_t first = sampler.rows().firsts()[s];
    if (picture.format() == PixelFormat::kLuma32) {
      // Just before their use, so that they are fetched from memory once. The
      // rows between two bands are checked too; the last band ends with the
      // last row.
      const uint32_t end = first + sampler.rows().counts()[s];
      if (absl::Status status = CheckLumaRows(picture, checked_rows, end);
          !status.ok()) {
        return status;
      }
      checked_rows = std::max(checked_rows, end);
    }
    sampler.Sample(s, picture.row(first), picture.stride_bytes(),
                   picture.format(), plane);
  }
  return absl::OkStatus();
}

}  // namespace hashvet::pdq
