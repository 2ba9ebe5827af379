#include "src/hashers/window_sums.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "src/hashers/grey_rows.h"
#include "src/hashers/small_plane.h"

namespace hashvet {
namespace {

constexpr size_t kWindow = 7;

// The pixel places along one axis that a sample's window covers.
using Window = std::array<uint32_t, kWindow>;

std::vector<Window> WindowsOf(uint32_t side, bool mirrored) {
  std::vector<Window> windows;
  for (size_t o = 0; o < kWindowSumsSide; ++o) {
    const auto place = static_cast<int64_t>(o * side / kWindowSumsSide);
    const int64_t centre = mirrored ? side - 1 - place : place;
    Window window;
    for (size_t k = 0; k < kWindow; ++k) {
      const int64_t at =
          centre + static_cast<int64_t>(k) - static_cast<int64_t>(kWindow / 2);
      window[k] = static_cast<uint32_t>(std::clamp<int64_t>(at, 0, side - 1));
    }
    windows.push_back(window);
  }
  return windows;
}

// grey(row, x)
template <typename Grey>
std::vector<double> Sums(const PictureView& picture, Turn turn,
                         const Grey& grey) {
  // Before a transposition the axes are the other's.
  const std::vector<Window> columns = WindowsOf(
      picture.width(), turn.sideways ? turn.mirrors_y : turn.mirrors_x);
  const std::vector<Window> rows = WindowsOf(
      picture.height(), turn.sideways ? turn.mirrors_x : turn.mirrors_y);
  constexpr size_t kSide = kWindowSumsSide;
  std::vector<double> sums(kSide * kSide);
  for (size_t i = 0; i < kSide; ++i) {
    for (size_t j = 0; j < kSide; ++j) {
      uint32_t sum = 0;
      for (const uint32_t y : rows[i]) {
        const uint8_t* const row = picture.row(y);
        for (const uint32_t x : columns[j]) sum += grey(row, x);
      }
      sums[turn.sideways ? j * kSide + i : i * kSide + j] = sum;
    }
  }
  return sums;
}

template <size_t red>
std::vector<double> SumsOfColour(const PictureView& picture, Turn turn) {
  return Sums(picture, turn, [](const uint8_t* row, uint32_t x) {
    const uint8_t* const pixel = row + 3 * size_t{x};
    const uint32_t weighted =
        66 * pixel[red] + 129 * pixel[1] + 25 * pixel[2 - red];
    return (weighted + 128) / 256 + 16;
  });
}

}  // namespace

std::vector<double> WindowSums(const PictureView& picture,
                               Orientation orientation) {
  const Turn turn = TurnOf(orientation);
  switch (picture.format()) {
    case PixelFormat::kRgb8:
      return SumsOfColour<0>(picture, turn);
    case PixelFormat::kBgr8:
      return SumsOfColour<2>(picture, turn);
    case PixelFormat::kLuma32:
      return Sums(picture, turn,
                  [](const uint8_t* row, uint32_t x) -> uint32_t {
                    return ByteOfLuma(reinterpret_cast<const float*>(row)[x]);
                  });
    case PixelFormat::kGrey8:
      break;
  }
  return Sums(picture, turn, [](const uint8_t* row, uint32_t x) -> uint32_t {
    return row[x];
  });
}

}  // namespace hashvet
