// Runs a fuzz target over the files of folders: what the fuzzers found, or we
// wrote, is looked at again in every test run, without libFuzzer. Then over
// what becomes of them by random changes, the same in every run: 3,000 of them,
// or what two seconds allow. A file that is named itself is run as it is, and
// nothing is made of it.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <utility>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);

namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kChanged = 3000;
constexpr std::chrono::seconds kAtMost{2};
constexpr size_t kMaxBytes = 1 << 16;

Bytes Changed(const std::vector<Bytes>& corpus, std::mt19937_64& random) {
  const auto below = [&](size_t n) { return n == 0 ? 0 : random() % n; };
  const auto at = [&](Bytes& bytes, size_t place) {
    return bytes.begin() + static_cast<ptrdiff_t>(place);
  };
  Bytes bytes = corpus[below(corpus.size())];
  const size_t changes = 1 + below(8);
  for (size_t c = 0; c < changes; ++c) {
    const size_t begin = below(bytes.size() + 1);
    const size_t end =
        begin + below(std::min<size_t>(bytes.size() - begin, 64));
    switch (random() % 6) {
      case 0:  // a bit
        if (!bytes.empty()) bytes[below(bytes.size())] ^= 1 << random() % 8;
        break;
      case 1: {  // a byte that limits are made of
        constexpr uint8_t kBytes[] = {0, 1, 0x7F, 0x80, 0xFF, '"', '<', '\n'};
        if (!bytes.empty()) {
          bytes[below(bytes.size())] = kBytes[below(std::size(kBytes))];
        }
        break;
      }
      case 2:
        bytes.erase(at(bytes, begin), at(bytes, end));
        break;
      case 3: {  // said twice
        const Bytes part(at(bytes, begin), at(bytes, end));
        bytes.insert(at(bytes, begin), part.begin(), part.end());
        break;
      }
      case 4:  // cut off
        bytes.erase(at(bytes, begin), bytes.end());
        break;
      default: {  // goes on as another one does
        const Bytes& other = corpus[below(corpus.size())];
        bytes.erase(at(bytes, begin), bytes.end());
        const size_t from = below(other.size());
        bytes.insert(bytes.end(), other.begin() + static_cast<ptrdiff_t>(from),
                     other.end());
      }
    }
  }
  if (bytes.size() > kMaxBytes) bytes.resize(kMaxBytes);
  bytes.shrink_to_fit();
  return bytes;
}

// Its bytes, of which the target has seen exactly so many: an over-read is
// seen.
Bytes Replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> content{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    std::fprintf(stderr, "replay: cannot be read: %s\n", path.c_str());
    std::exit(2);
  }
  Bytes bytes(content.begin(), content.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> paths;
  size_t replayed = 0;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      Replay(argv[i]);
      ++replayed;
      continue;
    }
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);  // a folder is in no order
  std::vector<Bytes> corpus;
  for (const std::filesystem::path& path : paths) {
    corpus.push_back(Replay(path));
  }
  replayed += corpus.size();
  if (replayed == 0) return 1;  // proves nothing
  std::mt19937_64 random(20261130);
  const auto end = std::chrono::steady_clock::now() + kAtMost;
  size_t changed = 0;
  while (!corpus.empty() && changed < kChanged &&
         std::chrono::steady_clock::now() < end) {
    const Bytes bytes = Changed(corpus, random);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    ++changed;
  }
  std::printf("%zu files replayed, %zu changed ones\n", replayed, changed);
  return 0;
}
