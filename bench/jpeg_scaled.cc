// What a JPEG decoded at a fraction of its size would save, and cost in bits.
//
//   jpeg_scaled FILE…
//
// libjpeg-turbo's own loop, to grey, at 8/8 (what hashvet does), 4/8, 2/8 and
// 1/8, in turn. The last computes nothing but each block's mean: what is left
// of its time is reading the file's bits, which every scale must. Distances are
// of PDQ on the scaled plane to PDQ on the full one. Prints a JSON object a
// file.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

// libjpeg's header needs size_t and FILE first.
#include <jpeglib.h>

#include "hashvet/base/mapped_file.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/pixels/picture.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::array<unsigned, 4> kEighths = {8, 4, 2, 1};
constexpr int kTurns = 11;

// REQUIRES: a good JPEG; libjpeg's default error handler ends the process.
hashvet::Picture Decode(const std::vector<std::byte>& bytes, unsigned eighths) {
  jpeg_error_mgr errors;
  jpeg_decompress_struct jpeg;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()),
               bytes.size());
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = JCS_GRAYSCALE;
  jpeg.scale_num = eighths;
  jpeg.scale_denom = 8;
  jpeg_start_decompress(&jpeg);
  hashvet::Picture grey = *hashvet::Picture::Create(
      jpeg.output_width, jpeg.output_height, hashvet::PixelFormat::kGrey8);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = grey.row(jpeg.output_scanline);
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  return grey;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const auto bytes = hashvet::ReadFile(argv[i], size_t{64} << 20);
    if (!bytes.ok()) return 2;
    std::array<std::vector<double>, kEighths.size()> times;
    std::array<hashvet::Hash256, kEighths.size()> hashes;
    uint32_t width = 0;
    uint32_t height = 0;
    for (int turn = 0; turn < kTurns; ++turn) {
      for (size_t s = 0; s < kEighths.size(); ++s) {
        const auto begin = Clock::now();
        const hashvet::Picture grey = Decode(*bytes, kEighths[s]);
        times[s].push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - begin)
                .count());
        const auto pdq = hashvet::ComputePdq(grey.view());
        if (!pdq.ok()) return 2;
        hashes[s] = pdq->hash;
        if (s == 0) width = grey.width(), height = grey.height();
      }
    }
    const double full_ms = Median(times[0]);
    std::printf("{\"width\": %u, \"height\": %u, \"bytes\": %zu", width, height,
                bytes->size());
    for (size_t s = 0; s < kEighths.size(); ++s) {
      std::printf(", \"%u/8\": {\"ms\": %.2f, \"times\": %.2f, \"bits\": %u}",
                  kEighths[s], Median(times[s]), full_ms / Median(times[s]),
                  hashvet::Distance(hashes[s], hashes[0]));
    }
    std::printf("}\n");
  }
}
