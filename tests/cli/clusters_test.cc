// The components behind `hashvet snapshot cluster`, against a plain walk.

#include "src/cli/clusters.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hashvet::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Pair {
  uint32_t a, b, distance;
};

std::vector<Cluster> Found(size_t rows, const std::vector<Pair>& pairs,
                           uint32_t min_rows = 2) {
  Clusters clusters(rows);
  for (const Pair& pair : pairs) {
    clusters.AddPair(pair.a, pair.b, pair.distance);
  }
  return clusters.OfAtLeast(min_rows);
}

// The definition: everything that can be walked to, pair by pair.
std::vector<Cluster> Oracle(size_t rows, const std::vector<Pair>& pairs) {
  std::vector<std::vector<Pair>> of(rows);  // a pair from each end
  for (const Pair& pair : pairs) {
    of[pair.a].push_back(pair);
    of[pair.b].push_back({pair.b, pair.a, pair.distance});
  }
  std::vector<Cluster> clusters;
  std::vector<bool> seen(rows);
  for (uint32_t first = 0; first < rows; ++first) {
    if (seen[first] || of[first].empty()) continue;
    std::vector<uint32_t> members = {first};
    seen[first] = true;
    for (size_t i = 0; i < members.size(); ++i) {
      for (const Pair& pair : of[members[i]]) {
        if (!seen[pair.b]) members.push_back(pair.b);
        seen[pair.b] = true;
      }
    }
    std::ranges::sort(members);
    Cluster cluster;
    cluster.rows = static_cast<uint32_t>(members.size());
    for (const uint32_t member : members) {
      if (of[member].size() > cluster.near_rows) {
        cluster.near_rows = static_cast<uint32_t>(of[member].size());
        cluster.representative = member;
      }
      for (const Pair& pair : of[member]) {
        cluster.widest_distance =
            std::max(cluster.widest_distance, pair.distance);
      }
    }
    clusters.push_back(cluster);
  }
  std::ranges::sort(clusters, [](const Cluster& a, const Cluster& b) {
    return std::pair(b.rows, a.representative) <
           std::pair(a.rows, b.representative);
  });
  return clusters;
}

TEST(ClustersTest, AChainIsOneClusterAndItsMiddleStandsForIt) {
  EXPECT_THAT(Found(6, {{4, 1, 9}, {4, 5, 12}}),
              ElementsAre(Cluster{3, 4, 2, 12}));
}

TEST(ClustersTest, EqualMembersAndEqualClustersGoByRow) {
  EXPECT_THAT(Found(8, {{6, 5, 1}, {2, 3, 7}, {0, 7, 0}, {7, 1, 3}}),
              ElementsAre(Cluster{3, 7, 2, 3}, Cluster{2, 2, 1, 7},
                          Cluster{2, 5, 1, 1}));
}

TEST(ClustersTest, SmallOnesAreLeftOut) {
  const std::vector<Pair> pairs = {{0, 1, 1}, {2, 3, 1}, {3, 4, 1}};
  EXPECT_THAT(Found(5, pairs, 3), ElementsAre(Cluster{3, 3, 2, 1}));
  EXPECT_THAT(Found(5, pairs, 4), IsEmpty());
  EXPECT_THAT(Found(5, {}), IsEmpty());
  EXPECT_THAT(Found(0, {}), IsEmpty());
}

TEST(ClustersTest, AgreesWithAWalkOverThePairs) {
  std::mt19937_64 random(1);
  for (const size_t count : {20, 90, 200, 1000}) {
    const uint32_t rows = 300;
    std::vector<Pair> pairs;
    for (size_t i = 0; i < count; ++i) {
      const auto a = static_cast<uint32_t>(random() % rows);
      const auto b = static_cast<uint32_t>(random() % rows);
      const auto distance = static_cast<uint32_t>(random() % 257);
      const bool known = std::ranges::any_of(pairs, [&](const Pair& pair) {
        return std::minmax(pair.a, pair.b) == std::minmax(a, b);
      });
      if (a != b && !known) pairs.push_back({a, b, distance});
    }
    EXPECT_TRUE(Found(rows, pairs) == Oracle(rows, pairs)) << count;
  }
}

}  // namespace
}  // namespace hashvet::cli
