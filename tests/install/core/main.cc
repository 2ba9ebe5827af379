// A user's program on hashvet::core: pixels of its own to a hash.

#include <cstdint>
#include <cstdio>
#include <vector>

#include "hashvet/hashers/pdq.h"

int main() {
  constexpr uint32_t kSide = 128;
  std::vector<uint8_t> grey(kSide * kSide);
  for (uint32_t y = 0; y < kSide; ++y) {
    for (uint32_t x = 0; x < kSide; ++x) {
      grey[y * kSide + x] = static_cast<uint8_t>(x * y / 9 + 3 * x);
    }
  }
  const auto picture = hashvet::PictureView::Create(
      grey.data(), kSide, kSide, kSide, hashvet::PixelFormat::kGrey8);
  if (!picture.ok()) return 1;
  const auto pdq = hashvet::ComputePdq(*picture);
  if (!pdq.ok()) return 1;
  std::printf("hashed, %zu bits set\n", pdq->hash.ones());
}
