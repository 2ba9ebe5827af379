#include "src/hashers/segments.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace hashvet {
namespace {

constexpr uint8_t kBright = 128;    // above it
constexpr size_t kMinPixels = 500;  // more than so many

// A box of 3.75 pixels, in 2^24ths: three whole ones, the next on either side
// in part. Past an end the end's pixel counts again.
void BoxBlur(std::vector<uint8_t>& line) {
  constexpr uint32_t kOne = 1 << 24;
  constexpr auto kWhole = static_cast<uint32_t>(kOne / 3.75);
  constexpr uint32_t kPart = (kOne - 3 * kWhole) / 2;
  const auto last = static_cast<std::ptrdiff_t>(line.size()) - 1;
  std::vector<uint8_t> blurred(line.size());
  for (std::ptrdiff_t x = 0; x <= last; ++x) {
    const auto at = [&](std::ptrdiff_t step) -> uint32_t {
      return line[static_cast<size_t>(
          std::clamp<std::ptrdiff_t>(x + step, 0, last))];
    };
    const uint32_t sum =
        (at(-1) + at(0) + at(1)) * kWhole + (at(-2) + at(2)) * kPart + kOne / 2;
    blurred[static_cast<size_t>(x)] = static_cast<uint8_t>(sum >> 24);
  }
  line = std::move(blurred);
}

void BlurLines(SmallPlane& plane) {
  for (size_t y = 0; y < plane.height; ++y) {
    std::vector<uint8_t> line(plane.row(y), plane.row(y) + plane.width);
    for (int pass = 0; pass < 3; ++pass) BoxBlur(line);
    std::ranges::copy(line, plane.row(y));
  }
}

SmallPlane Medians(const SmallPlane& plane) {
  SmallPlane medians(plane.width, plane.height);
  for (size_t y = 0; y < plane.height; ++y) {
    for (size_t x = 0; x < plane.width; ++x) {
      std::array<uint8_t, 9> around;
      for (size_t k = 0; k < around.size(); ++k) {
        // One less, the same, one more; kept inside.
        const size_t column = std::clamp<size_t>(x + k % 3, 1, plane.width) - 1;
        const size_t row = std::clamp<size_t>(y + k / 3, 1, plane.height) - 1;
        around[k] = plane.at(column, row);
      }
      std::nth_element(around.begin(), around.begin() + 4, around.end());
      medians.row(y)[x] = around[4];
    }
  }
  return medians;
}

class Search {
 public:
  explicit Search(const SmallPlane& plane)
      : plane_(plane), seen_(plane.bytes.size()) {}

  std::vector<Segment> Run() {
    FindAreas(true);
    FindAreas(false);
    return std::move(segments_);
  }

 private:
  void FindAreas(bool bright) {
    for (size_t at = 0; at < seen_.size(); ++at) {
      if (seen_[at] || (plane_.bytes[at] > kBright) != bright) continue;
      if (!bright && found_ >= seen_.size()) return;
      const Segment segment = AreaAt(at, bright);
      // A pixel alone is not counted as found.
      if (segment.pixels > 1) found_ += segment.pixels;
      if (segment.pixels > kMinPixels) segments_.push_back(segment);
    }
  }

  Segment AreaAt(size_t first, bool bright) {
    Segment area;
    area.left = area.right = first % plane_.width;
    area.top = area.bottom = first / plane_.width;
    std::vector<size_t> open = {first};
    seen_[first] = true;
    const auto visit = [&](size_t at) {
      if (seen_[at] || (plane_.bytes[at] > kBright) != bright) return;
      seen_[at] = true;
      open.push_back(at);
    };
    while (!open.empty()) {
      const size_t at = open.back();
      open.pop_back();
      const size_t x = at % plane_.width;
      const size_t y = at / plane_.width;
      ++area.pixels;
      area.left = std::min(area.left, x);
      area.right = std::max(area.right, x);
      area.bottom = std::max(area.bottom, y);
      if (x > 0) visit(at - 1);
      if (x + 1 < plane_.width) visit(at + 1);
      if (y > 0) visit(at - plane_.width);
      if (y + 1 < plane_.height) visit(at + plane_.width);
    }
    return area;
  }

  const SmallPlane& plane_;
  std::vector<bool> seen_;
  size_t found_ = 2 * (plane_.width + plane_.height);  // the frame around it
  std::vector<Segment> segments_;
};

}  // namespace

SmallPlane Smoothed(const SmallPlane& plane) {
  SmallPlane blurred = plane;
  BlurLines(blurred);
  blurred = Turned(blurred, Orientation::kFlipPlus1);  // columns become rows
  BlurLines(blurred);
  return Medians(Turned(blurred, Orientation::kFlipPlus1));
}

std::vector<Segment> SegmentsOf(const SmallPlane& plane) {
  return Search(plane).Run();
}

}  // namespace hashvet
