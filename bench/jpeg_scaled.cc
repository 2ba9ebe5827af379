// What a JPEG decoded in part would save, and cost in bits.
//
//   jpeg_scaled FILE…
//
// Of the file's coefficients, coded anew in one scan and in several: its own
// order does not matter. libjpeg-turbo's own loop to grey, then PDQ, by turns;
// processor time:
//
//   8/8            the whole picture: what hashvet does
//   4/8, 2/8, 1/8  each block at a fraction of its size, hashed as if that were
//                  the picture; the last computes a block's mean and no more
//   …, in place    the same, each scaled pixel weighed by the weights of the
//                  pixels it stands for, so that no sample moves
//   scans 1, 2 …   of a progressive file, shown after so many scans
//   all scans      what that compares with
//
// What is left of 1/8's time is reading the file's bits, which every scale
// must. Distances are to the hash of the whole picture. Prints a JSON object a
// file; a file that is no JPEG in grey or YCbCr prints nothing.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

// libjpeg's header needs size_t and FILE first.
#include <jpeglib.h>

#include "hashvet/base/mapped_file.h"
#include "hashvet/decode/sniff.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/pixels/picture.h"
#include "src/hashers/downsample.h"

namespace {

using hashvet::Picture;
using Bytes = std::vector<std::byte>;

constexpr int kTurns = 5;
constexpr int kMaxScans = 5;  // of the ten that libjpeg's own script makes

// REQUIRES: a good JPEG; libjpeg's default error handler ends the process.
class Reader {
 public:
  explicit Reader(const Bytes& bytes) {
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()),
                 bytes.size());
    jpeg_read_header(&jpeg, TRUE);
  }
  ~Reader() { jpeg_destroy_decompress(&jpeg); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Picture ReadRows() {
    Picture grey = *Picture::Create(jpeg.output_width, jpeg.output_height,
                                    hashvet::PixelFormat::kGrey8);
    while (jpeg.output_scanline < jpeg.output_height) {
      JSAMPROW row = grey.row(jpeg.output_scanline);
      jpeg_read_scanlines(&jpeg, &row, 1);
    }
    return grey;
  }

  jpeg_error_mgr errors;
  jpeg_decompress_struct jpeg;
};

Picture Scaled(const Bytes& bytes, unsigned eighths) {
  Reader reader(bytes);
  reader.jpeg.out_color_space = JCS_GRAYSCALE;
  reader.jpeg.scale_num = eighths;
  reader.jpeg.scale_denom = 8;
  jpeg_start_decompress(&reader.jpeg);
  return reader.ReadRows();
}

// After so many scans; 0 means all.
Picture AfterScans(const Bytes& bytes, int scans) {
  Reader reader(bytes);
  reader.jpeg.out_color_space = JCS_GRAYSCALE;
  if (scans == 0) {
    jpeg_start_decompress(&reader.jpeg);
    return reader.ReadRows();
  }
  reader.jpeg.buffered_image = TRUE;
  reader.jpeg.do_block_smoothing = FALSE;
  jpeg_start_decompress(&reader.jpeg);
  while (reader.jpeg.input_scan_number <= scans &&
         !jpeg_input_complete(&reader.jpeg)) {
    if (jpeg_consume_input(&reader.jpeg) == JPEG_SUSPENDED) break;
  }
  jpeg_start_output(&reader.jpeg, scans);
  return reader.ReadRows();
}

// The same coefficients in one scan, or in libjpeg's own order of scans.
Bytes Recoded(const Bytes& bytes, bool progressive) {
  Reader reader(bytes);
  jvirt_barray_ptr* const coefficients = jpeg_read_coefficients(&reader.jpeg);
  jpeg_error_mgr errors;
  jpeg_compress_struct out;
  out.err = jpeg_std_error(&errors);
  jpeg_create_compress(&out);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&out, &memory, &size);
  jpeg_copy_critical_parameters(&reader.jpeg, &out);
  out.optimize_coding = TRUE;
  if (progressive) jpeg_simple_progression(&out);
  jpeg_write_coefficients(&out, coefficients);
  jpeg_finish_compress(&out);
  jpeg_destroy_compress(&out);
  const auto* const begin = reinterpret_cast<const std::byte*>(memory);
  Bytes coded(begin, begin + size);
  std::free(memory);
  return coded;
}

// One axis: what each sample takes of each scaled pixel.
struct Folded {
  Folded(uint32_t side, uint32_t scaled_side, uint32_t pixels)
      : weights(hashvet::pdq::kPlaneSide, std::vector<double>(scaled_side)) {
    const hashvet::pdq::Bands bands(side);
    for (size_t s = 0; s < weights.size(); ++s) {
      const float* const from = bands.weights().data() + bands.offsets()[s];
      for (uint32_t i = 0; i < bands.counts()[s]; ++i) {
        const uint32_t at = (bands.firsts()[s] + i) / pixels;
        weights[s][std::min(at, scaled_side - 1)] +=
            static_cast<double>(from[i]) / bands.scale();
      }
      const auto taken = [](double weight) { return weight != 0; };
      first.push_back(static_cast<size_t>(
          std::ranges::find_if(weights[s], taken) - weights[s].begin()));
      last.push_back(static_cast<size_t>(
          weights[s].rend() -
          std::find_if(weights[s].rbegin(), weights[s].rend(), taken)));
    }
  }
  std::vector<std::vector<double>> weights;
  std::vector<size_t> first, last;  // a half-open range
};

