#include "src/hashers/blurred_cubic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "hashvet/base/dcheck.h"
#include "src/hashers/grey_rows.h"

namespace hashvet {
namespace {

constexpr size_t kReach = 3;  // of the blur: 7 pixels
constexpr size_t kTaps = 4;   // of the resize
constexpr float kOne = 2048;  // of the resize's weights, across and down

// The blur's weights, in 64ths: 2 7 14 18 14 7 2. Both passes are sums of whole
// numbers, rounded once, after the second.
template <typename Sum, typename Value>
Sum Blurred(Value far, Value middle, Value near, Value centre) {
  return static_cast<Sum>(2 * far + 7 * middle + 14 * near + 18 * centre);
}

// A sample's four pixels and their weights, in 2048ths.
struct Sample {
  std::array<uint32_t, kTaps> pixel;
  std::array<int32_t, kTaps> weight;
};

int32_t Weight(float part) {
  return static_cast<int32_t>(std::nearbyint(part * kOne));
}

std::vector<Sample> SamplesOf(uint32_t side, size_t samples) {
  // The inverse of the inverse, each rounded, as OpenCV has it.
  const double scale =
      1 / (static_cast<double>(samples) / static_cast<double>(side));
  constexpr float kA = -0.75f;
  std::vector<Sample> all;
  for (size_t o = 0; o < samples; ++o) {
    const auto at =
        static_cast<float>((static_cast<double>(o) + 0.5) * scale - 0.5);
    const float whole = std::floor(at);
    const float x = at - whole;
    const float y = 1 - x;
    const float z = x + 1;
    std::array<float, kTaps> part;
    part[0] = ((kA * z - 5 * kA) * z + 8 * kA) * z - 4 * kA;
    part[1] = ((kA + 2) * x - (kA + 3)) * x * x + 1;
    part[2] = ((kA + 2) * y - (kA + 3)) * y * y + 1;
    part[3] = 1.0f - part[0] - part[1] - part[2];
    Sample sample;
    for (size_t k = 0; k < kTaps; ++k) {
      const int64_t pixel =
          static_cast<int64_t>(whole) + static_cast<int64_t>(k) - 1;
      sample.pixel[k] =
          static_cast<uint32_t>(std::clamp<int64_t>(pixel, 0, side - 1));
      sample.weight[k] = Weight(part[k]);
    }
    all.push_back(sample);
  }
  return all;
}

void GreyRow(const PictureView& picture, uint32_t y, uint8_t* out) {
  const size_t width = picture.width();
  const bool is_rgb = picture.format() == PixelFormat::kRgb8;
  if (!is_rgb && picture.format() != PixelFormat::kBgr8) {
    return PillowGreyRow(picture, y, out);  // no colour: the same for both
  }
  const uint8_t* const row = picture.row(y);
  const size_t red = is_rgb ? 0 : 2;
  for (size_t x = 0; x < width; ++x) {
    out[x] = OpenCvGrey(row[3 * x + red], row[3 * x + 1], row[3 * x + 2 - red]);
  }
}

// Rows of a picture blurred and resized across, made when first asked for.
// Asked for in ascending order they are made once.
class Rows {
 public:
  Rows(const PictureView& picture, const std::vector<Sample>& columns)
      : picture_(picture),
        columns_(columns),
        down_(picture.width() + 2 * kReach),
        across_(picture.width()) {
    for (Kept<uint8_t>& row : grey_) row.values.resize(picture.width());
    for (Kept<int32_t>& row : resized_) row.values.resize(columns.size());
  }

  const int32_t* Resized(uint32_t y) {
    Kept<int32_t>& row = resized_[y % resized_.size()];
    if (row.y == y) return row.values.data();
    row.y = y;
    Blur(y);
    for (size_t x = 0; x < columns_.size(); ++x) {
      const Sample& at = columns_[x];
      row.values[x] = across_[at.pixel[0]] * at.weight[0] +
                      across_[at.pixel[1]] * at.weight[1] +
                      across_[at.pixel[2]] * at.weight[2] +
                      across_[at.pixel[3]] * at.weight[3];
    }
    return row.values.data();
  }

