// How fast do lists load? Text to entries, entries to a snapshot file, and the
// file opened and verified (pages in memory), a million entries each.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "hashvet/hash/text.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"
#include "hashvet/list/text_list.h"

namespace hashvet {
namespace {

enum class Form { kBare, kHashQualityFile, kCsv };

std::string MakeText(Form form, size_t entries) {
  std::mt19937_64 random(1);
  std::string text;
  if (form == Form::kCsv)
    absl::StrAppend(&text, "kind,hash,quality,category,key\n");
  for (size_t i = 0; i < entries; ++i) {
    const std::string hex =
        ToHex(Hash256({random(), random(), random(), random()}));
    switch (form) {
      case Form::kBare:
        absl::StrAppend(&text, hex, "\n");
        break;
      case Form::kHashQualityFile:
        absl::StrAppend(&text, hex, ",100,pictures/", i, ".jpg\n");
        break;
      case Form::kCsv:
        absl::StrAppend(&text, "pdq,", hex, ",100,A1,", i, "\n");
        break;
    }
  }
  return text;
}

void BM_ParseText(benchmark::State& state, Form form) {
  const auto entries = static_cast<size_t>(state.range(0));
  const std::string text = MakeText(form, entries);
  for (auto _ : state) {
    uint64_t key_bytes = 0;
    const auto report =
        ReadTextList(text, "bench", {}, [&](const ListEntry& entry) {
          key_bytes += entry.key.size();
          return absl::OkStatus();
        });
    if (!report.ok() || report->entries != entries || key_bytes == 0) {
      state.SkipWithError("wrong number of entries");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(text.size()));
}

SnapshotWriter MakeWriter(size_t entries) {
  ListPolicy policy;
  policy.name = "bench";
  SnapshotWriter writer = *SnapshotWriter::Create(policy);
  (void)ReadTextList(
      MakeText(Form::kBare, entries), "bench", {},
      [&](ListEntry entry) { return writer.Add(std::move(entry)); });
  return writer;
}

std::string ScratchPath() {
  return (std::filesystem::temp_directory_path() / "hashvet-bench.hvs")
      .string();
}

// Includes the flush to the disk.
void BM_WriteSnapshot(benchmark::State& state) {
  SnapshotWriter writer = MakeWriter(static_cast<size_t>(state.range(0)));
  const std::string path = ScratchPath();
  for (auto _ : state) {
    const auto counts = writer.Write(path);
    if (!counts.ok() ||
        counts->entries != static_cast<uint64_t>(state.range(0))) {
      state.SkipWithError("wrong number of entries");
      return;
    }
    state.counters["file_bytes"] = static_cast<double>(counts->size_bytes);
  }
  std::filesystem::remove(path);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void BM_OpenSnapshot(benchmark::State& state) {
  const std::string path = ScratchPath();
  SnapshotWriter writer = MakeWriter(static_cast<size_t>(state.range(0)));
  (void)writer.Write(path);
  uint64_t size_bytes = 0;
  for (auto _ : state) {
    const auto reader = SnapshotReader::Open(path);
    if (!reader.ok() ||
        (*reader)->entries() != static_cast<uint64_t>(state.range(0))) {
      state.SkipWithError("does not open");
      return;
    }
    size_bytes = (*reader)->size_bytes();
  }
  std::filesystem::remove(path);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(size_bytes));
}

constexpr int64_t kEntries = 1'000'000;
BENCHMARK_CAPTURE(BM_ParseText, bare, Form::kBare)
    ->Arg(kEntries)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_ParseText, hash_quality_file, Form::kHashQualityFile)
    ->Arg(kEntries)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_ParseText, csv, Form::kCsv)
    ->Arg(kEntries)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_WriteSnapshot)->Arg(kEntries)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_OpenSnapshot)
    ->Arg(1'000)
    ->Arg(kEntries)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hashvet

BENCHMARK_MAIN();
