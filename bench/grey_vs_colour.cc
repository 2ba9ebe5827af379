// How far do hashes move with the way a picture is decoded?
//
//   grey_vs_colour PATH…     files, or folders that are searched for pictures
//
// jpeg: straight to grey, as this library decodes it, against colour decoding
// with cv::imread's defaults and luma by PDQ's definition. Each picture is
// taken as it is where it is a JPEG, and, whole and in quarters, coded again at
// qualities 50, 75 and 90.
// others: PNG, BMP, TIFF and lossless WebP of the same pixels against those
// pixels themselves: identical, or not.
//
// Only pictures of PDQ quality 50 or more count. Prints one JSON object.

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <span>
#include <string>
#include <vector>

#include "hashvet/base/mapped_file.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/opencv/mat.h"
#include "hashvet/picture/hash_picture.h"

namespace {

using hashvet::HashOutcome;
using hashvet::kPdqMinQuality;

constexpr int kColour = cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION;

struct Tally {
  std::vector<uint32_t> whole;     // distances of JPEGs of whole pictures
  std::vector<uint32_t> quarters;  // and of quarters
  size_t other_quality = 0;
  size_t others = 0;
  size_t others_identical = 0;
  size_t not_hashed = 0;
};

std::vector<std::string> FilesUnder(int count, char** paths) {
  std::vector<std::string> files;
  for (int i = 0; i < count; ++i) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(paths[i], ignored)) {
      files.emplace_back(paths[i]);
      continue;
    }
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(paths[i], ignored)) {
      const std::string path = entry.path();
      if (entry.is_regular_file(ignored) && !entry.is_symlink(ignored) &&
          hashvet::FormatOfName(path) != hashvet::PictureFormat::kUnknown) {
        files.push_back(path);
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<uchar> Encoded(const char* ending, const cv::Mat& picture,
                           const std::vector<int>& options = {}) {
  std::vector<uchar> file;
  cv::imencode(ending, picture, file, options);
  return file;
}

hashvet::PictureHashes Hash(const std::vector<uchar>& file) {
  return hashvet::HashPicture(std::as_bytes(std::span(file)),
                              {.decode = {.apply_orientation = false}});
}

void CompareJpeg(const std::vector<uchar>& file,
                 std::vector<uint32_t>& distances, Tally& tally) {
  const cv::Mat colour = cv::imdecode(file, kColour);
  if (colour.empty()) return;
  const auto expected = hashvet::ComputePdq(colour);
  if (!expected.ok() || expected->quality < kPdqMinQuality) return;
  const hashvet::PictureHashes got = Hash(file);
  if (got.outcome != HashOutcome::kHashed) {
    ++tally.not_hashed;
    return;
  }
  distances.push_back(hashvet::Distance(got.pdq.hash(), expected->hash));
  tally.other_quality += got.pdq.quality != expected->quality;
}

void CompareOthers(const cv::Mat& picture, Tally& tally) {
  const auto expected = hashvet::ComputePdq(picture);
  if (!expected.ok() || expected->quality < kPdqMinQuality) return;
  for (const char* ending : {".png", ".bmp", ".tiff", ".webp"}) {
    const hashvet::PictureHashes got =
        Hash(Encoded(ending, picture,
                     ending == std::string(".webp")
                         ? std::vector{int{cv::IMWRITE_WEBP_QUALITY}, 101}
                         : std::vector<int>{}));
    ++tally.others;
    tally.others_identical += got.outcome == HashOutcome::kHashed &&
                              got.pdq.hash() == expected->hash &&
                              got.pdq.quality == expected->quality;
  }
}

void Measure(const std::string& path, Tally& tally) {
  const auto bytes = hashvet::ReadFile(path, size_t{64} << 20);
  if (!bytes.ok()) return;
  const auto* begin = reinterpret_cast<const uchar*>(bytes->data());
  const std::vector<uchar> file(begin, begin + bytes->size());
  if (hashvet::Sniff(*bytes) == hashvet::PictureFormat::kJpeg) {
    CompareJpeg(file, tally.whole, tally);
  }
  const cv::Mat whole = cv::imdecode(file, kColour);
  if (whole.empty() || std::min(whole.cols, whole.rows) < 128) return;
  CompareOthers(whole, tally);
  const cv::Size half(whole.cols / 2, whole.rows / 2);
  std::vector<cv::Mat> parts = {whole};
  for (const int x : {0, half.width}) {
    for (const int y : {0, half.height}) {
      parts.push_back(whole(cv::Rect(cv::Point(x, y), half)));
    }
  }
  for (const cv::Mat& part : parts) {
    std::vector<uint32_t>& distances =
        part.size() == whole.size() ? tally.whole : tally.quarters;
    for (const int quality : {50, 75, 90}) {
      CompareJpeg(Encoded(".jpg", part, {cv::IMWRITE_JPEG_QUALITY, quality}),
                  distances, tally);
    }
  }
}

struct Spread {
  size_t count = 0;
  uint32_t median = 0;
  uint32_t p99 = 0;
  uint32_t most = 0;
};

Spread SpreadOf(std::vector<uint32_t> distances) {
  if (distances.empty()) return {};
  std::sort(distances.begin(), distances.end());
  // The smallest value that at least so many of a hundred do not exceed.
  const auto percentile = [&](size_t percent) {
    return distances[(distances.size() * percent + 99) / 100 - 1];
  };
  return {distances.size(), percentile(50), percentile(99), distances.back()};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: grey_vs_colour PATH...\n");
    return 2;
  }
  Tally tally;
  for (const std::string& path : FilesUnder(argc - 1, argv + 1)) {
    Measure(path, tally);
  }
  if (tally.whole.empty()) {
    std::fprintf(stderr, "no picture of quality %d or more\n", kPdqMinQuality);
    return 1;
  }
  const Spread whole = SpreadOf(tally.whole);
  const Spread quarters = SpreadOf(tally.quarters);
  std::printf(
      "{\"jpegs\": %zu, \"median_bits\": %u, \"p99_bits\": %u, "
      "\"max_bits\": %u, \"quarters\": %zu, \"quarters_median_bits\": %u, "
      "\"quarters_p99_bits\": %u, \"quarters_max_bits\": %u, "
      "\"other_quality\": %zu, \"not_hashed\": %zu, \"others\": %zu, "
      "\"others_identical\": %zu}\n",
      whole.count, whole.median, whole.p99, whole.most, quarters.count,
      quarters.median, quarters.p99, quarters.most, tally.other_quality,
      tally.not_hashed, tally.others, tally.others_identical);
  return 0;
}
