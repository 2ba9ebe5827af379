// How long does PDQ take, by size, pixel format, variant and orientations, and
// what does asking without bars add?
// One thread, from pixels in memory. The label is the CPU target that ran
// (HASHVET_SIMD_TARGET forces one).

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/pixels/luma.h"
#include "hashvet/pixels/picture.h"
#include "src/kernels/targets.h"
#include "tests/support/pdq_reference.h"
#include "tests/support/scenes.h"

namespace hashvet {
namespace {

enum class Work { kHash, kOrientations };

struct Sample {
  Picture picture;
  Hash256 expected;  // by the definition, written plainly
};

Picture Convert(const Picture& scene, PixelFormat format) {
  if (format == PixelFormat::kGrey8) return testing::ToGrey8(scene);
  Picture picture = *Picture::Create(scene.width(), scene.height(), format);
  for (uint32_t y = 0; y < scene.height(); ++y) {
    if (format == PixelFormat::kLuma32) {
      LumaRow(scene.view(), y,
              {reinterpret_cast<float*>(picture.row(y)), scene.width()});
    } else {
      std::memcpy(picture.row(y), scene.view().row(y), scene.stride_bytes());
    }
  }
  return picture;
}

// Made once for each size and format, not once for each repetition.
const Sample& SampleOf(uint32_t width, uint32_t height, PixelFormat format) {
  static auto& samples =
      *new std::map<std::tuple<uint32_t, uint32_t, PixelFormat>, Sample>;
  const auto key = std::make_tuple(width, height, format);
  auto found = samples.find(key);
  if (found == samples.end()) {
    Picture picture = Convert(testing::MakeScene(1, width, height), format);
    const Hash256 expected = testing::ComputePdqReference(picture.view()).hash;
    found = samples.emplace(key, Sample{std::move(picture), expected}).first;
  }
  return found->second;
}

void BM_Pdq(benchmark::State& state, PixelFormat format, PdqVariant variant,
            Work work) {
  const auto width = static_cast<uint32_t>(state.range(0));
  const auto height = static_cast<uint32_t>(state.range(1));
  const kernels::Target* target = kernels::ActiveTarget();
  if (target == nullptr) {
    state.SkipWithError(kernels::ActiveTargetError());
    return;
  }
  state.SetLabel(target->name);
  const Sample& sample = SampleOf(width, height, format);
  const PictureView view = sample.picture.view();
  const auto full = ComputePdq(view);
  if (!full.ok() || Distance(full->hash, sample.expected) != 0) {
    state.SkipWithError("differs from the definition");
    return;
  }
  for (auto _ : state) {
    if (work == Work::kHash) {
      benchmark::DoNotOptimize(ComputePdq(view, variant));
    } else {
      benchmark::DoNotOptimize(ComputePdqOrientations(view, variant));
    }
  }
  const int64_t pixels = int64_t{width} * height;
  state.SetItemsProcessed(state.iterations());  // pictures
  state.SetBytesProcessed(state.iterations() * pixels *
                          static_cast<int64_t>(BytesPerPixel(format)));
}

enum class Bars { kNone, kBlack };

// What asking without bars adds to a picture's PDQ hashes: looking for them,
// and hashing what lies between where there are some.
void BM_WithoutBars(benchmark::State& state, Bars bars) {
  const auto width = static_cast<uint32_t>(state.range(0));
  const auto height = static_cast<uint32_t>(state.range(1));
  Picture picture =
      Convert(testing::MakeScene(1, width, height), PixelFormat::kGrey8);
  if (bars == Bars::kBlack) {
    for (uint32_t y = 0; y < height; ++y) {
      if (y < height / 8 || y >= height - height / 8) {
        std::memset(picture.row(y), 0, width);
      }
    }
  }
  const PictureView view = picture.view();
  if (Trims(view, PdqVariant::kTrimmed) != (bars == Bars::kBlack)) {
    state.SkipWithError("bars are found where there are none, or the reverse");
    return;
  }
  for (auto _ : state) {
    if (Trims(view, PdqVariant::kTrimmed)) {
      benchmark::DoNotOptimize(
          ComputePdqOrientations(view, PdqVariant::kTrimmed));
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"w", "h"})
      ->Unit(benchmark::kMicrosecond)
      ->Args({64, 64})       // taken as it is
      ->Args({512, 512})     // 0.26 MB of grey: in the second cache
      ->Args({1600, 1004})   // 1.6 MB: in the third
      ->Args({4032, 3024});  // 12 MB: memory
}

BENCHMARK_CAPTURE(BM_Pdq, grey8, PixelFormat::kGrey8, PdqVariant::kFull,
                  Work::kHash)
    ->Apply(Sizes);
BENCHMARK_CAPTURE(BM_Pdq, rgb8, PixelFormat::kRgb8, PdqVariant::kFull,
                  Work::kHash)
    ->Apply(Sizes);
BENCHMARK_CAPTURE(BM_Pdq, luma32, PixelFormat::kLuma32, PdqVariant::kFull,
                  Work::kHash)
    ->Apply(Sizes);
BENCHMARK_CAPTURE(BM_Pdq, grey8_nn512, PixelFormat::kGrey8, PdqVariant::kNn512,
                  Work::kHash)
    ->Apply(Sizes);
BENCHMARK_CAPTURE(BM_Pdq, grey8_orientations, PixelFormat::kGrey8,
                  PdqVariant::kFull, Work::kOrientations)
    ->Apply(Sizes);

BENCHMARK_CAPTURE(BM_WithoutBars, none, Bars::kNone)->Apply(Sizes);
BENCHMARK_CAPTURE(BM_WithoutBars, black, Bars::kBlack)->Apply(Sizes);

}  // namespace
}  // namespace hashvet

BENCHMARK_MAIN();
