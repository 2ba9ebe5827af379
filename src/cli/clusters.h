// Clusters of near values: the connected components of their pairs, gathered
// pair by pair.

#ifndef HASHVET_SRC_CLI_CLUSTERS_H_
#define HASHVET_SRC_CLI_CLUSTERS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hashvet::cli {

struct Cluster {
  uint32_t rows = 0;
  // The member with the most near rows; the first of equals.
  uint32_t representative = 0;
  uint32_t near_rows = 0;  // of the representative
  // Of the pairs given. Members that only a chain of pairs joins may be further
  // apart.
  uint32_t widest_distance = 0;

  friend bool operator==(const Cluster&, const Cluster&) = default;
};

// Not thread-safe. 14 bytes a row, however many pairs.
class Clusters {
 public:
  // rows  at most 2^32 - 1
  explicit Clusters(size_t rows);

  // Each pair once. REQUIRES: a != b, both under rows; distance < 65,536
  void AddPair(uint32_t a, uint32_t b, uint32_t distance);

  // Those of min_rows (at least 2) and more: the largest first, equals by their
  // representatives.
  std::vector<Cluster> OfAtLeast(uint32_t min_rows);

 private:
  // The row that stands for all joined with `row`.
  uint32_t Root(uint32_t row);

  std::vector<uint32_t> parents_;
  std::vector<uint32_t> near_rows_;
  std::vector<uint16_t> widest_;  // of a row's pairs
};

}  // namespace hashvet::cli

#endif  // HASHVET_SRC_CLI_CLUSTERS_H_
