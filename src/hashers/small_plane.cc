#include "src/hashers/small_plane.h"

namespace hashvet {
namespace {

// Calls put(to, from) for each place of the turned plane and the one it comes
// from, both row by row.
template <typename Put>
void ForEachPlace(size_t width, size_t height, Orientation orientation,
                  const Put& put) {
  const auto [sideways, mirrors_x, mirrors_y] = TurnOf(orientation);
  const size_t turned_width = sideways ? height : width;
  const size_t turned_height = sideways ? width : height;
  for (size_t y = 0; y < turned_height; ++y) {
    const size_t from_y = mirrors_y ? turned_height - 1 - y : y;
    for (size_t x = 0; x < turned_width; ++x) {
      const size_t from_x = mirrors_x ? turned_width - 1 - x : x;
      put(y * turned_width + x,
          sideways ? from_x * width + from_y : from_y * width + from_x);
    }
  }
}

}  // namespace

SmallPlane Turned(const SmallPlane& plane, Orientation orientation) {
  const bool sideways = IsSideways(orientation);
  SmallPlane turned(sideways ? plane.height : plane.width,
                    sideways ? plane.width : plane.height);
  ForEachPlace(
      plane.width, plane.height, orientation,
      [&](size_t to, size_t from) { turned.bytes[to] = plane.bytes[from]; });
  return turned;
}

std::vector<bool> TurnedBits(const std::vector<bool>& bits, size_t side,
                             Orientation orientation) {
  std::vector<bool> turned(bits.size());
  ForEachPlace(side, side, orientation,
               [&](size_t to, size_t from) { turned[to] = bits[from]; });
  return turned;
}

}  // namespace hashvet
