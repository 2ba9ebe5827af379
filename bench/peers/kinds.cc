// The far side of kinds.py: our hashes of pixels that a peer has as well, in
// its process, on its thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "hashvet/hash/text.h"
#include "hashvet/hashers/crop_resistant.h"
#include "hashvet/hashers/kind_hasher.h"
#include "hashvet/hashers/pdq.h"
#include "src/kernels/targets.h"

namespace {

using Clock = std::chrono::steady_clock;

// The hex of the picture as it is; empty when it is refused.
std::string HexOf(const hashvet::PictureView& view, hashvet::HashKind kind) {
  if (kind == hashvet::HashKind::kPdq) {
    const auto hash = hashvet::ComputePdq(view);
    return hash.ok() ? hashvet::ToHex(hash->hash) : "";
  }
  const auto values =
      hashvet::KindHasher(view).Compute(kind, /*all_orientations=*/false);
  return values.ok() ? hashvet::ToHex((*values)[0]) : "";
}

std::string SegmentsOf(const hashvet::PictureView& view) {
  const auto segments = hashvet::ComputeCropResistant(view);
  return segments.ok() ? hashvet::SegmentsToText(*segments) : "";
}

}  // namespace

extern "C" {

// The target ours runs on, or why there is none.
__attribute__((visibility("default"))) const char* hashvet_kinds_target() {
  const hashvet::kernels::Target* target = hashvet::kernels::ActiveTarget();
  return target != nullptr ? target->name
                           : hashvet::kernels::ActiveTargetError();
}

// Hashes width x height pixels of `channels` bytes, 1 (grey) or 3 (red, green,
// blue), without gaps, `repeat` times; "crop-resistant" is a kind here. Writes
// the hex, ended by a zero, to `hex`, and the milliseconds of one to `ms`.
// Returns 0, or 1 when refused.
__attribute__((visibility("default"))) int hashvet_kinds_hash(
    const uint8_t* pixels, uint32_t width, uint32_t height, uint32_t channels,
    const char* kind_name, int repeat, char* hex, size_t hex_size, double* ms) {
  const bool segments = std::string_view(kind_name) == "crop-resistant";
  const auto kind = hashvet::ParseHashKind(segments ? "pdq" : kind_name);
  const auto view = hashvet::PictureView::Create(
      pixels, width, height, size_t{width} * channels,
      channels == 1 ? hashvet::PixelFormat::kGrey8
                    : hashvet::PixelFormat::kRgb8);
  if (!kind.ok() || !view.ok()) return 1;
  std::string text;
  const auto begin = Clock::now();
  for (int i = 0; i < repeat; ++i) {
    text = segments ? SegmentsOf(*view) : HexOf(*view, *kind);
  }
  *ms =
      std::chrono::duration<double, std::milli>(Clock::now() - begin).count() /
      repeat;
  if (text.empty() || text.size() >= hex_size) return 1;
  std::memcpy(hex, text.c_str(), text.size() + 1);
  return 0;
}

}  // extern "C"
