#include "src/hashers/trim.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hashvet/pixels/luma.h"

namespace hashvet::pdq {
namespace {

constexpr float kBlackBelow = 40;
constexpr float kMaxStep = 12;  // levels: what JPEG does to a plain bar

// Grey levels that a bar's pixels lie between.
struct Levels {
  float min = -INFINITY;
  float max = INFINITY;

  bool contains(float level) const { return level >= min && level <= max; }
};

// Of the bar whose outermost line this is; none where it cannot be one.
//
//   colour  the grey level of a bar that was found before, if there was one
template <typename Line>
Levels LevelsOf(const Line& outermost, PdqVariant variant,
                std::optional<float> colour) {
  if (variant == PdqVariant::kTrimmedBlack) {
    return {-INFINITY, std::nextafter(kBlackBelow, 0.0f)};
  }
  double sum = 0;
  for (const float level : outermost) sum += static_cast<double>(level);
  const auto mean =
      static_cast<float>(sum / static_cast<double>(outermost.size()));
  if (std::abs(mean - colour.value_or(mean)) > kMaxStep) return {1, 0};
  return {mean - kMaxStep, mean + kMaxStep};
}

template <typename Line>
bool IsWithin(const Line& line, const Levels& levels) {
  return std::all_of(line.begin(), line.end(),
                     [&](float level) { return levels.contains(level); });
}

class Trimmer {
 public:
  Trimmer(const PictureView& picture, PdqVariant variant)
      : picture_(picture),
        variant_(variant),
        right_(picture.width()),
        bottom_(picture.height()),
        line_(picture.width()) {}

  PictureView Trim() {
    TrimRows();
    if (top_ < bottom_) TrimColumns();
    const bool enough = top_ < bottom_ && left_ < right_ &&
                        (bottom_ - top_) * uint64_t{3} >= picture_.height() &&
                        (right_ - left_) * uint64_t{3} >= picture_.width();
    if (!enough) return picture_;
    // A part of a view that is sound.
    return *PictureView::Create(
        picture_.row(top_) + left_ * BytesPerPixel(picture_.format()),
        right_ - left_, bottom_ - top_, picture_.stride_bytes(),
        picture_.format());
  }

 private:
  template <typename Line>
  Levels LevelsAt(const Line& outermost) const {
    return LevelsOf(outermost, variant_, colour_);
  }

  // There was a bar of these levels.
  void Note(const Levels& levels) {
    if (!colour_.has_value()) colour_ = (levels.min + levels.max) / 2;
  }

  bool RowIsWithin(uint32_t y, const Levels& levels) {
    LumaRow(picture_, y, line_);
    return IsWithin(line_, levels);
  }

  void TrimRows() {
    LumaRow(picture_, 0, line_);
    const Levels at_top = LevelsAt(line_);
    while (top_ < bottom_ && RowIsWithin(top_, at_top)) ++top_;
    if (top_ == bottom_) return;
    if (top_ > 0) Note(at_top);
    LumaRow(picture_, bottom_ - 1, line_);
    const Levels at_bottom = LevelsAt(line_);
    while (top_ < bottom_ && RowIsWithin(bottom_ - 1, at_bottom)) --bottom_;
    if (bottom_ < picture_.height()) Note(at_bottom);
  }

  float LevelAt(uint32_t x, uint32_t y) const {
    float level = 0;
    // A pixel of a view that is sound.
    LumaRow(*PictureView::Create(
                picture_.row(y) + x * BytesPerPixel(picture_.format()), 1, 1,
                picture_.stride_bytes(), picture_.format()),
            0, {&level, 1});
    return level;
  }

  // Column by column would read the picture against its order: for each row,
  // how far the bars reach, and the shortest reach of all.
  void TrimColumns() {
    std::vector<float> first, last;
    for (uint32_t y = top_; y < bottom_; ++y) {
      first.push_back(LevelAt(0, y));
      last.push_back(LevelAt(picture_.width() - 1, y));
    }
    const Levels at_left = LevelsAt(first);
    const Levels at_right = LevelsAt(last);
    uint32_t left = picture_.width();
    uint32_t right = 0;
    for (uint32_t y = top_; y < bottom_; ++y) {
      LumaRow(picture_, y, line_);
      uint32_t x = 0;
      while (x < left && at_left.contains(line_[x])) ++x;
      left = x;
      uint32_t end = picture_.width();
      while (end > right && at_right.contains(line_[end - 1])) --end;
      right = end;
      if (left == 0 && right == picture_.width()) break;  // no bar is left
    }
    left_ = left;
    right_ = right;
  }

  const PictureView picture_;
  const PdqVariant variant_;
  uint32_t left_ = 0;
  uint32_t right_;
  uint32_t top_ = 0;
  uint32_t bottom_;
  std::vector<float> line_;
  std::optional<float> colour_;  // of the first bar, a grey level
};

}  // namespace

PictureView Trimmed(const PictureView& picture, PdqVariant variant) {
  return Trimmer(picture, variant).Trim();
}

BarWatch::BarWatch(uint32_t width, uint32_t height, PixelFormat format,
                   PdqVariant variant)
    : width_(width),
      height_(height),
      format_(format),
      variant_(variant),
      line_(width) {
  left_.reserve(height);
  right_.reserve(height);
}

void BarWatch::Row(const uint8_t* pixels) {
  // A row of the caller's, which is sound.
  const auto luma = [&](uint32_t first, uint32_t count, float* out) {
    LumaRow(*PictureView::Create(pixels + first * BytesPerPixel(format_), count,
                                 1, count * BytesPerPixel(format_), format_),
            0, std::span(out, count));
  };
  left_.emplace_back();
  luma(0, 1, &left_.back());
  right_.emplace_back();
  luma(width_ - 1, 1, &right_.back());
  ++row_;
  if (row_ == 1 || row_ == height_) {
    luma(0, width_, line_.data());
    found_ |= IsWithin(line_, LevelsOf(line_, variant_, std::nullopt));
  }
  if (row_ == height_) {
    found_ |= IsWithin(left_, LevelsOf(left_, variant_, std::nullopt)) ||
              IsWithin(right_, LevelsOf(right_, variant_, std::nullopt));
  }
}

}  // namespace hashvet::pdq
