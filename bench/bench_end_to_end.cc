// From a picture's bytes to a verdict: what do the stages cost, by size and
// format? One thread; pictures are synthetic scenes with some noise, so that a
// JPEG has about as many coefficients as a photograph's. The label is the CPU
// target that ran.

#include <cstdint>
#include <map>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "hashvet/decode/decode.h"
#include "hashvet/hashers/pdq.h"
#include "hashvet/index/flat_index.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"
#include "hashvet/matcher/matcher.h"
#include "hashvet/picture/hash_picture.h"
#include "tests/support/scenes.h"
#include "tests/support/scratch_folder.h"

namespace hashvet {
namespace {

using Bytes = std::vector<unsigned char>;

// One picture a size and format, made once.
const Bytes& Encoded(uint32_t width, uint32_t height,
                     const std::string& extension) {
  static auto& made = *new std::map<std::string, Bytes>;
  const std::string key = std::to_string(width) + extension;
  auto found = made.find(key);
  if (found != made.end()) return found->second;
  const Picture scene = testing::MakeScene(1, width, height);
  cv::Mat mat(static_cast<int>(height), static_cast<int>(width), CV_8UC3);
  std::minstd_rand random(1);
  for (uint32_t y = 0; y < height; ++y) {
    const uint8_t* in = scene.view().row(y);
    uint8_t* out = mat.ptr(static_cast<int>(y));
    for (uint32_t i = 0; i < 3 * width; ++i) {
      out[i] = cv::saturate_cast<uint8_t>(in[i] +
                                          static_cast<int>(random() % 17) - 8);
    }
  }
  Bytes bytes;
  cv::imencode(extension, mat, bytes);
  return made.emplace(key, std::move(bytes)).first->second;
}

std::span<const std::byte> View(const Bytes& bytes) {
  return std::as_bytes(std::span(bytes));
}

void BM_Decode(benchmark::State& state, const std::string& extension) {
  const auto width = static_cast<uint32_t>(state.range(0));
  const uint32_t height = width * 3 / 4;
  const Bytes& bytes = Encoded(width, height, extension);
  for (auto _ : state) {
    const auto decoded = Decode(View(bytes));
    if (!decoded.ok() || decoded->picture.width() != width) {
      state.SkipWithError("not decoded");
      return;
    }
    benchmark::DoNotOptimize(decoded->picture.view().row(0));
  }
  state.SetLabel(std::string(*ActiveSimdTarget()));
  state.counters["megapixels"] = benchmark::Counter(
      width * height / 1e6, benchmark::Counter::kIsIterationInvariantRate);
}

void BM_BytesToHash(benchmark::State& state, const std::string& extension) {
  const auto width = static_cast<uint32_t>(state.range(0));
  const Bytes& bytes = Encoded(width, width * 3 / 4, extension);
  const Hash256 expected =
      ComputePdq(testing::MakeScene(1, width, width * 3 / 4).view())->hash;
  for (auto _ : state) {
    const PictureHashes hashes = HashPicture(View(bytes));
    if (hashes.outcome != HashOutcome::kHashed ||
        Distance(hashes.pdq.hash(), expected) > 31) {
      state.SkipWithError("not the scene's hash");
      return;
    }
  }
  state.SetLabel(std::string(*ActiveSimdTarget()));
}

// A list of random values and the scene's own, opened from its file.
const Matcher& ListOf(uint64_t rows, const Hash256& scene) {
  static auto& made = *new std::map<uint64_t, Matcher>;
  auto found = made.find(rows);
  if (found != made.end()) return found->second;
  SnapshotWriter writer = *SnapshotWriter::Create({.name = "bench"});
  std::mt19937_64 random(2);
  for (uint64_t i = 0; i < rows; ++i) {
    const Hash256 hash(Hash256::Words{random(), random(), random(), random()});
    (void)writer.Add({HashValue::Pdq(hash), "e" + std::to_string(i), "", {}});
  }
  (void)writer.Add({HashValue::Pdq(scene), "scene", "", {}});
  const testing::ScratchFolder folder;
  const std::string path = folder.Path("bench.hvs");
  (void)*writer.Write(path);
  return made.emplace(rows, *Matcher::Create({*SnapshotReader::Open(path)}))
      .first->second;
}

void BM_HashesToVerdict(benchmark::State& state) {
  const PictureHashes hashes = HashPicture(View(Encoded(1024, 768, ".jpg")));
  const Matcher& matcher =
      ListOf(static_cast<uint64_t>(state.range(0)), hashes.pdq.hash());
  for (auto _ : state) {
    const Verdict verdict = matcher.MatchPicture(hashes);
    if (verdict.outcome != Outcome::kMatch || verdict.matches.size() != 1 ||
        verdict.matches[0].entry != "scene") {
      state.SkipWithError("wrong verdict");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(std::string(*ActiveSimdTarget()));
}

BENCHMARK_CAPTURE(BM_Decode, jpeg, ".jpg")
    ->ArgName("width")
    ->Arg(512)
    ->Arg(1600)
    ->Arg(4032)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Decode, png, ".png")
    ->ArgName("width")
    ->Arg(512)
    ->Arg(1600)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_BytesToHash, jpeg, ".jpg")
    ->ArgName("width")
    ->Arg(512)
    ->Arg(1600)
    ->Arg(4032)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_BytesToHash, png, ".png")
    ->ArgName("width")
    ->Arg(512)
    ->Arg(1600)
    ->Unit(benchmark::kMillisecond);
// One picture, eight orientations: 1 k rows lie in L1/L2, 1 M (32 MB) in L3 or
// memory.
BENCHMARK(BM_HashesToVerdict)
    ->ArgName("rows")
    ->Arg(1'000)
    ->Arg(30'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hashvet

BENCHMARK_MAIN();
