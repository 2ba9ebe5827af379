#include "tests/support/scenes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace hashvet::testing {
namespace {

Picture NewPicture(uint32_t width, uint32_t height, PixelFormat format) {
  return *Picture::Create(width, height, format);
}

uint32_t Mix(uint32_t a) {
  a ^= a >> 16;
  a *= 0x7feb352d;
  a ^= a >> 15;
  a *= 0x846ca68b;
  a ^= a >> 16;
  return a;
}

// One octave of one channel along one row: values at lattice points a cell
// apart, bilinear in between, 0 .. 255.
class NoiseRow {
 public:
  NoiseRow(uint32_t seed, uint32_t cell, uint32_t k, uint32_t y)
      : salt_(Mix(seed * 31 + k)),
        cell_(cell),
        row_(y / cell),
        fraction_(y % cell * 256 / cell) {}

  uint32_t At(uint32_t x) {
    const uint32_t column = x / cell_;
    if (column != column_) {
      column_ = column;
      for (uint32_t i = 0; i < 2; ++i) {
        left_[i] = Lattice(column, row_ + i);
        right_[i] = Lattice(column + 1, row_ + i);
      }
    }
    const uint32_t f = x % cell_ * 256 / cell_;
    return ((left_[0] * (256 - f) + right_[0] * f) * (256 - fraction_) +
            (left_[1] * (256 - f) + right_[1] * f) * fraction_) >>
           16;
  }

 private:
  uint32_t Lattice(uint32_t i, uint32_t j) const {
    return Mix((i * 0x9E3779B1) ^ (j * 0x85EBCA77) ^ salt_) & 255;
  }

  uint32_t salt_;
  uint32_t cell_;
  uint32_t row_;
  uint32_t fraction_;  // of a cell below the lattice row, in 256ths
  uint32_t column_ = UINT32_MAX;
  std::array<uint32_t, 2> left_ = {};
  std::array<uint32_t, 2> right_ = {};
};

}  // namespace

Picture MakeScene(uint32_t seed, uint32_t width, uint32_t height) {
  Picture scene = NewPicture(width, height, PixelFormat::kRgb8);
  const uint32_t side = std::max(width, height);
  for (uint32_t y = 0; y < height; ++y) {
    uint8_t* row = scene.row(y);
    for (uint32_t channel = 0; channel < 3; ++channel) {
      NoiseRow octave0(seed, side / 5 + 1, 4 * channel, y);
      NoiseRow octave1(seed, side / 11 + 1, 4 * channel + 1, y);
      NoiseRow octave2(seed, side / 29 + 1, 4 * channel + 2, y);
      NoiseRow octave3(seed, side / 67 + 1, 4 * channel + 3, y);
      for (uint32_t x = 0; x < width; ++x) {
        row[3 * x + channel] =
            static_cast<uint8_t>((8 * octave0.At(x) + 4 * octave1.At(x) +
                                  2 * octave2.At(x) + octave3.At(x)) /
                                 15);
      }
    }
  }
  return scene;
}

Picture MakeNamed(std::string_view name, uint32_t width, uint32_t height) {
  constexpr std::string_view kScene = "scene-";
  if (name.substr(0, kScene.size()) == kScene) {
    const std::string number(name.substr(kScene.size()));
    return MakeScene(static_cast<uint32_t>(std::atoi(number.c_str())), width,
                     height);
  }
  Picture picture = NewPicture(width, height, PixelFormat::kRgb8);
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x) {
      const uint32_t value = name == "gradient-x"         ? x
                             : name == "flat-128"         ? 128
                             : (x / 32 + y / 32) % 2 == 1 ? 255
                                                          : 0;
      std::memset(picture.row(y) + 3 * x, static_cast<int>(value), 3);
    }
  }
  return picture;
}

Picture ToGrey8(const Picture& rgb) {
  Picture grey = NewPicture(rgb.width(), rgb.height(), PixelFormat::kGrey8);
  for (uint32_t y = 0; y < rgb.height(); ++y) {
    const uint8_t* pixel = rgb.view().row(y);
    uint8_t* out = grey.row(y);
    for (uint32_t x = 0; x < rgb.width(); ++x, pixel += 3) {
      out[x] = static_cast<uint8_t>(
          (299u * pixel[0] + 587u * pixel[1] + 114u * pixel[2] + 500u) / 1000u);
    }
  }
  return grey;
}

Picture Turned(const Picture& picture, Orientation orientation) {
  const uint32_t width = picture.width();
  const uint32_t height = picture.height();
  const bool sideways = orientation == Orientation::kRotate90 ||
                        orientation == Orientation::kRotate270 ||
                        orientation == Orientation::kFlipPlus1 ||
                        orientation == Orientation::kFlipMinus1;
  Picture turned = NewPicture(sideways ? height : width,
                              sideways ? width : height, picture.format());
  const size_t size = BytesPerPixel(picture.format());
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x) {
      const uint32_t left = width - 1 - x;  // x counted from the right
      const uint32_t up = height - 1 - y;   // y counted from the bottom
      uint32_t to_x = x;
      uint32_t to_y = y;
      switch (orientation) {
        case Orientation::kOriginal:
          break;
        case Orientation::kRotate90:  // counter-clockwise: the top goes left
          to_x = y, to_y = left;
          break;
        case Orientation::kRotate180:
          to_x = left, to_y = up;
          break;
        case Orientation::kRotate270:  // clockwise: the top goes right
          to_x = up, to_y = x;
          break;
        case Orientation::kFlipX:
          to_y = up;
          break;
        case Orientation::kFlipY:
          to_x = left;
          break;
        case Orientation::kFlipPlus1:
          to_x = y, to_y = x;
          break;
        case Orientation::kFlipMinus1:
          to_x = up, to_y = left;
          break;
      }
      std::memcpy(turned.row(to_y) + to_x * size,
                  picture.view().row(y) + x * size, size);
    }
  }
  return turned;
}

}  // namespace hashvet::testing
