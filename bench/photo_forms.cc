#include "bench/photo_forms.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "hashvet/pixels/picture.h"

namespace hashvet::bench {

using ::hashvet::testing::Bytes;
using ::hashvet::testing::BytesOf;
using ::hashvet::testing::MakeExif;
using ::hashvet::testing::Samples;

namespace {

constexpr int kMostSide = 640;

}  // namespace

void Die(const std::string& why) {
  std::fprintf(stderr, "decode_semantics: %s\n", why.c_str());
  std::exit(2);
}

Rgb ReadPhotograph(const std::string& file) {
  cv::Mat mat = cv::imread(file, cv::IMREAD_COLOR);
  if (mat.empty()) Die("no picture: " + file);
  const double scale = std::min(
      1.0, static_cast<double>(kMostSide) / std::max(mat.cols, mat.rows));
  cv::resize(mat, mat, {}, scale, scale, cv::INTER_AREA);
  cv::cvtColor(mat, mat, cv::COLOR_BGR2RGB);
  Rgb rgb = {
      static_cast<uint32_t>(mat.cols), static_cast<uint32_t>(mat.rows), {}};
  for (int y = 0; y < mat.rows; ++y) {
    const uint8_t* row = mat.ptr(y);
    rgb.samples.insert(rgb.samples.end(), row, row + mat.cols * 3);
  }
  return rgb;
}

Samples GreyOf(const Rgb& rgb) {
  Samples grey;
  for (size_t i = 0; i < rgb.samples.size(); i += 3) {
    grey.push_back(
        static_cast<uint8_t>((299 * rgb.samples[i] + 587 * rgb.samples[i + 1] +
                              114 * rgb.samples[i + 2] + 500) /
                             1000));
  }
  return grey;
}

Rgb StoredFor(const Rgb& shown, ExifOrientation orientation) {
  // Quarter turns undo each other; everything else undoes itself.
  const ExifOrientation undo =
      orientation == ExifOrientation::kRightTop ? ExifOrientation::kLeftBottom
      : orientation == ExifOrientation::kLeftBottom ? ExifOrientation::kRightTop
                                                    : orientation;
  auto picture = Picture::Create(shown.width, shown.height, PixelFormat::kRgb8);
  if (!picture.ok()) Die("no memory");
  std::copy(shown.samples.begin(), shown.samples.end(), picture->row(0));
  auto stored = Oriented(*std::move(picture), undo);
  if (!stored.ok()) Die("no memory");
  const uint8_t* begin = stored->row(0);
  return {stored->width(), stored->height(),
          Samples(begin, begin + shown.samples.size())};
}

Bytes EncodeWebp(const Rgb& rgb) {
  const cv::Mat mat(static_cast<int>(rgb.height), static_cast<int>(rgb.width),
                    CV_8UC3, const_cast<uint8_t*>(rgb.samples.data()));
  cv::Mat bgr;
  cv::cvtColor(mat, bgr, cv::COLOR_RGB2BGR);
  std::vector<uchar> file;
  cv::imencode(".webp", bgr, file, {cv::IMWRITE_WEBP_QUALITY, 101});
  const auto* begin = reinterpret_cast<const std::byte*>(file.data());
  return {begin, begin + file.size()};
}

namespace {

void AddChunk(Bytes& to, const char* type, const Bytes& body) {
  for (const std::byte letter : BytesOf(type)) to.push_back(letter);
  for (int shift = 0; shift < 32; shift += 8) {
    to.push_back(static_cast<std::byte>(body.size() >> shift));
  }
  to.insert(to.end(), body.begin(), body.end());
  if (body.size() % 2 == 1) to.push_back(std::byte{0});
}

}  // namespace

Bytes MakeWebp(const Rgb& rgb, uint16_t orientation) {
  const Bytes still = EncodeWebp(rgb);
  Bytes canvas = {std::byte{0x08}, {}, {}, {}};  // has EXIF data
  for (const uint32_t side : {rgb.width, rgb.height}) {
    for (int shift = 0; shift < 24; shift += 8) {
      canvas.push_back(static_cast<std::byte>((side - 1) >> shift));
    }
  }
  Bytes body = BytesOf("WEBP");
  AddChunk(body, "VP8X", canvas);
  body.insert(body.end(), still.begin() + 12, still.end());
  AddChunk(body, "EXIF", MakeExif(orientation, false));
  Bytes webp;
  AddChunk(webp, "RIFF", body);
  return webp;
}

Paletted ToPalette(const Rgb& rgb) {
  constexpr std::array<int, 3> kLevels = {4, 8, 4};
  Paletted result;
  for (int r = 0; r < 4; ++r) {
    for (int g = 0; g < 8; ++g) {
      for (int b = 0; b < 4; ++b) {
        for (const int level : {r * 255 / 3, g * 255 / 7, b * 255 / 3}) {
          result.palette.push_back(static_cast<uint8_t>(level));
        }
      }
    }
  }
  std::vector<float> left(rgb.samples.begin(), rgb.samples.end());
  const auto at = [&](uint32_t x, uint32_t y, size_t c) -> float& {
    return left[(size_t{y} * rgb.width + x) * 3 + c];
  };
  for (uint32_t y = 0; y < rgb.height; ++y) {
    for (uint32_t x = 0; x < rgb.width; ++x) {
      int index = 0;
      for (size_t c = 0; c < 3; ++c) {
        const int most = kLevels[c] - 1;
        const float wanted = at(x, y, c);
        const int level = std::clamp(
            static_cast<int>(wanted * static_cast<float>(most) / 255 + 0.5f), 0,
            most);
        index = index * kLevels[c] + level;
        const float error = wanted - static_cast<float>(level * 255 / most);
        if (x + 1 < rgb.width) at(x + 1, y, c) += error * 7 / 16;
        if (y + 1 < rgb.height) {
          if (x > 0) at(x - 1, y + 1, c) += error * 3 / 16;
          at(x, y + 1, c) += error * 5 / 16;
          if (x + 1 < rgb.width) at(x + 1, y + 1, c) += error * 1 / 16;
        }
      }
      result.indices.push_back(static_cast<uint8_t>(index));
    }
  }
  return result;
}

}  // namespace hashvet::bench
