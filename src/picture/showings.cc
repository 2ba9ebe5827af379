#include "src/picture/showings.h"

#include <algorithm>
#include <utility>

namespace hashvet {
namespace {

// The showing over white of the same frame, if it was kept.
const PdqHashes* OverWhite(const PictureHashes& hashes, uint32_t frame) {
  if (hashes.pdq.frame == frame) return &hashes.pdq;
  for (const PdqHashes& more : hashes.more_pdq) {
    if (more.frame == frame && !more.over_black) return &more;
  }
  return nullptr;
}

}  // namespace

bool AddShowing(const FrameStart& start, PdqHashes pdq, PictureHashes& hashes) {
  pdq.frame = start.frame;
  pdq.over_black = start.background == Background::kBlack;
  if (pdq.over_black) {
    const PdqHashes* white = OverWhite(hashes, start.frame);
    if (white != nullptr &&
        Distance(white->hash(), pdq.hash()) <= kSameShowingMaxDistance) {
      return false;
    }
    hashes.flags.alpha_dual = true;
  }
  const auto same = [&](const PdqHashes& other) {
    return other.hash() == pdq.hash();
  };
  if (same(hashes.pdq) || std::ranges::any_of(hashes.more_pdq, same)) {
    return false;
  }
  hashes.more_pdq.push_back(std::move(pdq));
  return true;
}

void AddFlags(const CodecResult& result, PictureHashes& hashes) {
  hashes.flags.truncated = result.truncated;
  hashes.flags.frames_skipped = result.frames_skipped;
  hashes.flags.scan_capped = result.scan_capped;
}

}  // namespace hashvet
