#include "src/cli/clusters.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace hashvet::cli {

Clusters::Clusters(size_t rows)
    : parents_(rows), near_rows_(rows), widest_(rows) {
  std::iota(parents_.begin(), parents_.end(), 0u);
}

uint32_t Clusters::Root(uint32_t row) {
  while (parents_[row] != row) {
    // Every second step leads two up from then on: short paths, no second walk.
    row = parents_[row] = parents_[parents_[row]];
  }
  return row;
}

void Clusters::AddPair(uint32_t a, uint32_t b, uint32_t distance) {
  ++near_rows_[a];
  ++near_rows_[b];
  widest_[a] = std::max(widest_[a], static_cast<uint16_t>(distance));
  uint32_t root_a = Root(a);
  uint32_t root_b = Root(b);
  // The lower row leads: with halved paths quick enough, and no sizes to keep.
  if (root_a > root_b) std::swap(root_a, root_b);
  parents_[root_b] = root_a;
}

std::vector<Cluster> Clusters::OfAtLeast(uint32_t min_rows) {
  constexpr uint32_t kAlone = 0xFFFF'FFFF;
  std::vector<Cluster> clusters;
  std::vector<uint32_t> places(parents_.size(), kAlone);  // of a root's cluster
  for (uint32_t row = 0; row < parents_.size(); ++row) {
    if (near_rows_[row] == 0) continue;
    uint32_t& place = places[Root(row)];
    if (place == kAlone) {
      place = static_cast<uint32_t>(clusters.size());
      clusters.emplace_back();
    }
    Cluster& cluster = clusters[place];
    ++cluster.rows;
    cluster.widest_distance =
        std::max<uint32_t>(cluster.widest_distance, widest_[row]);
    if (near_rows_[row] > cluster.near_rows) {
      cluster.representative = row;
      cluster.near_rows = near_rows_[row];
    }
  }
  std::erase_if(clusters, [&](const Cluster& cluster) {
    return cluster.rows < min_rows;
  });
  std::ranges::sort(clusters, [](const Cluster& a, const Cluster& b) {
    return a.rows != b.rows ? a.rows > b.rows
                            : a.representative < b.representative;
  });
  return clusters;
}

}  // namespace hashvet::cli
