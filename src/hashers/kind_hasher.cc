#include "hashvet/hashers/kind_hasher.h"

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "hashvet/base/status.h"
#include "hashvet/hash/orientation.h"
#include "src/hashers/bilinear.h"
#include "src/hashers/grey_rows.h"
#include "src/hashers/lanczos.h"
#include "src/hashers/marr_hildreth.h"
#include "src/hashers/plane_bits.h"
#include "src/hashers/plane_dct.h"
#include "src/hashers/small_plane.h"
#include "src/hashers/window_sums.h"
#include "src/kernels/targets.h"

namespace hashvet {
namespace {

enum class Rule {
  kDctMedian,
  kDctMean,
  kMean,
  kLeft,
  kAbove,
  kHaar,
  kBlocks,
  kHalfBlocks,  // blocks half a block apart
  kEdges,
  kWindows,
};

struct Recipe {
  HashKind kind;
  Rule rule;
  size_t side;  // of the square of bits, where it is one
};

constexpr Recipe kRecipes[] = {
    {HashKind::kPhash64ImageHash, Rule::kDctMedian, 8},
    {HashKind::kPhash256ImageHash, Rule::kDctMedian, 16},
    {HashKind::kDhash64ImageHash, Rule::kLeft, 8},
    {HashKind::kDhash256ImageHash, Rule::kLeft, 16},
    {HashKind::kDhashVertical64ImageHash, Rule::kAbove, 8},
    {HashKind::kDhashVertical256ImageHash, Rule::kAbove, 16},
    {HashKind::kAhash64ImageHash, Rule::kMean, 8},
    {HashKind::kAhash256ImageHash, Rule::kMean, 16},
    {HashKind::kWhash64ImageHash, Rule::kHaar, 8},
    {HashKind::kPhash64OpenCv, Rule::kDctMean, 8},
    {HashKind::kBlockMean256OpenCv, Rule::kBlocks, 16},
    {HashKind::kBlockMean968OpenCv, Rule::kHalfBlocks, 31},
    {HashKind::kMarrHildreth576OpenCv, Rule::kEdges, 24},
    {HashKind::kPhash64Zauner, Rule::kWindows, 8},
};

const Recipe* RecipeOf(HashKind kind) {
  const auto* const found = std::ranges::find(kRecipes, kind, &Recipe::kind);
  return found == std::end(kRecipes) ? nullptr : found;
}

bool IsOpenCv(Rule rule) {
  return rule == Rule::kDctMean || rule == Rule::kBlocks ||
         rule == Rule::kHalfBlocks;
}

// ImageHash spells the first bit as the highest of the first hex digit; OpenCV
// keeps it as the lowest of the first byte, but for Marr-Hildreth's.
HashValue Packed(const Recipe& recipe, const std::vector<bool>& bits) {
  std::vector<uint8_t> bytes(InfoOf(recipe.kind).size_bytes);
  const bool lowest_first = IsOpenCv(recipe.rule);
  for (size_t k = 0; k < bits.size(); ++k) {
    if (!bits[k]) continue;
    bytes[k / 8] |=
        static_cast<uint8_t>(lowest_first ? 1u << k % 8 : 0x80u >> k % 8);
  }
  // The kind's own size: cannot fail.
  return *HashValue::FromBytes(recipe.kind, bytes);
}

// Of the rules whose bits turn with the picture: each is of a place of its own,
// against something that turning does not change.
std::vector<bool> SquareOf(Rule rule, const SmallPlane& plane) {
  constexpr size_t kBlock = 16;
  switch (rule) {
    case Rule::kHaar:
      return HaarAboveMedian(plane);
    case Rule::kBlocks:
      return BlocksNotBelowMean(plane, kBlock);
    case Rule::kHalfBlocks:
      return BlocksNotBelowMean(plane, kBlock / 2);
    default:
      return AboveMean(plane);
  }
}

}  // namespace

bool IsHashedFromPixels(HashKind kind) { return RecipeOf(kind) != nullptr; }

// The small planes made so far.
class KindHasher::Planes {
 public:
  explicit Planes(const PictureView& picture)
      : picture_(picture), luma_(CheckLuma(picture)) {}

  absl::StatusOr<std::vector<HashValue>> Compute(const Recipe& recipe,
                                                 size_t orientations) {
    if (kernels::ActiveTarget() == nullptr) {
      return absl::InvalidArgumentError(kernels::ActiveTargetError());
    }
    HASHVET_RETURN_IF_ERROR(luma_);
    if (std::min(picture_.width(), picture_.height()) < kMinKindSide) {
      return absl::InvalidArgumentError(
          absl::StrCat(ToAbsl(NameOf(recipe.kind)), ": got a picture of ",
                       picture_.width(), " x ", picture_.height(),
                       ", want sides of at least ", kMinKindSide, " pixels"));
    }
    switch (recipe.rule) {
      case Rule::kDctMedian:
      case Rule::kDctMean:
        return OfCoefficients(recipe, orientations);
      case Rule::kLeft:
      case Rule::kAbove:
        return OfNeighbours(recipe, orientations);
      case Rule::kEdges:
        return OfEdges(recipe, orientations);
      case Rule::kWindows:
        return OfWindows(recipe, orientations);
      default:
        return OfSquare(recipe, orientations);
    }
  }

