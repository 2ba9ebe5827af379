// Makes a picture of a wanted size from an installed photograph, for measuring.
//
//   make_photo IN OUT WIDTH HEIGHT QUALITY [progressive]
//       OUT's ending says which format; QUALITY is of those that have one.
//       Exit code 3 where no encoder for it is there

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "bench/photo_forms.h"
#include "tests/decode/gif_file.h"

#ifdef HASHVET_BENCH_HEIF
#include <libheif/heif.h>
#endif

namespace hashvet::bench {
namespace {

constexpr int kNoEncoder = 3;

bool WriteGif(const std::string& file, const cv::Mat& bgr) {
  cv::Mat rgb;
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  const Paletted few = ToPalette(
      {static_cast<uint32_t>(rgb.cols), static_cast<uint32_t>(rgb.rows),
       testing::Samples(rgb.datastart, rgb.dataend)});
  const auto width = static_cast<uint16_t>(rgb.cols);
  const auto height = static_cast<uint16_t>(rgb.rows);
  const testing::Bytes bytes = testing::MakeGif(
      {.width = width,
       .height = height,
       .palette = few.palette,
       .frames = {{.width = width, .height = height, .indices = few.indices}}});
  std::ofstream to(file, std::ios::binary);
  to.write(reinterpret_cast<const char*>(bytes.data()),
           static_cast<std::streamsize>(bytes.size()));
  return to.good();
}

// Of half the chroma each way, as cameras and web sites have it.
int WriteHeif([[maybe_unused]] const std::string& file,
              [[maybe_unused]] const cv::Mat& bgr, [[maybe_unused]] int quality,
              [[maybe_unused]] bool heic) {
#ifdef HASHVET_BENCH_HEIF
  const std::unique_ptr<heif_context, void (*)(heif_context*)> context(
      heif_context_alloc(), heif_context_free);
  heif_encoder* made = nullptr;
  if (heif_context_get_encoder_for_format(
          context.get(), heic ? heif_compression_HEVC : heif_compression_AV1,
          &made)
          .code != heif_error_Ok) {
    return kNoEncoder;
  }
  const std::unique_ptr<heif_encoder, void (*)(heif_encoder*)> encoder(
      made, heif_encoder_release);
  heif_encoder_set_lossy_quality(made, quality);
  if (!heic) heif_encoder_set_parameter_integer(made, "speed", 9);
  heif_image* created = nullptr;
  heif_image_create(bgr.cols, bgr.rows, heif_colorspace_RGB,
                    heif_chroma_interleaved_RGB, &created);
  const std::unique_ptr<const heif_image, void (*)(const heif_image*)> image(
      created, heif_image_release);
  heif_image_add_plane(created, heif_channel_interleaved, bgr.cols, bgr.rows,
                       8);
  int stride = 0;
  uint8_t* plane =
      heif_image_get_plane(created, heif_channel_interleaved, &stride);
  if (plane == nullptr) return 2;
  cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, plane, static_cast<size_t>(stride));
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  const bool written =
      heif_context_encode_image(context.get(), created, made, nullptr, nullptr)
              .code == heif_error_Ok &&
      heif_context_write_to_file(context.get(), file.c_str()).code ==
          heif_error_Ok;
  return written ? 0 : 2;
#else
  return kNoEncoder;
#endif
}

int Run(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr,
                 "usage: make_photo IN OUT WIDTH HEIGHT QUALITY "
                 "[progressive]\n");
    return 2;
  }
  const cv::Mat in = cv::imread(argv[1], cv::IMREAD_COLOR);
  const cv::Size size(std::atoi(argv[3]), std::atoi(argv[4]));
  if (in.empty() || size.width < 1 || size.height < 1) {
    std::fprintf(stderr, "make_photo: cannot read %s or bad size\n", argv[1]);
    return 2;
  }
  cv::Mat out;
  cv::resize(in, out, size, 0, 0, cv::INTER_CUBIC);
  const std::string file = argv[2];
  const int quality = std::atoi(argv[5]);
  if (file.ends_with(".gif")) return WriteGif(file, out) ? 0 : 2;
  if (file.ends_with(".avif")) return WriteHeif(file, out, quality, false);
  if (file.ends_with(".heic")) return WriteHeif(file, out, quality, true);
  std::vector<int> settings;
  if (file.ends_with(".jpg")) {
    const int progressive = argc > 6 && !std::strcmp(argv[6], "progressive");
    settings = {cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_JPEG_PROGRESSIVE,
                progressive};
  } else if (file.ends_with(".webp")) {
    settings = {cv::IMWRITE_WEBP_QUALITY, quality};
  }
  return cv::imwrite(file, out, settings) ? 0 : 2;
}

}  // namespace
}  // namespace hashvet::bench

int main(int argc, char** argv) { return hashvet::bench::Run(argc, argv); }
