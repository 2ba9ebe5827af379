// The far side of bench/evidence/robustness.py: opens and draws pictures,
// transforms them and hashes them, one at a time, in the script's process.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <opencv2/img_hash.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "bench/robustness/transforms.h"
#include "hashvet/hash/text.h"
#include "hashvet/hashers/crop_resistant.h"
#include "hashvet/hashers/kind_hasher.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/opencv/compared_hashes.h"
#include "hashvet/opencv/mat.h"
#include "tests/support/benign_pictures.h"

#define HASHVET_PEER extern "C" __attribute__((visibility("default")))

namespace {

using hashvet::robustness::Drawn;

cv::Mat scene;  // 8-bit BGR
cv::Mat shown;  // it, transformed

// As a viewer shows it, over white.
cv::Mat Flattened(const cv::Mat& picture) {
  cv::Mat out;
  if (picture.channels() == 1) {
    cv::cvtColor(picture, out, cv::COLOR_GRAY2BGR);
  } else if (picture.channels() == 4) {
    out.create(picture.size(), CV_8UC3);
    for (int y = 0; y < picture.rows; ++y) {
      for (int x = 0; x < picture.cols; ++x) {
        const cv::Vec4b pixel = picture.at<cv::Vec4b>(y, x);
        for (int c = 0; c < 3; ++c) {
          out.at<cv::Vec3b>(y, x)[c] = static_cast<uchar>(
              (pixel[c] * pixel[3] + 255 * (255 - pixel[3]) + 127) / 255);
        }
      }
    }
  } else {
    out = picture;
  }
  return out;
}

const std::vector<Drawn>& AllDrawn() {
  static const std::vector<Drawn> all = [] {
    std::vector<Drawn> drawn = hashvet::robustness::DrawnPictures();
    for (auto& benign : hashvet::testing::BenignPictures()) {
      const auto view = benign.picture.view();
      const cv::Mat grey(static_cast<int>(view.height()),
                         static_cast<int>(view.width()), CV_8UC1,
                         const_cast<uint8_t*>(view.row(0)));
      drawn.push_back({benign.name, "benign_panel", Flattened(grey.clone())});
    }
    return drawn;
  }();
  return all;
}

void Append(std::string& text, const char* kind, const cv::Mat& hash) {
  constexpr char kDigits[] = "0123456789abcdef";
  text += kind;
  text += ' ';
  for (size_t i = 0; i < hash.total(); ++i) {
    const uchar byte = hash.ptr<uchar>(0)[i];
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  text += '\n';
}

// 0, or 1 where there is no room.
int Give(const std::string& text, char* out, size_t size) {
  if (text.size() >= size) return 1;
  std::memcpy(out, text.c_str(), text.size() + 1);
  return 0;
}

}  // namespace

// Opens a picture as the scene, its longer side at most `max_side`. 0, or 1
// when it is none.
HASHVET_PEER int hashvet_scene_open(const char* path, int max_side) try {
  scene.release();
  const cv::Mat picture = cv::imread(path, cv::IMREAD_UNCHANGED);
  if (picture.empty() || picture.depth() != CV_8U) return 1;
  scene = Flattened(picture);
  const double scale =
      static_cast<double>(max_side) / std::max(scene.cols, scene.rows);
  if (scale < 1) {
    cv::Mat smaller;
    cv::resize(scene, smaller, {}, scale, scale, cv::INTER_AREA);
    scene = smaller;
  }
  shown = scene;
  return std::min(scene.cols, scene.rows) < 64 ? 1 : 0;
} catch (const cv::Exception&) {
  return 1;
}

HASHVET_PEER int hashvet_drawn_count() {
  return static_cast<int>(AllDrawn().size());
}
HASHVET_PEER const char* hashvet_drawn_name(int i) {
  return AllDrawn()[static_cast<size_t>(i)].name.c_str();
}
HASHVET_PEER const char* hashvet_drawn_kind(int i) {
  return AllDrawn()[static_cast<size_t>(i)].kind.c_str();
}
HASHVET_PEER void hashvet_drawn_open(int i) {
  shown = scene = AllDrawn()[static_cast<size_t>(i)].picture;
}

HASHVET_PEER int hashvet_transform_count() {
  return static_cast<int>(hashvet::robustness::Transforms().size());
}
HASHVET_PEER const char* hashvet_transform_name(int i) {
  return hashvet::robustness::Transforms()[static_cast<size_t>(i)].name;
}
HASHVET_PEER const char* hashvet_transform_recipe(int i) {
  return hashvet::robustness::Transforms()[static_cast<size_t>(i)].recipe;
}
// The scene, transformed, is what hashing and pixels are about. 0, or 1.
HASHVET_PEER int hashvet_transform_apply(int i, uint32_t seed) try {
  shown = hashvet::robustness::Transforms()[static_cast<size_t>(i)].apply(scene,
                                                                          seed);
  return shown.empty() ? 1 : 0;
} catch (const cv::Exception&) {
  return 1;
}

// Blue, green, red, without gaps.
HASHVET_PEER const uint8_t* hashvet_pixels(int* width, int* height) {
  if (!shown.isContinuous()) shown = shown.clone();
  *width = shown.cols;
  *height = shown.rows;
  return shown.data;
}

// Writes "quality N", then a line for each kind: its name, then the hex of the
// orientations. Kinds that only OpenCV computes end in -peer and have one.
// Returns 0, or 1 when the text has no room or the picture is refused.
HASHVET_PEER int hashvet_hash_shown(char* out, size_t size) try {
  const cv::Mat picture = shown;
  const auto view = hashvet::PictureView::Create(
      picture.data, static_cast<uint32_t>(picture.cols),
      static_cast<uint32_t>(picture.rows), picture.step[0],
      hashvet::PixelFormat::kBgr8);
  if (!view.ok()) return 1;
  std::string text;
  // Asking with several variants: each line has the full hash's orientations
  // first, then the others'.
  const auto full = hashvet::ComputePdqOrientations(*view);
  if (!full.ok()) return 1;
  text = "quality " + std::to_string(full->quality) + "\n";
  const auto line = [&](const char* name,
                        std::initializer_list<hashvet::PdqVariant> more) {
    text += name;
    for (const auto& hash : full->orientations) text += " " + ToHex(hash);
    for (const hashvet::PdqVariant variant : more) {
      const auto pdq = hashvet::ComputePdqOrientations(*view, variant);
      if (!pdq.ok()) continue;
      for (const auto& hash : pdq->orientations) text += " " + ToHex(hash);
    }
    text += '\n';
  };
  using enum hashvet::PdqVariant;
  line("pdq", {});
  line("pdq+nn512", {kNn512});
  line("pdq+trimmed_black", {kTrimmedBlack});
  line("pdq+trimmed", {kTrimmed});
  hashvet::KindHasher hasher(*view);
  for (const hashvet::HashKindInfo& info : hashvet::AllHashKinds()) {
    if (!hashvet::IsHashedFromPixels(info.kind)) continue;
    const auto values = hasher.Compute(info.kind);
    if (!values.ok()) return 1;
    text += std::string(info.name);
    for (const auto& value : *values) text += " " + ToHex(value);
    text += '\n';
  }
  cv::Mat hash;
  cv::img_hash::averageHash(picture, hash);
  Append(text, "ahash64-opencv-peer", hash);
  return Give(text, out, size);
} catch (const cv::Exception&) {
  return 1;
}

// The hashes that are compared and not indexed, a line each: the name, then
// segments' hex, one hex, or numbers between commas; the name alone where the
// picture has none.
HASHVET_PEER int hashvet_compared_shown(char* out, size_t size) {
  const auto view = hashvet::ViewOf(shown);
  if (!view.ok()) return 1;
  std::string text = "crop-resistant";
  if (const auto segments = hashvet::ComputeCropResistant(*view);
      segments.ok()) {
    text += " " + hashvet::SegmentsToText(*segments);
  }
  text += "\nradialvariance40-opencv";
  if (const auto radial = hashvet::ComputeRadialVariance(shown); radial.ok()) {
    text += " " + ToHex(*radial);
  }
  text += "\ncolourmoment42-opencv";
  if (const auto moments = hashvet::ComputeColourMoments(shown); moments.ok()) {
    text += " " + ToText(*moments);
  }
  return Give(text + "\n", out, size);
}

// OpenCV's own code for the kinds that ours follow: the name, then the hex.
HASHVET_PEER int hashvet_opencv_shown(char* out, size_t size) try {
  std::string text;
  cv::Mat hash;
  cv::img_hash::pHash(shown, hash);
  Append(text, "phash64-opencv", hash);
  cv::img_hash::blockMeanHash(shown, hash,
                              cv::img_hash::BLOCK_MEAN_HASH_MODE_0);
  Append(text, "blockmean256-opencv", hash);
  cv::img_hash::blockMeanHash(shown, hash,
                              cv::img_hash::BLOCK_MEAN_HASH_MODE_1);
  Append(text, "blockmean968-opencv", hash);
  cv::img_hash::marrHildrethHash(shown, hash);
  Append(text, "marrhildreth576-opencv", hash);
  return Give(text, out, size);
} catch (const cv::Exception&) {
  return 1;
}

// What each further way of asking with PDQ adds to hashing what is shown in
// eight orientations, as shares of that time: nn512, trimmed_black and trimmed,
// in this order. Of each the fastest of `runs`, by turns, so that other work on
// the machine falls on all. 0, or 1 when the picture is refused.
HASHVET_PEER int hashvet_time_added(int runs, double* added) {
  const auto view = hashvet::ViewOf(shown);
  if (!view.ok()) return 1;
  using enum hashvet::PdqVariant;
  constexpr hashvet::PdqVariant kMore[] = {kNn512, kTrimmedBlack, kTrimmed};
  constexpr double kNever = std::numeric_limits<double>::infinity();
  double hashed = kNever;
  double fastest[] = {kNever, kNever, kNever};
  int refused = 0;
  const auto time = [&](double& best, auto work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - began;
    best = std::min(best, took.count());
  };
  const auto hash = [&](hashvet::PdqVariant variant) {
    refused |= hashvet::ComputePdqOrientations(*view, variant).ok() ? 0 : 1;
  };
  for (int run = 0; run < runs; ++run) {
    time(hashed, [&] { hash(kFull); });
    for (size_t i = 0; i < std::size(kMore); ++i) {
      const hashvet::PdqVariant variant = kMore[i];
      time(fastest[i], [&] {
        if (variant == kNn512 || hashvet::Trims(*view, variant)) hash(variant);
      });
    }
  }
  for (size_t i = 0; i < std::size(kMore); ++i) added[i] = fastest[i] / hashed;
  return refused;
}
