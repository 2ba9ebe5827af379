// The far side of pdqhash_core.py: times the reference core and ours on one
// decoded grey plane, in one process, by turns.
//
// The reference core is pdqHash256FromFloatLuma of the PyPI wheel `pdqhash`,
// found by the script and passed as an address: its own Python function takes
// colour and spends most of its time in numpy, which is not what is compared.
// It takes floats and destroys them, so each turn begins with a fresh copy,
// made outside the clock. Ours takes the bytes. Both run on this one thread.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "hashvet/hashers/pdq.h"
#include "hashvet/pixels/picture.h"
#include "src/kernels/targets.h"
#include "tests/support/scenes.h"

namespace {

using Clock = std::chrono::steady_clock;

// facebook::pdq::hashing::Hash256: bit k is bit k % 16 of word k / 16.
struct ReferenceHash {
  std::array<uint16_t, 16> words;
};

using ReferenceCore = void (*)(float* luma, float* scratch, int rows,
                               int columns, float (*plane)[64],
                               float (*half)[64], float (*coefficients)[16],
                               ReferenceHash& hash, int& quality);

hashvet::Hash256 ToHash(const ReferenceHash& reference) {
  hashvet::Hash256 hash;
  for (size_t k = 0; k < hash.kBits; ++k) {
    hash.set_bit(k, reference.words[k / 16] >> (k % 16) & 1);
  }
  return hash;
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double Milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

extern "C" {

struct PeerResult {
  double reference_ms;  // medians over the turns
  double ours_ms;
  int32_t distance;  // bits between the two hashes
  int32_t reference_quality;
  int32_t our_quality;
};

// The target ours runs on, or why there is none.
__attribute__((visibility("default"))) const char* hashvet_peer_target() {
  const hashvet::kernels::Target* target = hashvet::kernels::ActiveTarget();
  return target != nullptr ? target->name
                           : hashvet::kernels::ActiveTargetError();
}

// Returns 0, or 1 when ours refused the picture. `ours_each` of our hashes are
// timed for each of the reference's, as one stretch.
__attribute__((visibility("default"))) int hashvet_peer_run(
    void* reference_core, uint32_t width, uint32_t height, int turns,
    int ours_each, PeerResult* result) {
  const auto reference = reinterpret_cast<ReferenceCore>(reference_core);
  const hashvet::Picture grey =
      hashvet::testing::ToGrey8(hashvet::testing::MakeScene(1, width, height));
  const hashvet::PictureView view = grey.view();
  std::vector<float> luma(size_t{width} * height), scratch(luma.size());
  float plane[64][64], half[16][64], coefficients[16][16];
  std::vector<double> reference_times, our_times;
  ReferenceHash reference_hash = {};
  hashvet::PdqHash ours;

  for (int turn = 0; turn < turns; ++turn) {
    for (uint32_t y = 0; y < height; ++y) {
      std::copy_n(view.row(y), width, luma.begin() + size_t{y} * width);
    }
    const auto reference_begin = Clock::now();
    reference(luma.data(), scratch.data(), static_cast<int>(height),
              static_cast<int>(width), plane, half, coefficients,
              reference_hash, result->reference_quality);
    reference_times.push_back(Milliseconds(Clock::now() - reference_begin));

    const auto ours_begin = Clock::now();
    for (int i = 0; i < ours_each; ++i) {
      const auto hashed = hashvet::ComputePdq(view);
      if (!hashed.ok()) return 1;
      ours = *hashed;
    }
    our_times.push_back(Milliseconds(Clock::now() - ours_begin) / ours_each);
  }
  result->reference_ms = Median(reference_times);
  result->ours_ms = Median(our_times);
  result->distance = static_cast<int32_t>(
      hashvet::Distance(ours.hash, ToHash(reference_hash)));
  result->our_quality = ours.quality;
  return 0;
}

}  // extern "C"