 private:
  template <typename Value>
  struct Kept {
    int64_t y = -1;
    std::vector<Value> values;
  };

  const uint8_t* Grey(int64_t y) {
    const int64_t last = picture_.height() - 1;
    y = y < 0 ? -y : y > last ? 2 * last - y : y;  // the edge's is not repeated
    if (picture_.format() == PixelFormat::kGrey8) {
      return picture_.row(static_cast<uint32_t>(y));
    }
    Kept<uint8_t>& row = grey_[static_cast<size_t>(y) % grey_.size()];
    if (row.y != y) {
      row.y = y;
      GreyRow(picture_, static_cast<uint32_t>(y), row.values.data());
    }
    return row.values.data();
  }

  // Row y of the blurred picture, into across_.
  void Blur(int64_t y) {
    const size_t width = picture_.width();
    std::array<const uint8_t*, 2 * kReach + 1> row;
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = Grey(y + static_cast<int64_t>(i) - int64_t{kReach});
    }
    uint16_t* const down = down_.data() + kReach;
    for (size_t x = 0; x < width; ++x) {
      down[x] = Blurred<uint16_t, uint32_t>(row[0][x] + row[6][x],
                                            row[1][x] + row[5][x],
                                            row[2][x] + row[4][x], row[3][x]);
    }
    for (size_t i = 1; i <= kReach; ++i) {
      *(down - i) = down[i];
      down[width - 1 + i] = down[width - 1 - i];
    }
    const uint16_t* const from = down_.data();
    uint8_t* const to = across_.data();
    for (size_t x = 0; x < width; ++x) {
      const auto sum = Blurred<uint32_t, uint32_t>(
          uint32_t{from[x]} + from[x + 6], uint32_t{from[x + 1]} + from[x + 5],
          uint32_t{from[x + 2]} + from[x + 4], from[x + 3]);
      to[x] = static_cast<uint8_t>((sum + (1 << 11)) >> 12);
    }
  }

  const PictureView picture_;
  const std::vector<Sample>& columns_;
  // Enough for the rows that one sample's four blurred rows are made of, where
  // these are neighbours.
  std::array<Kept<uint8_t>, 16> grey_;
  std::array<Kept<int32_t>, 4> resized_;
  std::vector<uint16_t> down_;
  std::vector<uint8_t> across_;
};

}  // namespace

SmallPlane ResizeBlurredCubic(const PictureView& picture, size_t side) {
  HASHVET_DCHECK(std::min(picture.width(), picture.height()) > kReach);
  const std::vector<Sample> columns = SamplesOf(picture.width(), side);
  const std::vector<Sample> lines = SamplesOf(picture.height(), side);
  Rows rows(picture, columns);
  SmallPlane small(side, side);
  for (size_t y = 0; y < side; ++y) {
    const Sample& at = lines[y];
    std::array<const int32_t*, kTaps> from;
    std::array<float, kTaps> weight;
    for (size_t k = 0; k < kTaps; ++k) {
      from[k] = rows.Resized(at.pixel[k]);
      weight[k] = static_cast<float>(at.weight[k]) * (1 / (kOne * kOne));
    }
    uint8_t* const out = small.row(y);
    // In float, the last row's product first, as OpenCV's vectors do it.
    for (size_t x = 0; x < side; ++x) {
      const float sum = static_cast<float>(from[0][x]) * weight[0] +
                        (static_cast<float>(from[1][x]) * weight[1] +
                         (static_cast<float>(from[2][x]) * weight[2] +
                          static_cast<float>(from[3][x]) * weight[3]));
      // To the nearest, halves to even, without a call: 1.5 * 2^23 leaves no
      // fractional bits.
      constexpr float kWhole = 12582912.0f;
      const float rounded = (sum + kWhole) - kWhole;
      out[x] = static_cast<uint8_t>(
          static_cast<int32_t>(std::clamp(rounded, 0.0f, 255.0f)));
    }
  }
  return small;
}

}  // namespace hashvet
