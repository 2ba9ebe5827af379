#include "src/hashers/lanczos.h"

#include <algorithm>
#include <array>
#include <optional>

#include "src/hashers/grey_rows.h"

namespace hashvet {
namespace {

constexpr double kPi = 3.14159265358979323846;

// 1 / 3!, 1 / 5! … with alternating signs: of x^3, x^5 …
constexpr size_t kTerms = 13;
constexpr std::array<double, kTerms> MakeTerms() {
  std::array<double, kTerms> terms = {};
  double term = 1;
  for (size_t i = 0; i < kTerms; ++i) {
    const double n = 2 * static_cast<double>(i) + 2;
    term /= -n * (n + 1);
    terms[i] = term;
  }
  return terms;
}
constexpr std::array<double, kTerms> kTermsOfSine = MakeTerms();

// sinc(x) sinc(x / 3) for |x| <= 3, its own power series rather than a C
// library's sin, which may depend on the CPU in the last place. With s = sin(pi
// x / 3), sin(pi x) is s (3 - 4 s^2). No branch: loops over it are vectorised.
double Lanczos(double x) {
  const double y = x * (kPi / 3);
  const double square = y * y;
  double sum = kTermsOfSine[kTerms - 1];  // pi^29 / 29! < 10^-16
  for (size_t i = kTerms - 1; i > 0; --i) {
    sum = sum * square + kTermsOfSine[i - 1];
  }
  const double sine = 1 + sum * square;  // divided by y
  const double s_squared = sine * sine * square;
  return sine * sine * (1 - s_squared * (4.0 / 3));
}

// To 22 fractional bits, halves away from zero.
int32_t FixedPoint(double weight) {
  constexpr double kOne = 1 << 22;
  return static_cast<int32_t>(weight * kOne + (weight < 0 ? -0.5 : 0.5));
}

}  // namespace

LanczosBands::LanczosBands(uint32_t side, size_t samples) {
  constexpr size_t kLanes = kernels::kResampleLanes;
  const double scale = static_cast<double>(side) / static_cast<double>(samples);
  const double stretch = std::max(scale, 1.0);
  const double support = 3 * stretch;
  const double per_pixel = 1 / stretch;
  std::vector<double> band;
  std::optional<double> last_phase;
  for (size_t o = 0; o < samples; ++o) {
    const double centre = (static_cast<double>(o) + 0.5) * scale;
    // Cut towards zero, as a cast in C does.
    const auto first = static_cast<uint32_t>(
        std::max(static_cast<int64_t>(centre - support + 0.5), int64_t{0}));
    const auto end = static_cast<uint32_t>(
        std::min(static_cast<int64_t>(centre + support + 0.5),
                 static_cast<int64_t>(side)));
    const uint32_t count = end - first;
    const double phase = static_cast<double>(first) - centre + 0.5;
    firsts_.push_back(first);
    if (last_phase == phase && counts_.back() == count) {  // the same weights
      counts_.push_back(count);
      padded_counts_.push_back(padded_counts_.back());
      offsets_.push_back(offsets_.back());
      continue;
    }
    last_phase = phase;
    counts_.push_back(count);
    padded_counts_.push_back((count + kLanes - 1) / kLanes * kLanes);
    offsets_.push_back(static_cast<uint32_t>(low_.size()));

    band.resize(count);
    for (uint32_t i = 0; i < count; ++i) {
      band[i] = Lanczos((phase + static_cast<double>(i)) * per_pixel);
    }
    // The filter ends at 3, where rounding a band's ends may be past it.
    for (uint32_t i = 0; i < count; ++i) {
      const double x = (phase + static_cast<double>(i)) * per_pixel;
      if (x < -3 || x >= 3) band[i] = 0;
    }
    double sum = 0;
    for (const double weight : band) sum += weight;
    AppendWeights(band, sum);
  }
}

void LanczosBands::AppendWeights(const std::vector<double>& band, double sum) {
  const size_t offset = low_.size();
  low_.resize(offset + padded_counts_.back());
  high_.resize(low_.size());
  for (size_t i = 0; i < band.size(); ++i) {
    const int32_t weight = FixedPoint(sum != 0 ? band[i] / sum : band[i]);
    const bool is_small = weight >= INT16_MIN && weight <= INT16_MAX;
    const int32_t high = is_small ? 0 : (weight + 16384) >> 15;
    has_high_ |= !is_small;
    low_[offset + i] = static_cast<int16_t>(weight - high * 32768);
    high_[offset + i] = static_cast<int16_t>(high);
  }
}

SmallPlane ResizeLanczos(const PictureView& picture, size_t width,
                         size_t height,
                         const kernels::ResampleTable& resample) {
  const LanczosBands columns(picture.width(), width);
  const LanczosBands rows(picture.height(), height);
  // Across, a few rows at a time.
  constexpr uint32_t kRowsAtOnce = 4;
  const size_t stride = picture.width() + kernels::kResampleLanes;
  std::vector<uint8_t> grey(kRowsAtOnce * stride);
  SmallPlane narrow(width, picture.height());
  for (uint32_t y = 0; y < picture.height(); y += kRowsAtOnce) {
    const uint32_t count = std::min(kRowsAtOnce, picture.height() - y);
    for (uint32_t r = 0; r < count; ++r) {
      PillowGreyRow(picture, y + r, grey.data() + r * stride);
    }
    resample.across(grey.data(), stride, count, columns.weights(0),
                    columns.offsets().data(), columns.firsts().data(),
                    columns.padded_counts().data(), width, narrow.row(y),
                    width);
  }
  SmallPlane small(width, height);
  for (size_t o = 0; o < height; ++o) {
    resample.down(narrow.row(rows.firsts()[o]), width, rows.counts()[o],
                  rows.weights(rows.offsets()[o]), width, small.row(o));
  }
  return small;
}

}  // namespace hashvet
