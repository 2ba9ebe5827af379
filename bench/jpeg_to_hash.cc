// How much longer is bytes-to-hash than the JPEG's grey decode alone?
//
//   jpeg_to_hash FILE [REPETITIONS]
//
// The baseline is libjpeg-turbo's own loop, straight to grey, each row into the
// same small buffer: nothing of ours, no full plane. The two run in turn, so a
// machine that slows down slows both; prints one JSON object with medians.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

// libjpeg's header needs size_t and FILE first.
#include <jpeglib.h>

#include "hashvet/base/mapped_file.h"
#include "hashvet/picture/hash_picture.h"

namespace {

double Seconds(auto&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
      .count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// REQUIRES: a good JPEG; libjpeg's default error handler ends the process.
size_t GreyDecodeAlone(const std::vector<std::byte>& bytes) {
  jpeg_error_mgr errors;
  jpeg_decompress_struct jpeg;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()),
               bytes.size());
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = JCS_GRAYSCALE;
  jpeg_start_decompress(&jpeg);
  std::vector<JSAMPLE> row(jpeg.output_width);
  JSAMPROW row_pointer = row.data();
  size_t sum = 0;
  while (jpeg.output_scanline < jpeg.output_height) {
    jpeg_read_scanlines(&jpeg, &row_pointer, 1);
    sum += row[0];
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: jpeg_to_hash FILE [REPETITIONS]\n");
    return 2;
  }
  const int repetitions = argc > 2 ? std::max(1, std::atoi(argv[2])) : 21;
  const auto bytes = hashvet::ReadFile(argv[1], size_t{64} << 20);
  if (!bytes.ok()) {
    std::fprintf(stderr, "%s\n", bytes.status().ToString().c_str());
    return 2;
  }
  std::vector<double> decode, hash, ratio;
  hashvet::PictureHashes hashes;
  size_t sum = 0;
  for (int i = 0; i < repetitions; ++i) {
    decode.push_back(Seconds([&] { sum += GreyDecodeAlone(*bytes); }));
    hash.push_back(Seconds([&] { hashes = hashvet::HashPicture(*bytes); }));
    if (hashes.outcome != hashvet::HashOutcome::kHashed) {
      std::fprintf(stderr, "%s\n", hashes.status.ToString().c_str());
      return 2;
    }
    ratio.push_back(hash.back() / decode.back());
  }
  std::printf(
      "{\"width\":%u,\"height\":%u,\"bytes\":%zu,\"repetitions\":%d,"
      "\"grey_decode_ms\":%.3f,\"to_hash_ms\":%.3f,\"ratio\":%.4f,"
      "\"quality\":%d,\"sum\":%zu}\n",
      hashes.width, hashes.height, bytes->size(), repetitions,
      1e3 * Median(decode), 1e3 * Median(hash), Median(ratio),
      hashes.pdq.quality, sum % 10);
}
