#include "hashvet/hashers/crop_resistant.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/text.h"
#include "hashvet/hashers/kind_hasher.h"
#include "src/hashers/grey_rows.h"
#include "src/hashers/lanczos.h"
#include "src/hashers/plane_bits.h"
#include "src/hashers/segments.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

constexpr size_t kSide = 300;  // of the plane in which areas are sought

// Of `side` pixels those from the first to before the last of a range in the
// plane's, rounded with halves to even as Pillow's crop does.
struct Range {
  Range(size_t first, size_t last, uint32_t side) {
    const double scale = static_cast<double>(side) / kSide;
    begin = static_cast<uint32_t>(
        std::nearbyint(static_cast<double>(first) * scale));
    end = static_cast<uint32_t>(
        std::nearbyint(static_cast<double>(last + 1) * scale));
  }
  uint32_t begin;
  uint32_t end;
};

HashValue DhashOf(const PictureView& picture, const kernels::Target& target) {
  const SmallPlane plane = ResizeLanczos(picture, 9, 8, *target.resample);
  const std::vector<bool> bits = BrighterThanLeft(plane);
  std::vector<uint8_t> bytes(bits.size() / 8);
  for (size_t k = 0; k < bits.size(); ++k) {
    if (bits[k]) bytes[k / 8] |= static_cast<uint8_t>(0x80u >> k % 8);
  }
  return *HashValue::FromBytes(kSegmentKind, bytes);  // its own size
}

absl::Status CheckSegments(std::span<const HashValue> segments) {
  if (segments.empty()) {
    return absl::InvalidArgumentError("crop-resistant hash: it has no segment");
  }
  for (const HashValue& segment : segments) {
    if (segment.kind() == kSegmentKind) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("crop-resistant hash: got a segment of kind ",
                     ToAbsl(NameOf(segment.kind())), ", want ",
                     ToAbsl(NameOf(kSegmentKind))));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<HashValue>> ComputeCropResistant(
    const PictureView& picture, size_t max_segments) {
  const kernels::Target* const target = kernels::ActiveTarget();
  if (target == nullptr) {
    return absl::InvalidArgumentError(kernels::ActiveTargetError());
  }
  HASHVET_RETURN_IF_ERROR(CheckLuma(picture));
  if (std::min(picture.width(), picture.height()) < kMinKindSide) {
    return absl::InvalidArgumentError(
        absl::StrCat("crop-resistant hash: got a picture of ", picture.width(),
                     " x ", picture.height(), ", want sides of at least ",
                     kMinKindSide, " pixels"));
  }
  std::vector<Segment> segments = SegmentsOf(
      Smoothed(ResizeLanczos(picture, kSide, kSide, *target->resample)));
  if (segments.empty()) {
    segments.push_back({kSide * kSide, 0, 0, kSide - 1, kSide - 1});
  }
  if (segments.size() > max_segments) {
    std::ranges::stable_sort(segments, std::greater(), &Segment::pixels);
    segments.resize(std::max<size_t>(max_segments, 1));
  }
  std::vector<HashValue> values;
  for (const Segment& segment : segments) {
    const Range across(segment.left, segment.right, picture.width());
    const Range down(segment.top, segment.bottom, picture.height());
    if (across.begin == across.end || down.begin == down.end) {
      return absl::InvalidArgumentError(absl::StrCat(
          "crop-resistant hash: the picture of ", picture.width(), " x ",
          picture.height(), " is too small: an area has no pixel of it"));
    }
    HASHVET_ASSIGN_OR_RETURN(
        const PictureView part,
        PictureView::Create(picture.row(down.begin) +
                                across.begin * BytesPerPixel(picture.format()),
                            across.end - across.begin, down.end - down.begin,
                            picture.stride_bytes(), picture.format()));
    values.push_back(DhashOf(part, *target));
  }
  return values;
}

absl::StatusOr<CommonSegments> SegmentsInCommon(std::span<const HashValue> a,
                                                std::span<const HashValue> b,
                                                uint32_t max_distance) {
  HASHVET_RETURN_IF_ERROR(CheckSegments(a));
  HASHVET_RETURN_IF_ERROR(CheckSegments(b));
  CommonSegments common;
  for (const HashValue& of_a : a) {
    uint32_t nearest = 64;
    for (const HashValue& of_b : b) {
      nearest =
          std::min(nearest, Distance(*of_a.As<Hash64>(), *of_b.As<Hash64>()));
    }
    if (nearest > max_distance) continue;
    ++common.segments;
    common.distance += nearest;
  }
  return common;
}

std::string SegmentsToText(std::span<const HashValue> segments) {
  std::string text;
  for (const HashValue& segment : segments) {
    absl::StrAppend(&text, text.empty() ? "" : ",", ToHex(segment));
  }
  return text;
}

absl::StatusOr<std::vector<HashValue>> ParseSegments(std::string_view text) {
  std::vector<HashValue> segments;
  for (size_t begin = 0; begin <= text.size();) {
    if (segments.size() == kMaxSegments) {
      return absl::InvalidArgumentError(absl::StrCat(
          "crop-resistant hash: got more than ", kMaxSegments, " segments"));
    }
    const size_t end = std::min(text.find(',', begin), text.size());
    absl::StatusOr<HashValue> segment =
        ParseHex(kSegmentKind, text.substr(begin, end - begin));
    if (!segment.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("crop-resistant hash: segment ", segments.size() + 1,
                       ": ", segment.status().message()));
    }
    segments.push_back(*segment);
    begin = end + 1;
  }
  return segments;
}

}  // namespace hashvet