 private:
  // value(orientation), for the first so many.
  template <typename ValueOf>
  static std::vector<HashValue> ForOrientations(size_t orientations,
                                                const ValueOf& value) {
    std::vector<HashValue> values;
    values.reserve(orientations);
    for (size_t o = 0; o < orientations; ++o) {
      values.push_back(value(static_cast<Orientation>(o)));
    }
    return values;
  }

  std::vector<HashValue> OfCoefficients(const Recipe& recipe,
                                        size_t orientations) {
    const size_t plane_side = 4 * recipe.side;
    const std::vector<double> coefficients = LowFrequencies(
        Plane(IsOpenCv(recipe.rule), plane_side, plane_side), recipe.side);
    return ForOrientations(orientations, [&](Orientation orientation) {
      const std::vector<double> turned =
          Turned(coefficients, recipe.side, orientation);
      return Packed(recipe, recipe.rule == Rule::kDctMedian
                                ? AboveMedian(turned)
                                : AboveOpenCvMean(turned, recipe.side));
    });
  }

  std::vector<HashValue> OfNeighbours(const Recipe& recipe,
                                      size_t orientations) {
    const bool across = recipe.rule == Rule::kLeft;
    const size_t width = recipe.side + (across ? 1 : 0);
    const size_t height = recipe.side + (across ? 0 : 1);
    return ForOrientations(orientations, [&](Orientation orientation) {
      // A picture on its side has a plane of swapped sides, then turned.
      const bool sideways = IsSideways(orientation);
      const SmallPlane turned = Turned(
          Plane(false, sideways ? height : width, sideways ? width : height),
          orientation);
      return Packed(recipe, across ? BrighterThanLeft(turned)
                                   : BrighterThanAbove(turned));
    });
  }

  // Its blocks do not reach the plane's right and lower end: the plane is
  // turned, not the bits.
  std::vector<HashValue> OfEdges(const Recipe& recipe, size_t orientations) {
    const SmallPlane plane = MarrHildrethPlane(picture_);
    return ForOrientations(orientations, [&](Orientation orientation) {
      return Packed(recipe, MarrHildrethBits(Turned(plane, orientation)));
    });
  }

  // The frequencies 1 to `side`, the constant and its row and column left out.
  // The library's number loses its first bit: it is shifted once too often.
  std::vector<HashValue> OfWindows(const Recipe& recipe, size_t orientations) {
    const size_t side = recipe.side + 1;
    return ForOrientations(orientations, [&](Orientation orientation) {
      const std::vector<double> all = LowFrequencies(
          WindowSums(picture_, orientation), kWindowSumsSide, side);
      std::vector<double> kept;
      for (size_t i = 1; i < side; ++i) {
        for (size_t j = 1; j < side; ++j) kept.push_back(all[i * side + j]);
      }
      std::vector<bool> bits = AboveMedian(kept);
      bits.erase(bits.begin());
      return Packed(recipe, bits);
    });
  }

  std::vector<HashValue> OfSquare(const Recipe& recipe, size_t orientations) {
    const size_t plane_side = PlaneSideOf(recipe);
    const std::vector<bool> bits = SquareOf(
        recipe.rule, Plane(IsOpenCv(recipe.rule), plane_side, plane_side));
    return ForOrientations(orientations, [&](Orientation orientation) {
      return Packed(recipe, TurnedBits(bits, recipe.side, orientation));
    });
  }

  size_t PlaneSideOf(const Recipe& recipe) const {
    switch (recipe.rule) {
      case Rule::kHaar:  // the largest power of two within the picture
        return std::max<size_t>(
            std::bit_floor(std::min(picture_.width(), picture_.height())),
            recipe.side);
      case Rule::kBlocks:
      case Rule::kHalfBlocks:
        return 256;
      default:
        return recipe.side;
    }
  }

  const SmallPlane& Plane(bool is_opencv, size_t width, size_t height) {
    const auto key = std::tuple(is_opencv, width, height);
    const auto found = planes_.find(key);
    if (found != planes_.end()) return found->second;
    SmallPlane plane = is_opencv
                           ? ResizeBilinear(picture_, width, height)
                           : ResizeLanczos(picture_, width, height,
                                           *kernels::ActiveTarget()->resample);
    return planes_.emplace(key, std::move(plane)).first->second;
  }

  const PictureView picture_;
  const absl::Status luma_;
  std::map<std::tuple<bool, size_t, size_t>, SmallPlane> planes_;
};

KindHasher::KindHasher(const PictureView& picture)
    : planes_(std::make_unique<Planes>(picture)) {}
KindHasher::KindHasher(KindHasher&&) noexcept = default;
KindHasher& KindHasher::operator=(KindHasher&&) noexcept = default;
KindHasher::~KindHasher() = default;

absl::StatusOr<std::vector<HashValue>> KindHasher::Compute(
    HashKind kind, bool all_orientations) {
  const Recipe* const recipe = RecipeOf(kind);
  if (recipe == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        ToAbsl(NameOf(kind)), ": is not computed from pixels by KindHasher"));
  }
  return planes_->Compute(*recipe, all_orientations ? kOrientations : 1);
}

}  // namespace hashvet
