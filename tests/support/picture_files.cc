#include "tests/support/picture_files.h"

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "jpeglib.h"

namespace hashvet::testing {
namespace {

constexpr uint32_t kGrid = 12;  // noise cells a side

// RGB bytes, row-major: values at the corners of a grid, interpolated.
std::vector<uint8_t> MakePixels(uint32_t seed, uint32_t width,
                                uint32_t height) {
  std::array<std::array<std::array<float, 3>, kGrid + 1>, kGrid + 1> corners;
  uint32_t state = seed * 2654435761u + 12345u;
  for (auto& row : corners) {
    for (auto& corner : row) {
      for (float& channel : corner) {
        state = state * 1664525u + 1013904223u;
        channel = static_cast<float>(state >> 24);
      }
    }
  }
  std::vector<uint8_t> pixels;
  pixels.reserve(size_t{3} * width * height);
  for (uint32_t y = 0; y < height; ++y) {
    const float v = static_cast<float>(y * kGrid) / static_cast<float>(height);
    const auto row = static_cast<size_t>(v);
    const float fy = v - static_cast<float>(row);
    for (uint32_t x = 0; x < width; ++x) {
      const float u = static_cast<float>(x * kGrid) / static_cast<float>(width);
      const auto column = static_cast<size_t>(u);
      const float fx = u - static_cast<float>(column);
      for (size_t c = 0; c < 3; ++c) {
        const float top = corners[row][column][c] * (1 - fx) +
                          corners[row][column + 1][c] * fx;
        const float bottom = corners[row + 1][column][c] * (1 - fx) +
                             corners[row + 1][column + 1][c] * fx;
        pixels.push_back(
            static_cast<uint8_t>(top * (1 - fy) + bottom * fy + 0.5f));
      }
    }
  }
  return pixels;
}

std::string EncodeJpeg(std::vector<uint8_t> pixels, uint32_t width,
                       uint32_t height, int jpeg_quality,
                       bool restart_rows = false) {
  jpeg_compress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);  // exits on an error: this is a test
  jpeg_create_compress(&jpeg);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &bytes, &size);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, jpeg_quality, TRUE);
  jpeg.restart_in_rows = restart_rows ? 1 : 0;
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < height) {
    JSAMPROW row = pixels.data() + size_t{3} * width * jpeg.next_scanline;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::string file(reinterpret_cast<char*>(bytes), size);
  std::free(bytes);
  return file;
}

void AppendLittleEndian(std::string& bytes, uint32_t value, int size) {
  for (int i = 0; i < size; ++i) {
    bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  }
}

}  // namespace

std::string MakeJpeg(uint32_t seed, uint32_t width, uint32_t height,
                     int jpeg_quality, bool restart_rows) {
  return EncodeJpeg(MakePixels(seed, width, height), width, height,
                    jpeg_quality, restart_rows);
}

std::string MakeFlatJpeg(uint32_t width, uint32_t height) {
  return EncodeJpeg(std::vector<uint8_t>(size_t{3} * width * height, 128),
                    width, height, 90);
}

std::string MakeBmp(uint32_t seed, uint32_t width, uint32_t height) {
  const std::vector<uint8_t> pixels = MakePixels(seed, width, height);
  const uint32_t row_bytes = (3 * width + 3) / 4 * 4;
  constexpr uint32_t kHeaderBytes = 54;
  std::string file = "BM";
  AppendLittleEndian(file, kHeaderBytes + row_bytes * height, 4);
  AppendLittleEndian(file, 0, 4);
  AppendLittleEndian(file, kHeaderBytes, 4);
  AppendLittleEndian(file, 40, 4);  // BITMAPINFOHEADER
  AppendLittleEndian(file, width, 4);
  AppendLittleEndian(file, height, 4);
  AppendLittleEndian(file, 1, 2);   // planes
  AppendLittleEndian(file, 24, 2);  // bits a pixel
  for (int i = 0; i < 6; ++i) AppendLittleEndian(file, 0, 4);
  for (uint32_t y = height; y-- > 0;) {
    for (uint32_t x = 0; x < width; ++x) {
      const size_t at = size_t{3} * (size_t{y} * width + x);
      for (const size_t c : {2, 1, 0}) {
        file += static_cast<char>(pixels[at + c]);
      }
    }
    file.append(row_bytes - 3 * width, '\0');
  }
  return file;
}

std::string MakeJpegClaiming(uint16_t width, uint16_t height) {
  std::string file = MakeJpeg(1, 32, 32);
  // SOF0: FF C0, length (2), precision (1), height (2), width (2).
  const size_t frame = file.find("\xFF\xC0");
  if (frame == std::string::npos) std::abort();
  file[frame + 5] = static_cast<char>(height >> 8);
  file[frame + 6] = static_cast<char>(height & 0xFF);
  file[frame + 7] = static_cast<char>(width >> 8);
  file[frame + 8] = static_cast<char>(width & 0xFF);
  return file;
}

}  // namespace hashvet::testing