hashvet::PdqHash HashOf(const Picture& picture) {
  return *hashvet::ComputePdq(picture.view());
}

hashvet::PdqHash HashInPlace(const Picture& scaled, uint32_t width,
                             uint32_t height, unsigned eighths) {
  const Folded columns(width, scaled.width(), 8 / eighths);
  const Folded rows(height, scaled.height(), 8 / eighths);
  // 64 x 64 lumas are hashed as they are.
  constexpr size_t kSide = hashvet::pdq::kPlaneSide;
  Picture plane = *Picture::Create(kSide, kSide, hashvet::PixelFormat::kLuma32);
  std::vector<double> blended(scaled.width());
  for (size_t s = 0; s < kSide; ++s) {
    std::ranges::fill(blended, 0.0);
    for (size_t y = rows.first[s]; y < rows.last[s]; ++y) {
      const uint8_t* const row = scaled.view().row(static_cast<uint32_t>(y));
      for (size_t x = 0; x < blended.size(); ++x) {
        blended[x] += rows.weights[s][y] * row[x];
      }
    }
    auto* const out =
        reinterpret_cast<float*>(plane.row(static_cast<uint32_t>(s)));
    for (size_t t = 0; t < kSide; ++t) {
      double sum = 0;
      for (size_t x = columns.first[t]; x < columns.last[t]; ++x) {
        sum += columns.weights[t][x] * blended[x];
      }
      out[t] = static_cast<float>(sum);
    }
  }
  return HashOf(plane);
}

double ProcessorMs() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 +
         static_cast<double>(now.tv_nsec) * 1e-6;
}

struct Way {
  std::string name;
  std::string against;  // whose time and hash it is held to
  std::function<hashvet::PdqHash()> work;
  std::vector<double> times;
  hashvet::PdqHash hash;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Measure(const Bytes& bytes) {
  uint32_t width = 0, height = 0;
  {
    Reader reader(bytes);
    if (reader.jpeg.jpeg_color_space != JCS_YCbCr &&
        reader.jpeg.jpeg_color_space != JCS_GRAYSCALE) {
      return;
    }
    width = reader.jpeg.image_width;
    height = reader.jpeg.image_height;
  }
  const Bytes baseline = Recoded(bytes, false);
  const Bytes progressive = Recoded(bytes, true);
  std::vector<Way> ways;
  ways.push_back({"8/8", "8/8", [&] { return HashOf(Scaled(baseline, 8)); }});
  for (const unsigned eighths : {4u, 2u, 1u}) {
    const std::string name = std::to_string(eighths) + "/8";
    ways.push_back({name, "8/8", [&, eighths] {
                      return HashOf(Scaled(baseline, eighths));
                    }});
    ways.push_back({name + ", in place", "8/8", [&, eighths] {
                      return HashInPlace(Scaled(baseline, eighths), width,
                                         height, eighths);
                    }});
  }
  ways.push_back({"all scans", "all scans",
                  [&] { return HashOf(AfterScans(progressive, 0)); }});
  for (int scans = 1; scans <= kMaxScans; ++scans) {
    ways.push_back({"scans " + std::to_string(scans), "all scans", [&, scans] {
                      return HashOf(AfterScans(progressive, scans));
                    }});
  }
  for (int turn = 0; turn < kTurns; ++turn) {
    for (Way& way : ways) {
      const double begin = ProcessorMs();
      way.hash = way.work();
      way.times.push_back(ProcessorMs() - begin);
    }
  }
  std::map<std::string, const Way*> by_name;
  for (const Way& way : ways) by_name[way.name] = &way;
  std::printf("{\"width\": %u, \"height\": %u, \"bytes\": %zu, \"quality\": %d",
              width, height, baseline.size(), ways[0].hash.quality);
  for (const Way& way : ways) {
    const Way& whole = *by_name[way.against];
    std::printf(", \"%s\": {\"ms\": %.2f, \"times\": %.3f, \"bits\": %u}",
                way.name.c_str(), Median(way.times),
                Median(whole.times) / Median(way.times),
                hashvet::Distance(way.hash.hash, whole.hash.hash));
  }
  std::printf("}\n");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const auto bytes = hashvet::ReadFile(argv[i], size_t{64} << 20);
    if (!bytes.ok()) return 2;
    if (hashvet::Sniff(*bytes) != hashvet::PictureFormat::kJpeg) continue;
    Measure(*bytes);
  }
}
