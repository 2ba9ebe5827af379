#include "hashvet/opencv/compared_hashes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <opencv2/core.hpp>
#include <opencv2/img_hash.hpp>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/opencv/mat.h"

namespace hashvet {
namespace {

constexpr std::string_view kRadial = "radialvariance40-opencv";
constexpr std::string_view kMoments = "colourmoment42-opencv";

absl::Status Refused(std::string_view hash, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(hash), ": ", why));
}

// What `hasher` says of the picture: one row of `want` values.
absl::StatusOr<cv::Mat> HashOf(std::string_view name, const cv::Mat& mat,
                               cv::img_hash::ImgHashBase& hasher, int type,
                               size_t want) {
  HASHVET_RETURN_IF_ERROR(ViewOf(mat).status());
  if (mat.depth() != CV_8U) {
    return Refused(name, "got a cv::Mat of floats, want CV_8UC1 or CV_8UC3");
  }
  if (std::min(mat.cols, mat.rows) < kMinComparedSide) {
    return Refused(name, absl::StrCat("got a picture of ", mat.cols, " x ",
                                      mat.rows, ", want sides of at least ",
                                      kMinComparedSide, " pixels"));
  }
  cv::Mat hash;
  try {
    hasher.compute(mat, hash);
  } catch (const std::exception&) {  // its text may quote paths of a build
    return absl::InternalError(
        absl::StrCat(ToAbsl(name), ": OpenCV threw an exception"));
  }
  if (hash.type() != type || hash.total() != want || !hash.isContinuous()) {
    return absl::InternalError(
        absl::StrCat(ToAbsl(name), ": OpenCV's result has another form"));
  }
  return hash;
}

// Of one colour. OpenCV's lines end in zeros where they leave the picture, so
// that its hash of a plain colour is of these ends.
bool IsPlain(const cv::Mat& mat) {
  const uint8_t* const first = mat.ptr<uint8_t>();
  cv::Scalar colour;
  for (int c = 0; c < mat.channels(); ++c) colour[c] = first[c];
  cv::Mat apart;
  cv::absdiff(mat, colour, apart);
  return cv::countNonZero(apart.reshape(1)) == 0;
}

bool IsFlat(const RadialVariance& hash) {
  return std::ranges::all_of(
      hash.bytes, [&](uint8_t byte) { return byte == hash.bytes[0]; });
}

// Minus their mean.
std::array<double, RadialVariance::kBytes> Centred(const RadialVariance& hash) {
  const double mean =
      std::accumulate(hash.bytes.begin(), hash.bytes.end(), 0.0) /
      RadialVariance::kBytes;
  std::array<double, RadialVariance::kBytes> centred;
  std::ranges::transform(hash.bytes, centred.begin(),
                         [&](uint8_t byte) { return byte - mean; });
  return centred;
}

int DigitOf(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

}  // namespace

absl::StatusOr<RadialVariance> ComputeRadialVariance(const cv::Mat& mat) {
  const auto hasher = cv::img_hash::RadialVarianceHash::create();
  HASHVET_ASSIGN_OR_RETURN(
      const cv::Mat found,
      HashOf(kRadial, mat, *hasher, CV_8U, RadialVariance::kBytes));
  RadialVariance hash;
  std::copy_n(found.ptr<uint8_t>(), hash.bytes.size(), hash.bytes.begin());
  if (IsPlain(mat) || IsFlat(hash)) {
    return Refused(kRadial, "nothing in the picture varies");
  }
  return hash;
}

absl::StatusOr<ColourMoments> ComputeColourMoments(const cv::Mat& mat) {
  const auto hasher = cv::img_hash::ColorMomentHash::create();
  HASHVET_ASSIGN_OR_RETURN(
      const cv::Mat found,
      HashOf(kMoments, mat, *hasher, CV_64F, ColourMoments::kCount));
  ColourMoments hash;
  std::copy_n(found.ptr<double>(), hash.values.size(), hash.values.begin());
  if (!std::ranges::all_of(hash.values,
                           [](double value) { return std::isfinite(value); })) {
    return absl::InternalError("colourmoment42-opencv: a moment is not finite");
  }
  return hash;
}

double Correlation(const RadialVariance& a, const RadialVariance& b) {
  const auto x = Centred(a);
  const auto y = Centred(b);
  const double norm =
      std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0) *
                std::inner_product(y.begin(), y.end(), y.begin(), 0.0));
  double highest = -1;
  for (size_t shift = 0; shift < x.size(); ++shift) {
    double sum = 0;
    for (size_t k = 0; k < x.size(); ++k) {
      sum += x[k] * y[(k + shift) % y.size()];
    }
    highest = std::max(highest, sum / norm);
  }
  return highest;
}

double Distance(const ColourMoments& a, const ColourMoments& b) {
  double sum = 0;
  for (size_t k = 0; k < a.values.size(); ++k) {
    const double step = a.values[k] - b.values[k];
    sum += step * step;
  }
  return std::sqrt(sum) * 10000;
}

std::string ToHex(const RadialVariance& hash) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : hash.bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

absl::StatusOr<RadialVariance> ParseRadialVariance(std::string_view hex) {
  if (hex.size() != 2 * RadialVariance::kBytes) {
    return Refused(kRadial,
                   absl::StrCat("got ", hex.size(), " hex digits, want ",
                                2 * RadialVariance::kBytes));
  }
  RadialVariance hash;
  for (size_t i = 0; i < hex.size(); ++i) {
    const int digit = DigitOf(hex[i]);
    if (digit < 0) {
      return Refused(kRadial, absl::StrCat("the character at position ", i + 1,
                                           " is no hex digit"));
    }
    uint8_t& byte = hash.bytes[i / 2];
    byte = static_cast<uint8_t>(byte << 4 | digit);
  }
  if (IsFlat(hash)) {
    return Refused(kRadial,
                   "all bytes are equal: of a picture in which nothing varies");
  }
  return hash;
}

std::string ToText(const ColourMoments& hash) {
  std::string text;
  for (const double value : hash.values) {
    std::array<char, 32> digits;  // the longest double has 24
    const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
    if (!text.empty()) text += ',';
    text.append(digits.data(), end);
  }
  return text;
}

absl::StatusOr<ColourMoments> ParseColourMoments(std::string_view text) {
  ColourMoments hash;
  const auto commas = static_cast<size_t>(std::ranges::count(text, ','));
  if (commas + 1 != hash.values.size()) {
    return Refused(kMoments, absl::StrCat("got ", commas + 1,
                                          " numbers between commas, want ",
                                          hash.values.size()));
  }
  for (size_t k = 0; k < hash.values.size(); ++k) {
    const std::string_view number = text.substr(0, text.find(','));
    const char* const end = number.data() + number.size();
    const auto read = std::from_chars(number.data(), end, hash.values[k]);
    if (read.ec != std::errc() || read.ptr != end ||
        !std::isfinite(hash.values[k])) {
      return Refused(kMoments,
                     absl::StrCat("value ", k + 1, " is no finite number"));
    }
    text.remove_prefix(std::min(text.size(), number.size() + 1));
  }
  return hash;
}

}  // namespace hashvet
