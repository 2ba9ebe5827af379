#include "hashvet/hashers/pdq.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/orientation.h"
#include "src/hashers/dct.h"
#include "src/hashers/downsample.h"
#include "src/hashers/pdq_plane.h"
#include "src/hashers/trim.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

using pdq::Coefficients;
using pdq::kCoefficientSide;
using pdq::kPlaneSide;
using pdq::Plane;

constexpr size_t kNnSide = 512;

// How much of one neighbour's step counts: percents of full contrast, cut to a
// whole number, so that a gentle gradient counts nothing.
int Step(float u, float v) {
  return std::abs(static_cast<int>((u - v) * 100 / 255));
}

int Quality(const Plane& plane) {
  int sum = 0;
  for (size_t k = 0; k + kPlaneSide < plane.size(); ++k) {
    sum += Step(plane[k], plane[k + kPlaneSide]);
  }
  for (size_t row = 0; row < plane.size(); row += kPlaneSide) {
    for (size_t k = row; k + 1 < row + kPlaneSide; ++k) {
      sum += Step(plane[k], plane[k + 1]);
    }
  }
  return std::min(100, sum / 90);  // the authors' scale
}

// Bit k is 1 where coefficient k is above the lower median: the 128th smallest
// of 256, so that exactly 128 bits are 1 unless some are equal to it.
Hash256 Threshold(const Coefficients& coefficients) {
  Coefficients sorted = coefficients;
  const auto middle = sorted.begin() + sorted.size() / 2 - 1;
  std::nth_element(sorted.begin(), middle, sorted.end());
  const float median = *middle;
  Hash256::Words words = {};
  for (size_t k = 0; k < coefficients.size(); ++k) {
    words[k / 64] |= static_cast<uint64_t>(coefficients[k] > median)
                     << (k % 64);
  }
  return Hash256(words);
}

// The coefficients of a mirrored picture: those of odd frequency (even index)
// along a mirrored axis change sign.
Coefficients Mirror(const Coefficients& coefficients, bool vertically,
                    bool horizontally) {
  Coefficients mirrored;
  for (size_t i = 0; i < kCoefficientSide; ++i) {
    for (size_t j = 0; j < kCoefficientSide; ++j) {
      const size_t k = kCoefficientSide * i + j;
      const bool negate =
          (vertically && i % 2 == 0) != (horizontally && j % 2 == 0);
      mirrored[k] = negate ? -coefficients[k] : coefficients[k];
    }
  }
  return mirrored;
}

// The hash of the coefficients' transpose. Its median is the same.
Hash256 Transpose(const Hash256& hash) {
  Hash256::Words words = {};
  for (size_t k = 0; k < Hash256::kBits; ++k) {
    const size_t from =
        k % kCoefficientSide * kCoefficientSide + k / kCoefficientSide;
    words[k / 64] |= static_cast<uint64_t>(hash.bit(from)) << (k % 64);
  }
  return Hash256(words);
}

template <size_t bytes>
void CopyPixels(const uint8_t* row, const std::vector<size_t>& columns,
                uint8_t* out) {
  for (const size_t column : columns) {
    std::memcpy(out, row + column * bytes, bytes);
    out += bytes;
  }
}

// The reference's file tool's first step: pixel (x * width / 512,
// y * height / 512) for each (x, y) of 512 x 512.
absl::StatusOr<PictureView> SampleNn512(const PictureView& picture,
                                        std::vector<uint8_t>& pixels) {
  const size_t stride = kNnSide * BytesPerPixel(picture.format());
  pixels.resize(kNnSide * stride);
  std::vector<size_t> columns(kNnSide);
  for (size_t x = 0; x < kNnSide; ++x)
    columns[x] = x * picture.width() / kNnSide;
  for (size_t y = 0; y < kNnSide; ++y) {
    const uint8_t* row =
        picture.row(static_cast<uint32_t>(y * picture.height() / kNnSide));
    uint8_t* out = pixels.data() + y * stride;
    switch (BytesPerPixel(picture.format())) {
      case 1:
        CopyPixels<1>(row, columns, out);
        break;
      case 3:
        CopyPixels<3>(row, columns, out);
        break;
      case 4:
        CopyPixels<4>(row, columns, out);
        break;
    }
  }
  return PictureView::Create(pixels.data(), kNnSide, kNnSide, stride,
                             picture.format());
}

struct Analysis {
  Coefficients coefficients;
  int quality;
};

