#include "tests/support/pdq_reference.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numbers>
#include <vector>

namespace hashvet::testing {
namespace {

struct Luma {
  size_t rows;
  size_t columns;
  std::vector<double> values;  // row-major
};

Luma ToLuma(const PictureView& picture) {
  Luma luma = {picture.height(), picture.width(), {}};
  for (uint32_t y = 0; y < picture.height(); ++y) {
    for (size_t x = 0; x < picture.width(); ++x) {
      const uint8_t* row = picture.row(y);
      switch (picture.format()) {
        case PixelFormat::kGrey8:
          luma.values.push_back(row[x]);
          break;
        case PixelFormat::kLuma32:
          luma.values.push_back(static_cast<double>(picture.luma_row(y)[x]));
          break;
        case PixelFormat::kRgb8:
        case PixelFormat::kBgr8: {
          const bool rgb = picture.format() == PixelFormat::kRgb8;
          const float red = row[3 * x + (rgb ? 0 : 2)];
          const float green = row[3 * x + 1];
          const float blue = row[3 * x + (rgb ? 2 : 0)];
          const float y_value = 0.299f * red + 0.587f * green + 0.114f * blue;
          luma.values.push_back(static_cast<double>(y_value));
          break;
        }
      }
    }
  }
  return luma;
}

// The mean over i - (w - h) .. i + h - 1 for every i of one line, h =
// floor((w + 2) / 2), of those indices that exist.
void BoxAlongLine(std::vector<double>& line, ptrdiff_t w) {
  const std::vector<double> in = line;
  const ptrdiff_t h = (w + 2) / 2;
  const auto size = static_cast<ptrdiff_t>(in.size());
  for (ptrdiff_t i = 0; i < size; ++i) {
    double sum = 0;
    int inside = 0;
    for (ptrdiff_t k = i - (w - h); k <= i + h - 1; ++k) {
      if (k < 0 || k >= size) continue;
      sum += in[static_cast<size_t>(k)];
      ++inside;
    }
    line[static_cast<size_t>(i)] = sum / inside;
  }
}

void BoxAlongRows(Luma& luma) {
  const size_t w = (luma.columns + 127) / 128;
  std::vector<double> line(luma.columns);
  for (size_t y = 0; y < luma.rows; ++y) {
    const auto begin =
        luma.values.begin() + static_cast<ptrdiff_t>(y * luma.columns);
    std::copy_n(begin, luma.columns, line.begin());
    BoxAlongLine(line, static_cast<ptrdiff_t>(w));
    std::copy_n(line.begin(), luma.columns, begin);
  }
}

void BoxAlongColumns(Luma& luma) {
  const size_t w = (luma.rows + 127) / 128;
  std::vector<double> line(luma.rows);
  for (size_t x = 0; x < luma.columns; ++x) {
    for (size_t y = 0; y < luma.rows; ++y) {
      line[y] = luma.values[y * luma.columns + x];
    }
    BoxAlongLine(line, static_cast<ptrdiff_t>(w));
    for (size_t y = 0; y < luma.rows; ++y) {
      luma.values[y * luma.columns + x] = line[y];
    }
  }
}

}  // namespace

PdqReference ComputePdqReference(const PictureView& picture) {
  PdqReference reference = {};
  Luma luma = ToLuma(picture);
  if (luma.rows != 64 || luma.columns != 64) {
    for (int round = 0; round < 2; ++round) {
      BoxAlongRows(luma);
      BoxAlongColumns(luma);
    }
  }
  auto& plane = reference.plane;
  for (size_t i = 0; i < 64; ++i) {
    for (size_t j = 0; j < 64; ++j) {
      const size_t y = (2 * i + 1) * luma.rows / 128;  // floor((i + 0.5) / 64 *
      const size_t x = (2 * j + 1) * luma.columns / 128;  // side)
      plane[i][j] = luma.values[y * luma.columns + x];
    }
  }

  int gradient = 0;
  const auto step = [](double u, double v) {
    const float difference = static_cast<float>(u) - static_cast<float>(v);
    return std::abs(static_cast<int>(difference * 100 / 255));
  };
  for (size_t i = 0; i < 64; ++i) {
    for (size_t j = 0; j < 64; ++j) {
      if (i < 63) gradient += step(plane[i][j], plane[i + 1][j]);
      if (j < 63) gradient += step(plane[i][j], plane[i][j + 1]);
    }
  }
  reference.quality = std::min(100, gradient / 90);

  const auto d = [](size_t i, size_t k) {
    return std::sqrt(2.0 / 64) *
           std::cos(std::numbers::pi / 128 *
                    static_cast<double>((i + 1) * (2 * k + 1)));
  };
  std::array<std::array<double, 64>, 16> cosines;
  for (size_t i = 0; i < 16; ++i) {
    for (size_t k = 0; k < 64; ++k) cosines[i][k] = d(i, k);
  }
  std::vector<double> sorted;
  for (size_t i = 0; i < 16; ++i) {
    for (size_t j = 0; j < 16; ++j) {
      double sum = 0;
      for (size_t k = 0; k < 64; ++k) {
        for (size_t l = 0; l < 64; ++l) {
          sum += cosines[i][k] * plane[k][l] * cosines[j][l];
        }
      }
      reference.coefficients[i][j] = sum;
      sorted.push_back(sum);
    }
  }
  std::sort(sorted.begin(), sorted.end());
  reference.median = sorted[127];
  for (size_t k = 0; k < 256; ++k) {
    reference.hash.set_bit(
        k, reference.coefficients[k / 16][k % 16] > reference.median);
  }
  return reference;
}

double Margin(const PdqReference& reference, size_t k) {
  return std::abs(reference.coefficients[k / 16][k % 16] - reference.median);
}

}  // namespace hashvet::testing
