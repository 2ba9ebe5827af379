// OpenCV's img_hash and ours: the same pictures, the same pixels, one thread,
// by turns. The library itself links no img_hash; this program does.
//
//   opencv_kinds PICTURE…
//   opencv_kinds --vectors > tests/hashers/opencv_known_answers.inc
//
// Compares every picture that OpenCV reads, as colour and as grey, then times a
// synthetic one. Prints one JSON object: for each kind the pictures compared,
// those that differ, the bits that do, and apart from these the bits at ties
// (Marr-Hildreth's alone: see TiedBits); and the medians of the times. Exits 1
// when a bit differs that is not at a tie.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/img_hash.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "hashvet/hashers/kind_hasher.h"
#include "tests/support/scenes.h"

namespace {

using hashvet::HashKind;
using Clock = std::chrono::steady_clock;

struct Peer {
  HashKind kind;
  cv::Ptr<cv::img_hash::ImgHashBase> hasher;
};

std::vector<Peer> Peers() {
  return {
      {HashKind::kPhash64OpenCv, cv::img_hash::PHash::create()},
      {HashKind::kBlockMean256OpenCv, cv::img_hash::BlockMeanHash::create(0)},
      {HashKind::kBlockMean968OpenCv, cv::img_hash::BlockMeanHash::create(1)},
      {HashKind::kMarrHildreth576OpenCv,
       cv::img_hash::MarrHildrethHash::create()}};
}

hashvet::PictureView ViewOf(const cv::Mat& picture) {
  return *hashvet::PictureView::Create(
      picture.data, static_cast<uint32_t>(picture.cols),
      static_cast<uint32_t>(picture.rows), picture.step[0],
      picture.channels() == 1 ? hashvet::PixelFormat::kGrey8
                              : hashvet::PixelFormat::kBgr8);
}

std::vector<uint8_t> Theirs(const Peer& peer, const cv::Mat& picture) {
  cv::Mat hash;
  peer.hasher->compute(picture, hash);
  return {hash.ptr<uint8_t>(0), hash.ptr<uint8_t>(0) + hash.total()};
}

std::vector<uint8_t> Ours(HashKind kind, const cv::Mat& picture) {
  return hashvet::KindHasher(ViewOf(picture))
      .Compute(kind, /*all_orientations=*/false)
      ->front()
      .ToBytes();
}

// The bits, first to last, that a Marr-Hildreth block's sum decides which is
// its group's mean but for less than OpenCV's own rounding: it filters in float
// through a Fourier transform, whose error is some millionth of the largest
// sum, so over one plain colour its bits are the signs of that error. Here the
// same in double.
std::vector<bool> TiedBits(const cv::Mat& picture) {
  cv::Mat grey = picture, plane, filtered;
  if (picture.channels() == 3) cv::cvtColor(picture, grey, cv::COLOR_BGR2GRAY);
  cv::GaussianBlur(grey, plane, {7, 7}, 0);
  cv::resize(plane, plane, {512, 512}, 0, 0, cv::INTER_CUBIC);
  cv::equalizeHist(plane, plane);
  cv::Mat kernel(17, 17, CV_64F);
  for (int y = 0; y < 17; ++y) {
    for (int x = 0; x < 17; ++x) {
      const double a = ((x - 8) * (x - 8) + (y - 8) * (y - 8)) / 4.0;
      kernel.at<double>(y, x) = (2 - a) * std::exp(a / 2);
    }
  }
  plane.convertTo(plane, CV_64F);
  cv::filter2D(plane, filtered, CV_64F, kernel);
  cv::Mat blocks(31, 31, CV_64F);
  for (int r = 0; r < 31; ++r) {
    for (int c = 0; c < 31; ++c) {
      blocks.at<double>(r, c) = cv::sum(filtered({16 * r, 16 * c, 16, 16}))[0];
    }
  }
  double least = 0, most = 0;
  cv::minMaxLoc(blocks, &least, &most);
  const double rounding = 2e-6 * std::max(std::abs(least), std::abs(most));
  std::vector<bool> tied;
  for (int r = 0; r < 29; r += 4) {
    for (int c = 0; c < 29; c += 4) {
      const cv::Mat group = blocks({c, r, 3, 3});
      const double mean = cv::sum(group)[0] / 9;
      for (int k = 0; k < 9; ++k) {
        tied.push_back(std::abs(group.at<double>(k / 3, k % 3) - mean) <=
                       rounding);
      }
    }
  }
  return tied;
}

struct Compared {
  int pictures = 0;
  int different = 0;
  int bits = 0;
  int bits_at_ties = 0;
};

void Compare(const Peer& peer, const cv::Mat& picture, Compared& compared) {
  const std::vector<uint8_t> theirs = Theirs(peer, picture);
  const std::vector<uint8_t> ours = Ours(peer.kind, picture);
  int bits = theirs.size() == ours.size() ? 0 : 8;
  std::vector<bool> tied;
  if (peer.kind == HashKind::kMarrHildreth576OpenCv && theirs != ours) {
    tied = TiedBits(picture);
  }
  for (size_t i = 0; i < 8 * std::min(theirs.size(), ours.size()); ++i) {
    if (((theirs[i / 8] ^ ours[i / 8]) >> (7 - i % 8) & 1) == 0) continue;
    ++(i < tied.size() && tied[i] ? compared.bits_at_ties : bits);
  }
  ++compared.pictures;
  compared.different += bits > 0;
  compared.bits += bits;
}

// What OpenCV says of scenes in colour: kind, seed, width, height, hash.
void PrintVectors() {
  std::printf(
      "// What OpenCV %s's img_hash says of the scenes of "
      "tests/support/scenes.h, in\n// colour: kind, seed, width, height, hash. "
      "Made by bench/opencv_kinds.cc.\n",
      CV_VERSION);
  constexpr struct {
    uint32_t seed, width, height;
  } kScenes[] = {{1, 5, 5},     {3, 64, 64},     {4, 40, 30},
                 {5, 300, 200}, {7, 515, 333},   {8, 33, 900},
                 {9, 900, 33},  {10, 1000, 700}, {12, 256, 256}};
  for (const auto& at : kScenes) {
    const hashvet::Picture scene =
        hashvet::testing::MakeScene(at.seed, at.width, at.height);
    cv::Mat bgr;
    cv::cvtColor(
        cv::Mat(static_cast<int>(at.height), static_cast<int>(at.width),
                CV_8UC3, const_cast<uint8_t*>(scene.view().row(0))),
        bgr, cv::COLOR_RGB2BGR);
    for (const Peer& peer : Peers()) {
      if (peer.kind == HashKind::kMarrHildreth576OpenCv &&
          std::ranges::count(TiedBits(bgr), true) > 0) {
        continue;  // OpenCV's rounding decides
      }
      std::printf("{\"%s\", %u, %u, %u,\n \"",
                  std::string(NameOf(peer.kind)).c_str(), at.seed, at.width,
                  at.height);
      for (const uint8_t byte : Theirs(peer, bgr)) std::printf("%02x", byte);
      std::printf("\"},\n");
    }
  }
}

double MedianMs(const std::function<void()>& work) {
  std::vector<double> times;
  for (int turn = 0; turn < 15; ++turn) {
    const auto begin = Clock::now();
    for (int i = 0; i < 5; ++i) work();
    times.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - begin)
            .count() /
        5);
  }
  std::nth_element(times.begin(), times.begin() + 7, times.end());
  return times[7];
}

}  // namespace