Analysis AnalysisOf(const Plane& plane) {
  Analysis analysis;
  analysis.quality = Quality(plane);
  pdq::Transform(plane, analysis.coefficients);
  return analysis;
}

absl::StatusOr<Analysis> Analyse(const PictureView& picture, PdqVariant variant,
                                 uint32_t block = 1) {
  const kernels::Target* target = kernels::ActiveTarget();
  if (target == nullptr) {
    return absl::InvalidArgumentError(kernels::ActiveTargetError());
  }
  if (std::min(picture.width(), picture.height()) < kPdqMinSide) {
    return absl::InvalidArgumentError(absl::StrCat(
        "PDQ: got a picture of ", picture.width(), " x ", picture.height(),
        ", want sides of at least ", kPdqMinSide, " pixels"));
  }
  std::vector<uint8_t> sampled;
  PictureView source = picture;
  if (variant == PdqVariant::kNn512 &&
      std::max(picture.width(), picture.height()) > kNnSide) {
    HASHVET_ASSIGN_OR_RETURN(source, SampleNn512(picture, sampled));
  } else if (variant == PdqVariant::kTrimmed ||
             variant == PdqVariant::kTrimmedBlack) {
    source = pdq::Trimmed(picture, variant);
    if (std::min(source.width(), source.height()) < kPdqMinSide) {
      source = picture;
    }
  }
  Plane plane;
  HASHVET_RETURN_IF_ERROR(
      pdq::Downsample(source, *target->accumulate, plane, block));
  return AnalysisOf(plane);
}

PdqHashes HashesOf(const Analysis& analysis, PdqVariant variant) {
  PdqHashes hashes;
  hashes.variant = variant;
  hashes.quality = analysis.quality;
  // Four mirrorings have a median each; the other four orientations are their
  // transposes, which have the same.
  const auto set = [&](Orientation mirrored, Orientation transposed,
                       bool vertically, bool horizontally) {
    const Hash256 hash =
        Threshold(Mirror(analysis.coefficients, vertically, horizontally));
    hashes.orientations[static_cast<size_t>(mirrored)] = hash;
    hashes.orientations[static_cast<size_t>(transposed)] = Transpose(hash);
  };
  set(Orientation::kOriginal, Orientation::kFlipPlus1, false, false);
  set(Orientation::kFlipX, Orientation::kRotate270, true, false);
  set(Orientation::kFlipY, Orientation::kRotate90, false, true);
  set(Orientation::kRotate180, Orientation::kFlipMinus1, true, true);
  return hashes;
}

}  // namespace

PdqHashes pdq::HashesOfPlane(const Plane& plane, PdqVariant variant) {
  return HashesOf(AnalysisOf(plane), variant);
}

absl::StatusOr<PdqHash> ComputePdq(const PictureView& picture,
                                   PdqVariant variant) {
  HASHVET_ASSIGN_OR_RETURN(const Analysis analysis, Analyse(picture, variant));
  return PdqHash{Threshold(analysis.coefficients), analysis.quality};
}

bool Trims(const PictureView& picture, PdqVariant variant) {
  if (variant != PdqVariant::kTrimmed && variant != PdqVariant::kTrimmedBlack) {
    return false;
  }
  const PictureView trimmed = pdq::Trimmed(picture, variant);
  return (trimmed.width() != picture.width() ||
          trimmed.height() != picture.height()) &&
         std::min(trimmed.width(), trimmed.height()) >= kPdqMinSide;
}

absl::StatusOr<PdqHashes> ComputePdqOrientations(const PictureView& picture,
                                                 PdqVariant variant) {
  HASHVET_ASSIGN_OR_RETURN(const Analysis analysis, Analyse(picture, variant));
  return HashesOf(analysis, variant);
}

absl::StatusOr<PdqHashes> ComputePdqOrientationsOfMeans(
    const PictureView& means, uint32_t block) {
  const uint64_t side =
      uint64_t{std::max(means.width(), means.height())} * block;
  if (block == 0 || side > UINT32_MAX) {
    return absl::InvalidArgumentError(absl::StrCat(
        "PDQ: got means of blocks of ", block, " pixels each way and ", side,
        " pixels a side, want at least 1 and at most ", UINT32_MAX));
  }
  HASHVET_ASSIGN_OR_RETURN(const Analysis analysis,
                           Analyse(means, PdqVariant::kFull, block));
  return HashesOf(analysis, PdqVariant::kFull);
}

}  // namespace hashvet
