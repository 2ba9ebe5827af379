// Times FlatIndex::Search on a file of rows and one of queries, for
// bench/peers/faiss_flat.py.
//
//   flat_peer ROWS QUERIES MAX_DISTANCE TURNS HITS
//
// ROWS and QUERIES are 32 bytes a hash. Writes the hits to HITS as triples of
// 32-bit words (query, row, distance), by query and row, and prints one JSON
// object: {"target", "rows", "queries", "hits", "seconds": best of the turns,
// of processor time}.

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "hashvet/index/flat_index.h"

namespace {

std::vector<hashvet::Hash256> Read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)),
                          std::istreambuf_iterator<char>());
  std::vector<hashvet::Hash256> hashes(bytes.size() / 32);
  for (size_t i = 0; i < hashes.size(); ++i) {
    hashvet::Hash256::Words words;
    std::memcpy(words.data(), bytes.data() + 32 * i, 32);
    hashes[i] = hashvet::Hash256(words);
  }
  return hashes;
}

double ThreadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr,
                 "usage: flat_peer ROWS QUERIES MAX_DISTANCE TURNS HITS\n");
    return 2;
  }
  const auto rows = Read(argv[1]);
  const auto queries = Read(argv[2]);
  const auto max_distance = static_cast<uint32_t>(std::atoi(argv[3]));
  const auto target = hashvet::ActiveSimdTarget();
  const auto index = hashvet::FlatIndex::Create(rows);
  if (!target.ok() || !index.ok()) {
    std::fprintf(stderr, "%s\n", index.status().ToString().c_str());
    return 2;
  }
  double best = 1e30;
  std::vector<uint32_t> hits;
  for (int turn = 0; turn < std::atoi(argv[4]); ++turn) {
    const double start = ThreadSeconds();
    const auto found = index->Search(queries, max_distance);
    const double took = ThreadSeconds() - start;
    if (!found.ok()) return 2;
    best = std::min(best, took);
    hits.clear();
    for (uint32_t q = 0; q < found->queries(); ++q) {
      for (const hashvet::Neighbor& neighbor : found->of(q)) {
        hits.insert(hits.end(), {q, neighbor.row, neighbor.distance});
      }
    }
  }
  std::ofstream out(argv[5], std::ios::binary);
  out.write(reinterpret_cast<const char*>(hits.data()),
            static_cast<std::streamsize>(hits.size() * sizeof(uint32_t)));
  std::printf(
      "{\"target\": \"%s\", \"rows\": %zu, \"queries\": %zu, \"hits\": %zu, "
      "\"seconds\": %.9f}\n",
      std::string(*target).c_str(), rows.size(), queries.size(),
      hits.size() / 3, best);
  return out.flush() ? 0 : 2;
}
