#include "src/hashers/bilinear.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "src/hashers/grey_rows.h"

namespace hashvet {
namespace {

// A sample between two pixels: 256 - after parts of pixel `first`, `after` of
// the next.
struct Between {
  uint32_t first;
  uint32_t next;
  int32_t after;  // 0 .. 256
};

std::vector<Between> PlacesOf(uint32_t side, size_t samples) {
  // The inverse of the inverse, each rounded, as OpenCV has it.
  const double scale =
      1 / (static_cast<double>(samples) / static_cast<double>(side));
  std::vector<Between> places;
  for (size_t o = 0; o < samples; ++o) {
    const double at = scale * (static_cast<double>(o) + 0.5) - 0.5;
    const auto pixel = static_cast<int64_t>(std::floor(at));
    if (pixel < 0 || side == 1) {
      places.push_back({0, 0, 0});
    } else if (pixel >= static_cast<int64_t>(side) - 1) {
      places.push_back({side - 1, side - 1, 0});
    } else {
      // To 8 fractional bits, halves to even.
      const double part = (at - static_cast<double>(pixel)) * 256;
      places.push_back({static_cast<uint32_t>(pixel),
                        static_cast<uint32_t>(pixel + 1),
                        static_cast<int32_t>(std::nearbyint(part))});
    }
  }
  return places;
}

// byte(row, x, channel) of a row's pixel.
template <size_t channels, typename Byte>
void Resize(const PictureView& picture, const std::vector<Between>& columns,
            const std::vector<Between>& rows, const Byte& byte,
            SmallPlane& small) {
  const bool is_rgb = picture.format() == PixelFormat::kRgb8;
  for (size_t y = 0; y < rows.size(); ++y) {
    const uint8_t* const top = picture.row(rows[y].first);
    const uint8_t* const low = picture.row(rows[y].next);
    const int32_t down = rows[y].after;
    uint8_t* const out = small.row(y);
    for (size_t x = 0; x < columns.size(); ++x) {
      const Between at = columns[x];
      std::array<uint32_t, channels> blend;
      for (size_t c = 0; c < channels; ++c) {
        // 256 parts of one, `after` of the step to the other.
        const auto across = [&](const uint8_t* row) {
          const int32_t first = byte(row, at.first, c);
          return 256 * first + at.after * (byte(row, at.next, c) - first);
        };
        const int32_t of_top = across(top);
        blend[c] = static_cast<uint32_t>(
            (256 * of_top + down * (across(low) - of_top) + (1 << 15)) >> 16);
      }
      if constexpr (channels == 1) {
        out[x] = static_cast<uint8_t>(blend[0]);
      } else {
        out[x] =
            OpenCvGrey(blend[is_rgb ? 0 : 2], blend[1], blend[is_rgb ? 2 : 0]);
      }
    }
  }
}

}  // namespace

SmallPlane ResizeBilinear(const PictureView& picture, size_t width,
                          size_t height) {
  const std::vector<Between> columns = PlacesOf(picture.width(), width);
  const std::vector<Between> rows = PlacesOf(picture.height(), height);
  SmallPlane small(width, height);
  switch (picture.format()) {
    case PixelFormat::kGrey8:
      Resize<1>(
          picture, columns, rows,
          [](const uint8_t* row, uint32_t x, size_t) -> int32_t {
            return row[x];
          },
          small);
      break;
    case PixelFormat::kRgb8:
    case PixelFormat::kBgr8:
      Resize<3>(
          picture, columns, rows,
          [](const uint8_t* row, uint32_t x, size_t c) -> int32_t {
            return row[3 * size_t{x} + c];
          },
          small);
      break;
    case PixelFormat::kLuma32:
      Resize<1>(
          picture, columns, rows,
          [](const uint8_t* row, uint32_t x, size_t) -> int32_t {
            return ByteOfLuma(reinterpret_cast<const float*>(row)[x]);
          },
          small);
      break;
  }
  return small;
}

}  // namespace hashvet
