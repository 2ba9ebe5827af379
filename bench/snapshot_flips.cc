// Is every flipped bit of a snapshot refused? For bench/evidence/snapshot.py.
//
//   snapshot_flips ROWS FLIPS THREADS SEED
//
// Builds a snapshot of ROWS PDQ values and a tenth as many digests, in memory,
// and verifies it with one bit turned, FLIPS times at random, or, with FLIPS 0,
// each byte once.
//
// Prints one JSON object: {"size_bytes", "flips", "refused", "seconds"}.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hashvet/base/executor.h"
#include "hashvet/list/snapshot_reader.h"
#include "hashvet/list/snapshot_writer.h"
#include "tests/support/scratch_folder.h"

namespace hashvet {
namespace {

std::string Build(size_t rows, uint64_t seed) {
  const testing::ScratchFolder folder;
  std::mt19937_64 random(seed);
  ListPolicy policy;
  policy.name = "flips";
  SnapshotWriter writer =
      *SnapshotWriter::Create(policy, {.spill_folder = folder.path()});
  const auto add = [&](HashKind kind, size_t i) {
    std::vector<uint8_t> bytes(InfoOf(kind).size_bytes);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    ListEntry entry{*HashValue::FromBytes(kind, bytes), absl::StrCat("e", i),
                    "A1", 70};
    if (!writer.Add(std::move(entry)).ok()) std::exit(2);
  };
  for (size_t i = 0; i < rows; ++i) {
    add(HashKind::kPdq, i);
    if (i % 10 == 0) add(HashKind::kMd5, i);
  }
  if (!writer.Write(folder.Path("list.hvs")).ok()) std::exit(2);
  std::ifstream file(folder.Path("list.hvs"), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A copy of the file, aligned as a mapping is.
class Copy {
 public:
  explicit Copy(const std::string& file)
      : size_(file.size()),
        bytes_(static_cast<std::byte*>(
            std::aligned_alloc(64, (file.size() + 63) / 64 * 64))) {
    std::memcpy(bytes_, file.data(), size_);
  }
  ~Copy() { std::free(bytes_); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  bool Opens() const {
    return SnapshotReader::FromBytes({bytes_, size_}, nullptr, "flipped").ok();
  }
  bool RefusesFlip(size_t at, unsigned bit) {
    bytes_[at] ^= std::byte{1} << bit;
    const bool opened = Opens();
    bytes_[at] ^= std::byte{1} << bit;
    return !opened;
  }

 private:
  size_t size_;
  std::byte* bytes_;
};

int Run(size_t rows, size_t flips, size_t threads, uint64_t seed) {
  const std::string file = Build(rows, seed);
  const bool every_byte = flips == 0;
  if (every_byte) flips = file.size();
  std::atomic<uint64_t> refused = 0;
  std::atomic<bool> sound = true;
  const auto began = std::chrono::steady_clock::now();
  const std::unique_ptr<Executor> pool = MakeThreadPool(threads);
  pool->ParallelFor(threads, [&](size_t t) {
    Copy copy(file);
    std::mt19937_64 random(seed + t);
    for (size_t i = t; i < flips; i += threads) {
      const size_t at = every_byte ? i : random() % file.size();
      if (copy.RefusesFlip(at, static_cast<unsigned>(random() % 8))) ++refused;
    }
    // What refuses everything proves nothing.
    if (!copy.Opens()) sound = false;
  });
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began)
          .count();
  std::printf(
      "{\"size_bytes\": %zu, \"flips\": %zu, \"refused\": %llu, "
      "\"opens_unflipped\": %s, \"seconds\": %.1f}\n",
      file.size(), flips, static_cast<unsigned long long>(refused.load()),
      sound ? "true" : "false", seconds);
  return 0;
}

}  // namespace
}  // namespace hashvet

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: snapshot_flips ROWS FLIPS THREADS SEED\n");
    return 2;
  }
  return hashvet::Run(
      std::strtoul(argv[1], nullptr, 10), std::strtoul(argv[2], nullptr, 10),
      std::strtoul(argv[3], nullptr, 10), std::strtoul(argv[4], nullptr, 10));
}
