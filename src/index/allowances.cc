#include "src/index/allowances.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <vector>

namespace hashvet {

MasksByOnes::MasksByOnes() {
  std::array<uint32_t, 17> place = {};
  for (uint32_t mask = 0; mask < 65'536; ++mask) {
    if (std::popcount(mask) < 16) ++place[std::popcount(mask) + 1];
  }
  std::partial_sum(place.begin(), place.end(), place.begin());
  std::copy(place.begin(), place.end(), count.begin());
  count[17] = 65'536;
  for (uint32_t mask = 0; mask < 65'536; ++mask) {
    masks[place[std::popcount(mask)]++] = static_cast<uint16_t>(mask);
  }
}

const MasksByOnes& AllMasks() {
  static const MasksByOnes& all = *new MasksByOnes;
  return all;
}

Levels EvenLevels(std::span<const uint32_t> own_bucket, uint32_t max_distance) {
  const size_t chunks = own_bucket.size();
  const size_t total = size_t{max_distance} + 1;
  Levels levels;
  std::fill_n(levels.of.begin(), chunks, static_cast<uint16_t>(total / chunks));
  const size_t left = total % chunks;
  if (left == 0) return levels;
  std::array<uint8_t, kMaxChunks> order;
  std::iota(order.begin(), order.begin() + chunks, uint8_t{0});
  std::partial_sort(order.begin(), order.begin() + left, order.begin() + chunks,
                    [&](uint8_t a, uint8_t b) {
                      return own_bucket[a] != own_bucket[b]
                                 ? own_bucket[a] < own_bucket[b]
                                 : a < b;
                    });
  for (size_t i = 0; i < left; ++i) ++levels.of[order[i]];
  return levels;
}

Levels CheapestLevels(std::span<const double> cost, size_t chunks,
                      size_t levels, uint32_t max_distance) {
  const size_t total = size_t{max_distance} + 1;
  constexpr double kNever = std::numeric_limits<double>::infinity();
  // least[s]: for the tables so far, levels that sum to s.
  std::vector<double> least(total + 1, kNever);
  std::vector<uint8_t> choice(chunks * (total + 1));
  least[0] = 0;
  for (size_t c = 0; c < chunks; ++c) {
    std::vector<double> with(total + 1, kNever);
    for (size_t l = 0; l < levels && l <= total; ++l) {
      const double more = cost[c * levels + l];
      for (size_t s = l; s <= total; ++s) {
        if (least[s - l] + more < with[s]) {
          with[s] = least[s - l] + more;
          choice[c * (total + 1) + s] = static_cast<uint8_t>(l);
        }
      }
    }
    least = std::move(with);
  }
  Levels best;
  size_t sum = total;
  for (size_t c = chunks; c-- > 0;) {
    best.of[c] = choice[c * (total + 1) + sum];
    sum -= best.of[c];
  }
  return best;
}

}  // namespace hashvet