int main(int argc, char** argv) {
  cv::setNumThreads(1);
  if (argc == 2 && std::string(argv[1]) == "--vectors") {
    PrintVectors();
    return 0;
  }
  const std::vector<Peer> peers = Peers();
  std::map<HashKind, Compared> compared;
  for (int i = 1; i < argc; ++i) {
    const cv::Mat colour = cv::imread(argv[i]);
    if (colour.empty() || std::min(colour.cols, colour.rows) < 5) continue;
    cv::Mat grey;
    cv::cvtColor(colour, grey, cv::COLOR_BGR2GRAY);
    for (const Peer& peer : peers) {
      Compare(peer, colour, compared[peer.kind]);
      Compare(peer, grey, compared[peer.kind]);
    }
  }
  const hashvet::Picture scene =
      hashvet::testing::ToGrey8(hashvet::testing::MakeScene(1, 1600, 1004));
  const cv::Mat timed(1004, 1600, CV_8UC1,
                      const_cast<uint8_t*>(scene.view().row(0)));
  bool same = true;
  std::printf("{\"opencv\": \"%s\", \"rows\": [", CV_VERSION);
  for (size_t p = 0; p < peers.size(); ++p) {
    const Peer& peer = peers[p];
    const Compared& row = compared[peer.kind];
    same &= row.bits == 0;
    const double theirs_ms = MedianMs([&] { (void)Theirs(peer, timed); });
    const double ours_ms = MedianMs([&] { (void)Ours(peer.kind, timed); });
    std::printf(
        "%s{\"kind\": \"%s\", \"pictures\": %d, \"different\": %d, \"bits\": "
        "%d, \"bits_at_ties\": %d, \"opencv_ms\": %.4f, \"ours_ms\": %.4f}",
        p == 0 ? "" : ", ", std::string(NameOf(peer.kind)).c_str(),
        row.pictures, row.different, row.bits, row.bits_at_ties, theirs_ms,
        ours_ms);
  }
  std::printf("]}\n");
  return same ? 0 : 1;
}
